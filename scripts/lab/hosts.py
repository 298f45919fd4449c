"""The hosts of an engine after a start: all of them must run again before anybody compares them with a plan."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import docker
from docker.models.containers import Container

from lab.engine import connected
from lab.errors import LabError
from lab.paths import LabLocation

AT_ONCE = 4


def wake(location: LabLocation) -> list[str]:
    """Start every host that does not run, in no special order; return their names.

    Hosts with the restart policy `unless-stopped` come back with their engine; this is for those that somebody stopped.
    LAB025 names the hosts that do not start, after all were tried.
    """
    with connected(location) as engine:
        asleep = [host for host in engine.containers.list(all=True) if host.status != "running"]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            refused = [reason for reason in pool.map(_start, asleep) if reason]
    if refused:
        raise LabError("LAB025", "; ".join(refused), location=location.name)
    return sorted(str(host.name) for host in asleep)


def _start(host: Container) -> str:
    """Why it does not start, or nothing."""
    try:
        host.start()
    except docker.errors.APIError as refused:
        return f"{host.name}: {refused.explanation}"
    return ""
