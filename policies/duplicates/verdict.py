"""Verdict on one pair: bits of every field, their sum, and the conclusion."""

from __future__ import annotations

from dataclasses import dataclass

from policies.duplicates.compare import Agreement, EntryProfile, compare, equal_names, shares_witness
from policies.duplicates.normalise import plain
from policies.duplicates.relation import DUPLICATE, ELSEWHERE, REUSE, SAME_SYSTEM, SIBLING, relation, same_agency
from policies.duplicates.weights import Weights
from policies.duplicates.weights import load as load_weights

BLOCK, REVIEW, NONE, TOO_LITTLE = "block", "review", "none", "too little to judge"
LEAST_CONTENT = 0.3
"""Content that an entry needs to be evaluated; see EntryProfile.content."""
START = "start"
CONTRADICTS = 0.3
"""Agreement of actions below which a name is no witness, however similar the objects."""


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


def evaluate_pair(
    a: EntryProfile, b: EntryProfile, weights: Weights | None = None, computed: Agreement | None = None
) -> PairVerdict:
    """The verdict on one pair. `computed`: agreement of fields that are already compared."""
    weights = weights or load_weights()
    agreed = compare(a, b, computed)
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
    pair_relation = relation(a, b, bits, weights.low, agreed["contrast"] is not None)
    one_agency = same_agency(a, b)
    return PairVerdict(
        a,
        b,
        bits,
        fields,
        agreed,
        verdict(a, b, bits, pair_relation, agreeing, one_agency, weights),
        pair_relation,
        agreeing,
        one_agency,
    )


def witnesses(agreed: Agreement, weights: Weights) -> tuple[str, ...]:
    """The independent fields that agree. The two levels of a name are one field."""
    fields = [name for name, least in weights.agrees.items() if (agreed[name] or 0.0) >= least]
    did = agreed["name_done"]
    if did is not None and did < CONTRADICTS:
        fields = [name for name in fields if name != "name_what"]
    return tuple("name" if name == "name_what" else name for name in fields)


KEPT = (START, "name_what", "name_done")
"""Fields that may subtract bits from equal names; no other field can hide that they are equal."""
LATER = ("object", "produces", "consumes", "users", "functions")
"""Fields that compare.at_first omits, the most expensive last."""
MARGIN = 0.1
"""Bound for the sum of rounding errors."""


def cannot_match(a: EntryProfile, b: EntryProfile, computed: Agreement, weights: Weights) -> bool:
    """Whether no agreement in the remaining fields can lift the pair to the review line."""
    if equal_names(a, b):
        return False
    bits = weights.start + sum(weights.fields[name].at(agreed) for name, agreed in computed.items())
    left = [n for n in LATER if n not in computed and getattr(a.entry, n) and getattr(b.entry, n)]
    return bits + weights.most(*left) < weights.low - MARGIN


def verdict(
    a: EntryProfile,
    b: EntryProfile,
    bits: float,
    pair_relation: str,
    agreeing: tuple[str, ...],
    one_agency: bool,
    weights: Weights,
) -> str:
    """A block requires the block line and two independent witnesses; within one agency the question is whether to
    replace or to extend."""
    little = a.content < LEAST_CONTENT or b.content < LEAST_CONTENT
    equal = equal_names(a, b)
    if little and not equal:
        return TOO_LITTLE
    if bits < weights.low or pair_relation == ELSEWHERE or "retired" in (a.entry.state, b.entry.state):
        return NONE
    if pair_relation in (SAME_SYSTEM, SIBLING):
        return REVIEW if equal and (not one_agency or _entered_twice(a, b)) else NONE
    if (
        not little
        and bits >= weights.high
        and len(agreeing) >= 2
        and not one_agency
        and pair_relation in (DUPLICATE, REUSE)
    ):
        return BLOCK
    return REVIEW


def _entered_twice(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether a current name is identical, without regard to editions and former names."""
    now = ({plain(name) for name in (p.entry.name_zh, p.entry.name_en) if name} for p in (a, b))
    return not next(now).isdisjoint(next(now))
