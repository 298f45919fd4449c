"""Changes of a run, errors, and commands on the host."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 60
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StateError(Exception):
    """The host cannot be brought to the described state: object, actual and expected state, remedy."""

    def __init__(self, what: str | Path, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{what}\n  found:    {found}\n  expected: {expected}\n  remedy:   {remedy}")


@dataclass(frozen=True)
class Change:
    """A change; `before` and `after` are texts for a diff, empty if secret."""

    what: str
    before: str = ""
    after: str = ""


@dataclass
class Run:
    """One run on a host. With `check`, changes are recorded but not made."""

    check: bool
    changes: list[Change] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Paths that this run wrote, or would write."""
    planned: dict[str, bytes] = field(default_factory=dict)
    """Expected content of the files of this run."""

    def change(
        self, what: str, make: Callable[[], None], before: str = "", after: str = "", touches: Iterable[Path] = ()
    ) -> None:
        """Makes a change, unless in check mode, and records it."""
        if not self.check:
            make()
        self.changes.append(Change(what, before, after))
        self.touched.update(map(str, touches))

    def content(self, path: str) -> bytes:
        """Content of a file after this run: as planned, else as on disk."""
        if path in self.planned:
            return self.planned[path]
        try:
            return Path(path).read_bytes()
        except OSError as absent:
            raise StateError(path, str(absent), "a readable file", "let a role write it first") from absent


def command(argv: Sequence[str], stdin: str | None = None, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
    """Runs a program in the C locale and returns any exit status. StateError if it is missing or does not end."""
    try:
        return subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
        )
    except FileNotFoundError as absent:
        raise StateError(argv[0], "no such program", "a program", "add its package to the role") from absent
    except subprocess.TimeoutExpired as late:
        raise StateError(" ".join(argv), f"no end after {seconds} s", "an answer", "check the host") from late


def must(argv: Sequence[str], what: str, remedy: str, stdin: str | None = None, seconds: int = SECONDS) -> str:
    """Runs a program and returns its output. StateError if it fails."""
    process = command(argv, stdin, seconds)
    if process.returncode:
        output = (process.stderr.strip() or process.stdout.strip() or "no output")[-1500:]
        raise StateError(what, f"{' '.join(argv)} exited with {process.returncode}: {output}", "status 0", remedy)
    return process.stdout
