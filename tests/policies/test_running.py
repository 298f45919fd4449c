"""The running view, from recorded output of a Docker engine (20.10.24) and a kernel of a lab.

`live/` asks a running lab. Here each document is changed as an escape path would change it.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import inventory
from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.model import DockerEngine, Image
from policies.gate.model.snapshot import Snapshot
from policies.gate.rules.registry import RULES
from policies.gate.views.declared.snapshot import declared
from policies.gate.views.nft import chains_of
from policies.gate.views.nft import read as read_rules
from policies.gate.views.running import docker as api
from policies.gate.views.running import kernel
from policies.gate.views.running import snapshot as view
from policies.gate.views.running.queries import QueryResults
from tests.policies.cases import DAY

HERE = Path(__file__).parent / "recorded"
ENGINE: dict[str, Any] = json.loads((HERE / "engine.json").read_text("utf-8"))
SPACES: dict[str, dict[str, str]] = json.loads((HERE / "spaces.json").read_text("utf-8"))
BLUEPRINT = inventory.load().blueprint
assert BLUEPRINT is not None
DECLARED = declared(BLUEPRINT, DAY)


def against() -> Snapshot:
    """The blueprint, with the images that the recorded hosts run."""
    kinds = {"gw1": "base", "portal1": "portal", "cloud1": "cloud"}
    images = {kinds[item["Name"].lstrip("/")]: item["Image"] for item in ENGINE["containers"]}
    made = tuple(Image(id=kind, image=image, recipe="r", approved="r") for kind, image in images.items())
    return Snapshot(**{**{name: getattr(DECLARED, name) for name in DECLARED.__dataclass_fields__}, "images": made})


def seen(documents: dict[str, Any] = ENGINE, spaces: dict[str, dict[str, str]] = SPACES) -> Snapshot:
    """The recorded part of the lab as a running view."""
    kinds = {"portal1": "host", "extranet": "engine"}
    engine = DockerEngine(id="extranet", location="extranet", version=documents["version"], control_groups=1)
    snapshot = Snapshot(
        view="running",
        engines=(engine,),
        networks=tuple(api.networks(documents["networks"], "extranet")),
        workloads=tuple(api.workload(document, "extranet") for document in documents["containers"]),
        volumes=tuple(api.volumes(documents["volumes"], "extranet")),
        plugins=tuple(api.plugins(documents["plugins"], "extranet")),
        namespace_states=tuple(kernel.namespace_state(name, kinds[name], said) for name, said in spaces.items()),
        rulesets=tuple(
            read_rules(said["rules"], name, "").changed(rendered=chains_of(SPACES[name]["rules"]))
            for name, said in spaces.items()
        ),
    )
    observed_controls = tuple(view.observed_controls(snapshot, DECLARED))
    return Snapshot(
        **{
            **{name: getattr(snapshot, name) for name in snapshot.__dataclass_fields__},
            "observed_controls": observed_controls,
        }
    )


def rules(snapshot: Snapshot, day: date = DAY) -> set[str]:
    """Violated rules, without those about data that was not recorded."""
    return {item.rule for item in evaluate(Context(snapshot, against(), day), RULES.values())} - {"RUN-001", "RUN-003"}


def test_the_recorded_lab_is_as_declared() -> None:
    assert rules(seen()) == set()


def changed(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """The engine's documents with some fields of one container or network changed."""
    documents: dict[str, Any] = copy.deepcopy(ENGINE)
    for document in documents[kind]:
        if document["Name"].lstrip("/") == name:
            for path, value in fields.items():
                holder = document
                *way, last = path.split("__")
                for step in way:
                    holder = holder[step]
                holder[last] = value
    return documents


INTERFACE = {"IPAMConfig": {}, "IPAddress": "10.70.1.99", "GlobalIPv6Address": "", "MacAddress": ""}
ESCAPE_PATHS: dict[str, tuple[dict[str, Any], str]] = {
    "an attachment after the deployment": (
        changed("containers", "portal1", NetworkSettings__Networks={"shared": INTERFACE}), "ZONE-003",
    ),
    "privileged": (changed("containers", "portal1", HostConfig__Privileged=True), "ISO-006"),
    "another capability": (changed("containers", "portal1", HostConfig__CapAdd=["CAP_SYS_RAWIO"]), "ISO-007"),
    "the host's processes": (changed("containers", "portal1", HostConfig__PidMode="host"), "ISO-005"),
    "the host's network": (changed("containers", "portal1", HostConfig__NetworkMode="host"), "ISO-001"),
    "a port": (
        changed("containers", "portal1", NetworkSettings__Ports={"80/tcp": [{"HostIp": "::", "HostPort": "80"}]}),
        "PORT-001",
    ),
    "a mount of the socket": (
        changed("containers", "portal1", Mounts=[{"Type": "bind", "Source": "/run/docker.sock", "Destination": "/s"}]),
        "ISO-003",
    ),
    "another image": (changed("containers", "portal1", Image="sha256:other"), "WORK-004"),
    "a secret": (changed("containers", "portal1", Config__Env=["API_TOKEN=hush"]), "WORK-008"),
    "a container of somebody": (changed("containers", "portal1", Name="/somebody"), "WORK-001"),
    "a network of somebody": (changed("networks", "portal", Name="somebody"), "NET-001"),
    "a network with other prefixes": (
        changed("networks", "portal", IPAM={"Driver": "default", "Config": [{"Subnet": "10.70.1.0/24"}]}), "NET-003",
    ),
    "a network that is not internal": (changed("networks", "portal", Internal=False), "NET-005"),
    "a volume over the network": (changed("volumes", "cloud1-docker", Options={"type": "nfs"}), "VOL-003"),
}  # fmt: skip


