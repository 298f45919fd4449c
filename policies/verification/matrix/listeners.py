"""Receivers that answer: they accept connections and send datagrams back. In probes' namespaces, never for a system."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterable

from inventory.model.flows import Protocol, Service

BACKLOG = 1024
ANY_PORT = 0


def open_all(services: Iterable[Service], selector: selectors.BaseSelector) -> None:
    """Answers all these services on every address of the namespace; the kernel itself answers ICMP."""
    for service in services:
        if service.port is not None:
            open_one(service.protocol, "::", service.port, selector)


def open_one(protocol: Protocol, address: str, port: int, selector: selectors.BaseSelector) -> int:
    """Answers one service on one address (`::`: both families); its port, the kernel's choice where 0 is given."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol is Protocol.TCP else socket.SOCK_DGRAM
    one = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
    one.bind((address, port))
    if protocol is Protocol.TCP:
        one.listen(BACKLOG)
    answer = _accept if protocol is Protocol.TCP else _send_back
    selector.register(one, selectors.EVENT_READ, lambda: answer(one))
    return int(one.getsockname()[1])


def _accept(one: socket.socket) -> None:
    while True:
        try:
            connection, _ = one.accept()
        except OSError:  # none left, or the caller has gone
            return
        connection.close()


def _send_back(one: socket.socket) -> None:
    while True:
        try:
            data, sender = one.recvfrom(2048)
            one.sendto(data, sender)
        except BlockingIOError:
            return
        except OSError:  # an earlier answer was refused
            continue
