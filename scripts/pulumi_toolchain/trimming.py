"""Copies of upstream modules without the code that a closed network never calls: see go/_closed/without.toml."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

FOLDER = "_closed"
NOT_COMPILED = ("testdata", "*_test.go", ".git*")


class UpstreamChangedError(Exception):
    """A pattern of without.toml no longer matches anything."""


def close(source: Path, go: Callable[[list[str]], str]) -> None:
    """Make the Go module in `source`, a copy, use shortened copies of the modules that without.toml names.

    `go` runs the Go command and returns its output. It fetches each module and checks it against go.sum before the
    copy. Raises UpstreamChangedError.
    """
    closed = source / FOLDER
    for module, folders in tomllib.loads((closed / "without.toml").read_text()).items():
        original = Path(json.loads(go(["mod", "download", "-json", module]))["Dir"])
        copy = closed / "copies" / module
        shutil.copytree(original, copy, ignore=shutil.ignore_patterns(*NOT_COMPILED), copy_function=shutil.copyfile)
        writable(copy)
        for folder, patterns in folders.items():
            remove(copy, folder, patterns)
        shutil.copytree(closed / module, copy, dirs_exist_ok=True)
        go(["mod", "edit", f"-replace={module}={copy}"])


def writable(copy: Path) -> None:
    """Make a tree writable: Go keeps fetched modules read-only."""
    for path in (copy, *copy.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def remove(copy: Path, folder: str, patterns: list[str]) -> None:
    for pattern in patterns:
        fitting = list((copy / folder).glob(pattern))
        if not fitting:
            raise UpstreamChangedError(f"{folder}/{pattern}")
        for path in fitting:
            path.unlink()
