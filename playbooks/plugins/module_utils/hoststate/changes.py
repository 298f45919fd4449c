"""What one run finds to change, and how a run says that it cannot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = 60
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StateError(Exception):
    """The state cannot be reached: what it is about, what was found, what was expected, what to do."""

    def __init__(self, what: str | Path, found: str, expected: str, remedy: str) -> None:
        super().__init__(f"{what}\n  found:    {found}\n  expected: {expected}\n  remedy:   {remedy}")


@dataclass(frozen=True)
class Change:
    """One thing that was not as it should be; `before` and `after` are texts for a diff, empty where secret."""

    what: str
    before: str = ""
    after: str = ""


@dataclass
class Run:
    """One pass over a host. With `check` nothing is changed, everything is told."""

    check: bool
    changes: list[Change] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    """Paths that this pass wrote, or would write."""
    planned: dict[str, bytes] = field(default_factory=dict)
    """What each file of this pass has to contain."""

    def change(
        self, what: str, make: Callable[[], None], before: str = "", after: str = "", touches: Iterable[Path] = ()
    ) -> None:
        """Makes one change, unless only looking; told once it is made."""
        if not self.check:
            make()
        self.changes.append(Change(what, before, after))
        self.touched.update(map(str, touches))

    def content(self, path: str) -> bytes:
        """What a file has to contain after this pass: planned here, else what is on disk."""
        if path in self.planned:
            return self.planned[path]
        try:
            return Path(path).read_bytes()
        except OSError as absent:
            raise StateError(path, str(absent), "a readable file", "let a role write it first") from absent


def command(argv: Sequence[str], stdin: str | None = None, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
    """Runs a tool of the host in the C locale; its exit status is the caller's to judge. A missing tool is refused."""
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
        raise StateError(" ".join(argv), f"no end after {seconds} s", "an answer", "look at the host") from late


def must(argv: Sequence[str], what: str, remedy: str, stdin: str | None = None, seconds: int = SECONDS) -> str:
    """Runs a tool that has to succeed, and returns what it says."""
    done = command(argv, stdin, seconds)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no word")[-1500:]
        raise StateError(what, f"{' '.join(argv)} ended with {done.returncode}: {said}", "status 0", remedy)
    return done.stdout
