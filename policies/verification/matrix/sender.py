"""Sends probes by ordinary sockets of the namespace that it is made in, and collects the kernel's answers.

Many at once and never one again: what is not answered when patience ends is FILTERED.
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
"""No route, or no address of that family at all (IPv6 switched off)."""
KEPT_IN = (errno.EPERM, errno.EACCES)
"""The sender's own rules."""
NO_ANSWER = (errno.EHOSTUNREACH, errno.ETIMEDOUT)
"""Nobody answered, not even to the question who has that address."""
REFUSED = (*NOWHERE, *KEPT_IN, *NO_ANSWER, errno.EHOSTDOWN, errno.ENONET, errno.EPROTO, errno.ENOPROTOOPT)
"""How an ICMP error, or a neighbour that does not answer, ends a connection that was begun."""
DATAGRAM = b"lantu"
NOTHING = struct.pack("ii", 1, 0)  # SO_LINGER: leave no connection behind


class Order(NamedTuple):
    """One probe to send: `key` is what its packets are about (packets.Key)."""

    key: Key
    address: str
    port: int
    device: str = ""
    """The link to use, for link-local addresses only."""


Register = Callable[[socket.socket, int, Callable[[], None]], None]


class Sender:
    """Sends orders that carry one own number; `answers` grows as the kernel reports."""

    def __init__(self, number: int, selector: selectors.BaseSelector, mark: int = 0) -> None:
        self.number = number
        self.mark = mark
        self.selector = selector
        self.answers: dict[Key, ProbeAnswer] = {}
        self.refusals: dict[Key, Refusal] = {}
        self.waiting: dict[Key, socket.socket | None] = {}
        self.slowest = 0.0
        """Seconds that the slowest good answer took."""
        self._sent: dict[Key, float] = {}
        self.datagrams = {family: self._datagram(family) for family in (4, 6)}
        self.echoes = {4: self._raw(socket.AF_INET, ICMP4), 6: self._raw(socket.AF_INET6, ICMP6)}

    def send(self, order: Order) -> None:
        """Sends one; a verdict that is there at once (no route, own rules, a broken tool) is noted at once."""
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
        """Ends the waiting: refusals that came for what is still open decide, all else is FILTERED."""
        for key in list(self.waiting):
            self._settle(key, self._refused(key) or ProbeAnswer(ProbeVerdict.FILTERED))
        for datagram in (*self.datagrams.values(), *self.echoes.values()):
            self.selector.unregister(datagram)
            datagram.close()
        return self.answers

    def _connect(self, order: Order, family: int) -> None:
        one = socket.socket(_family(family), socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOTHING)
            if self.mark:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)
            _bind(one, self.number)
            code = one.connect_ex(_to(order, order.port))
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, "")
            self.selector.register(one, selectors.EVENT_WRITE, lambda: self._connected(order.key, one))
        except OSError:
            one.close()
            raise
        self.waiting[order.key] = one

    def _connected(self, key: Key, one: socket.socket) -> None:
        code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            self._settle(key, ProbeAnswer(ProbeVerdict.OPEN))
        elif code in (errno.ECONNREFUSED, errno.ECONNRESET):
            self._settle(key, self._refused(key) or ProbeAnswer(ProbeVerdict.CLOSED))
        elif code in REFUSED:  # the ICMP error itself comes by the echo socket, which knows who sent it
            self._close(key)
        else:
            self._settle(key, ProbeAnswer(ProbeVerdict.TOOL_ERROR, errno.errorcode.get(code, str(code))))

    def _close(self, key: Key) -> None:
        one = self.waiting[key]
        if one is not None:
            self.selector.unregister(one)
            one.close()
            self.waiting[key] = None

    def _once(self, one: socket.socket, data: bytes, order: Order, port: int) -> None:
        for _ in range(20):
            try:
                one.sendto(data, _to(order, port))
                return
            except (BlockingIOError, OSError) as error:
                if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                    raise
        raise OSError(errno.ENOBUFS, "no room to send")

    def _datagram(self, family: int) -> socket.socket:
        one = socket.socket(_family(family), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        _bind(one, self.number)
        return self._listen(one, lambda: self._datagrams(one))

    def _raw(self, family: socket.AddressFamily, protocol: int) -> socket.socket:
        one = socket.socket(family, socket.SOCK_RAW | socket.SOCK_NONBLOCK, protocol)
        return self._listen(one, lambda: self._messages(one, protocol))

    def _listen(self, one: socket.socket, callback: Callable[[], None]) -> socket.socket:
        one.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), 8 << 20)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, self.mark)
        self.selector.register(one, selectors.EVENT_READ, callback)
        return one

    def _datagrams(self, one: socket.socket) -> None:
        for _, sender in _received(one):
            address = _packed(one, sender[0])
            self._settle((UDP, self.number, address, sender[1]), ProbeAnswer(ProbeVerdict.OPEN))

    def _messages(self, one: socket.socket, protocol: int) -> None:
        for packet, sender in _received(one):
            message = packet[(packet[0] & 0x0F) * 4 :] if protocol == ICMP4 else packet
            offender = _packed(one, sender[0])
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
    """A port-unreachable of the target itself means that the packet arrived; any other error is a refusal."""
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


def _bind(one: socket.socket, number: int) -> None:
    """Every probe of a sender leaves from the one port that is its alone, so many sockets share it."""
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(("", number))


def _to(order: Order, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    return (order.address, port, 0, socket.if_nametoindex(order.device)) if order.device else (order.address, port)


def _packed(one: socket.socket, address: str) -> bytes:
    return socket.inet_pton(one.family, address.partition("%")[0])


def _received(one: socket.socket) -> Iterable[tuple[bytes, tuple[str, int]]]:
    """What has come so far. Errors that an earlier datagram met are no answer to read here."""
    while True:
        try:
            yield one.recvfrom(2048)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in (*NO_ANSWER, *NOWHERE, *KEPT_IN, errno.ECONNREFUSED):
                raise
