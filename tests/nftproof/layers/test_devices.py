"""Chains at devices, of which nft 1.0.6 lists none in its JSON."""

from __future__ import annotations

import json

from policies.nftproof.analyse import RulesetReport, analyse
from policies.nftproof.listing import read
from policies.nftproof.rule_status import RuleStatus
from tests.nftproof.listing import listed

TABLE = """table netdev n {
    chain a { type filter hook ingress device lo priority 0; iifname "other" drop; }
    %s
}"""
SECOND = "chain b { type filter hook ingress device other priority 0; drop; }"


def _judged(second: str = "", device: str = "") -> RulesetReport:
    document = json.loads(listed(TABLE % second))
    for item in document["nftables"]:
        if device and "chain" in item:
            item["chain"]["dev"] = device
    return analyse(read(json.dumps(document)))


def test_one_chain_may_be_at_any_device() -> None:
    answer = _judged()
    assert answer.unknown == []
    assert [standing.state for standing in answer.standings.values()] == [RuleStatus.LIVE]


def test_two_chains_at_nobody_knows_which_devices_are_not_understood() -> None:
    unknown = _judged(SECOND).unknown
    assert sorted((item.what, item.thing["chain"]) for item in unknown) == [
        ("devices of chain a, which are not listed", "a"),
        ("devices of chain b, which are not listed", "b"),
    ]
    assert _judged(SECOND, "lo").unknown == [], "with their devices they are"


def test_a_device_is_the_only_interface_that_a_chain_there_sees() -> None:
    assert [standing.state for standing in _judged(device="lo").standings.values()] == [RuleStatus.NEVER]
    assert [standing.state for standing in _judged(device="other").standings.values()] == [RuleStatus.LIVE]
