"""The model's verdicts on a packet on its whole path through the box, hook by hook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address

from policies.nftproof import fields
from policies.nftproof.fields import ABSENT, BASE_FIELDS
from policies.nftproof.hooks import LATER, Hook
from policies.nftproof.lint.analyse import analyse
from policies.nftproof.listing import read
from policies.nftproof.symbols import CONNTRACK
from policies.nftproof.values import text_number
from tests.nftproof.following import Following, samples
from tests.nftproof.guessing import Guess, every
from tests.nftproof.knowing import Knowing
from tests.nftproof.namespaces import INTERFACES
from tests.nftproof.packets import ESTABLISHED, NEW, RELATED, TestPacket, way_out
from tests.nftproof.rulesets.known import Known, Moment, own
from tests.nftproof.rulesets.mixed import KNOWN
from tests.nftproof.rulesets.topics.connections import status

Ends = Mapping[str, Mapping[str, int]]
"""Hook -> the fields that translation changes there in a connection's later packets."""
OPEN = frozenset({"meta cpu", "ct status"})
"""Named fields that test packets do not determine."""
DEFAULTS = {name: known.domain[0][0] for name, known in BASE_FIELDS.items() if name not in OPEN}
NEXT = {"prerouting": ("forward", "input"), "forward": ("postrouting",), "output": ("postrouting",)}


@dataclass(frozen=True, slots=True)
class TrackedPacket:
    """A packet, and the state of its connection before it."""

    packet: TestPacket
    state: int
    age: int = 0
    first: TestPacket | None = None
    becomes: Ends = field(default_factory=dict)
    marks: tuple[int, ...] = (0,)  # of its connection, whichever
    twice: bool = False  # another packet of the connection is sent before an answer
    seen: TestPacket | None = None  # the connection's first packet, outside the box


@dataclass(slots=True)
class PossibleVerdicts:
    """What one model allows: to pass and to be stopped. `marks`: possible marks of the connection then."""

    passes: bool = False
    stops: str = ""
    marks: set[int] = field(default_factory=set)

    def allows(self, passed: bool) -> bool:
        return self.passes if passed else bool(self.stops)

    @property
    def exact(self) -> bool:
        return self.passes != bool(self.stops)


