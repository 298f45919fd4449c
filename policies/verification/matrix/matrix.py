"""The result of a run: cells, counts and surprises, as one line for people and as a document for machines."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from functools import cached_property
from typing import Any

from inventory.texts.text import Lang, filled
from policies.verification.matrix.adjacency import Heard
from policies.verification.matrix.evaluation import FailureReason, ProbeResult, ProbeStatus
from policies.verification.matrix.failures import TEXTS, ProbeFailure
from policies.verification.matrix.plan import Probe
from policies.verification.matrix.verdicts import ProbeVerdict

FORMAT = "lantu-matrix-1"
SHOWN = 40
HEARD = ("segment", "endpoint", "device")


@dataclass(frozen=True, slots=True)
class CellOutcome:
    probe: Probe
    result: ProbeResult


@dataclass(frozen=True, slots=True)
class Cell:
    """One ordered pair of vantage points, one family, one protocol."""

    sender: str
    target: str
    family: int
    protocol: str
    results: Counter[ProbeStatus]
    verdicts: Counter[ProbeVerdict]


@dataclass(frozen=True)
class Matrix:
    blueprint: str
    """The blueprint's digest."""
    day: date
    seconds: float
    outcomes: Sequence[CellOutcome]
    controls: int
    failed_controls: Sequence[tuple[Probe, ProbeFailure]]
    """Controls that did not succeed, and why."""
    absent: dict[str, ProbeFailure]
    """Endpoints that could not be used, and why."""
    heard: Sequence[Heard] = ()
    """Segments whose links are connected without a gateway."""

    @cached_property
    def counts(self) -> Counter[ProbeStatus]:
        return Counter(outcome.result.result for outcome in self.outcomes)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """In the order of the plan."""
        cells: dict[tuple[str, str, int, str], Cell] = {}
        for outcome in self.outcomes:
            probe = outcome.probe
            key = (probe.sender, probe.target, probe.address.version, probe.service.protocol.value)
            cell = cells.get(key) or cells.setdefault(key, Cell(*key, Counter(), Counter()))
            cell.results[outcome.result.result] += 1
            cell.verdicts[outcome.result.verdict] += 1
        return tuple(cells.values())

    @cached_property
    def opened(self) -> tuple[CellOutcome, ...]:
        return self._with(ProbeStatus.OPEN)

    @cached_property
    def surprises(self) -> tuple[CellOutcome, ...]:
        return self._with(ProbeStatus.SURPRISE)

    @cached_property
    def errors(self) -> tuple[CellOutcome, ...]:
        """Probes that could not be evaluated."""
        return self._with(ProbeStatus.TOOL_ERROR)

    @property
    def good(self) -> bool:
        """Declared traffic is open, all else is closed, every control succeeded, and at least one probe ran."""
        empty = not self.counts[ProbeStatus.CLOSED]
        wrong = self.surprises or self.heard or self.errors or self.failed_controls or self.absent
        return not wrong and not empty

    @property
    def digest(self) -> str:
        """Equal for two runs with the same cells and the same probes that are not closed as declared.

        Duration and unplanned addresses that were tried (of a task, link-local) do not matter.
        """
        lines = {str((cell.sender, cell.target, cell.family, cell.protocol)) for cell in self.cells}
        lines |= {str(joint) for joint in self.heard}
        for surprise in (*self.opened, *self.surprises, *self.errors):
            probe, evaluated = surprise.probe, surprise.result
            what = (
                probe.sender,
                probe.target,
                str(probe.address),
                str(probe.service),
                evaluated.result,
                evaluated.reason,
            )
            lines.add(str(what))
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def line(self, lang: Lang) -> str:
        values = {
            "pairs": len({(cell.sender, cell.target) for cell in self.cells}),
            "probes": len(self.outcomes),
            "open": self.counts[ProbeStatus.OPEN],
            "closed": self.counts[ProbeStatus.CLOSED],
            "surprises": len(self.surprises) + len(self.heard),
            "errors": len(self.errors),
            "good": self.controls - len(self.failed_controls),
            "controls": self.controls,
            "seconds": f"{self.seconds:.1f}",
        }
        return filled(TEXTS.template("report", "line", lang), values, lang)

    def sentences(self, lang: Lang, limit: int = SHOWN) -> Iterator[str]:
        """Problems, with similar probes grouped into one sentence; the first `limit`, then the number of the rest."""
        sentences = [*self._absences(lang), *self._failures(lang), *self._joined(lang)]
        sentences += _grouped((*self.surprises, *(error for error in self.errors if not self._explained(error))), lang)
        yield from sentences[:limit]
        if len(sentences) > limit:
            yield filled(TEXTS.template("report", "more", lang), {"count": len(sentences) - limit}, lang)

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "blueprint": self.blueprint,
            "day": self.day.isoformat(),
            "seconds": round(self.seconds, 2),
            "digest": self.digest,
            "good": self.good,
            "pairs": len({(cell.sender, cell.target) for cell in self.cells}),
            "probes": len(self.outcomes),
            "counts": {result.value: self.counts[result] for result in ProbeStatus},
            "controls": {"tried": self.controls, "failed": [_control(*control) for control in self.failed_controls]},
            "absent": {name: why.as_json() for name, why in self.absent.items()},
            "heard": [{"segment": item.segment, "by": item.endpoint, "device": item.device} for item in self.heard],
            "open": [_outcome(item) for item in self.opened],
            "surprises": [_outcome(surprise) for surprise in self.surprises],
            "errors": [_outcome(error) for error in self.errors],
            "cells": [_cell(cell) for cell in self.cells],
        }

    def _with(self, result: ProbeStatus) -> tuple[CellOutcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.result.result is result)

    def _absences(self, lang: Lang) -> list[str]:
        text = TEXTS.template("report", "absent", lang)
        return [filled(text, {"endpoint": name, "why": why.text(lang)}, lang) for name, why in self.absent.items()]

    def _joined(self, lang: Lang) -> list[str]:
        text = TEXTS.template("report", "heard", lang)
        return [filled(text, dict(zip(HEARD, astuple(item), strict=True)), lang) for item in self.heard]

    def _failures(self, lang: Lang) -> list[str]:
        text = TEXTS.template("report", "control", lang)
        return [
            filled(text, {**_values(probe), "evidence": why.text(lang)}, lang) for probe, why in self.failed_controls
        ]

    def _explained(self, cell_outcome: CellOutcome) -> bool:
        """Whether the reason is an absent endpoint or a failed control, which has a sentence of its own."""
        return cell_outcome.result.reason is FailureReason.CONTROL and bool(self.absent or self.failed_controls)


