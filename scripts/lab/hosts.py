"""Start an engine's hosts after the engine has started; all must run before they are compared with a plan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import docker
from docker.models.containers import Container

from lab.engine import connected
from lab.errors import LabError
from lab.paths import LabLocation

AT_ONCE = 4


def wake(location: LabLocation) -> list[str]:
    """Start every host that is not running, in any order; return their names.

    Hosts with the restart policy `unless-stopped` restart with their engine, except those that were stopped explicitly.
    LAB025 lists the hosts that failed to start, after all have been tried.
    """
    with connected(location) as engine:
        asleep = [host for host in engine.containers.list(all=True) if host.status != "running"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            refused = [reason for reason in pool.map(_start, asleep) if reason]
    if refused:
        raise LabError("LAB025", "; ".join(refused), location=location.name)
    return sorted(str(host.name) for host in asleep)


def _start(host: Container) -> str:
    """Start one host; return the error message if it fails, else an empty string."""
    try:
        host.start()
    except docker.errors.APIError as refused:
        return f"{host.name}: {refused.explanation}"
    return ""
