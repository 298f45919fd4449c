"""One ruleset, judged alone over all packets: every rule's state, what is open by default, what was not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.proof.hooks import Hook, hooks_of, unplaced
from policies.proof.opening import Opening, openings
from policies.proof.program import TooLargeError, program
from policies.proof.reading import Rule, Ruleset
from policies.proof.solver import UndecidedError
from policies.proof.space import Space, space
from policies.proof.statements import Step, Unread, steps
from policies.proof.states import Judge, Standing, State


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that was not understood: `what`, in the words of nft, and the rule it stands in (None: in none).

    `thing`: what is listed of an object that is no rule.
    """

    what: str
    rule: Rule | None = None
    thing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """What is to be said of a ruleset."""

    ruleset: Ruleset
    standings: dict[int, Standing] = field(default_factory=dict)  # a rule's `order` -> its standing
    openings: list[Opening] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    spaces: dict[Hook, Space] = field(default_factory=dict)
    steps: dict[int, list[Step]] = field(default_factory=dict)

    @property
    def findings(self) -> bool:
        return bool(self.openings) or any(one.state is not State.LIVE for one in self.standings.values())


def judge(ruleset: Ruleset) -> Answer:
    """Judges every rule. Rules that no hook comes to are `never`; what cannot be read is named, not guessed."""
    answer = Answer(ruleset, steps={rule.order: steps(ruleset, rule) for rule in ruleset.rules})
    answer.unknown = list(_unknown(answer))
    for hook, chains in hooks_of(ruleset).items():
        try:
            answer.spaces[hook] = space(program(ruleset, hook, chains, answer.steps))
        except TooLargeError:
            answer.unknown.append(Unknown(f"hook {hook.name}: too many calls of chains"))
    for made in answer.spaces.values():
        _stand(answer, made)
    for rule in ruleset.rules:
        answer.standings.setdefault(rule.order, Standing(State.NEVER))
    try:
        answer.openings = openings(answer.spaces)
    except UndecidedError:
        answer.unknown.append(Unknown("what is open by default: more ways through the chains than could be followed"))
    return answer


def _unknown(answer: Answer) -> Iterable[Unknown]:
    for kind, thing in answer.ruleset.strange:
        yield Unknown(f"{kind} {thing.get('name', '')}".strip(), thing=thing)
    for chain in unplaced(answer.ruleset):
        family, table, name = chain.where
        place = {"handle": chain.handle, "family": family, "table": table, "chain": name}
        yield Unknown(f"devices of chain {name}, which are not listed", thing=place)
    for rule in answer.ruleset.rules:
        for step in answer.steps[rule.order]:
            if isinstance(step, Unread):
                yield Unknown(step.what, rule)


def _stand(answer: Answer, made: Space) -> None:
    one_hook = Judge(made, answer.steps)
    for rule in answer.ruleset.rules:
        if rule.where in made.program.chains:
            try:
                found = one_hook.standing(rule.order)
            except UndecidedError:  # taken for needed, and said
                found = Standing(State.LIVE)
                answer.unknown.append(Unknown("more ways through the chains than both solvers could follow", rule))
            answer.standings[rule.order] = _higher(answer.standings.get(rule.order), found)


def _higher(known: Standing | None, found: Standing) -> Standing:
    """A rule in several hooks: what is true of it anywhere is true of it; equal states add up who covers."""
    if known is None or found.state > known.state:
        return found
    if found.state < known.state:
        return known
    return replace(known, covers=known.covers | found.covers)

