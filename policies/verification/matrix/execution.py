"""One run of the matrix: connect all endpoints, send all probes, compare with what the witnesses saw."""

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
from policies.verification.matrix.failures import TEXTS, ProbeFailure
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
"""Minimum and maximum timeout after the last probe, in seconds."""
GENEROUS = 10
"""The timeout is the slowest answer of the warm-up round times this factor."""
GREETING, CALL = "greeting", "call"
"""Purposes of sender numbers. The batch itself has no purpose, a probe through a neighbour has the neighbour's name."""


def run(
    blueprint: Blueprint,
    lab: LabHandles,
    say: Callable[[str], None],
    *,
    lang: Lang = "en",
    day: date | None = None,
) -> Matrix:
    """Probe every ordered pair of vantage points of a running lab. Needs root.

    Endpoints that cannot be used, missing tools and lost packets do not raise: their cells become TOOL_ERROR, and the
    matrix is not good.
    """
    return MatrixRun(blueprint.deployed_subset, lab, day or date.today()).matrix(
        lambda name, **values: say(filled(TEXTS.template("progress", name, lang), values, lang))
    )


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a run observed."""

    answers: dict[Key, ProbeAnswer]
    results_by_name: dict[str, WorkerResults]
    ready: dict[str, WorkerReady]
    absent: dict[str, ProbeFailure]


class MatrixRun:
    """One run: its endpoints and their sender numbers."""

    def __init__(self, blueprint: Blueprint, lab: LabHandles, day: date) -> None:
        self.blueprint = blueprint
        self.lab = lab
        self.day = day
        self.endpoints = {endpoint.name: endpoint for endpoint in endpoints(blueprint)}
        self.numbers = Numbers()
        self.calls = {
            segment.id: call_key(self.numbers.of(f"{EndpointKind.SEGMENT}:{segment.id}", CALL))
            for segment in blueprint.segments
        }

    def matrix(self, say: Callable[..., None]) -> Matrix:
        started = time.monotonic()
        say("connecting", segments=len(self.blueprint.segments), endpoints=len(self.endpoints))
        with WorkerPool(worker_specs(self.blueprint, self.endpoints, self.lab, self.numbers)) as pool:
            pool.absent |= self.lab.missing
            for step in ("connect", "resolve_bridge"):
                pool.call(
                    step,
                    {name: (interface,) for name, interface in segment_links(self.blueprint, self.endpoints, self.lab)},
                )
            ready: dict[str, WorkerReady] = pool.call("start", dict.fromkeys(self.endpoints, ()))
            pool.call(
                "call", {f"{EndpointKind.SEGMENT}:{segment}": (key[1], segment) for segment, key in self.calls.items()}
            )
            plan = Plan(self.blueprint, DeclaredTraffic(paths(self.blueprint, self.day)), self.endpoints, ready)
            probes, controls = list(plan.probes()), list(plan.controls())
            patience = self._acquaint(pool)
            say("sending", probes=len(probes), controls=len(controls), patience=f"{patience:.1f}")
            answers, _ = self._ask(pool, [*controls, *probes], patience)
            say("comparing", witnesses=len(ready))
            results_by_name: dict[str, WorkerResults] = pool.call("results", dict.fromkeys(self.endpoints, ()))
        outcomes, other = self._evaluated(probes, controls, Observed(answers, results_by_name, ready, pool.absent))
        return Matrix(self.blueprint.digest, self.day, time.monotonic() - started, outcomes, len(controls), **other)

    def _acquaint(self, pool: WorkerPool) -> float:
        """Warm up neighbour caches with a first round among neighbours. Returns the timeout for the run."""
        port = undeclared(self.blueprint)
        greetings = [
            Probe(endpoint.name, other.name, address, service, frozenset(), Boundary.TARGET)
            for endpoint in self.endpoints.values()
            for segment in (endpoint.interfaces if endpoint.bare else ())
            for other in self.endpoints.values()
            if other is not endpoint and other.kind is not EndpointKind.ENGINE
            for pair in other.interfaces.get(segment, ())
            for address in pair
            for service in (ECHO, Service(Protocol.TCP, port))
        ]
        _, slowest = self._ask(pool, greetings, PATIENCE[0], GREETING)
        return min(max(PATIENCE[0], GENEROUS * slowest), PATIENCE[1])

    def _ask(
        self, pool: WorkerPool, probes: list[Probe], patience: float, purpose: str = ""
    ) -> tuple[dict[Key, ProbeAnswer], float]:
        """One round of all senders at once: all answers, and the seconds until the slowest successful one."""
        handed = next_hops(probes, self.endpoints)
        pool.call("next_hop", {name: (own,) for name, own in handed.items()})
        marks = {(name, next_hop.by): next_hop.mark for name, own in handed.items() for next_hop in own}
        pool.call("send", {name: (own,) for name, own in self._batches(probes, purpose, marks).items()})
        # collect only after all have sent, because sending keeps the machine busy
        collected: dict[str, tuple[dict[Key, ProbeAnswer], float]] = pool.call(
            "collect", dict.fromkeys({probe.sender for probe in probes}, (patience,))
        )
        answers = dict(chain.from_iterable(own.items() for own, _ in collected.values()))
        return answers, max((seconds for _, seconds in collected.values()), default=0.0)

    def _batches(
        self, probes: list[Probe], purpose: str, marks: Mapping[tuple[str, str], int]
    ) -> dict[str, list[Batch]]:
        """What each sender sends, in random order, so that no target receives all its probes at once."""
        orders: defaultdict[str, defaultdict[str, dict[Key, Order]]] = defaultdict(lambda: defaultdict(dict))
        for probe in probes:
            key = self.key(probe, purpose)
            orders[probe.sender][probe.by][key] = Order(key, str(probe.address), probe.wire_port, probe.device)
        mixing = random.Random(0)  # noqa: S311  # the same order in every run
        return {
            name: [
                Batch(
                    self._number(name, by, purpose),
                    marks.get((name, by), 0),
                    mixing.sample([*by_key.values()], len(by_key)),
                )
                for by, by_key in own.items()
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
        """Outcomes of the probes, and the other fields of the matrix."""
        heard = hearers(self.calls, seen.results_by_name)
        absent = dict(deaf(self.endpoints, heard))
        absent |= {
            name: ProbeFailure("lost", str(results.lost))
            for name, results in seen.results_by_name.items()
            if results.lost
        }
        absent |= {
            name: ProbeFailure("not-set-up") for name in self.endpoints if name not in seen.results_by_name
        } | seen.absent
        evaluate = self._evaluate(seen, dict(absent))
        failed = []
        for control in controls:
            key = self.key(control)
            if why := evaluate.failed(control, key, seen.answers.get(key)):
                failed.append((control, why))
                evaluate.broken.setdefault(
                    _about(control, self.endpoints), ProbeFailure("control", f"{control.service} {control.address}")
                )
        outcomes = [
            CellOutcome(probe, evaluate.evaluate(probe, key, seen.answers.get(key)))
            for probe, key in ((probe, self.key(probe)) for probe in probes)
        ]
        return outcomes, {"failed_controls": failed, "absent": absent, "heard": list(joined(self.endpoints, heard))}

    def _evaluate(self, seen: Observed, broken: dict[str, ProbeFailure]) -> ProbeEvaluator:
        every = self.endpoints.values()
        tables = {
            name: ways(self.blueprint, self.endpoints[name], every, ready.routes) for name, ready in seen.ready.items()
        }
        return ProbeEvaluator(
            self.endpoints,
            ObservedPackets({name: results.seen for name, results in seen.results_by_name.items()}),
            tables,
            broken,
        )


def _about(control: Probe, endpoints: Mapping[str, Endpoint]) -> str:
    """The endpoint that a control verifies: the one that is not the peer."""
    return control.target if endpoints[control.sender].kind is EndpointKind.PEER else control.sender
