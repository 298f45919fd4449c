"""Evidence about one pair for the committee: bits per field, matched words, functions that only one has, contact."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

from policies.duplicates.compare import NOT_SHARED, EntryProfile, overlap, phrase_agreement
from policies.duplicates.language import READ, language
from policies.duplicates.meaning import Meaning, Term, agreement
from policies.duplicates.relation import ELSEWHERE, REUSE
from policies.duplicates.segment import lexicon
from policies.duplicates.thesaurus import DATA
from policies.duplicates.verdict import BLOCK, LEAST_CONTENT, REVIEW, START, TOO_LITTLE, PairVerdict

Lang = Literal["zh", "en"]
Both = dict[str, str]
MOST_ITEMS = 50
"""Functions of one list that are shown; the rest is counted."""
SAME_FUNCTION = 0.6
EXTEND_FROM, REUSE_FROM = 0.4, 0.8
"""Share of an application's functions that the other system has, from which the advice is to extend or to use it."""


@lru_cache(maxsize=1)
def texts() -> dict[str, dict[str, Both]]:
    return tomllib.loads((DATA / "texts.toml").read_text(encoding="utf-8"))


def sentence(group: str, key: str, **values: object) -> Both:
    """A sentence in both languages; a bilingual value is inserted in the language of the sentence."""
    return {
        lang: text.format(**{k: v[lang] if isinstance(v, dict) else v for k, v in values.items()})
        for lang, text in texts()[group][key].items()
    }


def evidence(j: PairVerdict) -> dict[str, Any]:
    """The evidence as plain data for JSON. Names and phrases are originals from the lists."""
    _, share_a, share_b = overlap(j.a.functions, j.b.functions)
    only_a, only_b = _only(j.a, j.b), _only(j.b, j.a)
    return {
        "a": _who(j.a),
        "b": _who(j.b),
        "waterfall": _waterfall(j),
        "matched": _matched(j),
        "functions": {
            "shared": _shared(j),
            "only_a": only_a[:MOST_ITEMS],
            "only_b": only_b[:MOST_ITEMS],
            "more_only_a": max(0, len(only_a) - MOST_ITEMS),
            "more_only_b": max(0, len(only_b) - MOST_ITEMS),
            "overlap_percent": {"a": round(100 * share_a), "b": round(100 * share_b)}
            if j.a.functions and j.b.functions
            else None,
        },
        "agreeing_fields": list(j.agreeing),
        "owner": {"agency": j.b.entry.agency, "owner": j.b.entry.owner, "contact": j.b.entry.contact},
        "advice": _advice(j, share_a, only_a),
        "question": sentence("questions", "same_agency", a=j.a.entry.name, b=j.b.entry.name)
        if j.same_agency and j.verdict == REVIEW
        else None,
        "notes": list(_notes(j)),
    }


def _who(p: EntryProfile) -> dict[str, Any]:
    e = p.entry
    return {
        key: value
        for key, value in (
            ("id", e.id),
            ("name_zh", e.name_zh),
            ("name_en", e.name_en),
            ("agency", e.agency),
            ("jurisdiction", e.jurisdiction),
            ("state", e.state),
            ("kind", e.kind),
            ("at", e.at),
        )
        if value
    }


