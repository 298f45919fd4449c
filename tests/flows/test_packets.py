"""Keys of packets, in both address families."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.verification.matrix import packets
from policies.verification.matrix.packets import ICMP4, ICMP6, TCP, UDP, Refusal, answered, echo, key_of, refusal_of

ENDS = {4: ("10.70.16.240", "10.70.3.10"), 6: ("fd6c:616e:7475:16::240", "fd6c:616e:7475:3::10")}
SYN, SYN_ACK = 0x02, 0x12


def ip_packet(family: int, protocol: int, payload: bytes) -> bytes:
    source, target = (ip_address(end).packed for end in ENDS[family])
    if family == 4:
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0) + source + target + payload
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + source + target + payload


def tcp(flags: int) -> bytes:
    return struct.pack("!HHIIBBHHH", 20000, 8080, 1, 0, 5 << 4, flags, 64, 0, 0)


@pytest.mark.parametrize("family", [4, 6])
def test_opening_packets_have_a_key(family: int) -> None:
    source, target = (ip_address(end).packed for end in ENDS[family])
    icmp = ICMP4 if family == 4 else ICMP6
    datagram = struct.pack("!HHHH", 20000, 53, 8, 0)
    assert key_of(ip_packet(family, TCP, tcp(SYN))) == ((TCP, 20000, target, 8080), source)
    assert key_of(ip_packet(family, UDP, datagram)) == ((UDP, 20000, target, 53), source)
    assert key_of(ip_packet(family, icmp, echo(icmp, 20000, 1))) == ((icmp, 20000, target, 1), source)


@pytest.mark.parametrize("family", [4, 6])
def test_answers_have_no_key(family: int) -> None:
    icmp = ICMP4 if family == 4 else ICMP6
    reply = struct.pack("!BBHHH", packets.ECHO_REPLY[icmp], 0, 0, 20000, 1)
    assert key_of(ip_packet(family, TCP, tcp(SYN_ACK))) is None
    assert key_of(ip_packet(family, icmp, reply)) is None
    assert answered(reply, icmp) == (20000, 1)
    assert answered(echo(icmp, 20000, 1), icmp) is None


@pytest.mark.parametrize("family", [4, 6])
def test_a_refusal_has_the_key_and_the_sender(family: int) -> None:
    icmp = ICMP4 if family == 4 else ICMP6
    quoted = ip_packet(family, TCP, tcp(SYN))
    message = struct.pack("!BBHI", packets.UNREACHABLE[icmp], 1, 0, 0) + quoted
    gateway = ip_address(ENDS[family][0]).packed
    expected = (TCP, 20000, ip_address(ENDS[family][1]).packed, 8080)
    assert refusal_of(message, gateway) == (expected, Refusal(gateway, 1))
    assert refusal_of(struct.pack("!BBHI", 11, 0, 0, 0) + quoted, gateway) is None, "another error is no refusal"


def test_the_checksum_of_an_echo_request_is_right() -> None:
    message = echo(ICMP4, 20001, 1)
    words = struct.unpack(f"!{len(message + b'0') // 2}H", message + b"\0" * (len(message) % 2))
    total = sum(words)
    assert (total & 0xFFFF) + (total >> 16) == 0xFFFF


@given(st.binary(max_size=120))
def test_arbitrary_bytes_do_not_raise(noise: bytes) -> None:
    key_of(noise)
    for offender in (bytes(4), bytes(16)):
        refusal_of(noise, offender)
    answered(noise, ICMP4)