@pytest.mark.parametrize("name", ESCAPE_PATHS)
def test_the_engine_shows_an_escape_path(name: str) -> None:
    documents, rule = ESCAPE_PATHS[name]
    assert rule in rules(seen(documents))


def said(space: str, **outputs: str) -> dict[str, dict[str, str]]:
    return {**SPACES, space: {**SPACES[space], **outputs}}


TUN = json.dumps([*json.loads(SPACES["portal1"]["links"]), {"ifname": "tun0", "linkinfo": {"info_kind": "tun"}}])
ROUTE = json.dumps([{"dst": "default", "gateway": "198.51.100.254", "dev": "portal"}])
FORWARDS = SPACES["extranet"]["sysctls"].replace("net/ipv4/ip_forward:0", "net/ipv4/ip_forward:1")
RELAY = SPACES["portal1"]["sockets"] + "tcp LISTEN 0 128 0.0.0.0:9999 0.0.0.0:*\n"
WIDE = SPACES["portal1"]["rules"].replace("policy drop", "policy accept", 1)
OLD = SPACES["portal1"]["rules"].replace('comment "public-portal"', 'comment "long-over"')
OWN = '"local": "198.51.100.10"'
SECOND = SPACES["portal1"]["links"].replace(OWN, f'"local": "10.70.1.77", "scope": "global"}}, {{{OWN}')
NARROWER = SPACES["portal1"]["rules"].replace("tcp dport 443", "tcp dport 1-443")
KERNEL = {
    "a second address": (said("portal1", links=SECOND), "RUN-009"),
    "a changed rule": (said("portal1", rules=NARROWER), "RUN-010"),
    "a table of somebody": (said("portal1", tables="table inet lantu\ntable inet sneak\n"), "RUN-011"),
    "a tunnel": (said("portal1", links=TUN), "RUN-002"),
    "the engine's own default route": (said("portal1", routes4=ROUTE), "RUN-004"),
    "an engine that forwards": (said("extranet", sysctls=FORWARDS), "RUN-005"),
    "an engine without its tables": (said("extranet", rules=""), "ENG-015"),
    "a relay": (said("portal1", sockets=RELAY), "RUN-006"),
    "rules that accept by default": (said("portal1", rules=WIDE), "RULE-002"),
    "no rules at all": (said("portal1", rules=""), "RULE-002"),
    "a flow that nobody declares": (said("portal1", rules=OLD), "RUN-007"),
}


@pytest.mark.parametrize("name", KERNEL)
def test_the_kernel_shows_an_escape_path(name: str) -> None:
    spaces, rule = KERNEL[name]
    assert rule in rules(seen(spaces=spaces))


def test_a_compensating_control_must_be_observed() -> None:
    assert {control.by for control in seen().observed_controls} == {"engine-tables", "engine-without-network"}
    assert {control.by for control in seen(spaces=said("extranet", rules="")).observed_controls} == {
        "engine-without-network"
    }


def test_an_engine_that_does_not_answer_denies() -> None:
    blueprint = inventory.load().blueprint
    assert blueprint is not None
    nobody = declared(blueprint, DAY, "nobody")
    snapshot = view.running(nobody, {"extranet": Path("/nowhere"), "intranet": Path("/nowhere")})
    findings = evaluate(Context(snapshot, DECLARED, DAY), RULES.values())
    assert Counter(finding.rule for finding in findings) == {"RUN-012": 2, "GATE-001": 4}
    assert findings.verdict == 1


def test_replaced_tasks_are_ignored_and_every_replica_is_evaluated() -> None:
    """A rolling update leaves stopped containers of old tasks; one of two replicas can be changed."""
    old, new, odd = (copy.deepcopy(ENGINE["containers"][0]) for _ in range(3))
    for one, name, running in ((old, "/grid.1.a", False), (new, "/grid.1.b", True), (odd, "/grid.2.c", True)):
        one["Name"], one["State"] = name, {**one["State"], "Running": running}
        one["Config"]["Labels"] = {"com.docker.swarm.service.name": "grid"}
    odd["HostConfig"]["Privileged"] = True
    answers = QueryResults("20.10.24", 1, [], [old, new, odd], [], [], {})
    assert [(task.id, task.privileged) for task in view._tasks(answers)] == [
        ("cloud/grid", False),
        ("cloud/grid", True),
    ]


def test_a_missing_namespace_is_a_missing_input() -> None:
    from policies.gate.model import MissingInput
    from policies.gate.views.running.queries import query_space

    assert isinstance(query_space("gone", Path("/run/netns/lantu-there-is-none"), "lantu"), MissingInput)
