"""Packet bytes: keys of probes, echo requests and ICMP errors, for IPv4 and IPv6."""

from __future__ import annotations

import struct
from typing import NamedTuple

TCP, UDP, ICMP4, ICMP6 = 6, 17, 1, 58
CALL, CALL_TYPE = 255, 0x88B5
"""A call is a broadcast frame without IP, of the Ethernet type for local experiments (IEEE 802)."""
ECHO_REQUEST = {ICMP4: 8, ICMP6: 128}
ECHO_REPLY = {ICMP4: 0, ICMP6: 129}
UNREACHABLE = {ICMP4: 3, ICMP6: 1}
PORT_UNREACHABLE = {4: 3, 6: 4}
"""Code by family: the packet arrived and no process listens."""
NEIGHBOUR_UNREACHABLE = {4: 1, 6: 3}
"""Code by family: a router accepted the packet but could not resolve the address."""
SYN, ACK = 0x02, 0x10
V6_HEADER = 40

Key = tuple[int, int, bytes, int]
"""Key of a probe: protocol, sender number (source port or echo id), target, port or echo sequence.

A sender number is unique in a run, so the key identifies a probe even if its source address was rewritten.
"""


def call_key(own: int) -> Key:
    """The key of a sender's broadcast, which every endpoint on the link receives."""
    return CALL, own, b"", 0


class Refusal(NamedTuple):
    """An ICMP error: its sender and its code."""

    offender: bytes
    code: int


def key_of(packet: bytes) -> tuple[Key, bytes] | None:
    """The key of an IP packet that begins something (SYN, datagram, echo request), and its source; else None."""
    try:
        if packet[0] >> 4 == 4:
            return _opening(packet, packet[9], (packet[0] & 0x0F) * 4, packet[12:16], packet[16:20])
        return _opening(packet, packet[6], V6_HEADER, packet[8:24], packet[24:40])
    except (IndexError, struct.error):  # truncated: not one of ours
        return None


def _opening(packet: bytes, protocol: int, at: int, source: bytes, target: bytes) -> tuple[Key, bytes] | None:
    if protocol == TCP and packet[at + 13] & (SYN | ACK) != SYN:
        return None
    if protocol in ECHO_REQUEST and packet[at] != ECHO_REQUEST[protocol]:
        return None
    return quoted(packet, protocol, at, target), source


def quoted(packet: bytes, protocol: int, at: int, target: bytes) -> Key:
    """The key of a packet whose transport header begins at `at`; struct.error if it is truncated."""
    own, service = struct.unpack_from("!HH", packet, at + (4 if protocol in ECHO_REQUEST else 0))
    return protocol, own, target, service


def refusal_of(message: bytes, offender: bytes) -> tuple[Key, Refusal] | None:
    """What an ICMP message (from its own header on) refuses: the key of the packet that it quotes, and the refusal."""
    family = len(offender)
    protocol = ICMP4 if family == 4 else ICMP6
    if len(message) < 8 or message[0] != UNREACHABLE[protocol]:
        return None
    inner = message[8:]
    try:
        if family == 4:
            key = quoted(inner, inner[9], (inner[0] & 0x0F) * 4, inner[16:20])
        else:
            key = quoted(inner, inner[6], V6_HEADER, inner[24:40])
    except (IndexError, struct.error):
        return None
    return key, Refusal(offender, message[1])


def echo(protocol: int, own: int, sequence: int) -> bytes:
    """An echo request; for IPv6 the kernel fills in the checksum."""
    body = struct.pack("!BBHHH", ECHO_REQUEST[protocol], 0, 0, own, sequence) + b"lantu"
    if protocol == ICMP6:
        return body
    return body[:2] + struct.pack("!H", _checksum(body)) + body[4:]


def answered(message: bytes, protocol: int) -> tuple[int, int] | None:
    """Own number and sequence of an echo reply (from its ICMP header on); None for anything else."""
    if len(message) < 8 or message[0] != ECHO_REPLY[protocol]:
        return None
    own, sequence = struct.unpack_from("!HH", message, 4)
    return own, sequence


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
