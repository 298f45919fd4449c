"""Seeded faults in rendered rules, loaded into a namespace and read back: each is found, with a packet and its rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from policies.nftproof.wording import packet_words
from policies.verification.network_proof.findings import FindingKind, ProofFinding
from policies.verification.network_proof.prove import Depth, DistrictProof

Proof = Callable[..., DistrictProof]
INNER = "fd6c:616e:7475:16::/64"


def only(result: DistrictProof, fault: FindingKind, host: str, hook: str) -> ProofFinding:
    """The only finding of that kind at that hook; it has a packet, a decision and a way."""
    found = [f for f in result.findings if (f.fault, f.host, f.hook) == (fault, host, hook)]
    assert found, [f.as_json() for f in result.findings]
    assert found[0].packet and found[0].decision and found[0].way
    return found[0]


def words(found: ProofFinding) -> dict[str, str]:
    return packet_words(found.packet)


def test_the_example_is_proven(proof: Proof) -> None:
    result = proof(depth=Depth(60, 1))
    assert result.good, [f.as_json() for f in result.findings]
    assert result.journeys > 50
    assert result.second.hooks == 3 * len(result.rules)
    assert result.second.packets > 1000
    assert len(result.pairs) == len(result.world.blueprint.segments) * (len(result.world.blueprint.segments) - 1)


def test_an_ipv6_rule_without_its_address(proof: Proof) -> None:
    result = proof("gw1", lambda text: text.replace(f"ip6 saddr {INNER} ", "", 1))
    found = only(result, FindingKind.OPEN, "gw1", "forward")
    assert words(found)["l3"] == "ip6"
    assert ip_address(words(found)["ip6 saddr"]) not in ip_network(INNER)
    assert found.decision is not None and "grid-grid" in found.decision.text and "saddr" not in found.decision.text
    assert found.way == ("p-grid", "gw1", "cloud")


def test_an_ipv6_rule_without_any_address(proof: Proof) -> None:
    """As from a generator that drops a match it cannot express: IPv4 passes, too."""
    whole = rf"ip6 saddr {INNER} ip6 daddr {{[^}}]*}} "
    result = proof("gw1", lambda text: re.sub(whole, "", text, count=1))
    assert only(result, FindingKind.OPEN, "gw1", "forward")


def test_two_rules_in_the_wrong_order(proof: Proof) -> None:
    def swapped(text: str) -> str:
        lines = text.splitlines(keepends=True)
        forward = next(at for at, line in enumerate(lines) if "chain forward" in line)
        last = next(at for at in range(forward, len(lines)) if "reject with" in lines[at])
        lines[last - 1], lines[last] = lines[last], lines[last - 1]
        return "".join(lines)

    found = only(proof("gw1", swapped), FindingKind.CLOSED, "gw1", "forward")
    assert found.flow == "infra-ping"
    assert found.decision is not None and "reject" in found.decision.text


def test_invalid_packets_before_they_are_dropped(proof: Proof) -> None:
    def moved(text: str) -> str:
        first, _, rest = text.partition("    ct state invalid counter drop\n")
        return first + rest.replace("    iif lo accept\n", "    iif lo accept\n    ct state invalid counter drop\n", 1)

    found = only(proof("portal1", moved), FindingKind.OPEN, "portal1", "input")
    assert words(found)["ct state"] == "invalid"


def test_an_interface_name_with_a_wildcard(proof: Proof) -> None:
    found = only(
        proof("gw1", lambda text: text.replace('iifname "p-grid"', 'iifname "p-*"', 1)),
        FindingKind.OPEN,
        "gw1",
        "forward",
    )
    assert words(found)["iif"].startswith("p-") and words(found)["iif"] != "p-grid"
    assert found.decision is not None and '"p-*"' in found.decision.text


def test_a_set_with_one_prefix_too_wide(proof: Proof) -> None:
    result = proof(
        "gw1", lambda text: text.replace("daddr { 10.70.3.10, 10.70.3.11 }", "daddr { 10.70.3.10/31, 10.70.3.12 }", 1)
    )
    found = only(result, FindingKind.OPEN, "gw1", "forward")
    assert words(found)["ip daddr"] == "10.70.3.12"
    assert found.decision is not None and found.decision.handle > 0


def test_a_related_state_hole(proof: Proof) -> None:
    result = proof(
        "gw1", lambda text: text.replace("ct state established accept", "ct state established,related accept")
    )
    for hook in ("input", "forward", "output"):
        found = only(result, FindingKind.OPEN, "gw1", hook)
        assert words(found)["ct state"] == "related"
        assert found.decision is not None and "related" in found.decision.text


def test_a_default_accept(proof: Proof) -> None:
    def opened(text: str) -> str:
        text = text.replace("hook forward priority filter; policy drop", "hook forward priority filter; policy accept")
        return text.replace("    counter reject with icmpx admin-prohibited\n", "")

    found = only(proof("gw1", opened), FindingKind.OPEN, "gw1", "forward")
    assert found.decision is not None
    assert (found.decision.chain, found.decision.text) == ("forward", "policy accept")


def test_a_missing_chain(proof: Proof) -> None:
    result = proof("desk2", lambda text: re.sub(r"  chain output \{.*?\n  \}\n", "", text, flags=re.S))
    (found,) = [f for f in result.findings if f.fault is FindingKind.OPEN]
    assert (found.host, found.hook, found.decision) == ("desk2", "output", None) and found.packet


def test_new_packets_without_a_state(proof: Proof) -> None:
    """A flow's rule that forgets its state lets untracked packets of the flow pass."""
    result = proof("gw1", lambda text: text.replace("tcp dport 8080 ct state new accept", "tcp dport 8080 accept", 1))
    assert words(only(result, FindingKind.OPEN, "gw1", "forward"))["ct state"] in ("untracked", "related")


def test_a_rule_too_few(proof: Proof) -> None:
    def less(text: str) -> str:
        return "".join(line for line in text.splitlines(keepends=True) if "grid-grid" not in line)

    result = proof("cloud2", less)
    found = only(result, FindingKind.CLOSED, "cloud2", "input")
    assert found.flow == "grid-grid"
    assert found.decision is not None and found.decision.text == "policy drop"


def test_what_is_not_known_fails(proof: Proof, listed: dict[str, str]) -> None:
    """By name and handle, in our own table, too."""
    document = json.loads(listed["portal1"])
    rule = next(item["rule"] for item in document["nftables"] if "rule" in item)
    rule["expr"].insert(0, {"match": {"op": "==", "left": {"crystal": {"key": "ball"}}, "right": 1}})
    found = [f for f in proof(portal1=json.dumps(document)).findings if f.fault is FindingKind.UNKNOWN]
    assert found and found[0].decision is not None
    assert found[0].decision.handle == rule["handle"] and "crystal" in found[0].what


def test_a_missing_host_fails(proof: Proof) -> None:
    result = proof(gw1="")
    assert [(f.fault, f.host) for f in result.findings] == [(FindingKind.UNKNOWN, "gw1")]


def test_the_cross_check_agrees_on_findings(proof: Proof) -> None:
    """The SAT solver and the walked packets find the same hole, so that no difference is reported."""
    result = proof("gw1", lambda text: text.replace("10.70.16.0/24", "10.70.16.0/23", 1), Depth(60, 1))
    assert FindingKind.OPEN in {f.fault for f in result.findings}
    assert FindingKind.DISAGREE not in {f.fault for f in result.findings}
