"""Read-only queries of engines, kernels and hosts. A failed query is a missing input with a reason."""

from __future__ import annotations

import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import requests

from policies.gate.model import MissingInput
from policies.gate.views.running.kernel import SYSCTLS

SECONDS = 10
"""Timeout of one query, in seconds."""
CONNECTING = 10
"""Timeout of a connection, in seconds."""
MARK = "-- lantu --"


def _file(key: str) -> str:
    return "/proc/sys/" + key.replace(".", "/")


@dataclass(frozen=True, slots=True)
class QueryResults:
    """An engine's documents, as its API returns them."""

    version: str
    control_groups: int
    networks: list[Any]
    containers: list[Any]
    volumes: list[Any]
    plugins: list[Any]
    pids: dict[str, int]
    """Running containers: name -> process id."""


def query_engine(host: str, name: str) -> QueryResults | MissingInput:
    """All documents of the engine at this address; only a lab's sockets are queried."""
    if not host.startswith("unix://"):
        return MissingInput(id=name, what=host, why="only-a-lab")
    try:
        if not Path(host.removeprefix("unix://")).exists():
            return MissingInput(id=name, what=host, why="no-socket")
        with closing(docker.APIClient(base_url=host, timeout=SECONDS)) as client:
            return _answers(client)
    except PermissionError:
        return MissingInput(id=name, what=host, why="not-allowed", at=host)
    except (docker.errors.DockerException, requests.RequestException, KeyError) as failure:
        return MissingInput(id=name, what=host, why="no-answer" if _deaf(failure) else str(failure), at=host)


def _deaf(failure: Exception) -> bool:
    """Whether there was no answer in time; other errors are reported unchanged."""
    silent = (requests.ConnectionError, requests.Timeout)
    return isinstance(failure, silent) or any(word in str(failure) for word in ("FileNotFound", "Refused", "timed out"))


def _answers(client: docker.APIClient) -> QueryResults:
    containers = [client.inspect_container(container["Id"]) for container in client.containers(all=True)]
    info = client.info()
    return QueryResults(
        version=client.version()["Version"],
        control_groups=int(info.get("CgroupVersion") or 0),
        networks=client.networks(),
        containers=containers,
        volumes=client.volumes()["Volumes"] or [],
        plugins=client.plugins() or [],  # type: ignore[no-untyped-call]
        pids={
            container["Name"].lstrip("/"): container["State"]["Pid"]
            for container in containers
            if container["State"]["Running"]
        },
    )


def query_node(pid: int) -> QueryResults | MissingInput:
    """The engine inside a cloud node, by the socket in the node's own file system."""
    return query_engine(f"unix:///proc/{pid}/root/run/docker.sock", "cloud")


COMMANDS = {
    "links": "ip -j -d address",
    "routes4": "ip -j -4 route show table all",
    "routes6": "ip -j -6 route show table all",
    "queues": "tc -j qdisc show",
    "sockets": "ss -Hntul",
    "sysctls": "grep -s . " + " ".join(map(_file, SYSCTLS)),
    "tables": "nft list tables",
    "rules": "nft list table inet {table} 2>/dev/null",
}
"""The query of one network namespace: interfaces, routes of all tables, sockets, parameters and rules."""


def query_space(name: str, space: Path, table: str) -> dict[str, str] | MissingInput:
    """One network namespace of this machine."""
    return _ask(name, ["nsenter", f"--net={space}", "sh", "-s"], table)


def query_host(name: str, config: Path) -> dict[str, str] | MissingInput:
    """A host that is queried by SSH, with the configuration `config`, through its location's bastion."""
    return _ask(name, ["ssh", "-F", str(config), "-o", "BatchMode=yes", name, "sh", "-s"], "lantu")


def _ask(name: str, command: list[str], table: str) -> dict[str, str] | MissingInput:
    script = f"\necho '{MARK}'\n".join(COMMANDS.values()).format(table=table)
    try:
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=SECONDS + CONNECTING, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        return MissingInput(id=name, what=f"{command[0]} {name}", why=str(failure), at=name)
    parts = done.stdout.split(MARK + "\n")
    if len(parts) != len(COMMANDS) or not parts[0].strip():
        return MissingInput(id=name, what=f"{command[0]} {name}", why=done.stderr.strip() or "no answer", at=name)
    return dict(zip(COMMANDS, parts, strict=True))
