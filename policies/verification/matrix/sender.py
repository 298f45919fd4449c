"""Sends probes through ordinary sockets of the current namespace, and collects the kernel's answers.

Probes are sent in parallel and never repeated: without an answer before the timeout, a probe is FILTERED.
"""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from policies.verification.matrix.packets import (
    ICMP4,
    ICMP6,
    PORT_UNREACHABLE,
    TCP,
    UDP,
    Key,
    Refusal,
    answered,
    echo,
    refusal_of,
)
from policies.verification.matrix.verdicts import ProbeAnswer, ProbeVerdict

NOWHERE = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN)
"""No route, or no address of that family (IPv6 disabled)."""
KEPT_IN = (errno.EPERM, errno.EACCES)
"""The sender's own rules."""
NO_ANSWER = (errno.EHOSTUNREACH, errno.ETIMEDOUT)
"""No answer, not even to neighbour resolution."""
REFUSED = (*NOWHERE, *KEPT_IN, *NO_ANSWER, errno.EHOSTDOWN, errno.ENONET, errno.EPROTO, errno.ENOPROTOOPT)
"""Errors of a pending connection after an ICMP error or a failed neighbour resolution."""
DATAGRAM = b"lantu"
NOTHING = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST


class Order(NamedTuple):
    """One probe to send, with the key of its packets (packets.Key)."""

    key: Key
    address: str
    port: int
    device: str = ""
    """The interface to use, for link-local addresses only."""


Register = Callable[[socket.socket, int, Callable[[], None]], None]


class Sender:
    """Sends the orders of one sender number, and fills `answers` as the kernel reports."""

    def __init__(self, number: int, selector: selectors.BaseSelector, mark: int = 0) -> None:
        self.number = number
        self.mark = mark
        self.selector = selector
        self.answers: dict[Key, ProbeAnswer] = {}
        self.refusals: dict[Key, Refusal] = {}
        self.waiting: dict[Key, socket.socket | None] = {}
        self.slowest = 0.0
        """Seconds until the slowest successful answer."""
        self._sent: dict[Key, float] = {}
        self.datagrams = {family: self._datagram(family) for family in (4, 6)}
        self.echoes = {4: self._raw(socket.AF_INET, ICMP4), 6: self._raw(socket.AF_INET6, ICMP6)}

    def send(self, order: Order) -> None:
        """Send one probe. Immediate errors (no route, own rules, a broken tool) are its verdict."""
        protocol = order.key[0]
        family = 4 if len(order.key[2]) == 4 else 6
        self.waiting[order.key] = None
        self._sent[order.key] = time.monotonic()
        try:
            if protocol == TCP:
                self._connect(order, family)
            elif protocol == UDP:
                self._once(self.datagrams[family], DATAGRAM, order, order.port)
            else:
                self._once(self.echoes[family], echo(protocol, self.number, order.key[3]), order, 0)
        except OSError as error:
            self._settle(order.key, _at_once(error))

    def finish(self) -> dict[Key, ProbeAnswer]:
        """Stop waiting: pending probes get the verdict of their ICMP error, or FILTERED."""
        for key in list(self.waiting):
            self._settle(key, self._refused(key) or ProbeAnswer(ProbeVerdict.FILTERED))
        for datagram in (*self.datagrams.values(), *self.echoes.values()):
            self.selector.unregister(datagram)
            datagram.close()
        return self.answers

    def _connect(self, order: Order, family: int) -> None:
        probe_socket = socket.socket(_family(family), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING)
            if self.mark:
                probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)
            _bind(probe_socket, self.number)
            code = probe_socket.connect_ex(_to(order, order.port))
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "")
            self.selector.register(
                probe_socket, selectors.EVENT_WRITE, lambda: self._connected(order.key, probe_socket)
            )
        except OSError:
            probe_socket.close()
            raise
        self.waiting[order.key] = probe_socket

    def _connected(self, key: Key, probe_socket: socket.socket) -> None:
        code = probe_socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            self._settle(key, ProbeAnswer(ProbeVerdict.OPEN))
        elif code in (errno.ECONNREFUSED, errno.ECONNRESET):
            self._settle(key, self._refused(key) or ProbeAnswer(ProbeVerdict.CLOSED))
        elif code in REFUSED:  # the ICMP error arrives on the raw socket, with its sender
            self._close(key)
        else:
            self._settle(key, ProbeAnswer(ProbeVerdict.TOOL_ERROR, errno.errorcode.get(code, str(code))))

    def _close(self, key: Key) -> None:
        probe_socket = self.waiting[key]
        if probe_socket is not None:
            self.selector.unregister(probe_socket)
            probe_socket.close()
            self.waiting[key] = None

    def _once(self, probe_socket: socket.socket, data: bytes, order: Order, port: int) -> None:
        for _ in range(20):
            try:
                probe_socket.sendto(data, _to(order, port))
                return
            except (BlockingIOError, OSError) as error:
                if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                    raise
        raise OSError(errno.ENOBUFS, "no room to send")

    def _datagram(self, family: int) -> socket.socket:
        probe_socket = socket.socket(_family(family), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        _bind(probe_socket, self.number)
        return self._listen(probe_socket, lambda: self._datagrams(probe_socket))

    def _raw(self, family: socket.AddressFamily, protocol: int) -> socket.socket:
        probe_socket = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
        return self._listen(probe_socket, lambda: self._messages(probe_socket, protocol))

    def _listen(self, probe_socket: socket.socket, callback: Callable[[], None]) -> socket.socket:
        probe_socket.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), 8 << 20)
        probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)
        self.selector.register(probe_socket, selectors.EVENT_READ, callback)
        return probe_socket

    def _datagrams(self, probe_socket: socket.socket) -> None:
        for _, sender in _received(probe_socket):
            address = _packed(probe_socket, sender[0])
            self._settle((UDP, self.number, address, sender[1]), ProbeAnswer(ProbeVerdict.OPEN))

    def _messages(self, probe_socket: socket.socket, protocol: int) -> None:
        for packet, sender in _received(probe_socket):
            message = packet[(packet[0] & 0x0F) * 4 :] if protocol == ICMP4 else packet
            offender = _packed(probe_socket, sender[0])
            reply = answered(message, protocol)
            if reply is not None and reply[0] == self.number:
                self._settle((protocol, self.number, offender, reply[1]), ProbeAnswer(ProbeVerdict.OPEN))
            refused = refusal_of(message, offender)
            if refused is not None and refused[0][1] == self.number:
                self.refusals.setdefault(*refused)
                if refused[0] in self.waiting and self.waiting[refused[0]] is None:
                    self._settle(refused[0], _of(refused[0], refused[1]))

    def _refused(self, key: Key) -> ProbeAnswer | None:
        return _of(key, self.refusals[key]) if key in self.refusals else None

    def _settle(self, key: Key, answer: ProbeAnswer) -> None:
        if key in self.waiting:
            self._close(key)
            del self.waiting[key]
            self.answers[key] = answer
            if answer.verdict is ProbeVerdict.OPEN:
                self.slowest = max(self.slowest, time.monotonic() - self._sent[key])


