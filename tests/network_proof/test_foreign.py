"""Tables of a container engine, as a lab's hosts had them, beside ours: they may narrow, and nothing more."""

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
    """The estate as it runs: rendered rules, and beside them what the hosts' engines had added."""

    def made(host: str = "", change: Change | None = None, save: str | None = None, **engines: str) -> DistrictProof:
        told, words = {}, {}
        for item in built.hosts:
            kind = "cloud" if item.kind.value == "cloud-node" else "plain"
            added = json.loads((RECORDED / f"{kind}.json").read_text())["nftables"]
            if item.id == host and change:
                change(added)
            told[item.id] = json.dumps({"nftables": json.loads(listed[item.id])["nftables"] + added})
            words[item.id] = (RECORDED / f"{kind}.save").read_text()
        if save is not None:
            words[host] = save
        return prove_taken(built, DAY, Taken(told, words, {**ENGINES, **engines}), FIRST)

    return made


def saved(old: str, new: str) -> str:
    """What iptables-save told of a cloud node, with one thing changed."""
    text = (RECORDED / "cloud.save").read_text()
    assert old in text
    return text.replace(old, new)


def rules(objects: Objects, chain: str) -> list[dict[str, Any]]:
    return [object_["rule"] for object_ in objects if "rule" in object_ and object_["rule"]["chain"] == chain]


def test_what_engines_add_is_covered(running: Callable[..., DistrictProof]) -> None:
    answer = running()
    assert answer.good, [f.as_json() for f in answer.findings]
    told = {(item.host, item.table): item.why.split() for item in answer.covered}
    assert "untouched" in told["gw1", "ip nat"] and "published" not in told["gw1", "ip nat"]
    assert "published" in told["cloud1", "ip nat"]
    assert told["cloud1", "ip filter"] == ["narrows"]
    assert told["engine-extranet", "ip filter"] == ["narrows"]


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
    """A published port whose target is no task but somebody's planned address."""
    answer = running("cloud2", None, saved("to-destination 172.18.0.3:8080", "to-destination 10.70.16.10:8080"))
    assert [f.fault for f in answer.findings] == [FindingKind.FOREIGN]


def test_a_gateway_that_translates(running: Callable[..., DistrictProof]) -> None:
    """What it forwards would come from somebody else."""

    def masked(objects: Objects) -> None:
        chain = rules(objects, "POSTROUTING")[0]
        objects.append({"rule": {**chain, "handle": 77, "expr": [{"counter": None}, {"masquerade": None}]}})

    (found,) = running("gw1", masked).findings
    assert found.fault is FindingKind.FOREIGN and found.decision is not None and found.decision.handle == 77


def test_translation_that_nobody_told(running: Callable[..., DistrictProof]) -> None:
    """`xt` alone, without iptables-save beside it, is not understood; each rule is named by its handle."""
    answer = running("gw1", None, "")
    assert {(f.fault, f.host) for f in answer.findings} == {(FindingKind.UNKNOWN, "gw1")}
    assert {f.decision.handle for f in answer.findings if f.decision} == {7, 8, 9, 10}


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
    answer = running("gw1", lambda objects: objects.extend(added), extranet=engine)
    found = {(f.host, f.what) for f in answer.findings if f.decision and f.decision.handle == 41}
    assert found == {(host, f"hook {hook} of family {family}") for host in ("gw1", "engine-extranet")}
    assert {f.fault for f in answer.findings} == {FindingKind.UNKNOWN}


def test_an_accept_of_theirs_opens_nothing(running: Callable[..., DistrictProof]) -> None:
    """The kernel asks every base chain: their accept does not outweigh our drop."""

    def accepting(objects: Objects) -> None:
        rules(objects, "DOCKER-USER")[0]["expr"] = [{"accept": None}]

    assert running("cloud1", accepting).good


def test_an_engine_that_lets_something_through(running: Callable[..., DistrictProof]) -> None:
    document = json.loads(ENGINES["intranet"])
    chains = [item["chain"] for item in document["nftables"] if "chain" in item]
    wanted = ("inet", "lantu_engine", "forward")
    (closed,) = [chain for chain in chains if (chain["family"], chain["table"], chain["name"]) == wanted]
    closed["policy"] = "accept"
    answer = running(intranet=json.dumps(document))
    assert {(f.fault, f.host, f.hook) for f in answer.findings} == {(FindingKind.OPEN, "engine-intranet", "forward")}
