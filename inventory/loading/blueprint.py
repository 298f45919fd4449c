"""`load()` reads and checks the blueprint of a district."""

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
"""The worked example, the default blueprint."""

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
"""Topic -> model of its file; each sites/*.yaml is a `Site`."""
SITES = "sites"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A blueprint, or None with all problems in file order."""

    blueprint: Blueprint | None
    problems: list[Problem]


def load(directory: Path | None = None, site: str = "lab", day: date | None = None) -> Loaded:
    """Reads and checks the blueprint in `directory` for one site, as of `day` (default: today).

    An invalid blueprint is a result, not an exception: it lists all problems of all files, also of other sites.
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
    """All parts as one blueprint. An invalid field is None or an empty list, which is allowed in a draft only."""
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
    """Names of the blueprint's sites; None with a problem if the directory cannot be read.

    Unknown YAML files are problems, because a misspelt name would otherwise be a file that is silently ignored.
    """
    try:
        topics, sites = _yaml_files(directory), _yaml_files(directory / SITES) if (directory / SITES).is_dir() else []
    except OSError as error:
        value = Text(f"无法打开目录（{error.strerror}）", f"the directory cannot be opened ({error.strerror})")
        problems.append(Problem("BP001", SourceLocation(str(directory)), {"value": value, "expected": FOLDER}))
        return None
    allowed = [f"{topic}.yaml" for topic in FILES]
    for name in topics:
        if name not in allowed:
            problems.append(Problem("BP005", SourceLocation(name), {"value": name, "expected": one_of(allowed)}))
    names = []
    for name in sites:
        stem = name.removesuffix(".yaml")
        if fits(ID, stem):
            names.append(stem)
        else:
            problems.append(Problem("BP005", SourceLocation(f"{SITES}/{name}"), {"value": name, "expected": SITE_FILE}))
    if site not in names:
        value = Text(f"站点 {site} 不存在", f"site {site} does not exist")
        problems.append(Problem("BP001", SourceLocation(SITES), {"value": value, "expected": one_of(names)}))
    return names


FOLDER = Text("蓝图目录", "a blueprint directory")
SITE_FILE = Text("站点编号加 .yaml，如 lab.yaml", "the id of a site with .yaml, like lab.yaml")


def _yaml_files(folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.iterdir())
    return [name for name in names if name.lower().endswith((".yaml", ".yml")) and not name.startswith(".")]
