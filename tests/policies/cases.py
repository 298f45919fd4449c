"""Cases are files: cases/RULE/{violated,passed,observed,unknown}-WHAT.yaml, part of a snapshot and its findings.

view: planned            # which view the piece is; planned where not said
estate: {networks: [...]}            # what is judged
declared: {systems: [...]}           # on top of declared.yaml; an entry with a known id changes that one
findings: [...]                      # every finding of the rule, whole
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.core.findings import Findings
from policies.gate.model.snapshot import KINDS, SCHEMA, Snapshot
from policies.gate.rules.registry import RULES

HERE = Path(__file__).parent
DAY = date(2026, 6, 1)


@dataclass(frozen=True)
class Example:
    path: Path

    @property
    def rule(self) -> str:
        return self.path.parent.name

    @property
    def kind(self) -> str:
        return self.path.stem.split("-")[0]

    @property
    def document(self) -> dict[str, Any]:
        return read(self.path)

    def evaluated(self) -> Findings:
        return evaluate(case_of(self.document), [RULES[self.rule]])


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return document


@cache
def district() -> dict[str, Any]:
    """The small district; nobody changes it."""
    return read(HERE / "declared.yaml")


def case_of(document: dict[str, Any]) -> Context:
    """The case that a document describes, over the small district."""
    against = Snapshot.from_json(patched(district(), document.get("declared", {})))
    view = document.get("view", "planned")
    if view == "declared":
        return Context(against, against, DAY)
    head = {"schema": SCHEMA, "view": view, "location": document.get("location", "extranet")}
    return Context(Snapshot.from_json(head | document.get("snapshot", {})), against, DAY)


def doubtful(example: Example) -> Iterator[Context]:
    """The example's case with one value after the other of each thing it judges made unknown."""
    document = example.document
    kind = RULES[example.rule].over
    part = "declared" if document.get("view") == "declared" else "snapshot"
    for number, node in enumerate(document[part][kind]):
        for field in node.keys() - {"id", "at"}:
            nodes = list(document[part][kind])
            nodes[number] = {**node, field: {"unknown": "unreadable", "what": field}}
            yield case_of({**document, part: {**document[part], kind: nodes}})


def patched(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The estate with its nodes changed field by field where their id is known, and added where it is not."""
    document = dict(base)
    for kind, nodes in changes.items():
        if kind not in KINDS:
            document[kind] = nodes
            continue
        known = {node["id"]: node for node in document.get(kind, [])}
        for node in nodes:
            known[node["id"]] = {**known.get(node["id"], {}), **node}
        document[kind] = list(known.values())
    return document


EXAMPLES = [Example(path) for path in sorted((HERE / "cases").glob("*/*.yaml"))]
