"""Machines on which both commands have run to completion. Add a line only after such a run."""

from __future__ import annotations

from typing import NamedTuple

from inventory.texts.text import Text
from lab.preflight.machine import Machine


class Tried(NamedTuple):
    """`cgroups` is v1 or v2; `engine` is the start of dockerd's version."""

    distribution: str
    version: str
    architecture: str
    cgroups: str
    apparmor: bool
    engine: str

    @property
    def words(self) -> Text:
        names = f"{self.distribution} {self.version}, {self.architecture}, cgroups {self.cgroups}"
        return Text(
            f"{names}, AppArmor {'启用' if self.apparmor else '未启用'}, Docker {self.engine or '未安装'}",
            f"{names}, AppArmor {'on' if self.apparmor else 'off'}, Docker {self.engine or 'not installed'}",
        )


TRIED = (Tried("debian", "12", "x86_64", "v1", apparmor=False, engine="20.10"),)


def untried(machine: Machine) -> Text | None:
    """A note if no line of TRIED matches. The engine is compared only if it is installed."""
    system = machine.system
    found = Tried(
        system.distribution,
        system.version,
        system.architecture,
        machine.cgroups.version,
        machine.security.apparmor,
        machine.engine.version,
    )
    if any(_fits(found, tried) for tried in TRIED):
        return None
    zh = "；".join(tried.words.zh for tried in TRIED)
    en = "; ".join(tried.words.en for tried in TRIED)
    return Text(
        f"从未在这样的机器上运行过（{found.words.zh}）；运行过的是：{zh}",
        f"never tried on such a machine ({found.words.en}); tried on: {en}",
    )


def _fits(found: Tried, tried: Tried) -> bool:
    return found[:-1] == tried[:-1] and (not found.engine or found.engine.startswith(tried.engine))
