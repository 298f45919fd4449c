"""Pack a tree of files into the tar file of an image layer."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from lab.commands import run

OPAQUE = "trusted.overlay.opaque"


def pack(tree: Path, layer: Path) -> None:
    """Write `tree` as a layer. /dev is omitted; the engine creates it."""
    run(
        [
            "tar",
            "--create",
            "--file",
            str(layer),
            "--format=pax",
            "--pax-option=delete=atime,delete=ctime",
            "--sort=name",
            "--numeric-owner",
            "--xattrs",
            "--xattrs-include=security.capability",
            "--exclude=./dev/*",
            "-C",
            str(tree),
            ".",
        ],
        seconds=300,
    )


def name_what_is_hidden(upper: Path) -> None:
    """Convert markers of hidden files: overlayfs uses devices 0:0 and an attribute, image layers use file names."""
    for path in list(_below(upper)):
        found = path.lstat()
        if stat.S_ISCHR(found.st_mode) and found.st_rdev == 0:
            path.unlink()
            (path.parent / f".wh.{path.name}").touch()
        elif stat.S_ISDIR(found.st_mode) and OPAQUE in os.listxattr(path, follow_symlinks=False):
            (path / ".wh..wh..opq").touch()


def _below(folder: Path) -> Iterator[Path]:
    for inner, folders, files in os.walk(folder):
        yield from (Path(inner) / name for name in (*folders, *files))
