"""What exists, in words. `load()` reads a district's blueprint; everything else in Lantu follows from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from inventory.checks.check import check
from inventory.checks.draft import DraftBlueprint
from inventory.loading.files import read
from inventory.loading.validation import Validated, validate, whole
from inventory.model.addresses import AddressesFile
from inventory.model.agencies import AgenciesFile
from inventory.model.base import Model
from inventory.model.blueprint import Blueprint
from inventory.model.catalogue import CatalogueFile
from inventory.model.exchange import ExchangeFile
from inventory.model.flows import FlowsFile
from inventory.model.forms import ID, fits
from inventory.model.hosts import HostsFile
from inventory.model.programme import ProgrammeFile
from inventory.model.sites import Site
from inventory.model.systems import SystemsFile
from inventory.model.zones import ZonesFile
from inventory.source.document import Document
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem, in_order
from inventory.texts.text import Text, one_of

EXAMPLE = Path(__file__).parents[1] / "pengjiang"
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
"""Topic -> what its file holds; sites/*.yaml hold a `Site` each."""
SITES = "sites"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A blueprint, or None with everything that is wrong; problems stand in file order."""

    blueprint: Blueprint | None
    problems: list[Problem]


def load(directory: Path | None = None, site: str = "lab", day: date | None = None) -> Loaded:
    """Reads and checks the blueprint in the folder `estate` for one site, as of `day` (today where not given).

    A wrong blueprint is a result, not an exception: every mistake in every file, other sites' too, is told at once.
    """
    directory, problems = directory or EXAMPLE, list[Problem]()
    names = _site_names(directory, site, problems)
    if names is None:
        return Loaded(None, problems)
    documents = {topic: read(directory / f"{topic}.yaml", f"{topic}.yaml", problems) for topic in FILES}
    parts = [validate(documents[topic], model, problems) for topic, model in FILES.items()]
    site_files = {name: read(directory / SITES / f"{name}.yaml", f"{SITES}/{name}.yaml", problems) for name in names}
    sites = {name: whole(document, Site, problems) for name, document in site_files.items()}
    chosen = site_files.get(site, Document(""))
    blueprint = _joined(directory, _digest([*documents.values(), chosen]), sites.get(site), parts)
    problems += check(_draft(blueprint, day or date.today(), documents, sites, parts))
    return Loaded(None if problems else blueprint, in_order(problems))


def _joined(directory: Path, digest: str, site: Site | None, parts: list[Validated]) -> Blueprint:
    """All parts as one; a field that is wrong is None or an empty list, which only a draft may be."""
    values: dict[str, Any] = {field.name: () for field in fields(Blueprint)}
    values |= {"district": None, "overlays": None, "platform": None}
    for part in parts:
        values |= part.fields
    return Blueprint(**values | {"directory": directory, "digest": digest, "site": site})


def _draft(
    blueprint: Blueprint,
    day: date,
    documents: Mapping[str, Document],
    sites: Mapping[str, Site | None],
    parts: list[Validated],
) -> DraftBlueprint:
    left_out = {name: frozenset(ids) for part in parts for name, ids in part.left_out.items()}
    unknown = frozenset[str]().union(*(part.unknown for part in parts))
    return DraftBlueprint(blueprint, day, documents, tuple(site for site in sites.values() if site), left_out, unknown)


def _digest(documents: list[Document]) -> str:
    digest = hashlib.sha256()
    for document in sorted(documents, key=lambda item: item.file):
        digest.update(document.file.encode() + b"\0" + document.raw + b"\0")
    return digest.hexdigest()


def _site_names(directory: Path, site: str, problems: list[Problem]) -> list[str] | None:
    """The blueprint's sites; None with a problem where there is no folder to read.

    A misspelt file name would be a blueprint without that file, so unknown YAML files are told as well.
    """
    try:
        topics, sites = _yaml_files(directory), _yaml_files(directory / SITES) if (directory / SITES).is_dir() else []
    except OSError as mistake:
        value = Text(f"无法打开目录（{mistake.strerror}）", f"the folder cannot be opened ({mistake.strerror})")
        problems.append(Problem("BP001", SourceLocation(str(directory)), {"value": value, "expected": FOLDER}))
        return None
    known = [f"{topic}.yaml" for topic in FILES]
    for name in topics:
        if name not in known:
            problems.append(Problem("BP005", SourceLocation(name), {"value": name, "expected": one_of(known)}))
    names = []
    for name in sites:
        stem = name.removesuffix(".yaml")
        if fits(ID, stem):
            names.append(stem)
        else:
            problems.append(Problem("BP005", SourceLocation(f"{SITES}/{name}"), {"value": name, "expected": SITE_FILE}))
    if site not in names:
        value = Text(f"没有站点 {site}", f"there is no site {site}")
        problems.append(Problem("BP001", SourceLocation(SITES), {"value": value, "expected": one_of(names)}))
    return names


FOLDER = Text("蓝图目录", "the folder of a blueprint")
SITE_FILE = Text("站点编号加 .yaml，如 lab.yaml", "a site's id and .yaml, like lab.yaml")


def _yaml_files(folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if name.lower().endswith((".yaml", ".yml")) and not name.startswith(".")]
