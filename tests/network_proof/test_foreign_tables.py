"""Tables of a container engine, recorded in a lab's hosts, beside ours: they may only narrow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from inventory.model.blueprint import Blueprint
from policies.verification.network_proof.findings import FindingKind
from policies.verification.network_proof.live_rules import Taken, prove_taken
from policies.verification.network_proof.prove import FIRST, DistrictProof
from tests.network_proof.conftest import DAY

RECORDED = Path(__file__).parent / "recorded"
ENGINES = {location: (RECORDED / f"engine-{location}.json").read_text() for location in ("extranet", "intranet")}
Objects = list[dict[str, Any]]
Change = Callable[[Objects], None]


@pytest.fixture
def running(built: Blueprint, listed: Mapping[str, str]) -> Callable[..., DistrictProof]:
    """The running district: rendered rules, and the tables that the hosts' engines added."""

    def made(host: str = "", change: Change | None = None, save: str | None = None, **engines: str) -> DistrictProof:
        listed_now, words = {}, {}
        for item in built.hosts:
            kind = "cloud" if item.kind.value == "cloud-node" else "plain"
            added = json.loads((RECORDED / f"{kind}.json").read_text())["nftables"]
            if item.id == host and change:
                change(added)
            listed_now[item.id] = json.dumps({"nftables": json.loads(listed[item.id])["nftables"] + added})
            words[item.id] = (RECORDED / f"{kind}.save").read_text()
        if save is not None:
            words[host] = save
        return prove_taken(built, DAY, Taken(listed_now, words, {**ENGINES, **engines}), FIRST)

    return made


def saved(old: str, new: str) -> str:
    """The output of iptables-save on a cloud node, with one change."""
    text = (RECORDED / "cloud.save").read_text()
    assert old in text
    return text.replace(old, new)


def rules(objects: Objects, chain: str) -> list[dict[str, Any]]:
    return [object_["rule"] for object_ in objects if "rule" in object_ and object_["rule"]["chain"] == chain]


def test_what_engines_add_is_covered(running: Callable[..., DistrictProof]) -> None:
    result = running()
    assert result.good, [f.as_json() for f in result.findings]
    listed_now = {(item.host, item.table): item.why.split() for item in result.covered}
    assert "untouched" in listed_now["gw1", "ip nat"] and "published" not in listed_now["gw1", "ip nat"]
    assert "published" in listed_now["cloud1", "ip nat"]
    assert listed_now["cloud1", "ip filter"] == ["narrows"]
    assert listed_now["engine-extranet", "ip filter"] == ["narrows"]


def test_a_port_that_nobody_declared_is_published(running: Callable[..., DistrictProof]) -> None:
    def other(objects: Objects) -> None:
        rule = rules(objects, "DOCKER")[2]
        assert rule["table"] == "nat" and rule["expr"][1]["match"]["right"] == 8080
        rule["expr"][1]["match"]["right"] = 5432

    (found,) = running(
        "cloud1",
        other,
        saved("8080 -j DNAT --to-destination 172.18.0.3:8080", "5432 -j DNAT --to-destination 172.18.0.3:5432"),
    ).findings
    assert (found.fault, found.host) == (FindingKind.FOREIGN, "cloud1")
    assert "5432" in found.what and found.decision is not None and found.decision.handle == 25


def test_translation_into_the_district(running: Callable[..., DistrictProof]) -> None:
    """A published port whose target is a planned address instead of a task."""
    result = running("cloud2", None, saved("to-destination 172.18.0.3:8080", "to-destination 10.70.16.10:8080"))
    assert [f.fault for f in result.findings] == [FindingKind.FOREIGN]


def test_a_gateway_that_translates(running: Callable[..., DistrictProof]) -> None:
    """Forwarded packets would have another source."""

    def masked(objects: Objects) -> None:
        chain = rules(objects, "POSTROUTING")[0]
        objects.append({"rule": {**chain, "handle": 77, "expr": [{"counter": None}, {"masquerade": None}]}})

    (found,) = running("gw1", masked).findings
    assert found.fault is FindingKind.FOREIGN and found.decision is not None and found.decision.handle == 77


def test_translation_without_iptables_save(running: Callable[..., DistrictProof]) -> None:
    """`xt` alone, without iptables-save beside it, is not understood; each rule is named by its handle."""
    result = running("gw1", None, "")
    assert {(f.fault, f.host) for f in result.findings} == {(FindingKind.UNKNOWN, "gw1")}
    assert {f.decision.handle for f in result.findings if f.decision} == {7, 8, 9, 10}


DOING: list[dict[str, Any]] = [
    {"mangle": {"key": {"meta": {"key": "mark"}}, "value": 1}},
    {"notrack": None},
    {"tproxy": {"port": 80}},
    {"flow": {"op": "add", "flowtable": "@f"}},
]


@pytest.mark.parametrize("statement", DOING)
def test_statements_that_do_more_than_decide(running: Callable[..., DistrictProof], statement: dict[str, Any]) -> None:
    def changed(objects: Objects) -> None:
        rules(objects, "FORWARD")[0]["expr"].insert(0, statement)

    (found,) = running("cloud1", changed).findings
    assert found.fault is FindingKind.UNKNOWN and next(iter(statement)) in found.what and found.decision is not None


UNREAD_TABLES = {
    "netdev": ("ingress", {"fwd": {"dev": "p-grid"}}),
    "arp": ("input", {"drop": None}),
    "bridge": ("prerouting", {"accept": None}),
}


@pytest.mark.parametrize("family", UNREAD_TABLES)
def test_tables_of_frames_are_not_understood(running: Callable[..., DistrictProof], family: str) -> None:
    """By the chain's name and handle, on a host and in an engine's namespace."""
    hook, statement = UNREAD_TABLES[family]
    place = {"family": family, "table": "frames"}
    added: Objects = [
        {"chain": {**place, "name": "c", "handle": 41, "type": "filter", "hook": hook, "prio": 0, "policy": "accept"}},
        {"rule": {**place, "chain": "c", "handle": 42, "expr": [statement]}},
    ]
    engine = json.dumps({"nftables": json.loads(ENGINES["extranet"])["nftables"] + added})
    result = running("gw1", lambda objects: objects.extend(added), extranet=engine)
    found = {(f.host, f.what) for f in result.findings if f.decision and f.decision.handle == 41}
    assert found == {(host, f"hook {hook} of family {family}") for host in ("gw1", "engine-extranet")}
    assert {f.fault for f in result.findings} == {FindingKind.UNKNOWN}


def test_an_accept_of_theirs_opens_nothing(running: Callable[..., DistrictProof]) -> None:
    """The kernel evaluates every base chain: their accept does not override our drop."""

    def accepting(objects: Objects) -> None:
        rules(objects, "DOCKER-USER")[0]["expr"] = [{"accept": None}]

    assert running("cloud1", accepting).good


def test_an_engine_that_lets_something_through(running: Callable[..., DistrictProof]) -> None:
    document = json.loads(ENGINES["intranet"])
    chains = [item["chain"] for item in document["nftables"] if "chain" in item]
    wanted = ("inet", "lantu_engine", "forward")
    (closed,) = [chain for chain in chains if (chain["family"], chain["table"], chain["name"]) == wanted]
    closed["policy"] = "accept"
    result = running(intranet=json.dumps(document))
    assert {(f.fault, f.host, f.hook) for f in result.findings} == {(FindingKind.OPEN, "engine-intranet", "forward")}
