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
    new: Ruleset, old: Ruleset, hook: Hook, about: Sequence[Sequence[RawBox]], questions: Sequence[RawBox]
) -> Iterator[tuple[Space, Domain]]:
    """Packets that pass the hook under `new` and not under `old`: one set for each way of passing and each of `about`.

    `about`: lists of boxes; of each list, the first box with such packets counts. `questions`: all boxes that later
    questions name, including those of `about`.
    """
    hook_space, other = spaces(_programs(new, old, hook), questions)
    after, before = Reach(hook_space), Reach(other)
    stops = [step for step in other.steps if step.verdict]
    for accept in (*_accepts(hook_space), *_default(hook_space)):
        for ways in about:
            boxes = [box for raw in ways if (box := hook_space.box(raw)) is not None]
            domains = (domain for box in boxes for domain in _between(after, before, accept, stops, box))
            yield from ((hook_space, domain) for domain in islice(domains, 1))


def _accepts(hook_space: Space) -> Iterator[HookStep]:
    yield from (step for step in hook_space.steps if not step.verdict and step.target == hook_space.end > step.at + 1)


def _default(hook_space: Space) -> Iterator[HookStep]:
    """Packets that no rule decides about, if no chain drops them by default."""
    if not any(base.chain.policy == "drop" for base in hook_space.bases):
        yield HookStep(-1, (), hook_space.end, "", None, None, 0, (), None)


def _between(after: Reach, before: Reach, accept: HookStep, stops: Sequence[HookStep], box: Box) -> Iterator[Domain]:
    for stop in stops:
        domain = dict(accept.box)
        if meet(domain, box, after.space.full) and meet(domain, stop.box, after.space.full):
            kept = before.blockers(domain, stop.at)
            witness = after.find(domain, after.space.end, [*kept, *before.about(domain, kept, stop.at)])
            if witness is not None:
                yield witness


def _programs(new: Ruleset, old: Ruleset, hook: Hook) -> list[Program]:
    steps_of = [{rule.order: steps(ruleset, rule) for rule in ruleset.rules} for ruleset in (new, old)]
    boxer = Boxer(cuts(rule_steps for item in steps_of for rule_steps in item.values()))
    return [
        program(ruleset, hook, hooks_of(ruleset).get(hook, []), ruleset_steps, boxer)
        for ruleset, ruleset_steps in zip((new, old), steps_of, strict=True)
    ]