def _of(key: Key, refusal: Refusal) -> ProbeAnswer:
    """Port unreachable from the target means that the packet arrived; any other error means rejected."""
    arrived = refusal.offender == key[2] and refusal.code == PORT_UNREACHABLE[4 if len(key[2]) == 4 else 6]
    return ProbeAnswer(ProbeVerdict.CLOSED if arrived else ProbeVerdict.REJECTED, "", refusal.offender, refusal.code)


def _at_once(error: OSError) -> ProbeAnswer:
    name = errno.errorcode.get(error.errno or 0, str(error))
    if error.errno in NOWHERE:
        return ProbeAnswer(ProbeVerdict.NO_ROUTE, name)
    if error.errno in KEPT_IN or error.errno in NO_ANSWER:
        return ProbeAnswer(ProbeVerdict.FILTERED, name)
    if error.errno == errno.ECONNREFUSED:
        return ProbeAnswer(ProbeVerdict.CLOSED, name)
    return ProbeAnswer(ProbeVerdict.TOOL_ERROR, name)


def _family(family: int) -> socket.AddressFamily:
    return socket.AF_INET if family == 4 else socket.AF_INET6


def _bind(probe_socket: socket.socket, number: int) -> None:
    """All probes of a sender use its source port, so many sockets share it."""
    probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if probe_socket.family == socket.AF_INET6:
        probe_socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    probe_socket.bind(("", number))


def _to(order: Order, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    return (order.address, port, 0, socket.if_nametoindex(order.device)) if order.device else (order.address, port)


def _packed(probe_socket: socket.socket, address: str) -> bytes:
    return socket.inet_pton(probe_socket.family, address.partition("%")[0])


def _received(probe_socket: socket.socket) -> Iterable[tuple[bytes, tuple[str, int]]]:
    """Pending datagrams. Errors of earlier datagrams are skipped."""
    while True:
        try:
            yield probe_socket.recvfrom(2048)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in (*NO_ANSWER, *NOWHERE, *KEPT_IN, errno.ECONNREFUSED):
                raise