def _waterfall(j: PairVerdict) -> list[dict[str, Any]]:
    return [
        {
            "field": name,
            "bits": bits,
            "agreement": None if name == START else _rounded(j.agreement[name]),
            "label": texts()["fields"][name],
            "level": None if name == START else texts()["levels"][level(j.agreement[name])],
        }
        for name, bits in j.fields.items()
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def level(agreed: float | None) -> str:
    if agreed is None:
        return "missing"
    return next(
        word
        for word, least in (("same", 0.9), ("much", 0.6), ("part", 0.3), ("little", 0.1), ("different", -1.0))
        if agreed >= least
    )


def _matched(j: PairVerdict) -> list[dict[str, Any]]:
    """Concepts that both names contain, each with the two phrases, strongest first."""
    x, y = max(
        ((x, y) for x in j.a.names for y in j.b.names),
        key=lambda pair: sum(m["agreement"] for m in _terms(*pair)),
        default=(None, None),
    )
    return sorted(_terms(x, y), key=lambda m: -m["agreement"]) if x and y else []


def _terms(x: Meaning, y: Meaning) -> list[dict[str, Any]]:
    same = x.language == y.language
    matches: dict[tuple[str, str], dict[str, Any]] = {}
    for mine, others in ((x.objects, y.objects), (x.actions, y.actions)):
        for term in mine:
            other = max(others, key=lambda o: agreement(term, o, same), default=None)
            if other and (agreed := agreement(term, other, same)) > 0.1 and (term.phrase, other.phrase) not in matches:
                matches[term.phrase, other.phrase] = {
                    "a": term.phrase,
                    "b": other.phrase,
                    "agreement": round(agreed, 2),
                    "concept": _concept(term, other),
                }
    return list(matches.values())


def _concept(term: Term, other: Term) -> dict[str, str] | None:
    """The concept of both terms, or their nearest common ancestor."""
    if not term.ids or not other.ids:
        return None
    thesaurus = lexicon().thesaurus
    x, y = max(((x, y) for x in term.ids for y in other.ids), key=lambda pair: thesaurus.kinship(*pair))
    shared = max(
        (id_ for id_ in thesaurus.up[x] if id_ in thesaurus.up[y]),
        key=lambda id_: thesaurus.up[x][id_] * thesaurus.up[y][id_],
        default=x,
    )
    concept = thesaurus.concepts[shared]
    return {"id": shared, "zh": concept.label("zh"), "en": concept.label("en")}


def _shared(j: PairVerdict) -> list[dict[str, Any]]:
    shared = []
    for x in j.a.functions[:MOST_ITEMS]:
        y = max(j.b.functions, key=lambda y: phrase_agreement(x, y), default=None)
        if y and (agreed := phrase_agreement(x, y)) >= NOT_SHARED:
            shared.append({"a": x.text, "b": y.text, "agreement": round(agreed, 2)})
    return sorted(shared, key=lambda m: -m["agreement"])


def _only(a: EntryProfile, b: EntryProfile) -> list[str]:
    return [x.text for x in a.functions if max((phrase_agreement(x, y) for y in b.functions), default=0.0) < NOT_SHARED]


def _advice(j: PairVerdict, share: float, missing: list[str]) -> dict[str, Any]:
    e = j.b.entry
    unknown = texts()["report"]["unknown"]
    kind = _kind_of_advice(j, share)
    values: dict[str, object] = {
        "other": e.name,
        "owner": e.owner or e.agency or unknown,
        "contact": e.contact or unknown,
        "missing": "、".join(missing[:5]) or texts()["report"]["nothing_listed"],
    }
    return {"kind": kind} | sentence("advice", kind, **values)


def _kind_of_advice(j: PairVerdict, share: float) -> str:
    if j.verdict == TOO_LITTLE:
        return "complete"
    if j.relation == ELSEWHERE:
        return "elsewhere"
    if j.relation == REUSE or share >= REUSE_FROM:
        return "reuse"
    if share >= EXTEND_FROM or j.same_agency:
        return "extend"
    both_stand = all(p.entry.state in ("running", "building") for p in (j.a, j.b))
    return "merge" if j.verdict == BLOCK and both_stand else "justify"


def _notes(j: PairVerdict) -> Iterator[Both]:
    for p in (j.a, j.b):
        if p.left_out:
            yield sentence("notes", "left_out", id=p.entry.id, count=p.left_out)
        if p.content < LEAST_CONTENT:
            yield sentence("notes", "little", id=p.entry.id)
        if p.entry.state == "retired":
            yield sentence("notes", "retired", id=p.entry.id)
        if language(p.entry.name) not in READ:
            yield sentence("notes", "language", id=p.entry.id, language=language(p.entry.name))
        if p.entry.approval:
            yield sentence("notes", "approval", id=p.entry.id, approval=p.entry.approval)
    for x, y in ((j.a.entry, j.b.entry), (j.b.entry, j.a.entry)):
        if y.id in x.reuses:
            yield sentence("notes", "claimed_reuse", a=x.id, b=y.id)
    if j.verdict in (BLOCK, REVIEW) and j.agreement["capability"] == 0.0:
        yield sentence("notes", "code")
