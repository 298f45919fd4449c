"""One run of the matrix: stand everywhere, send everything at once, compare with what the witnesses saw."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Protocol, Service
from inventory.model.paths import paths
from inventory.texts.text import Lang, filled
from policies.verification.matrix.adjacency import deaf, hearers, joined
from policies.verification.matrix.endpoints import Endpoint, EndpointKind, endpoints
from policies.verification.matrix.evaluation import ObservedPackets, ProbeEvaluator
from policies.verification.matrix.expected_traffic import DeclaredTraffic
from policies.verification.matrix.failures import Failure, words
from policies.verification.matrix.lab_namespaces import LabHandles
from policies.verification.matrix.matrix import CellOutcome, Matrix
from policies.verification.matrix.messages import Batch, WorkerReady, WorkerResults
from policies.verification.matrix.packets import Key, call_key
from policies.verification.matrix.placement import Numbers, next_hops, segment_links, worker_specs
from policies.verification.matrix.plan import Boundary, Plan, Probe
from policies.verification.matrix.probed_services import ECHO, undeclared
from policies.verification.matrix.routes import ways
from policies.verification.matrix.sender import Order
from policies.verification.matrix.verdicts import ProbeAnswer
from policies.verification.matrix.worker_pool import WorkerPool

PATIENCE = (1.0, 5.0)
"""Seconds after the last probe that an answer may take, at least and at most."""
GENEROUS = 10
"""Patience is so many times the slowest answer of the first, quiet round."""
GREETING, CALL = "greeting", "call"
"""What own numbers are given for, beside the batch itself (no word) and what is handed to a neighbour (its name)."""


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
    return MatrixRun(blueprint.deployed_subset, lab, day or date.today()).matrix(
        lambda name, **values: say(filled(str(words()["say"][name][lang]), values, lang))
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a run was told."""

    answers: dict[Key, ProbeAnswer]
    harvests: dict[str, WorkerResults]
    seated: dict[str, WorkerReady]
    absent: dict[str, Failure]


