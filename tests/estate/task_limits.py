"""Prints the kernel's limits of each service task on a cloud node, for both versions of control groups.

The output is one JSON list of {"service", "memory" in bytes, "cpus"}; null if there is no limit.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GROUPS = Path("/sys/fs/cgroup")
UNLIMITED_V1 = 1 << 62  # v1 writes the largest multiple of a page


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def memory(groups: dict[str, str]) -> int | None:
    if "memory" not in groups:  # v2: one tree, its line names no controllers
        text = (GROUPS / groups[""].lstrip("/") / "memory.max").read_text().strip()
        return None if text == "max" else int(text)
    value = int((GROUPS / "memory" / groups["memory"].lstrip("/") / "memory.limit_in_bytes").read_text())
    return None if value >= UNLIMITED_V1 else value


def cpus(groups: dict[str, str]) -> float | None:
    if "memory" not in groups:
        quota, period = (GROUPS / groups[""].lstrip("/") / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    controllers = next(names for names in groups if "cpu" in names.split(","))
    folder = GROUPS / controllers / groups[controllers].lstrip("/")
    quota, period = (int((folder / f"cpu.cfs_{name}_us").read_text()) for name in ("quota", "period"))
    return None if quota < 0 else quota / period


def tasks() -> Iterator[dict[str, Any]]:
    for name in docker("ps", "--quiet", "--filter", "label=com.docker.swarm.service.name").split():
        container = json.loads(docker("inspect", name))[0]
        lines = Path(f"/proc/{container['State']['Pid']}/cgroup").read_text().splitlines()
        groups = {controllers: path for _, controllers, path in (line.split(":", 2) for line in lines)}
        service = container["Config"]["Labels"]["com.docker.swarm.service.name"]
        yield {"service": service, "memory": memory(groups), "cpus": cpus(groups)}


print(json.dumps(list(tasks())))