class RulesetModel:
    """The listed ruleset, as the interpreter and as the flattened program see it."""

    def __init__(self, listed: str) -> None:
        self.ruleset = read(listed)
        self.interpreter = Knowing(self.ruleset)
        self.report = analyse(self.ruleset)
        self.nat = any(chain.kind == "nat" for chain in self.ruleset.chains.values())
        self.untracks = '"notrack"' in listed
        early = (chain for chain in self.ruleset.chains.values() if chain.hook == "prerouting")
        self.lost_early = any(
            chain.priority < CONNTRACK for chain in early
        )  # before the tests see it, an answer may be lost
        self.zone = int('"ct": {"key": "zone"}}, "value": 1' in listed)
        self.samples = {hook: samples(space) for hook, space in self.report.spaces.items()}
        names = {name.partition("[")[0] for classes in self.samples.values() for name in classes}
        self.asked: list[Known] = [item for item in KNOWN if item.name in names]

    def allowed(self, tracked: TrackedPacket) -> dict[str, PossibleVerdicts]:
        """The verdicts that each model allows."""
        verdicts = {"interpreter": PossibleVerdicts(), "program": PossibleVerdicts()}
        for mark in tracked.marks:
            first = DEFAULTS | tracked.packet.fields(tracked.state, tracked.age == 1)
            if tracked.state in (NEW, ESTABLISHED, RELATED):
                first["ct mark"] = mark
            start = "output" if tracked.packet.way == "out" else "prerouting"
            for model, allowed in verdicts.items():
                self._go(model, tracked, start, [first], allowed)
        return verdicts

    def _go(
        self, model: str, tracked: TrackedPacket, hook: str, packets: list[dict[str, int]], allowed: PossibleVerdicts
    ) -> None:
        """Continue from a hook with every packet that the original may have become."""
        seen: set[tuple[tuple[str, int], ...]] = set()
        onward: dict[str, list[dict[str, int]]] = {}
        for packet in packets:
            for verdict, after in self._in_hook(model, tracked, hook, packet):
                mark = tuple(sorted(after.items()))
                if verdict != "accept":
                    allowed.stops = verdict
                elif mark not in seen:
                    seen.add(mark)
                    onward.setdefault(_next(hook, after), []).append(after)
        for name, several in onward.items():
            if name:
                self._go(model, tracked, name, several, allowed)
            else:
                allowed.passes = True
                allowed.marks |= {item.get("ct mark", 0) for item in several}

    def _in_hook(
        self, model: str, tracked: TrackedPacket, name: str, packet: dict[str, int]
    ) -> Iterator[tuple[str, dict[str, int]]]:
        """Each (verdict, what the packet is then) that the hook allows."""
        hook = Hook("ip", name)
        now = packet | _here(packet, tracked, name)
        now |= dict(self._known(tracked, name, now))
        open_values = self.samples.get(hook, {})
        self.interpreter.becomes = tracked.becomes.get(name, {})
        self.interpreter.own, self.interpreter.sent = _own(now), tracked.packet
        self.interpreter.facts = facts = partial(self._facts, tracked, name)
        walked = every(partial(self._walk, hook, now), open_values)
        if model == "interpreter" or hook not in self.report.spaces:
            yield from walked
            return
        for start, after in _different(walked, now, packet):
            yield from every(partial(self._follow, hook, start, after | facts(after)), open_values)

    def _walk(self, hook: Hook, now: dict[str, int], chosen: Mapping[str, int]) -> tuple[str, dict[str, int]]:
        opened = self.samples.get(hook, {}).keys() - chosen.keys()
        outcome = self.interpreter.outcome(hook, Guess(now | dict(chosen), dict.fromkeys(opened)))
        return outcome.verdict, {name: outcome.packet[name] for name in now if name in outcome.packet}

    def _follow(
        self, hook: Hook, now: dict[str, int], after: Mapping[str, int], chosen: Mapping[str, int]
    ) -> tuple[str, dict[str, int]]:
        run = Following(self.report.spaces[hook], now | dict(chosen), dict(after) | dict(chosen))
        verdict = run.run()
        changed = run.changed() | {name: after[name] for name in TRANSLATED if name in after}
        return verdict, {name: changed[name] for name in now if name in changed}

    def _facts(self, tracked: TrackedPacket, hook: str, packet: Mapping[str, int]) -> dict[str, int]:
        """Fields that follow from a packet's addresses and ports."""
        return {name: value for name, value in self._known(tracked, hook, packet) if name.startswith(fields.FOUND_OUT)}

    def _known(self, tracked: TrackedPacket, hook: str, now: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        """The fields that the test knows although the packet's bytes do not contain them."""
        state = now.get("ct state", tracked.state)
        moment = Moment(tracked.packet, hook, now, state, tracked.age, tracked.first, self.nat, self.zone)
        for item in self.asked:
            if hook in item.hooks:
                try:
                    number = item.number(moment)
                except KeyError:  # an address or port of it is unknown
                    continue
                if number is not None:
                    yield item.name, number
        if (bits := status(moment)) is not None:
            yield "ct status", bits
        yield "translation ends the way", 0
        if not tracked.twice:
            yield LATER, int(tracked.age > 0)


TRANSLATED = ("ip saddr", "ip daddr", "ip6 saddr", "ip6 daddr", "sport", "dport")


def _different(
    walked: list[tuple[str, dict[str, int]]], now: dict[str, int], before: Mapping[str, int]
) -> Iterator[tuple[dict[str, int], dict[str, int]]]:
    """The program's start and the translated packet, for each of the interpreter's results."""
    found = set()
    for _, after in walked:
        ends = tuple((name, after[name]) for name in TRANSLATED if name in after)
        lost = after.get("ct state") == 64 != before.get("ct state")
        if (ends, lost) not in found:
            found.add((ends, lost))
            gone = {"ct state": 64, **dict.fromkeys(("ct direction", "ct mark", "ct status", "ct zone"), ABSENT)}
            yield now | (gone if lost else {}), now | dict(ends)


def _next(hook: str, packet: Mapping[str, int]) -> str:
    """The hook after this one; empty where it was the last."""
    if hook == "prerouting":
        return "input" if own(_daddr(packet)) else "forward"
    return NEXT.get(hook, ("",))[0]


def _daddr(packet: Mapping[str, int]) -> str:
    return str(ip_address(packet["ip6 daddr"] if packet["l3"] == 0x86DD else packet["ip daddr"]))


def _here(packet: Mapping[str, int], tracked: TrackedPacket, hook: str) -> dict[str, int]:
    """The fields of a packet that depend on the hook."""
    known: dict[str, int] = {"oif": 0}
    if hook in ("forward", "postrouting", "output"):
        known["oif"] = text_number(way_out(_daddr(packet)))
    if hook == "forward":
        known |= {name: max(packet[name] - 1, 0) for name in ("ip ttl", "ip6 hoplimit")}
        if not tracked.packet.six:
            known["meta priority"] = 0  # by the type of service, which says nothing here
    return known


def _own(packet: Mapping[str, int]) -> dict[str, int]:
    """The box's addresses on the interfaces of a packet."""
    found = {}
    for number, interface in enumerate(INTERFACES):
        address = f"2001:db8:{number}::1" if packet["l3"] == 0x86DD else f"192.0.2.{4 * number + 1}"
        for end in ("iif", "oif"):
            if packet.get(end) == text_number(interface):
                found[end] = int(ip_address(address))
    return found
