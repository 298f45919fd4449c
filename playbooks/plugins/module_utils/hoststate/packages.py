"""Debian packages; apt runs only if packages are missing."""

from __future__ import annotations

from collections.abc import Sequence

from .changes import Run, command, must

SECONDS = 900


def packages(run: Run, names: Sequence[str]) -> None:
    """Installs missing packages from the host's apt sources. A lab's images have all packages."""
    if not names:
        return
    missing = [name for name in names if name not in installed(names)]
    if missing:
        run.change(f"packages {' '.join(missing)}", lambda: _install(missing), after="\n".join(missing))


def installed(names: Sequence[str]) -> set[str]:
    """Names of installed and configured packages. dpkg-query exits with 1 if it does not know a name."""
    process = command(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\\n", *names])
    rows = [line.split() for line in process.stdout.splitlines()]
    return {row[0] for row in rows if row[1:] == ["installed"]}


def _install(names: Sequence[str]) -> None:
    remedy = "give the host an apt source that has them, or build them into its image"
    must(["apt-get", "update", "--error-on=any"], "apt sources", remedy, seconds=SECONDS)
    flags = ["--yes", "--no-install-recommends", "--option=Dpkg::Options::=--force-confold"]
    must(["apt-get", "install", *flags, *names], f"packages {' '.join(names)}", remedy, seconds=SECONDS)
