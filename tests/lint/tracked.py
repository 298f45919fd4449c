"""The files of the project, and the classes that they define."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files(*suffixes: str) -> tuple[str, ...]:
    """Paths relative to the checkout: tracked files and new ones that git does not ignore."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted(path for path in listed if path.endswith(suffixes) and (ROOT / path).is_file()))


def text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def tree(path: str) -> ast.Module:
    return ast.parse(text(path))


def classes() -> Iterator[tuple[str, str, int]]:
    """Name, path and line of each class of the project, nested ones included."""
    for path in files(".py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                yield node.name, path, node.lineno
