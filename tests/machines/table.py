"""The table of what ran on which machine: printed, and stored in docs/machines.md between two marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.machines import places
from tests.machines.trial import MachineTrial

PAGE = places.ROOT / "docs" / "machines.md"
BEGIN = "<!-- output: scripts/test machines -->"
END = "<!-- end -->"


def render(trials: Sequence[MachineTrial]) -> str:
    """Two Markdown tables: each machine with its versions and answers, then the seconds of each step of `up`."""
    names = list(dict.fromkeys(name for trial in trials for name in trial.versions))
    head = ["", *(f"{trial.machine}, {trial.user}" for trial in trials)]
    rows = [
        ["date", *(trial.date for trial in trials)],
        ["run by", *(trial.run_as for trial in trials)],
        ["blueprint", *(trial.blueprint for trial in trials)],
        *([name, *(trial.versions.get(name, "-") for trial in trials)] for name in names),
        *([f"`{command}`", *(_answer(trial, command) for trial in trials)] for command in ("up", "verify", "down")),
        ["leftovers", *(str(len(trial.leftovers)) for trial in trials)],
        ["explained differences", *(str(len(trial.explained)) for trial in trials)],
        *([["note", *(trial.note or "-" for trial in trials)]] if any(trial.note for trial in trials) else []),
    ]
    steps = list(dict.fromkeys((number, name) for trial in trials for number, name, _ in trial.steps))
    seconds = [{(number, name): value for number, name, value in trial.steps} for trial in trials]
    times = [
        [f"{number} {name}", *(_seconds(of.get((number, name))) for of in seconds)] for number, name in sorted(steps)
    ]
    return _table(head, rows) + "\n" + _table(["seconds of each step of `up`", *head[1:]], times)


def _answer(trial: MachineTrial, command: str) -> str:
    if command not in trial.status:
        return "not run"
    told = "ok" if trial.status[command] == 0 else f"status {trial.status[command]}"
    return f"{told}, {trial.seconds[command]:.0f} s"


def _seconds(value: float | None) -> str:
    return "-" if value is None else "< 1" if value == 0 else f"{value:.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def store(text: str, page: Path = PAGE) -> None:
    """Put the text between the marks. ValueError where the page has none."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: no {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n{text}{END}{after}")
