"""Flows that are correct one by one and together make a path that none of them declares."""

from __future__ import annotations

from dataclasses import replace

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Protocol, Service
from inventory.model.paths import End, Path, paths
from policies.nftproof.wording import packet_words
from policies.verification.network_proof.composition import composed
from tests.network_proof.conftest import DAY

SERVICE = Service(Protocol.TCP, 443)


def whole(built: Blueprint, segment: str) -> End:
    one = built.segment[segment]
    return End(segment, (one.ipv4,), (one.ipv6,), whole=True)


def test_the_example_composes_to_nothing(built: Blueprint) -> None:
    assert list(composed(built, paths(built, DAY))) == []


def test_a_flow_with_any_source_continues(built: Blueprint) -> None:
    """`ops` may send to any address through `shared`, and `shared` forwards packets of any source."""
    shared, portal, ops = (whole(built, name) for name in ("shared", "portal", "ops"))
    wide = replace(shared, ipv4=(*shared.ipv4, *portal.ipv4), ipv6=())
    first = Path("wide-target", ops, wide, SERVICE)
    second = Path("wide-source", replace(shared, ipv4=(*shared.ipv4, *ops.ipv4), ipv6=()), portal, SERVICE)
    (found,) = composed(built, [first, second])
    assert found.way == ("ops", "shared", "portal") and found.what == "wide-target + wide-source"
    assert packet_words(found.packet)["dport"] == "443"
    direct = Path("direct", ops, portal, SERVICE)
    assert list(composed(built, [first, second, direct])) == []
