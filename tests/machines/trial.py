"""One machine's trial: its state, the two commands, and its state again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.machines import accel, checkout, places, progress, state, versions
from tests.machines.machine import VirtualMachine

SMALL = "tests/machines/small"
HOURS = {True: 1, False: 4}  # with KVM, emulated: for each command
TAIL = 4000


@dataclass
class MachineTrial:
    """`seconds` and `status`: of each command; `steps`: of `up`; `leftovers` and `explained`: what `down` left;
    `note`: what was different from a run by the test."""

    machine: str
    user: str
    blueprint: str
    run_as: str
    date: str
    versions: dict[str, str] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    steps: list[tuple[int, str, float]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    last_words: str = ""
    note: str = ""

    @property
    def good(self) -> bool:
        return all(self.status.get(name) == 0 for name in ("up", "verify", "down")) and not self.leftovers


def blueprint() -> str:
    """The worked example where a virtual CPU really runs; under emulation the smallest with every kind of host."""
    return "" if accel.is_kvm() else SMALL


def run(machine: VirtualMachine, user: str, directory: str, say: Callable[[str], None] = print) -> MachineTrial:
    """All of it. Goes on after a failed command: what it leaves behind is of interest then, too."""
    trial = MachineTrial(
        machine.image,
        user,
        directory or "inventory/pengjiang",
        "KVM" if accel.is_kvm() else "emulation",
        datetime.now(UTC).strftime("%Y-%m-%d"),
    )
    before = state.record(machine)
    folder = checkout.put(machine, user)
    told = _timed(trial, machine, "up", f"cd {folder} && scripts/up{_options(directory)}", say)
    trial.steps = [(step.number, step.name, step.seconds) for step in progress.read(told).steps]
    finish(trial, machine, folder, directory, before, say)
    return trial


def finish(
    trial: MachineTrial,
    machine: VirtualMachine,
    folder: str,
    directory: str,
    before: state.State,
    say: Callable[[str], None],
) -> None:
    """What comes after `up`: versions, `verify`, `down`, the comparison; then the trial is saved."""
    lantu = f"cd {folder} && {'' if trial.user == 'root' else 'sudo '}.venv/bin/lantu"
    trial.versions = versions.ask(machine, folder)
    _timed(trial, machine, "verify", f"{lantu} verify{_options(directory)}", say)
    _timed(trial, machine, "down", f"{lantu} down --lang en", say)
    differences = state.compare(before, state.record(machine))
    trial.leftovers = [str(leftover) for leftover in state.leftovers(differences)]
    trial.explained = [str(difference) for difference in differences if difference.reason]
    save(trial)


def _options(directory: str) -> str:
    return (f" --blueprint {directory}" if directory else "") + " --lang en"


def _timed(trial: MachineTrial, machine: VirtualMachine, name: str, command: str, say: Callable[[str], None]) -> str:
    """Run it as the trial's user, note status and seconds, keep all it said in a file here; returns what it said."""
    say(f"{machine.name}: {name} …")
    began = time.monotonic()
    done = machine.run(f"{command} 2>&1", trial.user, HOURS[accel.is_kvm()] * 3600, check=False)
    trial.status[name] = done.returncode
    trial.seconds[name] = round(time.monotonic() - began, 1)
    log = results() / f"{trial.machine}-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(done.stdout)
    if done.returncode:
        trial.last_words += f"\n{name}: status {done.returncode}\n{done.stdout[-TAIL:]}"
    say(f"{machine.name}: {name} ended with status {done.returncode} after {trial.seconds[name]:.0f} s; log: {log}")
    return done.stdout


def results() -> Path:
    return places.home() / "results"


def save(trial: MachineTrial) -> None:
    (results() / f"{trial.machine}.json").write_text(json.dumps(asdict(trial), indent=1, ensure_ascii=False) + "\n")


def saved() -> list[MachineTrial]:
    """The last trial of each machine."""
    return [MachineTrial(**json.loads(path.read_text())) for path in sorted(results().glob("*.json"))]
