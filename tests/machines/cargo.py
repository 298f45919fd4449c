"""What a machine gets on a second disk: the caches that spare it an hour of building."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.paths import cache_root

CACHES = ("engine", "images")  # below the cache root: the Pulumi toolchain, the images of the lab's hosts
UNFINISHED = (".building-*", "staging-*", "lock", "*.log", "*.lock")


def pack(disk: Path, names: Sequence[str] = CACHES) -> None:
    """A tar file of this machine's caches, with their paths there. It is the disk as it stands."""
    there = [name for name in names if (cache_root() / name).is_dir()]
    argv = [
        "tar",
        "--create",
        "--file",
        str(disk),
        *(f"--exclude={name}" for name in UNFINISHED),
        "--transform=s,^,var/cache/lantu/,S",
        "-C",
        str(cache_root()),
        *there,
    ]
    if not there:  # an empty disk is a tar file with nothing in it
        argv = ["tar", "--create", "--file", str(disk), "--files-from=/dev/null"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode > 1:  # 1: a file changed while it was read, for example a log
        raise RuntimeError(f"packing the caches: {done.stderr[-500:]}")
