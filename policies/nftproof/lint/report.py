"""The report about one ruleset: as the JSON document of `lantu prove --ruleset`, and as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.nftproof.lint.analyse import NotUnderstood, RulesetReport
from policies.nftproof.lint.default_accept import DefaultAccept
from policies.nftproof.lint.rule_status import RuleStatus
from policies.nftproof.lint.texts import say
from policies.nftproof.listing import NftRule, Where
from policies.nftproof.witness import packet_of
from policies.nftproof.wording import packet_line, packet_words, rule_text

SCHEMA = 1


def as_json(report: RulesetReport) -> dict[str, Any]:
    """Rules in the order of the file; `covered_by` holds handles, of rules in the same hook."""
    handles = {rule.order: rule.handle for rule in report.ruleset.rules}
    return {
        "schema": SCHEMA,
        "rules": [
            {
                **_place(rule),
                "state": report.statuses[rule.order].state.name.lower(),
                "covered_by": sorted({handles[order] for order in report.statuses[rule.order].covers}),
            }
            for rule in report.ruleset.rules
        ],
        "open": [_default_accept(report, opening) for opening in report.default_accepts],
        "unknown": [_unknown(item) for item in report.unknown],
    }


def nothing_read(what: str) -> dict[str, Any]:
    """The document for a file that is no ruleset."""
    return {"schema": SCHEMA, "rules": [], "open": [], "unknown": [_unknown(NotUnderstood(what))]}


def _place(rule: NftRule) -> dict[str, Any]:
    family, table, chain = rule.where
    return {"handle": rule.handle, "family": family, "table": table, "chain": chain}


def _default_accept(report: RulesetReport, default_accept: DefaultAccept) -> dict[str, Any]:
    family, table, chain = default_accept.chain.where
    packet = packet_words(packet_of(report.spaces[default_accept.hook], default_accept.witness))
    return {"family": family, "table": table, "chain": chain, "hook": default_accept.chain.hook, "witness": packet}


def _unknown(not_understood: NotUnderstood) -> dict[str, Any]:
    place = _place(not_understood.rule) if not_understood.rule else not_understood.thing
    return {**{key: place.get(key) for key in ("handle", "family", "table", "chain")}, "what": not_understood.what}


def as_text(report: RulesetReport, lang: str) -> str:
    """Findings first, grouped by chain; a summary last."""
    lines = [*_rules(report, lang), *_default_accepts(report, lang), *_unknowns(report, lang)]
    return "\n".join([*(lines or [say("clean", lang)]), _summary(report, lang)])


def _rules(report: RulesetReport, lang: str) -> Iterator[str]:
    handles = {rule.order: rule.handle for rule in report.ruleset.rules}
    shown: Where | None = None
    for rule in report.ruleset.rules:
        status = report.statuses[rule.order]
        if status.state is RuleStatus.LIVE:
            continue
        if rule.where != shown:
            shown = rule.where
            yield " ".join(rule.where)
        covers = ", ".join(str(handle) for handle in sorted({handles[order] for order in status.covers}))
        why = say(status.state.name.lower(), lang)
        why += f" ({say('covered', lang, handles=covers)})" if covers else ""
        yield f"  {say('rule', lang, handle=rule.handle)}  {rule_text(rule)}"
        yield f"      {say(f'state.{status.state.name.lower()}', lang)}: {why}"


def _default_accepts(report: RulesetReport, lang: str) -> Iterator[str]:
    for opening in report.default_accepts:
        family, table, chain = opening.chain.where
        packet = packet_line(packet_of(report.spaces[opening.hook], opening.witness))
        yield say("open", lang, family=family, table=table, chain=chain, hook=opening.chain.hook, packet=packet)


def _unknowns(report: RulesetReport, lang: str) -> Iterator[str]:
    for item in report.unknown:
        place = f"{' '.join(item.rule.where)} {say('rule', lang, handle=item.rule.handle)}" if item.rule else None
        yield say("unknown", lang, what=item.what, where=place or say("nowhere", lang))


def _summary(report: RulesetReport, lang: str) -> str:
    states = [status.state for status in report.statuses.values()]
    return say(
        "summary",
        lang,
        rules=len(states),
        chains=len(report.ruleset.chains),
        hooks=len(report.spaces),
        live=states.count(RuleStatus.LIVE),
        redundant=states.count(RuleStatus.REDUNDANT),
        shadowed=states.count(RuleStatus.SHADOWED),
        never=states.count(RuleStatus.NEVER),
        open=len(report.default_accepts),
        unknown=len(report.unknown),
    )
