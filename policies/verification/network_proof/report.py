"""The district's proof: as the JSON document of `lantu prove`, and as text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from policies.nftproof.scratch import NotListedError
from policies.nftproof.wording import packet_line
from policies.verification.network_proof.findings import FindingKind, ProofFinding
from policies.verification.network_proof.prove import DistrictProof

SCHEMA = "lantu.district-proof/2"
LANGS = ("zh", "en")


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))


def sentence(code: str, lang: str, **values: object) -> str:
    """A sentence of texts.toml with its placeholders filled."""
    entry = _texts()
    for part in code.split("."):
        entry = entry[part]
    return str(entry[lang]).format(**values)


def refused(error: NotListedError, lang: str) -> str:
    return sentence(error.code, lang, **error.facts)


def not_made(error: NotListedError, mode: str) -> dict[str, Any]:
    """The document if nothing could be proven or refuted."""
    reason = {"code": error.code, **{lang: refused(error, lang) for lang in LANGS}}
    return {"schema": SCHEMA, "verdict": "not_evaluated", "mode": mode, "error": reason, "findings": []}


def as_json(proof: DistrictProof) -> dict[str, Any]:
    """Everything that was proven, its extent, and the solvers."""
    pairs = proof.pairs
    return {
        "schema": SCHEMA,
        "verdict": "proven" if proof.good else "not_proven",
        "mode": proof.mode.value,
        "day": proof.day.isoformat(),
        "hosts": {host: {"rules": count} for host, count in proof.rules.items()},
        "families": ["ipv4", "ipv6"],
        "pairs": {
            "segments": len(pairs),
            "proven": proof.good,
            "open": [
                {"from": source, "to": target, "flows": _flows(paths)}
                for (source, target), paths in pairs.items()
                if paths
            ],
            "closed": sum(not paths for paths in pairs.values()),
            "endpoints": proof.endpoints,
        },
        "journeys": proof.journeys,
        "intranet": {"apart": not any(finding.fault is FindingKind.JOINED for finding in proof.findings)},
        "covered": [
            {"host": item.host, "table": item.table, "rules": item.rules, "why": item.why.split()}
            for item in proof.covered
        ],
        "solver": "exact",
        "cross_check": {"hooks": proof.second.hooks, "packets": proof.second.packets},
        "seconds": round(proof.seconds, 3),
        "findings": [finding.as_json() for finding in proof.findings],
    }


def _flows(paths: Any) -> list[dict[str, Any]]:
    services_of: dict[str, list[str]] = {}
    for path in paths:
        services = services_of.setdefault(path.flow, [])
        services += [] if str(path.service) in services else [str(path.service)]
    return [{"flow": flow, "services": services} for flow, services in services_of.items()]


def summary(proof: DistrictProof, lang: str) -> str:
    """The verdict in one line."""
    mode = sentence(f"mode.{proof.mode}", lang)
    unproven = sentence("unproven", lang, mode=mode, count=len(proof.findings))
    return sentence("proven", lang, mode=mode) if proof.good else unproven


def as_text(proof: DistrictProof, lang: str) -> str:
    """The verdict first, then the findings, then the extent."""
    zones = {segment.id: segment.zone.value for segment in proof.world.blueprint.segments}
    findings = [line for finding in proof.findings for line in words(finding, lang, zones)]
    return "\n".join([summary(proof, lang), *findings, *_about(proof, lang)])


def words(proof_finding: ProofFinding, lang: str, zones: Mapping[str, str]) -> Iterator[str]:
    """A finding in lines: what, the rule, the path with the zone of each segment."""
    values = {
        "host": proof_finding.host,
        "hook": proof_finding.hook,
        "flow": proof_finding.flow,
        "what": proof_finding.what,
        "packet": packet_line(proof_finding.packet),
    }
    yield "  " + sentence(f"fault.{proof_finding.fault}", lang, **values)
    if proof_finding.decision:
        decided = {name: getattr(proof_finding.decision, name) for name in ("table", "chain", "handle", "text")}
        yield sentence("decision", lang, **decided)
    if proof_finding.way:
        way = (f"{name} ({zones[name]})" if name in zones else name for name in proof_finding.way)
        yield sentence("way", lang, way=" → ".join(way))
    if proof_finding.what and proof_finding.fault in (FindingKind.OPEN, FindingKind.CLOSED):
        yield sentence("why", lang, what=proof_finding.what)


def _about(proof: DistrictProof, lang: str) -> Iterator[str]:
    """The proof's extent; what was proven only if it succeeded."""
    if proof.good:
        yield from _holds(proof, lang)
    yield sentence("covered", lang, tables=_tables(proof, lang))
    second = proof.second
    agreement = sentence("second", lang, hooks=second.hooks, packets=second.packets)
    ran = second.hooks or second.packets
    yield sentence("solver", lang, seconds=proof.seconds, second=agreement if ran else sentence("no-second", lang))


def _holds(proof: DistrictProof, lang: str) -> Iterator[str]:
    """What was proven: pairs, flows, the intranet."""
    pairs = proof.pairs
    still = sum(not paths for paths in pairs.values())
    yield sentence(
        "pairs", lang, segments=len(pairs), open=len(pairs) - still, closed=still, endpoints=proof.endpoints,
        hosts=len(proof.rules), rules=sum(proof.rules.values()),
    )  # fmt: skip
    yield sentence("flows", lang, flows=len({path.flow for path in proof.paths}), journeys=proof.journeys)
    for (source, target), paths in pairs.items():
        for flow in _flows(paths):
            services = ", ".join(flow["services"])
            yield sentence("flow", lang, source=source, target=target, services=services, flow=flow["flow"])
    yield sentence("apart", lang)


def _tables(proof: DistrictProof, lang: str) -> str:
    """Tables and reasons, with the number of hosts."""
    hosts_of: dict[str, list[str]] = {}
    for item in proof.covered:
        why = ", ".join(sentence(reason, lang) for reason in item.why.split())
        hosts_of.setdefault(f"{item.table} ({why})", []).append(item.host)
    lines = (f"{table}: {' '.join(hosts)}" for table, hosts in hosts_of.items())
    return "; ".join(lines) or sentence("nobody", lang)
