"""One file's data -> its model. Every mistake of shape becomes a problem with a place; nothing is coerced."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory.model.base import Model, locate
from inventory.problems import Problem
from inventory.reading import Document, Step

M = TypeVar("M", bound=Model)

EXPECTED_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "int_from_float": "a whole number",
}
WRITTEN_AS = {
    "ip_v4_network": "an IPv4 prefix without host bits, like 10.0.1.0/24",
    "ip_v6_network": "an IPv6 prefix without host bits, like fd00:1::/64",
    "date_from_datetime_parsing": "a date like 2027-06-30",
    "date_parsing": "a date like 2027-06-30",
}


@dataclass(frozen=True, slots=True)
class Shaped(Generic[M]):
    """A file's model; entries of its lists that are wrong are left out, and `left_out` has their ids."""

    value: M | None
    left_out: frozenset[str] = frozenset()


def shaped(document: Document, model: type[M], problems: list[Problem]) -> Shaped[M]:
    """The document as `model`, with everything that is wrong with it in `problems`.

    Wrong entries are left out, so that what can be checked of the others is told in the same pass.
    """
    errors = _errors(document.data, model)
    problems.extend(_problem(error, document, model) for error in _worth_telling(errors))
    wrong = {_path(error)[:2] for error in errors}
    if any(len(entry) < 2 or not isinstance(entry[1], int) for entry in wrong):
        return Shaped(None)
    data, kept, left_out = _without(document.data, wrong)
    value = model.model_validate_json(json.dumps(data), strict=True)
    locate(value, document, kept=kept)
    return Shaped(value, left_out)


def _errors(data: Any, model: type[Model]) -> list[ErrorDetails]:
    try:
        model.model_validate_json(json.dumps(data), strict=True)
    except ValidationError as mistake:
        return mistake.errors(include_url=False)
    return []


def _without(data: Any, wrong: set[tuple[Step, ...]]) -> tuple[Any, dict[str, list[int]], frozenset[str]]:
    """The data less the wrong entries, which entries of each list were kept, and the ids of the others."""
    kept: dict[str, list[int]] = {}
    left_out: set[str] = set()
    for field in {str(entry[0]) for entry in wrong}:
        entries = data[field]
        kept[field] = [index for index in range(len(entries)) if (field, index) not in wrong]
        lost = [entries[index] for index in range(len(entries)) if (field, index) in wrong]
        left_out |= {str(entry["id"]) for entry in lost if isinstance(entry, dict) and "id" in entry}
        data = {**data, field: [entries[index] for index in kept[field]]}
    return data, kept, frozenset(left_out)


def _worth_telling(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """A union reports each of its branches; one sentence for the value is enough."""
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for error in errors:
        where = _path(error)
        if where not in seen:
            seen.add(where)
            kept.append(error)
    return kept


def _problem(error: ErrorDetails, document: Document, model: type[Model]) -> Problem:
    path, kind, found = _path(error), error["type"], error.get("input")
    if kind == "extra_forbidden":
        known = known_keys(model, path[:-1])
        return Problem("BP006", document.key(path), {"value": path[-1], "expected": _nearest(str(path[-1]), known)})
    if kind == "missing":
        return Problem("BP007", document.place(path), {"value": path[-1], "expected": _kind_of(model, path)})
    if kind in EXPECTED_TYPES:
        return Problem("BP008", document.place(path), {"value": show(found), "expected": EXPECTED_TYPES[kind]})
    if kind in ("enum", "literal_error"):
        return Problem("BP009", document.place(path), {"value": show(found), "expected": error["ctx"]["expected"]})
    return Problem("BP010", document.place(path), {"value": show(found), "expected": _written_as(error)})


def _path(error: ErrorDetails) -> tuple[Step, ...]:
    """pydantic's location without the names of union branches, and of a mapping's key itself."""
    steps = [step for step in error["loc"] if step != "[key]"]
    while steps and isinstance(steps[-1], str) and steps[-1] in UNION_BRANCHES:
        steps.pop()
    return tuple(steps)


UNION_BRANCHES = {
    "date",
    "literal['never']",
    "ipv4network",
    "ipv6network",
    "IPv4Network",
    "IPv6Network",
    "ip_v4_network",
}


def _written_as(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in WRITTEN_AS:
        return WRITTEN_AS[kind]
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    limits = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
    if kind in limits:
        return f"{kind.replace('_', ' ')} {context[limits[kind]]}"
    return error["msg"][0].lower() + error["msg"][1:]


PATTERNS = {
    "^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "an id of small letters, digits and single hyphens, like river-chief",
    "^[A-Z][0-9]{2}(\\.[0-9]{2})*$": "a capability code like B03.02",
    "^(segment|host|kind|system|vantage):[a-z][a-z0-9]*(-[a-z0-9]+)*$": "segment:ID, host:ID, kind:HOST-KIND, system:ID or vantage:ID",
}


def known_keys(model: type[Model], path: tuple[Step, ...]) -> list[str]:
    """The keys that a mapping at `path` below `model` may have."""
    schema = _schema_at(model, path)
    return sorted(schema.get("properties", {}))


def _kind_of(model: type[Model], path: tuple[Step, ...]) -> str:
    schema = _schema_at(model, path)
    return str(schema.get("description") or schema.get("type") or "see `lantu schema`").split("\n")[0]


def _schema_at(model: type[BaseModel], path: tuple[Step, ...]) -> dict[str, Any]:
    root = model.model_json_schema(by_alias=True)
    here: dict[str, Any] = root
    for step in path:
        here = _resolved(here, root)
        if isinstance(step, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(step) or here.get("additionalProperties") or {}
    return _resolved(here, root)


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    choices = schema.get("anyOf") or schema.get("allOf") or []
    reference = schema.get("$ref") or next((c["$ref"] for c in choices if "$ref" in c), None)
    if reference is None:
        return schema
    kept = {key: value for key, value in schema.items() if key == "description"}
    return {**root["$defs"][reference.rsplit("/", 1)[-1]], **kept}


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return (f"{near[0]}? " if near else "") + ", ".join(known)


def show(value: Any) -> str:
    """A found value as the user wrote it, cut where it is long."""
    text = (
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | bool) or value is None else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "..."
