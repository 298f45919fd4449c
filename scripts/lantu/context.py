"""What a subcommand works on: a valid blueprint, a lab, and the folders of its two locations."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from inventory.texts.text import Text
from lantu.console import Exit, Format, Lang, emit, leave, say, word

if TYPE_CHECKING:
    from lab.paths import Lab, LabLocation

    from inventory.model.blueprint import Blueprint
    from inventory.model.zones import LocationId

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, with Pulumi.yaml, playbooks and tests; see `require_checkout`."""
CHECKOUT = ("Pulumi.yaml", "playbooks", "tests/estate")
"""What a wheel does not have."""
NEVER_BUILT = Text("实验环境 {lab} 还没有建立：先运行 lantu up", "no lab {lab}: run lantu up first")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One location of one lab, and its operators' own folders; the two locations share nothing."""

    location: LocationId
    lab: LabLocation

    @property
    def stack(self) -> str:
        return f"{self.lab.lab.name}-{self.location.value}"

    @property
    def pulumi(self) -> Path:
        """Pulumi's state, passphrase and home."""
        return self.lab.state / "pulumi"

    @property
    def ssh(self) -> Path:
        return self.lab.state / "ssh"

    @property
    def ssh_config(self) -> Path:
        return self.ssh / "config"

    @property
    def operator_namespace(self) -> str:
        """The network namespace of the location's operators."""
        name = "operator" if self.location == "extranet" else f"operator-{self.location.value}"
        return self.lab.lab.vantage_namespace(name)


def alone(lab: Lab) -> AbstractContextManager[None]:
    """Hold the lab's lock, so that no other run builds, verifies or removes it. LAB008 if another run does not end."""
    from lab.locks import held  # most subcommands take no lock

    return held(lab.run_root / f"{lab.name}.up.lock")


@dataclass(frozen=True, slots=True)
class LabContext:
    blueprint: Blueprint
    """The whole blueprint; `.deployed_subset` is what the site builds."""
    lab: Lab
    lang: Lang
    format: Format

    def workspace(self, location: LocationId) -> Workspace:
        return Workspace(location, self.lab.location(location.value))

    @property
    def workspaces(self) -> tuple[Workspace, ...]:
        from inventory.model.zones import LocationId  # the model is loaded only when a blueprint is

        return tuple(self.workspace(location) for location in LocationId)

    @property
    def cache(self) -> Path:
        from lab.paths import cache_root

        return cache_root()


def require_checkout(subcommand: str) -> None:
    """CLI001 if this is an installed wheel, which has no Pulumi.yaml, playbooks and tests."""
    if not all((ROOT / name).exists() for name in CHECKOUT):
        from lantu.errors import CommandError

        raise CommandError("CLI001", str(ROOT), subcommand=subcommand)


def never_built(lab: str, lang: Lang) -> NoReturn:
    """End a subcommand that needs a lab which does not exist."""
    say(NEVER_BUILT.fill(lab=lab).say(word(lang)))
    leave(Exit.NOT_EVALUATED)


def right(directory: Path | None, site: str, lang: Lang, output: Format) -> Blueprint:
    """Load the blueprint. If it has problems, print all of them and end the subcommand."""
    import inventory

    loaded = inventory.load(directory, site)
    if loaded.blueprint is None:
        from lantu import problem_text  # only a wrong blueprint has problems to print

        if output is Format.JSON:
            emit({"schema": 2, "verdict": "wrong", "problems": [problem.as_json() for problem in loaded.problems]})
        say(problem_text.text(loaded.problems, directory or inventory.EXAMPLE, lang))
        leave(Exit.NOT_EVALUATED)
    return loaded.blueprint


def context(directory: Path | None, site: str, lab: str, lang: Lang, output: Format) -> LabContext:
    """What a subcommand works on; see `right` for a blueprint with problems."""
    from lab.paths import Lab

    return LabContext(right(directory, site, lang, output), Lab(lab), lang, output)
