"""Run the machine's tools: the only module of this package that starts short-lived processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from lab.errors import LabError

TAIL = 12  # last lines of a tool's output that an error shows


def run(argv: Sequence[str], *, stdin: str = "", seconds: float = 60, env: Mapping[str, str] | None = None) -> str:
    """Standard output of a command that must succeed; LAB007 if it fails, LAB004 if the tool is missing."""
    done = attempt(argv, stdin=stdin, seconds=seconds, env=env)
    if done.returncode != 0:
        raise LabError(
            "LAB007",
            tail(done.stderr or done.stdout) or f"exit status {done.returncode}",
            command=" ".join(argv),
            seconds=seconds,
        )
    return done.stdout


def attempt(
    argv: Sequence[str], *, stdin: str = "", seconds: float = 60, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail; the caller reads its exit status.

    LAB004 if the tool is missing, LAB007 on timeout.
    """
    try:
        return subprocess.run(
            list(argv),
            input=stdin,
            text=True,
            errors="replace",
            capture_output=True,
            check=False,
            env={**os.environ, "PATH": search_path(), "LC_ALL": "C.UTF-8", **(env or {})},
            timeout=seconds,
        )
    except FileNotFoundError as missing:
        raise LabError("LAB004", f"{argv[0]}: not found", tool=argv[0], package=argv[0]) from missing
    except subprocess.TimeoutExpired as late:
        raise LabError("LAB007", "timed out", command=" ".join(argv), seconds=seconds) from late


def search_path() -> str:
    """PATH followed by Debian's folders for root's tools, because a regular user's PATH has no nft and no dockerd."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def inside(namespace: str, *argv: str) -> list[str]:
    """The command line that runs `argv` in a network namespace, with the machine's own cgroups and mounts.

    This uses `nsenter --net` because `ip netns exec` mounts a new /sys and so hides the cgroups.
    """
    return ["nsenter", f"--net=/run/netns/{namespace}", *argv]


def tail(words: str, lines: int = TAIL) -> str:
    return "\n".join(words.strip().splitlines()[-lines:])
