"""Makes what LANTU_TEST_WANTED asks for (JSON): a list of resources by their kind and arguments.

    [{"kind": "Network", "id": "rogue", "args": {"name": "rogue"}}, {"kind": "Container", "args": {"networks_advanced":
      [{"name": "${rogue.name}"}]}}]

`${ID.ATTRIBUTE}` is that resource's output. `provider` chooses the engine: extranet (where not said), intranet, cloud,
none (the environment's default), or an address.
"""

import json
import os
import re
from typing import Any

import pulumi
import pulumi_docker as docker

REFERENCE = re.compile(r"\$\{([^.]+)\.([^}]+)\}")
RUN = os.environ["LANTU_RUN"]
HOSTS = {
    "extranet": f"unix://{RUN}/lab/extranet/docker.sock",
    "intranet": f"unix://{RUN}/lab/intranet/docker.sock",
    "cloud": "ssh://root@cloud1",
}
made: dict[str, Any] = {}
providers: dict[str, docker.Provider] = {}


def filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(item) for item in value]
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return getattr(made[match[1]], match[2]) if match else value


def options(name: str) -> pulumi.ResourceOptions | None:
    if name == "none":
        return None
    if name not in providers:
        providers[name] = docker.Provider(f"engine-{len(providers)}", host=HOSTS.get(name, name))
    return pulumi.ResourceOptions(provider=providers[name])


for wish in json.loads(os.environ["LANTU_TEST_WANTED"]):
    name = wish.get("id") or wish["args"]["name"]
    kind = getattr(docker, wish["kind"])
    made[name] = kind(name, **filled(wish["args"]), opts=options(wish.get("provider", "extranet")))
