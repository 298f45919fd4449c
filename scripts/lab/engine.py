"""One Docker engine per place, in a network namespace of its own: start, look, stop, remove.

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

from lab import apparmor, cgroups, disk, mounts, namespaces, processes, rules
from lab.commands import inside, run, search_path, tail
from lab.errors import LabError, Say, silent
from lab.locks import held
from lab.paths import LabLocation
from lab.texts import Text

START_SECONDS = 120  # dockerd starts the hosts of the last run before it answers
STOP_SECONDS = 30  # hosts get 10 s, and stop side by side
ANSWER_SECONDS = 30  # on a busy machine an answer takes long; restarting a healthy engine would restart all its hosts
NEED_MB = 256  # an engine that starts on less stops half-way through its first container
CALM = {  # a new namespace inherits ip_forward=1, and filters bridged frames by Docker's isolation rules
    "net.ipv4.ip_forward": 0,
    "net.ipv6.conf.all.forwarding": 0,
    "net.bridge.bridge-nf-call-iptables": 0,
    "net.bridge.bridge-nf-call-ip6tables": 0,
}


class EngineState(Enum):
    ABSENT = "absent"  # nothing there, or cleanly stopped
    DEAD = "dead"  # what a killed engine leaves: files, mounts, processes without their engine
    DEAF = "deaf"  # a process, but it gives no answer or lost its namespace
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Status:
    state: EngineState
    pid: int | None = None
    version: str = ""


def status(place: LabLocation, seconds: int = 5) -> Status:
    """What is there now; changes nothing. An engine gets that many seconds to answer."""
    engine = processes.engine_of(place)
    if engine is None:
        return Status(EngineState.DEAD if place.run.exists() or processes.of_place(place) else EngineState.ABSENT)
    at_home = namespaces.exists(place.namespace) and processes.network_namespace(engine.pid) == namespaces.inode(
        place.namespace
    )
    version = _version(place, seconds) if at_home else ""
    return Status(EngineState.READY if version else EngineState.DEAF, engine.pid, version)


def client(place: LabLocation, seconds: int = 60) -> docker.DockerClient:
    """A client of that engine; LAB011 if it does not answer."""
    try:
        return docker.DockerClient(base_url=place.docker_host, timeout=seconds)
    except (docker.errors.DockerException, requests.RequestException) as deaf:
        raise LabError("LAB011", str(deaf), place=place.name, socket=place.socket) from deaf


@contextmanager
def connected(place: LabLocation, seconds: int = 60) -> Iterator[docker.DockerClient]:
    """A client for a few calls; LAB011 also where the engine goes away between them."""
    engine = client(place, seconds)
    try:
        yield engine
    except requests.RequestException as deaf:
        raise LabError("LAB011", str(deaf), place=place.name, socket=place.socket) from deaf
    finally:
        engine.close()


def start(place: LabLocation, management: Iterable[rules.Management] = (), *, say: Say = silent) -> Status:
    """Bring the engine up, whatever an earlier run or a reboot left; a running one only gets its rules again.

    Hosts that ran when it ended come back with it (restart policy `unless-stopped`; `hosts.wake` for the others).
    """
    segments = tuple(management)
    with _alone(place):
        now = status(place, ANSWER_SECONDS)
        if now.state is not EngineState.READY:
            if now.state is not EngineState.ABSENT:
                say(
                    Text(
                        f"{place.name} 的引擎不完好（{now.state.value}），重新启动",
                        f"the engine of {place.name} is {now.state.value}; it is started again",
                    )
                )
            _stop(place, say)  # also where nothing seems to be left: a killed engine's mounts outlive its files
            disk.require(place.data_root, NEED_MB)
            _prepare(place, segments)
            _launch(place)
            now = _wait(place)
        else:
            apparmor.load()
        rules.apply(place.namespace, segments)
        _calm(place)
        return now


def stop(place: LabLocation, *, say: Say = silent) -> None:
    """Stop the engine and all its hosts; what is in the data root stays and comes back with `start`."""
    with _alone(place):
        _stop(place, say)


def remove(place: LabLocation, *, say: Say = silent) -> None:
    """Stop the engine and remove everything it ever made."""
    with _alone(place):
        _stop(place, say)
        mounts.remove(place.data_root)
        for log in (place.log, _old(place.log)):
            log.unlink(missing_ok=True)
        apparmor.unload()
    for folder in (place.state, place.lab.state, place.lab.state_root, place.lab.run, place.lab.run_root):
        _remove_empty(folder)


@contextmanager
def _alone(place: LabLocation) -> Iterator[None]:
    with held(place.lab.run_root / f"{place.namespace}.lock"):
        yield


def _prepare(place: LabLocation, management: Iterable[rules.Management]) -> None:
    """Folders, and a namespace that is closed before the first container is in it."""
    place.data_root.mkdir(parents=True, exist_ok=True)
    place.run.mkdir(parents=True, mode=0o700)
    (place.run / "daemon.json").write_text(json.dumps(_configuration(place)) + "\n")
    apparmor.load()
    namespaces.ensure(place.namespace)
    _calm(place)
    rules.apply(place.namespace, management)


def _calm(place: LabLocation) -> None:
    """The engine host never routes, and bridged frames are no business of its IP filter.

    Asked again after the start: where br_netfilter is a module, dockerd loads it and net.bridge only then appears.
    """
    for key, value in CALM.items():
        now = namespaces.setting(place.namespace, key)
        if now == value or (now is None and key.startswith("net.bridge.")):
            continue
        namespaces.sysctl(place.namespace, {key: value})
        if (now := namespaces.setting(place.namespace, key)) != value:
            raise LabError("LAB014", str(now), key=key, value=value, namespace=place.namespace)


def _launch(place: LabLocation) -> None:
    if place.log.exists():
        place.log.rename(_old(place.log))
    with place.log.open("ab") as log:
        # setsid --fork: no child of ours, so that it outlives this run and its terminal
        command = ["setsid", "--fork", *inside(place.namespace, *_command(place))]
        subprocess.run(
            cgroups.within(place.cgroup, command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(place),
            check=True,
        )


def _command(place: LabLocation) -> list[str]:
    return [
        "dockerd",
        "--config-file",
        str(place.run / "daemon.json"),
        "--data-root",
        str(place.data_root),
        "--exec-root",
        str(place.exec_root),
        "--host",
        place.docker_host,
        "--pidfile",
        str(place.pid_file),
        "--bridge",
        "none",
        "--ip-forward=false",
        "--storage-driver",
        "overlay2",
        "--exec-opt",
        f"native.cgroupdriver={cgroups.driver()}",
        "--cgroup-parent",
        cgroups.parent(place.cgroup),
        # the machine's resolv.conf is none of the hosts' business: until a playbook says better, no name resolves
        "--dns",
        "127.0.0.1",
        "--log-driver",
        "json-file",
        "--log-opt",
        "max-size=1m",
        "--log-opt",
        "max-file=2",
    ]


def _configuration(place: LabLocation) -> dict[str, str]:
    """In place of the machine's daemon.json, which must not reach this engine. Before 23.0 an engine's identity key
    lies in /etc/docker, one for all engines of the machine: that too becomes this engine's own."""
    version = re.search(r"version (\d+)", run(["dockerd", "--version"]))
    old = version is not None and int(version.group(1)) < 23
    return {"deprecated-key-path": str(place.data_root / "key.json")} if old else {}


