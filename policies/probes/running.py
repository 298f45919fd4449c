"""One run of the matrix: stand everywhere, send everything at once, compare with what the witnesses saw."""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from ipaddress import IPv4Address
from itertools import chain
from typing import Any

from inventory.addressing import VIRTUAL_GATEWAY, addresses, engine_number
from inventory.blueprint import Blueprint
from inventory.model.flows import Protocol, Service
from inventory.model.zones import PLACE_OF_ZONE, Segment
from inventory.paths import paths
from policies.probes.crew import Crew
from policies.probes.expectation import Declared
from policies.probes.handles import LabHandles
from policies.probes.judging import Judge, Sightings
from policies.probes.matrix import Heard, Matrix, Outcome, words
from policies.probes.packets import Key, call_key
from policies.probes.plan import Boundary, Plan, Probe
from policies.probes.routes import ways
from policies.probes.sender import Order
from policies.probes.services import ECHO, tried, undeclared
from policies.probes.stations import Kind, Station, restricted, stations
from policies.probes.verdicts import Answer
from policies.probes.witness import LOOPBACK, Direction
from policies.probes.worker import Harvest, Leg, Seat, Seated
from policies.words import Lang, filled

FIRST_NUMBERS = range(20000, 24000)
"""Own numbers are source ports too: above the services, below those that systems draw (32768 and up)."""
ROUNDS = 2
PATIENCE = (1.0, 5.0)
"""Seconds after the last probe that an answer may take, at least and at most."""
GENEROUS = 10
"""Patience is so many times the slowest answer of the first, quiet round."""


def run(
    blueprint: Blueprint,
    lab: LabHandles,
    say: Callable[[str], None],
    *,
    lang: Lang = "en",
    day: date | None = None,
) -> Matrix:
    """Tries every ordered pair of vantage points of a running lab. Needs root.

    Never raises for what it meets: a station that cannot be used, a tool that is missing, a witness that lost packets
    make the cells concerned TOOL_ERROR, and the matrix not good.
    """
    return Run(blueprint.realised, lab, day or date.today()).matrix(
        lambda name, **values: say(filled(str(words()["say"][name][lang]), values, lang))
    )


