"""Listeners in the probes' namespaces: they accept connections and send datagrams back."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterable

from inventory.model.flows import Protocol, Service

BACKLOG = 1024
ANY_PORT = 0


def open_all(services: Iterable[Service], selector: selectors.BaseSelector) -> None:
    """Listen for all these services on every address of the namespace; the kernel answers ICMP."""
    for service in services:
        if service.port is not None:
            open_one(service.protocol, "::", service.port, selector)


def open_one(protocol: Protocol, address: str, port: int, selector: selectors.BaseSelector) -> int:
    """Listen for one service on one address (`::`: both families). Returns the port, which the kernel chooses for 0."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol is Protocol.TCP else socket.SOCK_DGRAM
    listener = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
    listener.bind((address, port))
    if protocol is Protocol.TCP:
        listener.listen(BACKLOG)
    answer = _accept if protocol is Protocol.TCP else _send_back
    selector.register(listener, selectors.EVENT_READ, lambda: answer(listener))
    return int(listener.getsockname()[1])


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:  # none left, or the client has disconnected
            return
        connection.close()


def _send_back(listener: socket.socket) -> None:
    while True:
        try:
            data, sender = listener.recvfrom(2048)
            listener.sendto(data, sender)
        except BlockingIOError:
            return
        except OSError:  # an earlier answer was refused
            continue
