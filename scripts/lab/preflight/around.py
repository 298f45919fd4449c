"""Read a machine's surroundings: an enclosing container, its own engines and firewalls, its routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_address, ip_network

from lab.preflight.files import Files
from lab.preflight.probe import Folders

GVISOR = "#1 SMP Sun Jan 10 15:06:54 PST 2016"  # the build string that every gVisor reports (pkg/sentry: LinuxVersion)
ENGINES = ("dockerd", "containerd", "podman", "crio", "kubelet", "k3s", "lxd", "incusd", "rootlesskit")
FIREWALLS = ("firewalld",)


def container(files: Files) -> str:
    """The kind of the enclosing container, from systemd or the container's manager; empty if there is none, and in WSL.

    /.dockerenv is not used, because virtual machines made from a container image have it too.
    """
    words = [line.removeprefix("container=") for line in _environment(files) if line.startswith("container=")]
    kind = files.text("run/systemd/container").strip() or "".join(words)
    return "" if kind == "wsl" else kind


def _environment(files: Files) -> list[str]:
    """The environment of process 1; no warning if it is unreadable, as it is on some machines."""
    found = Files(files.root).text("proc/1/environ")
    return found.splitlines()


def not_linux(release: str, version: str) -> str:
    """WSL 1 or gVisor, else empty; `release` is /proc/sys/kernel/osrelease, `version` is /proc/version."""
    if release.endswith("-Microsoft"):  # WSL 2 reports microsoft-standard-WSL2
        return "WSL 1"
    return "gVisor" if GVISOR in version or "gvisor" in release.lower() else ""


def left_alone(files: Files, folders: Folders) -> tuple[str, ...]:
    """The machine's own engines and firewalls with their process ids, and firewalls enabled for the next boot."""
    found = [*_running(files, folders)]
    if files.exists("etc/systemd/system/sysinit.target.wants/nftables.service"):
        found.append("nftables.service")
    if files.fields("etc/ufw/ufw.conf", "=").get("ENABLED") == "yes":
        found.append("ufw")
    return tuple(found)


def _running(files: Files, folders: Folders) -> Iterator[str]:
    """The machine's own processes, without those of containers and labs."""
    for process in files.processes():
        name = files.text(f"{process}/comm").strip()
        if name not in ENGINES + FIREWALLS:
            continue
        nested = len(files.fields(f"{process}/status", ":").get("NSpid", "").split()) > 1
        command = files.text(f"{process}/cmdline")
        if not nested and not any(f"{folder}/" in command for folder in (folders.state, folders.run)):
            yield f"{name} ({process.removeprefix('proc/')})"


def routes(files: Files) -> tuple[tuple[str, str], ...]:
    """(prefix, interface) of all routes of both families, except default, host and link-local routes."""
    return (*_routes4(files), *_routes6(files))


def _routes4(files: Files) -> Iterator[tuple[str, str]]:
    for row in (line.split() for line in files.text("proc/net/route").splitlines()[1:]):
        address, mask = (int.from_bytes(bytes.fromhex(row[index]), "little") for index in (1, 7))
        length = mask.bit_count()
        if 0 < length < 32:
            yield str(IPv4Network((address, length))), row[0]


def _routes6(files: Files) -> Iterator[tuple[str, str]]:
    for row in (line.split() for line in files.text("proc/net/ipv6_route").splitlines()):
        address, length = ip_address(bytes.fromhex(row[0])), int(row[1], 16)
        if 0 < length < 128 and not address.is_link_local and not address.is_multicast:
            yield str(ip_network(f"{address}/{length}")), row[9]


def kvm(files: Files) -> str:
    """`present` (not tested), `no module`, or `no processor` if the processor does not support it."""
    if files.exists("dev/kvm"):
        return "present"
    flags = set(files.fields("proc/cpuinfo", ":").get("flags", "").split())
    return "no module" if flags & {"vmx", "svm"} else "no processor"