class Run:
    """What one run knows: its stations, their own numbers, what the workers told."""

    def __init__(self, blueprint: Blueprint, lab: LabHandles, day: date) -> None:
        self.blueprint = blueprint
        self.lab = lab
        self.day = day
        self.posts = {one.name: one for one in stations(blueprint)}
        # a number comes again after an hour: no gateway still knows a connection of the last run by it
        first = FIRST_NUMBERS[int(time.time()) % len(FIRST_NUMBERS)]
        self.numbers = range(first, first + ROUNDS * len(self.posts))
        self._number = {name: first + ROUNDS * at for at, name in enumerate(self.posts)}

    def matrix(self, say: Callable[..., None]) -> Matrix:
        started = time.monotonic()
        say("standing", segments=len(self.blueprint.segments), stations=len(self.posts))
        with Crew(self.seats()) as crew:
            crew.absent |= self.lab.missing
            for step in ("stand", "aim"):
                crew.tell(step, {name: (leg,) for name, leg in self.legs()})
            seated: dict[str, Seated] = crew.tell("sit", dict.fromkeys(self.posts, ()))
            crew.tell(
                "call", {f"{Kind.SEGMENT}:{one.id}": (self._call(one.id)[1], one.id) for one in self.blueprint.segments}
            )
            patience = self._acquaint(crew)
            plan = Plan(self.blueprint, Declared(paths(self.blueprint, self.day)), self.posts, seated)
            probes, controls = list(plan.probes()), list(plan.controls())
            say("sending", probes=len(probes), controls=len(controls), patience=f"{patience:.1f}")
            told = self._ask(crew, chain(controls, probes), 1, patience)
            answers = {key: answer for own, _ in told.values() for key, answer in own.items()}
            say("judging", witnesses=len(seated))
            harvests: dict[str, Harvest] = crew.tell("harvest", dict.fromkeys(self.posts, ()))
        return self._judged(probes, controls, answers, harvests, seated, crew.absent, started)

    def seats(self) -> Iterator[Seat]:
        """Where every station's worker sits; hosts without a namespace have none."""
        services = tried(self.blueprint)
        for name, one in self.posts.items():
            if one.kind in (Kind.SEGMENT, Kind.PEER):
                yield Seat(name, None, self.numbers, services)
            elif one.kind is Kind.VANTAGE and one.id in self.lab.vantages:
                yield Seat(name, self.lab.vantages[one.id], self.numbers, services)
            elif one.kind is Kind.HOST and one.id in self.lab.hosts:
                yield Seat(name, self.lab.hosts[one.id], self.numbers, admitted=True)
            elif one.kind is Kind.ENGINE and one.place in self.lab.engines:
                # its bridges' own side only: every frame between hosts passes their ports
                devices = (LOOPBACK, *one.legs)
                yield Seat(name, self.lab.engines[one.place], self.numbers, devices=devices)

    def legs(self) -> Iterator[tuple[str, Leg]]:
        """How the bare stations are joined to their segments."""
        bare = [one for one in self.posts.values() if one.kind in (Kind.SEGMENT, Kind.PEER)]
        for at, one in enumerate(bare):
            if one.place in self.lab.engines:
                segment = self.blueprint.segment[one.id]
                hidden = tuple(str(address) for address in addresses(segment, engine_number(segment)))
                port, lines = f"pb{os.getpid()}n{at}", tuple(self._lines(one, segment))
                yield one.name, Leg(self.lab.engines[one.place], one.id, port, lines, hidden)

    def _lines(self, one: Station, segment: Segment) -> Iterator[str]:
        """Addresses, and routes to the whole place."""
        device = f"dev {segment.id}"
        yield "link set lo up"
        yield f"link set {segment.id} address {_link_address(one.legs[segment.id][0].ipv4)} up"
        for pair in one.legs[segment.id]:
            yield f"address add {pair.ipv4}/{segment.ipv4.prefixlen} {device}"
            yield f"address add {pair.ipv6}/{segment.ipv6.prefixlen} {device} nodad"
        gateways = self.blueprint.gateways_of(segment.id)
        if not gateways:
            return
        # over management nobody is routed, and who insists has to ask the gateway's own address
        number = gateways[0].legs[segment.id] if restricted(segment) else VIRTUAL_GATEWAY
        via = addresses(segment, number)
        for block in self.blueprint.blocks:
            if PLACE_OF_ZONE[block.zone] == segment.place and block.prefix not in segment.prefixes:
                yield f"route add {block.prefix} via {via.ipv4 if block.prefix.version == 4 else via.ipv6} {device}"

    def _acquaint(self, crew: Crew) -> float:
        """A quiet first round among neighbours, so that later no packet waits for an address. Gives the patience."""
        port = undeclared(self.blueprint)
        greetings = [
            Probe(one.name, other.name, address, service, frozenset(), Boundary.TARGET)
            for one in self.posts.values()
            for segment in (one.legs if one.bare else ())
            for other in self.posts.values()
            if other is not one and other.kind is not Kind.ENGINE
            for pair in other.legs.get(segment, ())
            for address in pair
            for service in (ECHO, Service(Protocol.TCP, port))
        ]
        told = self._ask(crew, greetings, 0, PATIENCE[0])
        slowest = max((seconds for _, seconds in told.values()), default=0.0)
        return min(max(PATIENCE[0], GENEROUS * slowest), PATIENCE[1])

    def _ask(self, crew: Crew, probes: Iterable[Probe], turn: int, patience: float) -> dict[str, Any]:
        """One round of all senders at once; the order is mixed, so that no target gets all its probes together."""
        orders: defaultdict[str, dict[Key, Order]] = defaultdict(dict)
        for probe in probes:
            key = self.key(probe, turn)
            orders[probe.sender][key] = Order(key, str(probe.address), probe.wire_port, probe.device)
        arguments = {}
        for name, own in orders.items():
            mixed = list(own.values())
            random.Random(name).shuffle(mixed)  # noqa: S311  # the same order in every run
            arguments[name] = (self._number[name] + turn, mixed)
        crew.tell("send", arguments)
        return crew.tell("collect", dict.fromkeys(arguments, (patience,)))  # only now: sending keeps the machine busy

    def key(self, probe: Probe, turn: int = 1) -> Key:
        return probe.key(self._number[probe.sender] + turn)

    def _judged(
        self,
        probes: list[Probe],
        controls: list[Probe],
        answers: dict[Key, Answer],
        harvests: dict[str, Harvest],
        seated: dict[str, Seated],
        absent: dict[str, str],
        started: float,
    ) -> Matrix:
        sightings = Sightings({name: one.seen for name, one in harvests.items()})
        posts = self.posts.values()
        tables = {name: ways(self.blueprint, self.posts[name], posts, one.routes) for name, one in seated.items()}
        broken = {name: "not set up" for name in self.posts if name not in harvests} | absent
        broken |= {name: f"its witness lost {one.lost} packets" for name, one in harvests.items() if one.lost}
        heard = self._heard(harvests)
        broken |= dict(self._deaf(heard, harvests))
        unusable, joined = dict(broken), list(self._joined(heard))
        judge = Judge(self.posts, sightings, tables, broken)
        failed = []
        for control in controls:
            key = self.key(control)
            if why := judge.failed(control, key, answers.get(key)):
                failed.append((control, why))
                judge.broken.setdefault(
                    _about(control, self.posts), f"control {control.service} {control.address}: {why}"
                )
        outcomes = []
        for probe in probes:
            key = self.key(probe)
            outcomes.append(Outcome(probe, judge.judge(probe, key, answers.get(key))))
        seconds = time.monotonic() - started
        return Matrix(self.blueprint.digest, self.day, seconds, outcomes, len(controls), failed, unusable, joined)

    def _heard(self, harvests: dict[str, Harvest]) -> dict[str, set[tuple[str, str]]]:
        """Segment -> who heard its call, on which link."""
        return {
            segment.id: {
                (name, sighting.device)
                for name, harvest in harvests.items()
                for sighting in harvest.seen.get(self._call(segment.id), ())
                if sighting.direction is Direction.IN
            }
            for segment in self.blueprint.segments
        }

    def _deaf(self, heard: dict[str, set[tuple[str, str]]], harvests: dict[str, Harvest]) -> Iterator[tuple[str, str]]:
        """Stations that did not hear the call of their own segment: a cut cable closes all and proves nothing."""
        for name, one in self.posts.items():
            listening = () if one.kind in (Kind.ENGINE, Kind.SEGMENT) else one.legs
            cut = [leg for leg in listening if name not in {station for station, _ in heard[leg]}]
            if cut and name in harvests:
                yield name, f"did not hear the call into {', '.join(cut)}"

    def _joined(self, heard: dict[str, set[tuple[str, str]]]) -> Iterator[Heard]:
        for segment, hearers in heard.items():
            for name, device in sorted(hearers):
                if segment not in self.posts[name].legs or self.posts[name].kind is Kind.ENGINE:
                    yield Heard(segment, name, device)

    def _call(self, segment: str) -> Key:
        return call_key(self._number[f"{Kind.SEGMENT}:{segment}"])


def _link_address(address: IPv4Address) -> str:
    """The same in every run: what neighbours remember of the last one stays true."""
    return ":".join(f"{byte:02x}" for byte in b"\x02L" + address.packed)


def _about(control: Probe, posts: dict[str, Station]) -> str:
    """Whom a control speaks for: the one that is not the peer."""
    return control.target if posts[control.sender].kind is Kind.PEER else control.sender
