"""One Docker engine per location, in its own network namespace: start, status, stop, remove.

The machine's own Docker is another engine: no folder, socket, setting or key is shared with it.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import docker
import requests

from inventory.texts.text import Text
from lab import apparmor, cgroups, disk, mounts, namespaces, processes, rules
from lab.commands import inside, run, search_path, tail
from lab.errors import LabError, Say, silent
from lab.locks import held
from lab.paths import LabLocation

SHIM_SOCKETS = Path("/run/containerd/s")
START_SECONDS = 120  # dockerd starts the hosts of the previous run before it answers
STOP_SECONDS = 30  # each host has 10 s to stop; all stop in parallel
ANSWER_SECONDS = 30  # a busy machine answers slowly; restarting a healthy engine restarts all its hosts
NEED_MB = 256  # with less, an engine starts, then fails at its first container
CALM = {  # a new namespace inherits ip_forward=1, and filters bridged frames by Docker's isolation rules
    "net.ipv4.ip_forward": 0,
    "net.ipv6.conf.all.forwarding": 0,
    "net.bridge.bridge-nf-call-iptables": 0,
    "net.bridge.bridge-nf-call-ip6tables": 0,
}


class EngineState(Enum):
    ABSENT = "absent"  # not created, or cleanly stopped
    DEAD = "dead"  # a killed engine's files, mounts or child processes remain
    UNRESPONSIVE = "unresponsive"  # a process exists, but it does not respond or has lost its namespace
    READY = "ready"


@dataclass(frozen=True, slots=True)
class EngineStatus:
    state: EngineState
    pid: int | None = None
    version: str = ""


def status(location: LabLocation, seconds: int = 5) -> EngineStatus:
    """The current status of the engine; changes nothing. The engine has `seconds` to answer."""
    engine = processes.engine_of(location)
    if engine is None:
        return EngineStatus(
            EngineState.DEAD if location.run.exists() or processes.of_location(location) else EngineState.ABSENT
        )
    at_home = namespaces.exists(location.namespace) and processes.network_namespace(engine.pid) == namespaces.inode(
        location.namespace
    )
    version = _version(location, seconds) if at_home else ""
    return EngineStatus(EngineState.READY if version else EngineState.UNRESPONSIVE, engine.pid, version)


def client(location: LabLocation, seconds: int = 60) -> docker.DockerClient:
    """A client of that engine; LAB011 if it does not answer."""
    try:
        return docker.DockerClient(base_url=location.docker_host, timeout=seconds)
    except (docker.errors.DockerException, requests.RequestException) as deaf:
        raise LabError("LAB011", str(deaf), location=location.name, socket=location.socket) from deaf


@contextmanager
def connected(location: LabLocation, seconds: int = 60) -> Iterator[docker.DockerClient]:
    """A client for a few calls; LAB011 also if the engine stops between them."""
    engine = client(location, seconds)
    try:
        yield engine
    except requests.RequestException as deaf:
        raise LabError("LAB011", str(deaf), location=location.name, socket=location.socket) from deaf
    finally:
        engine.close()


def start(location: LabLocation, management: Iterable[rules.Management] = (), *, say: Say = silent) -> EngineStatus:
    """Start the engine, whatever state a previous run or a reboot left; if it already runs, only load its rules again.

    Hosts that ran when the engine ended restart with it (policy `unless-stopped`); `hosts.wake` starts the others.
    """
    segments = tuple(management)
    with _alone(location):
        now = status(location, ANSWER_SECONDS)
        if now.state is not EngineState.READY:
            if now.state is not EngineState.ABSENT:
                say(
                    Text(
                        f"{location.name} 的引擎不完好（{now.state.value}），重新启动",
                        f"the engine of {location.name} is {now.state.value}; it is started again",
                    )
                )
            _stop(location, say)  # even if no files are left: mounts can outlive them
            disk.require(location.data_root, NEED_MB)
            _prepare(location, segments)
            _launch(location)
            now = _wait(location)
        else:
            apparmor.load()
        rules.apply(location.namespace, segments)
        _calm(location)
        return now


def stop(location: LabLocation, *, say: Say = silent) -> None:
    """Stop the engine and all its hosts. The data root is kept, and `start` uses it again."""
    with _alone(location):
        _stop(location, say)


def remove(location: LabLocation, *, say: Say = silent) -> None:
    """Stop the engine and remove everything that it created."""
    with _alone(location):
        _stop(location, say)
        mounts.remove(location.data_root)
        for log in (location.log, _old(location.log)):
            log.unlink(missing_ok=True)
        apparmor.unload()
    for folder in (
        location.state,
        location.lab.state,
        location.lab.state_root,
        location.lab.run,
        location.lab.run_root,
    ):
        _remove_empty(folder)


@contextmanager
def _alone(location: LabLocation) -> Iterator[None]:
    with held(location.lab.run_root / f"{location.namespace}.lock"):
        yield


def _prepare(location: LabLocation, management: Iterable[rules.Management]) -> None:
    """Create the folders, and a namespace whose firewall is loaded before the first container starts."""
    location.data_root.mkdir(parents=True, exist_ok=True)
    location.run.mkdir(parents=True, mode=0o700)
    (location.run / "daemon.json").write_text(json.dumps(_configuration(location)) + "\n")
    apparmor.load()
    namespaces.ensure(location.namespace)
    _calm(location)
    rules.apply(location.namespace, management)


def _calm(location: LabLocation) -> None:
    """Turn off routing on the engine host, and IP filtering of bridged frames.

    Call it again after the start: if br_netfilter is a module, net.bridge exists only after dockerd has loaded it.
    """
    for key, value in CALM.items():
        now = namespaces.setting(location.namespace, key)
        if now == value or (now is None and key.startswith("net.bridge.")):
            continue
        namespaces.sysctl(location.namespace, {key: value})
        if (now := namespaces.setting(location.namespace, key)) != value:
            raise LabError("LAB014", str(now), key=key, value=value, namespace=location.namespace)


NOBODY_S_LOGIN = ("sh", "-c", 'echo 4294967295 2>/dev/null >/proc/self/loginuid; exec "$@"', "sh")
"""Unsets the audit login id. Every process of every host inherits it. If it is the id of the user that ran sudo,
pam_loginuid in a host cannot set it again, and sshd there refuses the session with exit status 254."""


def _launch(location: LabLocation) -> None:
    if location.log.exists():
        location.log.rename(_old(location.log))
    with location.log.open("ab") as log:
        # setsid --fork detaches the engine, so that it outlives this run and its terminal
        command = [*NOBODY_S_LOGIN, "setsid", "--fork", *inside(location.namespace, *_command(location))]
        subprocess.run(
            cgroups.within(location.cgroup, command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(location),
            check=True,
        )


def _command(location: LabLocation) -> list[str]:
    return [
        "dockerd",
        "--config-file",
        str(location.run / "daemon.json"),
        "--data-root",
        str(location.data_root),
        "--exec-root",
        str(location.exec_root),
        "--host",
        location.docker_host,
        "--pidfile",
        str(location.pid_file),
        "--bridge",
        "none",
        "--ip-forward=false",
        "--storage-driver",
        "overlay2",
        "--exec-opt",
        f"native.cgroupdriver={cgroups.driver()}",
        "--cgroup-parent",
        cgroups.parent(location.cgroup),
        # hosts must not use the machine's resolv.conf: until a playbook configures DNS, no name resolves
        "--dns",
        "127.0.0.1",
        "--log-driver",
        "json-file",
        "--log-opt",
        "max-size=1m",
        "--log-opt",
        "max-file=2",
    ]


def _configuration(location: LabLocation) -> dict[str, str]:
    """Options in place of the machine's daemon.json, which must not apply to this engine. Before 23.0, all engines of
    a machine share one identity key in /etc/docker; here each engine has its own."""
    version = re.search(r"version (\d+)", run(["dockerd", "--version"]))
    old = version is not None and int(version.group(1)) < 23
    return {"deprecated-key-path": str(location.data_root / "key.json")} if old else {}


def _environment(location: LabLocation) -> dict[str, str]:
    """The engine's environment: only PATH is inherited; a proxy or DOCKER_ variable would change its behaviour."""
    return {"PATH": search_path(), "HOME": str(location.data_root), "LC_ALL": "C.UTF-8"}