class MatrixRun:
    """One run: its stations, and their own numbers."""

    def __init__(self, blueprint: Blueprint, lab: LabHandles, day: date) -> None:
        self.blueprint = blueprint
        self.lab = lab
        self.day = day
        self.posts = {endpoint.name: endpoint for endpoint in endpoints(blueprint)}
        self.numbers = Numbers()
        self.calls = {
            segment.id: call_key(self.numbers.of(f"{EndpointKind.SEGMENT}:{segment.id}", CALL))
            for segment in blueprint.segments
        }

    def matrix(self, say: Callable[..., None]) -> Matrix:
        started = time.monotonic()
        say("standing", segments=len(self.blueprint.segments), endpoints=len(self.posts))
        with WorkerPool(worker_specs(self.blueprint, self.posts, self.lab, self.numbers)) as pool:
            pool.absent |= self.lab.missing
            for step in ("stand", "aim"):
                pool.tell(
                    step,
                    {name: (interface,) for name, interface in segment_links(self.blueprint, self.posts, self.lab)},
                )
            seated: dict[str, WorkerReady] = pool.tell("sit", dict.fromkeys(self.posts, ()))
            pool.tell("call", {f"{EndpointKind.SEGMENT}:{one}": (key[1], one) for one, key in self.calls.items()})
            plan = Plan(self.blueprint, DeclaredTraffic(paths(self.blueprint, self.day)), self.posts, seated)
            probes, controls = list(plan.probes()), list(plan.controls())
            patience = self._acquaint(pool)
            say("sending", probes=len(probes), controls=len(controls), patience=f"{patience:.1f}")
            answers, _ = self._ask(pool, [*controls, *probes], patience)
            say("judging", witnesses=len(seated))
            harvests: dict[str, WorkerResults] = pool.tell("results", dict.fromkeys(self.posts, ()))
        outcomes, told = self._evaluated(probes, controls, Observed(answers, harvests, seated, pool.absent))
        return Matrix(self.blueprint.digest, self.day, time.monotonic() - started, outcomes, len(controls), **told)

    def _acquaint(self, pool: WorkerPool) -> float:
        """A quiet first round among neighbours, so that later no packet waits for an address. Gives the patience."""
        port = undeclared(self.blueprint)
        greetings = [
            Probe(post.name, other.name, address, service, frozenset(), Boundary.TARGET)
            for post in self.posts.values()
            for segment in (post.interfaces if post.bare else ())
            for other in self.posts.values()
            if other is not post and other.kind is not EndpointKind.ENGINE
            for pair in other.interfaces.get(segment, ())
            for address in pair
            for service in (ECHO, Service(Protocol.TCP, port))
        ]
        _, slowest = self._ask(pool, greetings, PATIENCE[0], GREETING)
        return min(max(PATIENCE[0], GENEROUS * slowest), PATIENCE[1])

    def _ask(
        self, pool: WorkerPool, probes: list[Probe], patience: float, purpose: str = ""
    ) -> tuple[dict[Key, ProbeAnswer], float]:
        """One round of all senders at once: all answers, and the seconds that the slowest good one took."""
        handed = next_hops(probes, self.posts)
        pool.tell("next_hop", {name: (own,) for name, own in handed.items()})
        marks = {(name, next_hop.by): next_hop.mark for name, own in handed.items() for next_hop in own}
        pool.tell("send", {name: (own,) for name, own in self._batches(probes, purpose, marks).items()})
        # only now, as sending keeps the machine busy
        told: dict[str, tuple[dict[Key, ProbeAnswer], float]] = pool.tell(
            "collect", dict.fromkeys({probe.sender for probe in probes}, (patience,))
        )
        answers = dict(chain.from_iterable(own.items() for own, _ in told.values()))
        return answers, max((seconds for _, seconds in told.values()), default=0.0)

    def _batches(
        self, probes: list[Probe], purpose: str, marks: Mapping[tuple[str, str], int]
    ) -> dict[str, list[Batch]]:
        """What each sender sends. The order is mixed, so that no target gets all its probes together."""
        orders: defaultdict[str, defaultdict[str, dict[Key, Order]]] = defaultdict(lambda: defaultdict(dict))
        for probe in probes:
            key = self.key(probe, purpose)
            orders[probe.sender][probe.by][key] = Order(key, str(probe.address), probe.wire_port, probe.device)
        mixing = random.Random(0)  # noqa: S311  # the same order in every run
        return {
            name: [
                Batch(
                    self._number(name, by, purpose), marks.get((name, by), 0), mixing.sample([*one.values()], len(one))
                )
                for by, one in own.items()
            ]
            for name, own in orders.items()
        }

    def key(self, probe: Probe, purpose: str = "") -> Key:
        return probe.key(self._number(probe.sender, probe.by, purpose))

    def _number(self, sender: str, by: str, purpose: str) -> int:
        return self.numbers.of(sender, by or purpose)

    def _evaluated(
        self, probes: list[Probe], controls: list[Probe], seen: Observed
    ) -> tuple[list[CellOutcome], dict[str, Any]]:
        """Outcomes of the probes; what else the matrix tells of the run."""
        heard = hearers(self.calls, seen.harvests)
        absent = dict(deaf(self.posts, heard))
        absent |= {name: Failure("lost", str(one.lost)) for name, one in seen.harvests.items() if one.lost}
        absent |= {name: Failure("not-set-up") for name in self.posts if name not in seen.harvests} | seen.absent
        evaluate = self._evaluate(seen, dict(absent))
        failed = []
        for control in controls:
            key = self.key(control)
            if why := evaluate.failed(control, key, seen.answers.get(key)):
                failed.append((control, why))
                evaluate.broken.setdefault(
                    _about(control, self.posts), Failure("control", f"{control.service} {control.address}")
                )
        outcomes = [
            CellOutcome(probe, evaluate.evaluate(probe, key, seen.answers.get(key)))
            for probe, key in ((probe, self.key(probe)) for probe in probes)
        ]
        return outcomes, {"failed_controls": failed, "absent": absent, "heard": list(joined(self.posts, heard))}

    def _evaluate(self, seen: Observed, broken: dict[str, Failure]) -> ProbeEvaluator:
        posts = self.posts.values()
        tables = {name: ways(self.blueprint, self.posts[name], posts, one.routes) for name, one in seen.seated.items()}
        return ProbeEvaluator(
            self.posts, ObservedPackets({name: one.seen for name, one in seen.harvests.items()}), tables, broken
        )


def _about(control: Probe, posts: Mapping[str, Endpoint]) -> str:
    """Whom a control speaks for: the one that is not the peer."""
    return control.target if posts[control.sender].kind is EndpointKind.PEER else control.sender
