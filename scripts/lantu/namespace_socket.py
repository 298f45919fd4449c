"""A socket that lives in another network namespace: it keeps the namespace that it was made in."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000


def socket_inside(namespace: str) -> socket.socket:
    """A TCP socket made in `namespace`. Only a thread that ends at once ever enters it; Python 3.11 has no os.setns."""
    made: list[socket.socket] = []
    wrong: list[OSError] = []

    def make() -> None:
        handle = os.open(Path("/run/netns") / namespace, os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            if libc.setns(handle, CLONE_NEWNET):
                wrong.append(OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace))
            else:
                made.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        finally:
            os.close(handle)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise wrong[0] if wrong else OSError(f"no socket in {namespace}")
    return made[0]
