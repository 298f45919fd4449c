"""What building and starting machines needs, brought by apt where it is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from lab import packages
from lab.commands import search_path

TOOLS = {  # command: Debian's package
    "git": "git",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}


def ensure(say: Callable[[str], None]) -> None:
    """LAB005 if apt fails."""
    if missing := sorted({TOOLS[tool] for tool in TOOLS if not shutil.which(tool, path=search_path())}):
        packages.install(missing, lambda text: say(text.en))
