"""The state of a machine before and after, and what of the difference is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.machines import places
from tests.machines.machine import VirtualMachine

SCRIPT = places.HERE / "state.sh"
SECTIONS = (
    "processes",
    "mounts",
    "namespaces",
    "cgroups",
    "apparmor",
    "nft",
    "legacy-tables",
    "sysctl",
    "links",
    "addresses",
    "routes",
    "units",
    "enabled",
    "accounts",
    "files",
    "modules",
    "packages",
)
MUST_HAVE = (
    "processes",
    "mounts",
    "namespaces",
    "cgroups",
    "apparmor",
    "sysctl",
    "links",
    "addresses",
    "routes",
    "units",
    "enabled",
    "accounts",
    "files",
    "packages",
)
State = Mapping[str, frozenset[str]]

# section, sign, pattern, reason: what a run of `up` and `down` may leave. Everything else is a leftover.
EXPLAINED = (
    ("packages", "+", r".*", "packages that the preflight installs"),
    ("modules", "+", r".*", "kernel modules, loaded on demand; the kernel never unloads them by itself"),
    (
        "sysctl",
        "+",
        r"(net\.bridge\.|net\.netfilter\.|net\.nf_conntrack_max|net\.ipv4\.vs\.|fs\.overlay)",
        "settings that a kernel module brings; they were not there before",
    ),
    ("mounts", "+", r"/run/netns tmpfs ", "ip-netns(8) makes this mount point shared once"),
    ("files", "+", r"/run/netns$", "the empty folder of ip-netns(8)"),
    ("accounts", "+", r"docker:x:\d+:", "the group of the package docker.io"),
    ("files", "+", r"/etc/apparmor\.d/", "profiles of packages"),
    ("files", "+", r"/(etc/docker|var/lib/docker|var/lib/containerd|opt/containerd)(/|$)", "folders of packages"),
    ("files", "+", r"/etc/systemd/system/.*\.wants/", "links of packages"),
    ("files", "+", r"/run/adduser$", "written by the installation of packages"),
    ("mounts", "+", r"/run/user/\d+ tmpfs ", "the session of the user who ran the commands"),
    ("processes", "+", r"/usr/lib/systemd/systemd-executor ", "systemd starts something at this moment"),
)


@dataclass(frozen=True, slots=True)
class MachineDifference:
    """One thing that is there now and was not (`+`), or the other way round (`-`)."""

    section: str
    sign: str
    what: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.section} {self.sign} {self.what}" + (f"  ({self.reason})" if self.reason else "")


def record(machine: VirtualMachine) -> State:
    """The machine's state now. RuntimeError where a tool there fails, ValueError where an answer is missing."""
    return parse(machine.run("bash -s", stdin=SCRIPT.read_bytes(), seconds=900).stdout)


def parse(text: str) -> State:
    found: dict[str, set[str]] = {}
    lines: set[str] = set()
    for line in text.splitlines():
        if line.startswith("== "):
            lines = found.setdefault(line.removeprefix("== "), set())
        else:
            lines.add(line)
    if wrong := [name for name in SECTIONS if name not in found] + [name for name in MUST_HAVE if not found.get(name)]:
        raise ValueError(f"no answer about {', '.join(wrong)}")
    return {name: frozenset(rows) for name, rows in found.items()}


def compare(before: State, after: State) -> list[MachineDifference]:
    """Everything that differs, explained or not."""
    return [
        MachineDifference(section, sign, what, _reason(section, sign, what))
        for section in SECTIONS
        for sign, what in _changes(before[section], after[section])
    ]


def leftovers(differences: list[MachineDifference]) -> list[MachineDifference]:
    return [difference for difference in differences if difference.reason is None]


def _changes(before: frozenset[str], after: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield from (("-", what) for what in sorted(before - after))
    yield from (("+", what) for what in sorted(after - before))


def _reason(section: str, sign: str, what: str) -> str | None:
    for named, signed, pattern, reason in EXPLAINED:
        if (named, signed) == (section, sign) and re.match(pattern, what):
            return reason
    return None
