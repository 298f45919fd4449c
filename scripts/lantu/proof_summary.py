"""The proof of the rules that a blueprint renders, for `check`, `up` and `picture`: cached, new or impossible here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from inventory.model.blueprint import Blueprint
from lantu.console import Lang, say, word
from policies.nftproof.scratch import NotListedError
from policies.verification.network_proof.cache import Proven, proof

LINES = {
    Lang.ZH: "规则已证明：{pairs} 对网段，{flows} 条流，{hosts} 台主机（{when}）",
    Lang.EN: "rules proven: {pairs} pairs of segments, {flows} flows, {hosts} hosts ({when})",
}
KEPT = {Lang.ZH: "规则未变，证明于 {day}", Lang.EN: "unchanged since the proof of {day}"}
NEW = {Lang.ZH: "用时 {seconds:.2f} 秒", Lang.EN: "in {seconds:.2f} s"}
NOT_HERE = {Lang.ZH: "规则在此未证明，见上", Lang.EN: "rules not proven here, see above"}


@dataclass(frozen=True, slots=True)
class ProofSummary:
    """`refuted`: the rules do not pass exactly the flows. `proven`: None if there is no proof."""

    line: str
    document: dict[str, Any]
    proven: Proven | None = None
    refuted: bool = False


def summarise(blueprint: Blueprint, day: date, lang: Lang) -> ProofSummary:
    """The proof of the deployed subset; if none can be made here, that is printed and part of the result."""
    try:
        result = proof(blueprint.deployed_subset, day)
    except NotListedError as error:
        from policies.verification.network_proof.report import not_made, refused

        say(refused(error, word(lang)))
        return ProofSummary(NOT_HERE[lang], not_made(error, "declared"))
    if isinstance(result, Proven):
        when = KEPT if result.kept else NEW
        facts = asdict(result)
        line = LINES[lang].format(when=when[lang].format(**facts), **facts)
        return ProofSummary(line, {"verdict": "proven", **facts}, result)
    from policies.verification.network_proof.report import as_json, as_text

    return ProofSummary(as_text(result, word(lang)), as_json(result), refuted=True)
