"""Validates the data of a file against its model. Every schema error becomes a problem; no value is coerced.

A file is a mapping whose fields are lists of entries or single values. Each entry is validated by itself; an invalid
entry is left out, so that one run reports the problems of all entries.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from inventory.loading.expected import brief_expected_at, expected_at, expected_key, keys_at
from inventory.loading.migration import old_key, renamed_key_problem
from inventory.model.base import Model, locate
from inventory.model.forms import BAD_TYPE, ID, fits
from inventory.source.document import Document, Steps
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from inventory.texts.text import Text, listed, printable, written

TYPE_ERRORS = {
    BAD_TYPE,
    "string_type",
    "int_type",
    "int_from_float",
    "float_type",
    "bool_type",
    "tuple_type",
    "dict_type",
    "model_type",
}
KEY_MARK = "[key]"
"""pydantic's last path step if the key of a mapping is invalid, not its value."""


@dataclass(slots=True)
class Validated:
    """The valid parts of one file."""

    fields: dict[str, Any] = field(default_factory=dict)
    """Its fields, without the invalid entries of lists."""
    left_out: dict[str, set[str]] = field(default_factory=dict)
    """Incomplete lists, with the ids of the entries that were left out."""
    unknown: set[str] = field(default_factory=set)
    """Fields that could not be read, and lists with a left-out entry whose id is unknown."""


def validate(document: Document, model: type[Model], problems: list[Problem]) -> Validated:
    """The document as the fields of `model`; adds all problems to `problems`."""
    result = Validated(unknown=set(model.model_fields))
    file = _File(document, model, problems)
    if not document.readable:
        return result
    if not isinstance(document.data, dict):
        file.wrong_type((), document.data)
        return result
    for name in document.data:
        if name not in model.model_fields:
            file.unknown_key((name,))
    for name in model.model_fields:
        if name in document.data:
            _field(file, name, result)
        else:
            file.missing((name,))
    return result


def whole(document: Document, model: type[Model], problems: list[Problem]) -> Any:
    """The whole document as one `model`, or None; adds all problems to `problems`."""
    return _File(document, model, problems).value(_whole(model), ()) if document.readable else None


def _field(file: _File, name: str, result: Validated) -> None:
    many, adapter = _adapter(file.model, name)
    entries = file.document.data[name]
    if not many:
        value = file.value(adapter, (name,))
        if value is not None:
            result.fields[name] = value
            result.unknown.discard(name)
    elif isinstance(entries, list):
        result.unknown.discard(name)
        result.fields[name] = tuple(_entries(file, adapter, name, result))
    elif (name,) not in file.document.refused:
        file.wrong_type((name,), entries)


def _entries(file: _File, adapter: TypeAdapter[Any], name: str, result: Validated) -> Iterator[Any]:
    """Valid entries of a list. The ids of invalid entries are kept, so that references to them are not reported."""
    for index, data in enumerate(file.document.data[name]):
        value = file.value(adapter, (name, index))
        if value is not None:
            yield value
            continue
        entry_id = data.get("id") if isinstance(data, dict) else None
        result.left_out.setdefault(name, set())
        if isinstance(entry_id, str) and fits(ID, entry_id):
            result.left_out[name].add(entry_id)
        else:
            result.unknown.add(name)


@cache
def _adapter(model: type[Model], name: str) -> tuple[bool, TypeAdapter[Any]]:
    """Whether a field is a list of models, and the adapter for one of its values."""
    info = model.model_fields[name]
    arguments = get_args(info.annotation)
    if get_origin(info.annotation) is tuple and isinstance(arguments[0], type) and issubclass(arguments[0], Model):
        return True, TypeAdapter(arguments[0])
    constrained: Any = Annotated[info.annotation, *info.metadata, Field()]
    return False, TypeAdapter(constrained)