def _wait(location: LabLocation) -> EngineStatus:
    """Wait until the engine answers. LAB010 with an excerpt of its log if it does not, LAB013 if the disk is full."""
    deadline = time.monotonic() + START_SECONDS
    seen = time.monotonic()
    while (now := status(location)).state is not EngineState.READY:
        seen = time.monotonic() if now.pid else seen  # between two programs a process has no command line
        if time.monotonic() > min(deadline, seen + 1):
            words = tail(_complaints(location.log))
            _stop(location, silent)
            if "no space left on device" in words:
                raise LabError("LAB013", words, path=location.data_root, need=NEED_MB)
            raise LabError(
                "LAB010",
                words or "no word in its log",
                location=location.name,
                seconds=START_SECONDS,
                socket=location.socket,
                log=location.log,
            )
        time.sleep(0.05)
    return now


def _complaints(log: Path) -> str:
    """An excerpt of the engine's log without informational lines, so that the cause of a failure is visible."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "level=info" not in line)


def _version(location: LabLocation, seconds: int) -> str:
    """The engine's version, or an empty string if it does not answer in time."""
    if not location.socket.exists():
        return ""
    try:
        with docker.APIClient(base_url=location.docker_host, version="1.41", timeout=seconds) as api:
            return str(api.version(api_version=False)["Version"])
    except (docker.errors.DockerException, requests.RequestException):
        return ""


