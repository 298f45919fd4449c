"""Evaluate a machine: packages to install, notes, and all reasons that prevent a lab, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network

from inventory.texts.text import Text
from lab.errors import LabError
from lab.preflight import needs as needing
from lab.preflight.checks import refused
from lab.preflight.machine import Machine
from lab.preflight.needs import Needs
from lab.preflight.read import APPARMOR_TOOLS, TOOLS
from lab.preflight.tried import untried


@dataclass(frozen=True, slots=True)
class Assessment:
    """`notes` are informational. `packages` are missing and can be installed by apt. `refused` prevents a lab."""

    notes: tuple[Text, ...]
    packages: tuple[str, ...]
    refused: tuple[LabError, ...]
    parts: tuple[needing.NeedsPart, ...]


def evaluate(machine: Machine, needs: Needs) -> Assessment:
    tools = TOOLS | APPARMOR_TOOLS
    packages = sorted({tools[tool] for tool in machine.missing})
    parts = needing.parts(needs, machine)
    return Assessment(
        tuple(_notes(machine, needs)), tuple(packages), tuple(refused(machine, needs, parts, packages)), tuple(parts)
    )


def _notes(machine: Machine, needs: Needs) -> Iterator[Text]:
    if text := untried(machine):
        yield text
    if machine.system.wsl and not machine.system.not_linux:
        yield Text(
            "本机是 WSL 2：其内核随 Windows 更新，能否运行由下面的内核试验决定",
            "this is WSL 2: its kernel comes with Windows, and the trial of the kernel decides",
        )
    if machine.left_alone:
        names = "、".join(machine.left_alone), ", ".join(machine.left_alone)
        yield Text(
            f"本机自有的引擎与防火墙保持不变：{names[0]}",
            f"the machine's own engines and firewalls are left alone: {names[1]}",
        )
    if machine.security.selinux == "permissive":
        yield Text("SELinux 为宽容模式：会记录但不阻止", "SELinux is permissive: it logs and stops nothing")
    if machine.security.switches:
        names = "、".join(machine.security.switches), ", ".join(machine.security.switches)
        yield Text(
            f"对普通用户的限制不影响以 root 运行的实验环境：{names[0]}",
            f"restrictions of plain users do not touch a lab, which root runs: {names[1]}",
        )
    if machine.cpus < 2:
        yield Text(
            "只有 1 个处理器：可以运行，但构建与验证要慢一倍以上",
            "one processor only: it works, at less than half the speed",
        )
    for name in ("state", "cache"):
        if machine.disks[name].kind == "tmpfs":
            yield Text(
                f"{machine.disks[name].path} 在内存中（tmpfs）：占用计入内存，重启后消失",
                f"{machine.disks[name].path} lies in memory (tmpfs): it counts as memory and ends with a reboot",
            )
    yield from _ranges(machine, needs)
    if machine.unreadable:
        names = "、".join(machine.unreadable), ", ".join(machine.unreadable)
        yield Text(f"无法读取，因此没有判断：{names[0]}", f"could not be read, and so was not evaluated: {names[1]}")


def _ranges(machine: Machine, needs: Needs) -> Iterator[Text]:
    """Notes on the machine's own routes in a segment's range. Both work: a lab's addresses exist in namespaces only."""
    for segment, prefixes in needs.prefixes.items():
        for prefix in map(ip_network, prefixes):
            for route, interface in machine.routes:
                other = ip_network(route)
                if prefix.version == other.version and prefix.overlaps(other):
                    yield Text(
                        f"本机的路由 {route}（{interface}）与网段 {segment}（{prefix}）重叠："
                        "实验环境只在命名空间内使用该网段，互不影响",
                        f"the machine's route {route} ({interface}) overlaps segment {segment} ({prefix}): "
                        "a lab uses the range in namespaces only, so neither touches the other",
                    )
