"""Rules as JSON that nft would not print: rules that match nothing, unknown constructs, and documents without rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policies.nftproof.lint.analyse import RulesetReport, analyse
from policies.nftproof.lint.report import as_json
from policies.nftproof.listing import UnreadableError, read
from tests.nftproof.rulesets import ct, match, meta, payload, prefix

ACCEPT, DROP = {"accept": None}, {"drop": None}
V4, V6 = match(payload("ip", "saddr"), "10.0.0.1"), match(payload("ip6", "daddr"), "::1")


def document(*rules: list[Any], family: str = "inet", policy: str = "drop", **more: str) -> str:
    """One base chain with these rules, handles from 1 on."""
    place = {"family": family, "table": "t"}
    chain = {"type": "filter", "hook": "forward", "prio": 0, "policy": policy, **more}
    objects: list[Any] = [{"chain": {**place, "name": "c", "handle": 99, **chain}}]
    objects += [{"rule": {**place, "chain": "c", "handle": at, "expr": expr}} for at, expr in enumerate(rules, 1)]
    return json.dumps({"nftables": objects})


def analysed(*rules: list[Any], **more: str) -> RulesetReport:
    return analyse(read(document(*rules, **more)))


def states(report: RulesetReport) -> list[str]:
    return [item["state"] for item in as_json(report)["rules"]]


NOTHING = {
    "two families": [V4, V6],
    "a family and the other's address": [match(meta("nfproto"), "ipv6"), V4],
    "the frame's family": [match(meta("protocol"), "ip"), V6],
    "two protocols": [match(payload("tcp", "dport"), 22), match(payload("udp", "sport"), 22)],
    "a protocol and the other's port": [match(meta("l4proto"), "tcp"), match(payload("udp", "dport"), 53)],
    "icmp over IPv6": [match(payload("icmp", "type"), "echo-request"), V6],
    "two ports": [match(payload("tcp", "dport"), {"set": [22, 23]}), match(payload("tcp", "dport"), 24)],
    "not among all": [match(payload("tcp", "dport"), {"range": [0, 65535]}, "!=")],
    "an empty set": [match(payload("tcp", "dport"), {"set": []})],
    "a mask that drops what is asked": [match({"&": [payload("ip", "saddr"), "255.255.255.0"]}, "10.0.0.1")],
    "two prefixes": [match(payload("ip", "saddr"), prefix("10.0.0.0", 8)), match(payload("ip", "saddr"), "11.0.0.1")],
    "two states": [match(ct("state"), "new", "in"), match(ct("state"), "established", "in")],
    "two interfaces": [match(meta("iifname"), "a*"), match(meta("iifname"), "b0")],
    "no interface": [match(meta("oifname"), "")],
    "a flag that is not there": [match(payload("tcp", "flags"), 2), match(payload("tcp", "flags"), "ack", "in")],
    "less than nothing": [match(payload("tcp", "dport"), 0, "<")],
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_can_match_nothing_is_never(what: str) -> None:
    assert states(analysed([*NOTHING[what], ACCEPT], [ACCEPT])) == ["never", "live"]


def test_never_comes_before_shadowed_and_redundant() -> None:
    assert states(analysed([ACCEPT], [V4, V6, ACCEPT], [V4, ACCEPT])) == ["live", "never", "shadowed"]


def test_of_two_equal_rules_the_first_is_redundant_and_the_second_shadowed() -> None:
    found = as_json(analysed([V4, ACCEPT], [V4, ACCEPT]))["rules"]
    assert [(item["state"], item["covered_by"]) for item in found] == [("redundant", [2]), ("shadowed", [1])]


UNKNOWN = {
    "xt match LOG": {"xt": {"type": "match", "name": "LOG"}},
    "xt": {"xt": None},
    "statement frobnicate": {"frobnicate": {"a": 1}},
    "header quic": match(payload("quic", "sport"), 1),
    "meta phase": match(meta("phase"), 1),
    "operator ~": match(payload("tcp", "dport"), 22, "~"),
    "value '10.0.0.300' of ip saddr": match(payload("ip", "saddr"), "10.0.0.300"),
    "value 'moonbase' of l4proto": match(meta("l4proto"), "moonbase"),
    "set @gone, which is not listed": match(payload("ip", "saddr"), "@gone"),
    "raw payload @ll,3,7": match({"payload": {"base": "ll", "offset": 3, "len": 7}}, 1),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_is_not_understood_is_named_with_its_handle(what: str) -> None:
    """And decides nothing about other rules: it may match or not, end a packet's way or not."""
    report = analysed([V4, ACCEPT], [UNKNOWN[what], DROP], [V4, DROP], [V6, ACCEPT])
    (unknown,) = as_json(report)["unknown"]
    assert (unknown["handle"], unknown["chain"], unknown["what"]) == (2, "c", what)
    assert [states(report)[at] for at in (0, 2, 3)] == ["live", "shadowed", "live"]


