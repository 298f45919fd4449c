"""Two rulesets in the same classes of packets: what does the new one pass that the old one stops?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from policies.nftproof.boxes import Boxer, RawBox, cuts
from policies.nftproof.clauses import Box, Domain
from policies.nftproof.hooks import Hook, hooks_of
from policies.nftproof.listing import Ruleset
from policies.nftproof.program import Program, program
from policies.nftproof.reach import Reach
from policies.nftproof.solver import meet
from policies.nftproof.space import HookStep, Space, spaces
from policies.nftproof.statements import steps


def opened(
    new: Ruleset, old: Ruleset, hook: Hook, about: Sequence[Sequence[RawBox]], asked: Sequence[RawBox]
) -> Iterator[tuple[Space, Domain]]:
    """Packets that pass the hook under `new` and not under `old`: one set for each way of passing and each of `about`.

    `about`: boxes, each in several ways of which the first that has such packets will do. `asked`: all boxes that later
    questions name, those of `about` among them.
    """
    one, other = spaces(_programs(new, old, hook), asked)
    after, before = Reach(one), Reach(other)
    stops = [step for step in other.steps if step.verdict]
    for accept in (*_accepts(one), *_default(one)):
        for ways in about:
            boxes = [box for raw in ways if (box := one.box(raw)) is not None]
            found = (domain for box in boxes for domain in _between(after, before, accept, stops, box))
            yield from ((one, domain) for domain in islice(found, 1))


def _accepts(made: Space) -> Iterator[HookStep]:
    yield from (step for step in made.steps if not step.verdict and step.target == made.end > step.at + 1)


def _default(made: Space) -> Iterator[HookStep]:
    """Packets that no rule decides about, if no chain drops them by default."""
    if not any(base.chain.policy == "drop" for base in made.bases):
        yield HookStep(-1, (), made.end, "", None, None, 0, (), None)


def _between(after: Reach, before: Reach, accept: HookStep, stops: Sequence[HookStep], box: Box) -> Iterator[Domain]:
    for stop in stops:
        domain = dict(accept.box)
        if meet(domain, box, after.space.full) and meet(domain, stop.box, after.space.full):
            kept = before.blockers(domain, stop.at)
            found = after.find(domain, after.space.end, [*kept, *before.about(domain, kept, stop.at)])
            if found is not None:
                yield found


def _programs(new: Ruleset, old: Ruleset, hook: Hook) -> list[Program]:
    known = [{rule.order: steps(ruleset, rule) for rule in ruleset.rules} for ruleset in (new, old)]
    boxer = Boxer(cuts(found for item in known for found in item.values()))
    return [
        program(ruleset, hook, hooks_of(ruleset).get(hook, []), one, boxer)
        for ruleset, one in zip((new, old), known, strict=True)
    ]
