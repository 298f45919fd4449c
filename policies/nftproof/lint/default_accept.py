"""Default accepts: base chains through which a packet passes although no rule accepts it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.nftproof.boxes import RawBox
from policies.nftproof.clauses import Clause, Domain
from policies.nftproof.hooks import Hook, packets_of
from policies.nftproof.listing import Chain
from policies.nftproof.reach import Reach
from policies.nftproof.solver import UndecidedError
from policies.nftproof.space import HookStep, Space

STEPS = 200_000
"""Clauses that the questions about one hook may evaluate, about a second."""
AROUND: dict[str, tuple[str, ...]] = {
    "prerouting": ("input", "forward"),
    "postrouting": ("forward",),
}
"""Hook -> the hooks that also decide about its packets."""
OWN = frozenset(("output",))
"""Hooks of packets that the machine itself sends: their default opens the machine to no one."""


@dataclass(frozen=True, slots=True)
class DefaultAccept:
    """A base chain that accepts packets about which no rule of the hook decides; `witness`: such packets."""

    hook: Hook
    chain: Chain
    witness: Domain


def default_accepts(spaces: Mapping[Hook, Space]) -> list[DefaultAccept]:
    """Base chains of type filter whose default passes a packet through the whole hook.

    A chain that accepts by default closes nothing, yet its hook is closed where another chain of the hook drops by
    default. What prerouting or postrouting lets through is analysed in the hooks it leads to, if any chain is there.
    """
    deciding = {hook: hook_space for hook, hook_space in spaces.items() if hook.name not in OWN}
    candidates = [
        DefaultAccept(hook, chain, witness)
        for hook, hook_space in deciding.items()
        for chain, witness in _defaults(hook_space)
    ]
    open_in = {item.hook for item in candidates}
    result = []
    for candidate in candidates:
        behind = [Hook(candidate.hook.layer, name) for name in AROUND.get(candidate.hook.name, ())]
        analysed = [hook for hook in behind if hook in spaces and _filters(spaces[hook])]
        if not analysed or open_in.intersection(analysed):
            result.append(candidate)
    return result


def unguarded(spaces: Mapping[Hook, Space]) -> list[str]:
    """Hooks without a base chain of type filter, of those that decide what comes in or through.

    Nothing there is open by default: there is no default. A ruleset that is analysed alone may be one of several.
    """
    guarded = {hook.name for hook, hook_space in spaces.items() if _filters(hook_space)}
    return [name for name in ("input", "forward") if name not in guarded]


def _filters(hook_space: Space) -> list[Chain]:
    return [base.chain for base in hook_space.bases if base.chain.kind == "filter"]


def _defaults(hook_space: Space) -> Iterator[tuple[Chain, Domain]]:
    """Chains, each with packets that it sees and that pass the whole hook without a conditional accept."""
    for chain in _filters(hook_space):
        families = packets_of(chain).get("l3")
        seen = {"l3": families} if families else {}
        witness = _passing(hook_space, seen) if hook_space.box(seen) is not None else None
        if witness is not None:
            yield chain, witness


def _passing(hook_space: Space, seen: RawBox) -> Domain | None:
    """Packets of the box that pass undecided, found by boxes or, if that takes too many steps, by the SAT solver."""
    deciding = [step for step in hook_space.steps if _decides(hook_space, step)]
    reach, domain = Reach(hook_space), dict(hook_space.box(seen) or ())
    reach.solver.allow(STEPS)
    try:
        if hook_space.changing:
            raise UndecidedError
        clauses = [Clause(step.box) for step in deciding]
        about = reach.about(domain, clauses, hook_space.end)
        return reach.find(domain, hook_space.end, [*clauses, *about], frozenset(step.at for step in deciding))
    except UndecidedError:
        from policies.nftproof.lint.hard import undecided

        return undecided(hook_space, seen, (step.entry for step in deciding))


def _decides(hook_space: Space, step: HookStep) -> bool:
    """Whether the entry accepts packets by a condition, not unconditionally as a default does."""
    if step.verdict or step.owner is None or step.called:
        return False
    ends = {base.end for base in hook_space.bases}
    return step.target in ends and step.target > step.at + 1 and not _unconditional(hook_space, step)


def _unconditional(hook_space: Space, step: HookStep) -> bool:
    return all(hook_space.names[name] == "l3" for name, _ in step.box)
