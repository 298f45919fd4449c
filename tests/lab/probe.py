"""One TCP connection from inside a network namespace, and who answered it: the kernel's own words, no guess."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

CONNECT = """
import errno, socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1.0).close()
    print("connected")
except TimeoutError:
    print("no answer")
except OSError as error:
    print(errno.errorcode[error.errno])
"""
LISTEN = """
import socket, sys, time
server = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
server.settimeout(120)
while True:
    server.accept()[0].close()
"""


def connect(namespace: str, address: str, port: int) -> str:
    """`connected`, `no answer`, or the name of the error (ECONNREFUSED: somebody is there)."""
    done = subprocess.run(
        ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-c", CONNECT, address, str(port)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@contextmanager
def listening(namespace: str, port: int) -> Iterator[None]:
    """Somebody accepts connections on that port, on every address of the namespace."""
    argv = ["nsenter", f"--net=/run/netns/{namespace}", sys.executable, "-c", LISTEN, str(port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == "ready\n"
            yield
        finally:
            server.kill()
