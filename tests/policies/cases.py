"""Cases are files: cases/RULE/{violated,passed,observed,unknown}-WHAT.yaml, part of a snapshot and its findings.

view: planned                        # the view of the snapshot, planned by default
snapshot: {networks: [...]}          # what the rule is evaluated on
declared: {systems: [...]}           # added to declared.yaml; an entry with an existing id changes that entry
findings: [...]                      # the findings of the rule: status, subject and values

The product's own examples, policies/gate/rules/examples/RULE.yaml, are cases too; their findings are complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies.gate.catalogue import EXAMPLES as PRODUCT_EXAMPLES
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
    rule: str
    name: str

    @property
    def complete(self) -> bool:
        """Whether the file holds complete findings with all texts."""
        return self.path.parent == PRODUCT_EXAMPLES

    @property
    def kind(self) -> str:
        return self.name.split("-")[0]

    @property
    def document(self) -> dict[str, Any]:
        return read(self.path)

    def evaluated(self) -> Findings:
        return evaluate(context_of(self.document), [RULES[self.rule]])


def read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return document


@cache
def district() -> dict[str, Any]:
    """The small district; do not change it."""
    return read(HERE / "declared.yaml")


def context_of(document: dict[str, Any]) -> Context:
    """The context that a document describes, over the small district."""
    against = Snapshot.from_json(patched(district(), document.get("declared", {})))
    view = document.get("view", "planned")
    if view == "declared":
        return Context(against, against, DAY)
    head = {"schema": SCHEMA, "view": view, "location": document.get("location", "extranet")}
    return Context(Snapshot.from_json(head | document.get("snapshot", {})), against, DAY)


def with_unknowns(example: Example) -> Iterator[Context]:
    """The contexts of an example in which one field of one object is unknown."""
    document = example.document
    kind = RULES[example.rule].over
    part = "declared" if document.get("view") == "declared" else "snapshot"
    for number, item in enumerate(document[part][kind]):
        for field in item.keys() - {"id", "at"}:
            items = list(document[part][kind])
            items[number] = {**item, field: {"unknown": "unreadable", "what": field}}
            yield context_of({**document, part: {**document[part], kind: items}})


def patched(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A snapshot with changes: an object with an existing id changes field by field, any other object is added."""
    document = dict(base)
    for kind, changed in changes.items():
        if kind not in KINDS:
            document[kind] = changed
            continue
        objects = {item["id"]: item for item in document.get(kind, [])}
        for item in changed:
            objects[item["id"]] = {**objects.get(item["id"], {}), **item}
        document[kind] = list(objects.values())
    return document


EXAMPLES = sorted(
    [
        *(Example(path, path.stem, read(path)["case"]) for path in PRODUCT_EXAMPLES.glob("*.yaml")),
        *(Example(path, path.parent.name, path.stem) for path in (HERE / "cases").glob("*/*.yaml")),
    ],
    key=lambda example: (example.rule, example.name),
)