def _stop(location: LabLocation, say: Say) -> None:
    """End every process of the location, then remove its mounts and everything that a reboot removes."""
    engine = processes.engine_of(location)
    if engine:
        processes.tell(engine, signal.SIGTERM)
        if not processes.gone([engine], STOP_SECONDS):
            say(
                Text(
                    f"{location.name} 的引擎 {STOP_SECONDS} 秒内没有停下，强制结束",
                    f"the engine of {location.name} did not stop within {STOP_SECONDS} seconds; it is killed",
                )
            )
    deadline = time.monotonic() + STOP_SECONDS
    while left := processes.of_location(location):
        if time.monotonic() > deadline:
            raise LabError("LAB012", ", ".join(f"{it.pid} {it.argv[0]}" for it in left), what=location.namespace)
        for process in left:
            processes.tell(process, signal.SIGKILL)
        processes.gone(left, 1)
    _remove_shim_sockets(location)
    mounts.remove(location.run)
    mounts.clear(location.data_root)
    namespaces.remove(location.namespace)
    cgroups.remove(location.cgroup)
    _remove_shared()


def _remove_shim_sockets(location: LabLocation) -> None:
    """Remove the sockets of killed shims. All containerds of a machine use the same folder for them."""
    for file in location.exec_root.glob("containerd/daemon/io.containerd.runtime.v2.task/*/*/address"):
        socket = Path(file.read_text().strip().removeprefix("unix://"))
        if socket.is_relative_to(SHIM_SOCKETS):
            socket.unlink(missing_ok=True)


def _remove_shared() -> None:
    """Remove folders with fixed names that all engines of a machine share, if no engine runs."""
    users = {"dockerd", "containerd"}
    if not any(Path(process.argv[0]).name in users for process in processes.scan()):
        for folder in (Path("/run/docker/plugins"), Path("/run/docker"), SHIM_SOCKETS, SHIM_SOCKETS.parent):
            _remove_empty(folder)


def _old(log: Path) -> Path:
    return log.with_suffix(".log.1")


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # missing, or not empty
        folder.rmdir()
