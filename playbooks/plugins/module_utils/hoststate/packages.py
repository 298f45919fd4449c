"""Debian packages: one cheap question; apt is called only for what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from .changes import Run, command, must

SECONDS = 900


def packages(run: Run, wanted: Sequence[str]) -> None:
    """A lab's images carry all packages; elsewhere the host's own apt sources give them."""
    if not wanted:
        return
    missing = [name for name in wanted if name not in installed(wanted)]
    if missing:
        run.change(f"packages {' '.join(missing)}", lambda: _install(missing), after="\n".join(missing))


def installed(names: Sequence[str]) -> set[str]:
    """Those that are there and configured; dpkg-query ends with 1 where it does not know one of the names."""
    asked = command(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *names])
    rows = [line.split() for line in asked.stdout.splitlines()]
    return {row[0] for row in rows if row[1:] == ["installed"]}


def _install(names: Sequence[str]) -> None:
    remedy = "give the host an apt source that has them, or build them into its image"
    must(["apt-get", "update", "--error-on=any"], "apt sources", remedy, seconds=SECONDS)
    flags = ["--yes", "--no-install-recommends", "--option=Dpkg::Options::=--force-confold"]
    must(["apt-get", "install", *flags, *names], f"packages {' '.join(names)}", remedy, seconds=SECONDS)
