"""Bytes of the rarer headers of test packets: transports beside TCP, UDP and ICMP, and options within them."""

from __future__ import annotations

import struct

IGMP, DCCP, GRE, AH, COMP, SCTP, UDPLITE = 2, 33, 47, 51, 108, 132, 136
RARE = (IGMP, DCCP, GRE, AH, COMP, SCTP, UDPLITE)
SPI, WINDOW, SEQUENCE, IDENTIFICATION = 5, 1024, 1, 1
"""Values of header fields in every test packet."""

TCP_OPTIONS: dict[str, bytes] = {
    "maxseg": b"\x02\x04\x05\xb4",
    "window": b"\x03\x03\x07\x01",
    "sack-perm": b"\x04\x02\x01\x01",
    "timestamp": b"\x08\x0a\0\0\0\x01\0\0\0\0\x01\x01",
}
IP_OPTIONS: dict[str, bytes] = {"rr": b"\x07\x07\x04\0\0\0\0\0", "ra": b"\x94\x04\0\0"}
EXTENSIONS: dict[str, int] = {"hbh": 0, "dst": 60}
"""Extension header of IPv6 -> its number; each has eight bytes and no content."""


def transport(proto: int, sport: int, dport: int, checksum: int, nonce: bytes) -> bytes:
    """One of the RARE headers, with the nonce in or behind it."""
    ends = struct.pack("!HH", sport, dport)
    match proto:
        case 2:
            return struct.pack("!BBHI", 0x11, 0, checksum, 0) + nonce
        case 33:  # a request, with a sequence number of 24 bits
            return ends + struct.pack("!BBHBBH", 4, 0, 0, 0, 0, 1) + nonce
        case 47:
            return struct.pack("!HH", 0, 0x0800) + nonce
        case 51:
            return struct.pack("!BBHII", 59, 2, 0, SPI, 1) + bytes(4) + nonce
        case 108:
            return struct.pack("!BBH", 59, 0, SPI) + nonce
        case 132:
            return _association(ends, nonce)
        case 136:
            return ends + struct.pack("!HH", 0, checksum) + nonce
    raise ValueError(proto)


def _association(ends: bytes, nonce: bytes) -> bytes:
    """An INIT chunk whose last parameter, of a kind to be skipped, is the nonce."""
    parameter = struct.pack("!HH", 0x8001, 4 + len(nonce)) + nonce
    chunk = struct.pack("!BBHIIHHI", 1, 0, 20 + len(parameter), 1, 65535, 1, 1, 1) + parameter
    chunk += bytes(-len(chunk) % 4)
    return ends + bytes(4) + struct.pack("<I", crc32c(ends + bytes(8) + chunk)) + chunk


def crc32c(data: bytes) -> int:
    """The checksum of SCTP (RFC 9260, appendix A).

    >>> hex(crc32c(b"123456789"))
    '0xe3069283'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