@cache
def _whole(model: type[Model]) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@dataclass(frozen=True, slots=True)
class _File:
    """A document, its model, and the list for its problems."""

    document: Document
    model: type[Model]
    problems: list[Problem]

    def value(self, adapter: TypeAdapter[Any], path: Steps) -> Any:
        """The value at `path` as its model; None if it is invalid."""
        data = self.document.data
        for step in path:
            data = data[step]
        try:
            value = adapter.validate_json(json.dumps(data), strict=True)
        except ValidationError as errors:
            self._report_all([(error, (*path, *error["loc"])) for error in errors.errors(include_url=False)])
            return None
        locate(value, self.document, path)
        return value

    def _report_all(self, errors: list[tuple[ErrorDetails, Steps]]) -> None:
        """Reports each error, except errors of parents of other errors and of values refused while reading."""
        parents = {path[:length] for _, path in errors for length in range(len(path))}
        for error, path in errors:
            refused = any(path[:length] in self.document.refused for length in range(len(path) + 1))
            if path not in parents and not refused:
                self._report(error, path)

    def _report(self, error: ErrorDetails, path: Steps) -> None:
        kind, value = error["type"], error.get("input")
        if kind == "extra_forbidden":
            self.unknown_key(path)
        elif kind == "missing":
            self.missing(path)
        elif path[-1:] == (KEY_MARK,) and path not in self.document.values:
            self._wrong_key(kind, path[:-1], value)
        elif kind in TYPE_ERRORS or value is None or (kind == "enum" and not isinstance(value, str)):
            self.wrong_type(path, value)
        else:
            key = path if path in self.document.values else path[:-1]  # a single service is validated as a list of one
            values = {"key": _shown_path(key), "value": _as_written(value), "expected": expected_at(self.model, path)}
            self._add(_code(kind), self.document.location(path), values)

    def wrong_type(self, path: Steps, value: Any) -> None:
        """Reports a value of the wrong type, or a key without a value."""
        expected = brief_expected_at(self.model, path)
        if value is None:
            self._add("BP034", self.document.location(path), {"value": _shown_path(path), "expected": expected})
        else:
            values = {"key": _shown_path(path), "value": written(value), "expected": expected}
            self._add("BP008", self.document.location(path), values)

    def missing(self, path: Steps) -> None:
        """A missing key, unless the entry has the key that it replaced, which is reported by itself."""
        if old_key(self.document, self.model, path) is not None:
            return
        values = {"value": path[-1], "expected": brief_expected_at(self.model, path)}
        self._add("BP007", self.document.location(path), values)

    def unknown_key(self, path: Steps) -> None:
        problem = renamed_key_problem(self.document, self.model, path)
        if problem is not None:
            self.problems.append(problem)
            return
        allowed, key = keys_at(self.model, path[:-1]), str(path[-1])
        near = difflib.get_close_matches(key[:64], allowed, 1)
        advice = Text(f"是否应为 {near[0]}？", f"did you mean {near[0]}?") if near else REMOVE
        values = {"value": key, "expected": listed(allowed), "advice": advice}
        self._add("BP006", self.document.key(path), values)

    def _wrong_key(self, kind: str, path: Steps, value: Any) -> None:
        expected = expected_key(self.model, path[:-1])
        values = {"key": _shown_path(path[:-1]), "value": _as_written(value), "expected": expected}
        self._add(_code(kind), self.document.key(path), values)

    def _add(self, code: str, at: SourceLocation, values: dict[str, Any]) -> None:
        self.problems.append(Problem(code, at, values))


def _code(kind: str) -> str:
    return "BP009" if kind == "enum" else "BP010"


def _as_written(value: Any) -> str:
    """Text as it is; other values, and blank text, as the file writes them."""
    return printable(value) if isinstance(value, str) and value.strip() else written(value)


REMOVE = Text("删除该键，或改用允许的键", "remove the key, or use an allowed key")
FILE = Text("文件", "the file")


def _shown_path(path: Steps) -> Text | str:
    """A path within its entry: deployment.port, service[1], segments[3]. Lists count from 1."""
    if not path:
        return FILE
    nested = path[2:] if len(path) > 2 and isinstance(path[1], int) else path
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in nested)
    return text.removeprefix(".")
