"""What a verb works on: a blueprint that passed its check, a lab, and the two places' folders."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from lab.locks import held
from lab.paths import Lab, LabLocation, cache_root

import inventory
from inventory.model.blueprint import Blueprint
from inventory.model.zones import LocationId
from lantu import problem_text
from lantu.console import Exit, Format, Lang, emit, leave, say

ROOT = Path(__file__).resolve().parents[2]
"""The checkout: Pulumi.yaml, playbooks and policies lie here."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One place of one lab, and where its operators keep what is theirs; nothing of it occurs in the other place."""

    location: LocationId
    lab: LabLocation

    @property
    def stack(self) -> str:
        return f"{self.lab.lab.name}-{self.location.value}"

    @property
    def pulumi(self) -> Path:
        """State, passphrase and home of its own."""
        return self.lab.state / "pulumi"

    @property
    def ssh(self) -> Path:
        return self.lab.state / "ssh"

    @property
    def ssh_config(self) -> Path:
        return self.ssh / "config"

    @property
    def operator_namespace(self) -> str:
        """Where its operators sit; the intranet's is another than the extranet's."""
        name = "operator" if self.location is LocationId.EXTRANET else f"operator-{self.location.value}"
        return self.lab.lab.vantage_namespace(name)


def alone(lab: Lab) -> AbstractContextManager[None]:
    """Nobody else builds, proves or removes this lab meanwhile; LAB008 where another run does not end."""
    return held(lab.run_root / f"{lab.name}.up.lock")


@dataclass(frozen=True, slots=True)
class Context:
    blueprint: Blueprint
    """The whole of it; `.deployed_subset` is what the site builds."""
    lab: Lab
    lang: Lang
    format: Format

    def workspace(self, location: LocationId) -> Workspace:
        return Workspace(location, self.lab.location(location.value))

    @property
    def workspaces(self) -> tuple[Workspace, ...]:
        return tuple(self.workspace(location) for location in LocationId)

    @property
    def cache(self) -> Path:
        return cache_root()


def never_built(lab: str, lang: Lang) -> None:
    """Ends a verb that needs a lab which is not there."""
    say(f"实验环境 {lab} 还没有建立：先运行 lantu up" if lang is Lang.ZH else f"no lab {lab}: run lantu up first")
    leave(Exit.NOT_EVALUATED)


def right(directory: Path | None, site: str, lang: Lang, output: Format) -> Blueprint:
    """The blueprint; a wrong one ends the verb with every problem told, and nothing touched."""
    loaded = inventory.load(directory, site)
    if loaded.blueprint is None:
        if output is Format.JSON:
            emit({"schema": 2, "verdict": "wrong", "problems": [problem.as_json() for problem in loaded.problems]})
        say(problem_text.text(loaded.problems, directory or inventory.EXAMPLE, lang))
        leave(Exit.NOT_EVALUATED)
    assert loaded.blueprint is not None
    return loaded.blueprint


def context(directory: Path | None, site: str, lab: str, lang: Lang, output: Format) -> Context:
    """What a verb works on; see `right` for a blueprint that is not."""
    return Context(right(directory, site, lang, output), Lab(lab), lang, output)
