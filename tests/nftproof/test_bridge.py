"""Frames on a bridge: what a lab's Docker engines filter is compared with the kernel; nothing else is read."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial
from itertools import product

import pytest
from lab.rules import Management, engine_tables

from policies.nftproof.fields import IPV4, IPV6
from policies.nftproof.hooks import Hook
from policies.nftproof.interpreter import Interpreter
from policies.nftproof.lint.analyse import RulesetReport, analyse
from policies.nftproof.lint.report import as_json
from policies.nftproof.lint.rule_status import RuleStatus
from policies.nftproof.listing import read
from policies.nftproof.values import text_number
from tests.nftproof.following import follow
from tests.nftproof.listing import listed
from tests.nftproof.namespaces import Namespace, namespaces, raw
from tests.nftproof.packets import ICMP, ICMPV6, UDP, TestPacket
from tests.nftproof.sending import number_in

PORTS = ("p0", "p1")
MAC = {"p0": bytes.fromhex("020000000010"), "p1": bytes.fromhex("020000000011")}
TAG = struct.pack("!HH", 0x8100, 5)
TABLES = engine_tables([Management("10.0.0.0/24", ("10.0.0.5",)), Management("fd00::/64", ("fd00::5",))])
FORWARD = Hook("bridge", "forward")
ADDRESSES = (("10.0.0.1", "10.0.0.5", "10.1.0.1"), ("fd00::1", "fd00::5", "fd01::1", "fe80::1"))
KINDS = {4: ((UDP, 0), (ICMP, 8)), 6: ((UDP, 0), (ICMPV6, 128), (ICMPV6, 135), (ICMPV6, 136))}


def frames() -> Iterator[tuple[TestPacket, bool]]:
    """Packets between all addresses of one family, each without and with a VLAN tag."""
    number = 0
    for family, addresses in zip((4, 6), ADDRESSES, strict=True):
        for saddr, daddr, (protocol, kind), tagged in product(addresses, addresses, KINDS[family], (False, True)):
            yield TestPacket(number, "through", "p0", saddr, daddr, protocol, 20_000, 53, kind=kind), tagged
            number += 1


def forwarded(box: Namespace, ends: Namespace) -> set[int]:
    """The numbers of the frames that the box's bridge forwards from its first port to its second."""
    box.must("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
    box.must("sysctl", "-q", "-w", *(f"net.bridge.bridge-nf-call-{tables}=0" for tables in ("iptables", "ip6tables")))
    box.must("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
    ends.must("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
    for port in PORTS:
        box.must("ip", "link", "add", port, "type", "veth", "peer", "name", port, "netns", str(ends.pid))
        box.must("ip", "link", "set", port, "up", "master", "br0")
        box.must("bridge", "fdb", "add", MAC[port].hex(":"), "dev", port, "master", "static")
        ends.must("ip", "link", "set", port, "up")
    box.must("ip", "link", "set", "br0", "up")
    box.must("nft", "-f", "-", text=TABLES)
    sender, receiver = (ends.inside(partial(raw, port)) for port in PORTS)
    for packet, tagged in frames():
        kind = struct.pack("!H", IPV6 if packet.six else IPV4)
        sender.send(MAC["p1"] + MAC["p0"] + (TAG if tagged else b"") + kind + packet.bytes())
    found = set[int]()
    receiver.settimeout(0.5)
    try:
        while True:
            number = number_in(receiver.recv(65535))
            found |= set() if number is None else {number}
    except TimeoutError:
        return found


def verdicts(report: RulesetReport, packet: TestPacket, tagged: bool) -> list[bool]:
    """Whether the frame may pass by the interpreter and by the flattened program; both are open behind a tag."""
    values = packet.fields(8) | {"iif": text_number("p0"), "oif": text_number("p1")}
    found = []
    for hidden in {0, int(tagged)}:
        now = values | {"tagged": hidden}
        by_rules = Interpreter(report.ruleset).outcome(FORWARD, now).verdict == "accept"
        by_program = follow(report.spaces[FORWARD], now)[0] == "accept"
        assert by_rules == by_program, packet
        found.append(by_rules)
    return found


def test_the_kernel_forwards_the_frames_that_the_model_lets_pass() -> None:
    with namespaces(2) as (box, ends):
        passed = forwarded(box, ends)
        report = analyse(read(box.must("nft", "-j", "list", "ruleset")))
    assert report.unknown == []
    untagged = {packet.number for packet, tagged in frames() if not tagged}
    assert 10 < len(passed & untagged) < len(untagged) - 10, "the rules decide"
    wrong = [packet for packet, tagged in frames() if (packet.number in passed) not in verdicts(report, packet, tagged)]
    assert wrong == []


NOT_UNDERSTOOD = {
    "ether saddr 02:00:00:00:00:10 drop": "payload saddr ether in family bridge",
    "vlan id 5 drop": "payload id vlan in family bridge",
    "arp operation request drop": "payload operation arp in family bridge",
    'iifname "p0" drop': "meta iifname in family bridge",
    "ip saddr 10.0.0.1 limit rate 5/second drop": "statement limit in family bridge",
}


@pytest.mark.parametrize("rule", NOT_UNDERSTOOD)
def test_other_rules_about_frames_are_named_with_their_handle(rule: str) -> None:
    text = "table bridge b {\n chain c { type filter hook forward priority 0; %s; }\n}"
    unknown = as_json(analyse(read(listed(text % rule))))["unknown"]
    assert [(item["handle"], item["what"]) for item in unknown][:1] == [(2, NOT_UNDERSTOOD[rule])]


CHAINS = {
    "table netdev n { chain c { type filter hook ingress device lo priority 0; drop; }; }": "netdev",
    "table arp a { chain c { type filter hook input priority 0; drop; }; }": "arp",
    "table bridge b { chain c { type filter hook prerouting priority 0; drop; }; }": "bridge",
    "table inet i { chain c { type filter hook ingress device lo priority 0; drop; }; }": "inet",
}


@pytest.mark.parametrize("text", CHAINS)
def test_chains_that_see_other_frames_are_named_with_their_handle(text: str) -> None:
    """And nothing is claimed of their rules: a rule that is only reached from there counts as needed."""
    report = analyse(read(listed(text)))
    chain = next(item for item in as_json(report)["unknown"] if item["what"].startswith("hook "))
    assert (chain["handle"], chain["chain"]) == (1, "c") and chain["what"].endswith(f"family {CHAINS[text]}")
    assert [status.state for status in report.statuses.values()] == [RuleStatus.LIVE]