def test_an_object_that_nobody_knows_is_unknown() -> None:
    objects = [{"tunnel": {"family": "inet", "table": "t", "name": "x", "handle": 7}}]
    (unknown,) = as_json(analyse(read(json.dumps({"nftables": objects}))))["unknown"]
    assert unknown == {"handle": 7, "family": "inet", "table": "t", "chain": None, "what": "tunnel x"}


OPEN = {
    "a default": (document(policy="accept"), True),
    "an accept for everything": (document([ACCEPT]), True),
    "an accept with a condition": (document([V4, ACCEPT]), False),
    "a drop for everything before the default": (document([V4, ACCEPT], [DROP], policy="accept"), False),
    "one family left over": (document([match(meta("nfproto"), "ipv4"), DROP], policy="accept"), True),
    "the other hook's": (document(policy="accept", hook="input"), True),
    "no packet's own": (document(policy="accept", hook="prerouting"), True),
    "what the machine sends itself": (document(policy="accept", hook="output"), False),
    "translation": (document(policy="accept", type="nat", hook="prerouting"), False),
    "nothing at all": ('{"nftables": []}', False),
}


@pytest.mark.parametrize("what", OPEN)
def test_what_is_open_by_default(what: str) -> None:
    text, is_open = OPEN[what]
    found = as_json(analyse(read(text)))["open"]
    assert bool(found) == is_open
    assert all(item["chain"] == "c" and item["witness"] for item in found)


def test_a_chain_that_accepts_is_not_open_where_another_of_its_hook_drops() -> None:
    both = json.loads(document(policy="accept"))["nftables"]
    both += json.loads(document(policy="drop").replace('"c"', '"d"'))["nftables"]
    assert as_json(analyse(read(json.dumps({"nftables": both}))))["open"] == []


UNREADABLE = {
    "PR001": ["", "nft", "{", '{"nftables": [', "[" * 100_000],
    "PR002": ["[]", "{}", "null", '{"nftables": {}}', '{"nftables": [1]}', '{"nftables": [{}]}'],
    "PR003": [
        '{"nftables": [{"rule": {}}]}',
        '{"nftables": [{"chain": {"family": "decnet", "table": "t", "name": "c"}}]}',
        document([ACCEPT]).replace('"handle": 1,', '"handle": "one",'),
        document([ACCEPT]).replace('"prio": 0', '"prio": "soon"'),
    ],
    "PR004": [document([{"jump": {"target": "gone"}}]), document([ACCEPT]).replace('"chain": "c"', '"chain": "d"')],
    "PR005": [document([{"jump": {"target": "c"}}])],
}


@pytest.mark.parametrize("code", UNREADABLE)
def test_what_is_no_ruleset_is_refused_with_a_reason(code: str) -> None:
    for text in UNREADABLE[code]:
        with pytest.raises(UnreadableError) as caught:
            read(text)
        assert caught.value.code == code
