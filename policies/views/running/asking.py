"""Asks engines and kernels, writes nothing anywhere. What cannot be asked is a gap with a reason, no absence."""

from __future__ import annotations

import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import requests

from policies.nodes import Gap
from policies.views.running.kernel import SYSCTLS

SECONDS = 10
"""How long one question may take."""
MARK = "-- lantu --"


@dataclass(frozen=True, slots=True)
class Answers:
    """An engine's documents, as its API gives them."""

    version: str
    control_groups: int
    networks: list[Any]
    containers: list[Any]
    volumes: list[Any]
    plugins: list[Any]
    pids: dict[str, int]
    """Of the containers that run: name -> process."""


def ask_engine(host: str) -> Answers | Gap:
    """Everything that the engine at this address has; only a lab's sockets are asked."""
    if not host.startswith("unix://"):
        return Gap(id=host, what=host, why="only-a-lab")
    try:
        with closing(docker.APIClient(base_url=host, timeout=SECONDS)) as client:
            return _answers(client)
    except (docker.errors.DockerException, requests.RequestException, KeyError) as failure:
        return Gap(id=host, what=host, why=str(failure), at=host)


def _answers(client: docker.APIClient) -> Answers:
    containers = [client.inspect_container(one["Id"]) for one in client.containers(all=True)]
    info = client.info()
    return Answers(
        version=client.version()["Version"],
        control_groups=int(info.get("CgroupVersion") or 0),
        networks=client.networks(),
        containers=containers,
        volumes=client.volumes()["Volumes"] or [],
        plugins=client.plugins() or [],  # type: ignore[no-untyped-call]
        pids={one["Name"].lstrip("/"): one["State"]["Pid"] for one in containers if one["State"]["Running"]},
    )


def ask_node(pid: int) -> Answers | Gap:
    """The engine inside a cloud node, by the socket in the node's own file system."""
    return ask_engine(f"unix:///proc/{pid}/root/run/docker.sock")


def ask_space(name: str, space: Path, table: str) -> dict[str, str] | Gap:
    """Links, routes, sockets, settings and our own rules of one network namespace, in one go."""
    commands = {
        "links": "ip -j -d link",
        "routes4": "ip -j -4 route show table main",
        "routes6": "ip -j -6 route show table main",
        "sockets": "ss -Hntul",
        "sysctls": " ; ".join(f"echo {key}=$(cat {_file(key)} 2>/dev/null)" for key in SYSCTLS),
        "rules": f"nft list table inet {table} 2>/dev/null",
    }
    script = f"\necho '{MARK}'\n".join(commands.values())
    try:
        done = subprocess.run(
            ["nsenter", f"--net={space}", "sh", "-c", script],
            capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as failure:
        return Gap(id=name, what=str(space), why=str(failure), at=name)
    parts = done.stdout.split(MARK + "\n")
    if len(parts) != len(commands) or not parts[0].strip():
        return Gap(id=name, what=str(space), why=done.stderr.strip() or "no answer", at=name)
    return dict(zip(commands, parts, strict=True))


def _file(key: str) -> str:
    return "/proc/sys/" + key.replace(".", "/")
