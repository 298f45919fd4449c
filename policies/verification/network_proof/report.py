"""The estate's answer: as the one JSON document of `lantu prove`, and as text for people."""

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


def sentence(code: str, lang: str, **told: object) -> str:
    """A sentence of texts.toml with its placeholders filled."""
    found = _texts()
    for part in code.split("."):
        found = found[part]
    return str(found[lang]).format(**told)


def refused(mistake: NotListedError, lang: str) -> str:
    return sentence(mistake.code, lang, **mistake.told)


def not_made(mistake: NotListedError, mode: str) -> dict[str, Any]:
    """The document where nothing could be proven or refuted."""
    error = {"code": mistake.code, **{lang: refused(mistake, lang) for lang in LANGS}}
    return {"schema": SCHEMA, "verdict": "not_evaluated", "mode": mode, "error": error, "findings": []}


def as_json(answer: DistrictProof) -> dict[str, Any]:
    """Everything that was proven, over what, and by whom."""
    pairs = answer.pairs
    return {
        "schema": SCHEMA,
        "verdict": "proven" if answer.good else "not_proven",
        "mode": answer.mode.value,
        "day": answer.day.isoformat(),
        "hosts": {host: {"rules": count} for host, count in answer.rules.items()},
        "families": ["ipv4", "ipv6"],
        "pairs": {
            "segments": len(pairs),
            "proven": answer.good,
            "open": [
                {"from": source, "to": target, "flows": _flows(paths)}
                for (source, target), paths in pairs.items()
                if paths
            ],
            "closed": sum(not paths for paths in pairs.values()),
            "endpoints": answer.endpoints,
        },
        "journeys": answer.journeys,
        "intranet": {"apart": not any(finding.fault is FindingKind.JOINED for finding in answer.findings)},
        "covered": [
            {"host": item.host, "table": item.table, "rules": item.rules, "why": item.why.split()}
            for item in answer.covered
        ],
        "solver": "exact",
        "cross_check": {"hooks": answer.second.hooks, "packets": answer.second.packets},
        "seconds": round(answer.seconds, 3),
        "findings": [finding.as_json() for finding in answer.findings],
    }


def _flows(paths: Any) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        services = found.setdefault(path.flow, [])
        services += [] if str(path.service) in services else [str(path.service)]
    return [{"flow": flow, "services": services} for flow, services in found.items()]


def summary(answer: DistrictProof, lang: str) -> str:
    """The whole in one line."""
    mode = sentence(f"mode.{answer.mode}", lang)
    told = sentence("unproven", lang, mode=mode, count=len(answer.findings))
    return sentence("proven", lang, mode=mode) if answer.good else told


def as_text(answer: DistrictProof, lang: str) -> str:
    """The verdict first, then what it is about; findings before everything else."""
    zones = {segment.id: segment.zone.value for segment in answer.world.blueprint.segments}
    findings = [line for finding in answer.findings for line in words(finding, lang, zones)]
    return "\n".join([summary(answer, lang), *findings, *_about(answer, lang)])


def words(proof_finding: ProofFinding, lang: str, zones: Mapping[str, str]) -> Iterator[str]:
    """A finding in lines: what, the rule, the way with the zone of each segment."""
    told = {
        "host": proof_finding.host,
        "hook": proof_finding.hook,
        "flow": proof_finding.flow,
        "what": proof_finding.what,
        "packet": packet_line(proof_finding.packet),
    }
    yield "  " + sentence(f"fault.{proof_finding.fault}", lang, **told)
    if proof_finding.decision:
        decided = {name: getattr(proof_finding.decision, name) for name in ("table", "chain", "handle", "text")}
        yield sentence("decision", lang, **decided)
    if proof_finding.way:
        way = (f"{name} ({zones[name]})" if name in zones else name for name in proof_finding.way)
        yield sentence("way", lang, way=" → ".join(way))
    if proof_finding.what and proof_finding.fault in (FindingKind.OPEN, FindingKind.CLOSED):
        yield sentence("why", lang, what=proof_finding.what)


def _about(answer: DistrictProof, lang: str) -> Iterator[str]:
    """What the answer is about; what holds only where it holds."""
    if answer.good:
        yield from _holds(answer, lang)
    yield sentence("covered", lang, tables=_tables(answer, lang))
    second = answer.second
    told = sentence("second", lang, hooks=second.hooks, packets=second.packets)
    asked = second.hooks or second.packets
    yield sentence("solver", lang, seconds=answer.seconds, second=told if asked else sentence("no-second", lang))


def _holds(answer: DistrictProof, lang: str) -> Iterator[str]:
    """What was proven: pairs, flows, the intranet."""
    pairs = answer.pairs
    still = sum(not paths for paths in pairs.values())
    yield sentence(
        "pairs", lang, segments=len(pairs), open=len(pairs) - still, closed=still, endpoints=answer.endpoints,
        hosts=len(answer.rules), rules=sum(answer.rules.values()),
    )  # fmt: skip
    yield sentence("flows", lang, flows=len({path.flow for path in answer.paths}), journeys=answer.journeys)
    for (source, target), paths in pairs.items():
        for flow in _flows(paths):
            services = ", ".join(flow["services"])
            yield sentence("flow", lang, source=source, target=target, services=services, flow=flow["flow"])
    yield sentence("apart", lang)


def _tables(answer: DistrictProof, lang: str) -> str:
    """Table and reasons, with how many hosts have it so."""
    found: dict[str, list[str]] = {}
    for item in answer.covered:
        why = ", ".join(sentence(reason, lang) for reason in item.why.split())
        found.setdefault(f"{item.table} ({why})", []).append(item.host)
    told = (f"{table}: {' '.join(hosts)}" for table, hosts in found.items())
    return "; ".join(told) or sentence("nobody", lang)
