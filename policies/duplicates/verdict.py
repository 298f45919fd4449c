"""The verdict on one pair: the bits of every field, what they add up to, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from policies.duplicates.compare import Agreement, EntryProfile, compare, equal_names, shares_witness
from policies.duplicates.normalise import plain
from policies.duplicates.relation import DUPLICATE, ELSEWHERE, REUSE, SAME_SYSTEM, SIBLING, relation, same_agency
from policies.duplicates.weights import Weights
from policies.duplicates.weights import load as load_weights

BLOCK, REVIEW, NONE, TOO_LITTLE = "block", "review", "none", "too little to judge"
LEAST_CONTENT = 0.3
"""What an entry must say, in all its names, functions and code, to be judged at all; see Profile.content."""
START = "start"
CONTRADICTS = 0.3
"""Agreement in what is done below which a name speaks of another deed and is no witness, however alike the object."""


@dataclass(frozen=True, slots=True)
class PairVerdict:
    a: EntryProfile
    b: EntryProfile
    bits: float
    fields: dict[str, float]
    """START and every field, in the order of the weights; they add up to `bits`."""
    agreement: Agreement
    verdict: str
    relation: str
    agreeing: tuple[str, ...]
    """Independent fields that agree; a block needs two."""
    same_agency: bool


def judge(
    a: EntryProfile, b: EntryProfile, weights: Weights | None = None, known: Agreement | None = None
) -> PairVerdict:
    """The judgement of one pair. `known`: the fields compared already."""
    weights = weights or load_weights()
    agreed = compare(a, b, known)
    fields = {START: weights.start}
    for name, curve in weights.fields.items():
        agreement = agreed[name]
        fields[name] = curve.missing if agreement is None else round(curve.at(agreement), 2)
    if equal_names(a, b):
        fields = {name: bits if name in KEPT else max(0.0, bits) for name, bits in fields.items()}
    bits = round(sum(fields.values()), 2)
    agreeing = witnesses(agreed, weights)
    if "functions" in agreeing and not shares_witness(a, b):
        agreeing = tuple(name for name in agreeing if name != "functions")
    kin = relation(a, b, bits, weights.low, agreed["contrast"] is not None)
    one_agency = same_agency(a, b)
    return PairVerdict(
        a, b, bits, fields, agreed, verdict(a, b, bits, kin, agreeing, one_agency, weights), kin, agreeing, one_agency
    )


def witnesses(agreed: Agreement, weights: Weights) -> tuple[str, ...]:
    """The independent fields that agree. The two levels of a name are one field."""
    fields = [name for name, least in weights.agrees.items() if (agreed[name] or 0.0) >= least]
    did = agreed["name_done"]
    if did is not None and did < CONTRADICTS:
        fields = [name for name in fields if name != "name_what"]
    return tuple("name" if name == "name_what" else name for name in fields)


KEPT = (START, "name_what", "name_done")
"""Fields that may take bits from two equal names; no other field hides that they are equal."""
LATER = ("object", "produces", "consumes", "users", "functions")
"""Fields that compare.at_first leaves out, the dear one last."""
MARGIN = 0.1
"""What rounding may add up to."""


def hopeless(a: EntryProfile, b: EntryProfile, known: Agreement, weights: Weights) -> bool:
    """Could no agreement in the fields not yet `known` lift this pair to the low line? Then it need not be scored."""
    if equal_names(a, b):
        return False
    bits = weights.start + sum(weights.fields[name].at(agreed) for name, agreed in known.items())
    left = [n for n in LATER if n not in known and getattr(a.entry, n) and getattr(b.entry, n)]
    return bits + weights.most(*left) < weights.low - MARGIN


def verdict(
    a: EntryProfile,
    b: EntryProfile,
    bits: float,
    kin: str,
    agreeing: tuple[str, ...],
    one_agency: bool,
    weights: Weights,
) -> str:
    """Block needs the high line and two independent witnesses; within one agency the question is another
    (replace or extend?)."""
    little = a.content < LEAST_CONTENT or b.content < LEAST_CONTENT
    equal = equal_names(a, b)
    if little and not equal:
        return TOO_LITTLE
    if bits < weights.low or kin == ELSEWHERE or "retired" in (a.entry.state, b.entry.state):
        return NONE
    if kin in (SAME_SYSTEM, SIBLING):
        return REVIEW if equal and (not one_agency or _entered_twice(a, b)) else NONE
    if not little and bits >= weights.high and len(agreeing) >= 2 and not one_agency and kin in (DUPLICATE, REUSE):
        return BLOCK
    return REVIEW


def _entered_twice(a: EntryProfile, b: EntryProfile) -> bool:
    """The very name, not an edition of it or a name that it had."""
    now = ({plain(name) for name in (p.entry.name_zh, p.entry.name_en) if name} for p in (a, b))
    return not next(now).isdisjoint(next(now))