def _environment(place: LabLocation) -> dict[str, str]:
    """Nothing of the caller's but PATH: a proxy or a DOCKER_ variable would change what the engine does."""
    return {"PATH": search_path(), "HOME": str(place.data_root), "LC_ALL": "C.UTF-8"}


def _wait(place: LabLocation) -> Status:
    """Until the engine answers. LAB010 with its last words (LAB013 if those speak of a full disk)."""
    deadline = time.monotonic() + START_SECONDS
    seen = time.monotonic()
    while (now := status(place)).state is not EngineState.READY:
        seen = time.monotonic() if now.pid else seen  # between two programs a process has no command line
        if time.monotonic() > min(deadline, seen + 1):
            words = tail(_complaints(place.log))
            _stop(place, silent)
            if "no space left on device" in words:
                raise LabError("LAB013", words, path=place.data_root, need=NEED_MB)
            raise LabError(
                "LAB010",
                words or "no word in its log",
                place=place.name,
                seconds=START_SECONDS,
                socket=place.socket,
                log=place.log,
            )
        time.sleep(0.05)
    return now


def _complaints(log: Path) -> str:
    """What the engine wrote, without the lines that only tell what it does: they push the reason out of sight."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(line for line in lines if "level=info" not in line)


def _version(place: LabLocation, seconds: int) -> str:
    """The engine's version, or nothing if it does not answer in time."""
    if not place.socket.exists():
        return ""
    try:
        with docker.APIClient(base_url=place.docker_host, version="1.41", timeout=seconds) as api:
            return str(api.version(api_version=False)["Version"])
    except (docker.errors.DockerException, requests.RequestException):
        return ""


def _stop(place: LabLocation, say: Say) -> None:
    """End every process of the place, then remove all that a reboot would have removed, and the mounts."""
    engine = processes.engine_of(place)
    if engine:
        processes.tell(engine, signal.SIGTERM)
        if not processes.gone([engine], STOP_SECONDS):
            say(
                Text(
                    f"{place.name} 的引擎 {STOP_SECONDS} 秒内没有停下，强制结束",
                    f"the engine of {place.name} did not stop within {STOP_SECONDS} seconds; it is killed",
                )
            )
    deadline = time.monotonic() + STOP_SECONDS
    while left := processes.of_place(place):
        if time.monotonic() > deadline:
            raise LabError("LAB012", ", ".join(f"{it.pid} {it.argv[0]}" for it in left), what=place.namespace)
        for process in left:
            processes.tell(process, signal.SIGKILL)
        processes.gone(left, 1)
    mounts.remove(place.run)
    mounts.clear(place.data_root)
    namespaces.remove(place.namespace)
    cgroups.remove(place.cgroup)
    _remove_shared()


def _remove_shared() -> None:
    """Folders with fixed names that every engine of a machine makes, once no engine is left to use them."""
    users = {"dockerd", "containerd"}
    if not any(Path(process.argv[0]).name in users for process in processes.scan()):
        for folder in ("/run/docker/plugins", "/run/docker", "/run/containerd/s", "/run/containerd"):
            _remove_empty(Path(folder))


def _old(log: Path) -> Path:
    return log.with_suffix(".log.1")


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # not there, or others keep something in it
        folder.rmdir()
