"""A socket in another network namespace: a socket stays in the namespace in which it was created."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000


def socket_inside(namespace: str) -> socket.socket:
    """A TCP socket in `namespace`, created by a thread of its own. Python 3.11 has no os.setns."""
    sockets: list[socket.socket] = []
    errors: list[OSError] = []

    def create() -> None:
        handle = os.open(Path("/run/netns") / namespace, os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            if libc.setns(handle, CLONE_NEWNET):
                errors.append(OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), namespace))
            else:
                sockets.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        finally:
            os.close(handle)

    thread = threading.Thread(target=create)
    thread.start()
    thread.join()
    if not sockets:
        raise errors[0] if errors else OSError(f"no socket in {namespace}")
    return sockets[0]
