"""What exists, in words. `load()` reads a district's blueprint; everything else in Lantu follows from what it returns."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from inventory.blueprint import Blueprint
from inventory.checks import check
from inventory.model.addresses import AddressesFile
from inventory.model.agencies import AgenciesFile
from inventory.model.base import Model
from inventory.model.catalogue import CatalogueFile
from inventory.model.exchange import ExchangeFile
from inventory.model.flows import FlowsFile
from inventory.model.hosts import HostsFile
from inventory.model.programme import ProgrammeFile
from inventory.model.sites import Site
from inventory.model.systems import SystemsFile
from inventory.model.zones import ZonesFile
from inventory.problems import Place, Problem, in_order
from inventory.reading import read
from inventory.shape import Shaped, shaped

ESTATE = Path(__file__).parent / "pengjiang"
"""The worked example, which is read where nothing else is named."""

FILES: dict[str, type[Model]] = {
    "zones": ZonesFile,
    "addresses": AddressesFile,
    "hosts": HostsFile,
    "flows": FlowsFile,
    "agencies": AgenciesFile,
    "systems": SystemsFile,
    "catalogue": CatalogueFile,
    "exchange": ExchangeFile,
    "programme": ProgrammeFile,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """A blueprint, or None with everything that is wrong; problems stand in file order."""

    blueprint: Blueprint | None
    problems: list[Problem]


def load(estate: Path | None = None, site: str = "lab", day: date | None = None) -> Loaded:
    """Reads and checks the blueprint in the folder `estate` for one site, as of `day` (today where not given).

    A wrong blueprint is a result, not an exception: every mistake in every file is told at once.
    """
    estate, problems = estate or ESTATE, list[Problem]()
    names = {name: f"{name}.yaml" for name in FILES} | {"site": f"sites/{site}.yaml"}
    models: dict[str, type[Model]] = {**FILES, "site": Site}
    _unknown_files(estate, set(names.values()), problems)
    documents = {name: read(estate / file, file, problems) for name, file in names.items()}
    unreadable = {problem.at.file for problem in problems}
    parts: dict[str, Shaped[Model]] = {
        name: shaped(document, models[name], problems)
        for name, document in documents.items()
        if document.data is not None or document.file not in unreadable
    }
    values = {name: part.value for name, part in parts.items() if part.value is not None}
    if len(values) < len(names):
        return Loaded(None, in_order(problems))
    blueprint = _joined(estate, names, values)
    left_out = frozenset[str]().union(*(part.left_out for part in parts.values()))
    problems += check(blueprint, day or date.today(), left_out, whole=not problems)
    return Loaded(None if problems else blueprint, in_order(problems))


def _joined(estate: Path, names: dict[str, str], parts: dict[str, Model]) -> Blueprint:
    fields: dict[str, object] = {}
    for name, part in parts.items():
        if name != "site":
            fields |= {field: getattr(part, field) for field in type(part).model_fields}
    digest = hashlib.sha256()
    for file in sorted(names.values()):
        digest.update(file.encode() + b"\0" + (estate / file).read_bytes() + b"\0")
    return Blueprint(estate=estate, digest=digest.hexdigest(), site=parts["site"], **fields)  # type: ignore[arg-type]


def _unknown_files(estate: Path, known: set[str], problems: list[Problem]) -> None:
    """A misspelt file name would be a blueprint without that file; sites and decisions have folders of their own."""
    if not estate.is_dir():
        problems.append(
            Problem("BP001", Place(str(estate)), {"value": "no such folder", "expected": ", ".join(sorted(known))})
        )
        return
    for path in sorted(estate.iterdir()):
        if path.suffix in (".yaml", ".yml") and path.name not in known:
            problems.append(
                Problem("BP005", Place(path.name), {"value": path.name, "expected": ", ".join(sorted(known))})
            )


__all__ = ["ESTATE", "Blueprint", "Loaded", "Problem", "load"]
