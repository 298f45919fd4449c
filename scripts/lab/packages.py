"""Install packages by apt without starting their services; the machine gains the tools and nothing else changes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from inventory.texts.text import Text
from lab.commands import attempt, run, search_path, tail
from lab.errors import LabError, Say

POLICY = Path("/usr/sbin/policy-rc.d")  # Debian's maintainer scripts call it before they start a service
MARK = "# made while lantu installs packages, gone afterwards"
SECONDS = 1800
SERVICES = {  # units that a package enables for the next boot
    "docker.io": ("docker.service", "docker.socket"),
    "containerd": ("containerd.service",),
}


def install(packages: Sequence[str], say: Say, policy: Path = POLICY) -> None:
    """Announce and install the packages; no service starts, now or at the next boot. LAB005 if apt fails."""
    names = " ".join(packages)
    say(
        Text(
            f"用 apt 安装：{names}（其中的服务不会启动）",
            f"installing by apt: {names} (no service they bring is started)",
        )
    )
    new = [package for package in SERVICES if not _installed(package)]
    with nothing_starts(policy):
        if not all(_known(package) for package in packages):
            _apt("update", packages=names)
        # --no-remove: apt fails rather than remove a package that conflicts, such as another engine
        _apt(
            "install",
            "--yes",
            "--no-remove",
            "--no-install-recommends",
            "-o",
            "DPkg::Lock::Timeout=300",
            "-o",
            "Dpkg::Options::=--force-confold",
            *packages,
            packages=names,
        )
    for package in new:
        if _installed(package):
            _switch_off(SERVICES[package], say)


def repair(policy: Path = POLICY) -> None:
    """Restore what a killed `install` changed. Call it at the start of every run."""
    kept = _kept(policy)
    ours = policy.exists() and MARK in policy.read_text(errors="replace")
    if kept.is_symlink() or kept.exists():
        if ours or not policy.exists():
            kept.replace(policy)
    elif ours:
        policy.unlink()


@contextmanager
def nothing_starts(policy: Path = POLICY) -> Iterator[None]:
    """Within this context, no package starts a service. The machine's own policy file is restored afterwards."""
    repair(policy)
    if policy.is_symlink() or policy.exists():
        policy.replace(_kept(policy))
    draft = policy.with_name(policy.name + ".draft")
    draft.write_text(f"#!/bin/sh\n{MARK}\nexit 101\n")
    draft.chmod(0o755)
    draft.replace(policy)
    try:
        yield
    finally:
        repair(policy)


def _kept(policy: Path) -> Path:
    return policy.with_name(policy.name + ".before-lantu")


def _apt(*words: str, packages: str) -> None:
    done = attempt(["apt-get", *words], seconds=SECONDS, env={"DEBIAN_FRONTEND": "noninteractive"})
    if done.returncode != 0:
        raise LabError("LAB005", tail(done.stderr or done.stdout), packages=packages)


def _known(package: str) -> bool:
    """Whether apt's current index has a version to install."""
    answer = run(["apt-cache", "policy", package])
    return "Candidate:" in answer and "Candidate: (none)" not in answer


def _installed(package: str) -> bool:
    done = attempt(["dpkg-query", "--show", "--showformat=${db:Status-Status}", package])
    return done.returncode == 0 and done.stdout == "installed"


def _switch_off(units: Sequence[str], say: Say) -> None:
    """Disable services: an engine that starts at boot changes the machine's firewall and forwarding."""
    if shutil.which("systemctl", path=search_path()):
        run(["systemctl", "disable", *units])
        say(Text(f"开机时不启动：{' '.join(units)}", f"not started at boot: {' '.join(units)}"))
