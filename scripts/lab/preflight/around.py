"""Reading what else runs on a machine: containers around it, engines and firewalls of its own, routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_address, ip_network

from lab.preflight.files import Files
from lab.preflight.probe import Folders

GVISOR = "#1 SMP Sun Jan 10 15:06:54 PST 2016"  # the build that every gVisor claims to be (pkg/sentry: LinuxVersion)
ENGINES = ("dockerd", "containerd", "podman", "crio", "kubelet", "k3s", "lxd", "incusd", "rootlesskit")
FIREWALLS = ("firewalld",)


def container(files: Files) -> str:
    """What systemd or the container's manager calls it; empty on a machine of its own, and in WSL.

    /.dockerenv is no evidence: virtual machines made from a container image carry it too.
    """
    words = [line.removeprefix("container=") for line in _environment(files) if line.startswith("container=")]
    kind = files.text("run/systemd/container").strip() or "".join(words)
    return "" if kind == "wsl" else kind


def _environment(files: Files) -> list[str]:
    """The first process's; some machines show it to nobody, which is no reason to warn about."""
    found = Files(files.root).text("proc/1/environ")
    return found.splitlines()


def not_linux(release: str, version: str) -> str:
    """`release` and `version` are /proc/sys/kernel/osrelease and /proc/version."""
    if release.endswith("-Microsoft"):  # WSL 2 says microsoft-standard-WSL2
        return "WSL 1"
    return "gVisor" if GVISOR in version or "gvisor" in release.lower() else ""


def left_alone(files: Files, folders: Folders) -> tuple[str, ...]:
    """Engines and firewalls of the machine's own, with their process ids, and firewalls that the next boot starts."""
    found = [*_running(files, folders)]
    if files.exists("etc/systemd/system/sysinit.target.wants/nftables.service"):
        found.append("nftables.service")
    if files.fields("etc/ufw/ufw.conf", "=").get("ENABLED") == "yes":
        found.append("ufw")
    return tuple(found)


def _running(files: Files, folders: Folders) -> Iterator[str]:
    """Processes of the machine's own: not those inside containers, and not those of a lab."""
    for process in files.processes():
        name = files.text(f"{process}/comm").strip()
        if name not in ENGINES + FIREWALLS:
            continue
        nested = len(files.fields(f"{process}/status", ":").get("NSpid", "").split()) > 1
        command = files.text(f"{process}/cmdline")
        if not nested and not any(f"{folder}/" in command for folder in (folders.state, folders.run)):
            yield f"{name} ({process.removeprefix('proc/')})"


def routes(files: Files) -> tuple[tuple[str, str], ...]:
    """(prefix, interface) of all routes but default, host and link-local ones, both families."""
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
    """`present` (whether it works shows only when it is used), `no module`, or `no processor` support for it."""
    if files.exists("dev/kvm"):
        return "present"
    flags = set(files.fields("proc/cpuinfo", ":").get("flags", "").split())
    return "no module" if flags & {"vmx", "svm"} else "no processor"