def _grouped(outcomes: Sequence[CellOutcome], lang: Lang) -> list[str]:
    groups: dict[tuple[str, ...], list[CellOutcome]] = {}
    for outcome in outcomes:
        probe, evaluated = outcome.probe, outcome.result
        key = (
            probe.sender,
            probe.target,
            str(probe.address),
            evaluated.verdict,
            str(evaluated.reason),
            evaluated.evidence,
        )
        groups.setdefault(key, []).append(outcome)
    return [_sentence(group, lang) for group in groups.values()]


def _sentence(group: Sequence[CellOutcome], lang: Lang) -> str:
    evaluated = group[0].result
    values = _values(group[0].probe) | {
        "services": [str(item.probe.service) for item in group],
        "reason": TEXTS.template("reason", str(evaluated.reason), lang),
        "verdict": evaluated.verdict.value,
    }
    evidence = f" {evaluated.evidence}" if evaluated.evidence else " "
    return filled(TEXTS.template("report", "sentence", lang), values | {"evidence": evidence}, lang).rstrip()


def _values(probe: Probe) -> dict[str, Any]:
    return {
        "sender": probe.sender,
        "target": probe.target,
        "address": str(probe.address),
        "services": str(probe.service),
    }


def _outcome(cell_outcome: CellOutcome) -> dict[str, Any]:
    probe, evaluated = cell_outcome.probe, cell_outcome.result
    return {
        "from": probe.sender,
        "to": probe.target,
        "address": str(probe.address),
        "service": str(probe.service),
        "declared": bool(probe.sources),
        "boundary": probe.boundary.value,
        "verdict": evaluated.verdict.value,
        "reason": evaluated.reason.value if evaluated.reason else None,
        "evidence": evaluated.evidence,
    }


def _control(probe: Probe, why: ProbeFailure) -> dict[str, Any]:
    return {
        "from": probe.sender,
        "to": probe.target,
        "address": str(probe.address),
        "service": str(probe.service),
        "control": probe.control.value if probe.control else None,
        "why": why.as_json(),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "from": cell.sender,
        "to": cell.target,
        "family": cell.family,
        "protocol": cell.protocol,
        "results": {result.value: count for result, count in cell.results.items()},
        "verdicts": {verdict.value: count for verdict, count in cell.verdicts.items()},
    }
