"""One file's data -> its models. Every mistake of shape becomes a problem with a place; nothing is coerced.

A file is a mapping whose fields are lists of entries or single values. Each entry is judged by itself, so that a wrong
one is left out and what can be said of the others is said in the same pass.
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

from inventory.loading.expected import expected_at, expected_key, keys_at, wanted_at
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
"""pydantic's last step where a mapping's key is wrong, not its value."""


@dataclass(slots=True)
class Validated:
    """What could be read of one file."""

    fields: dict[str, Any] = field(default_factory=dict)
    """Its fields; the entries of lists that are wrong are left out."""
    left_out: dict[str, set[str]] = field(default_factory=dict)
    """Lists that are not whole, with the ids of the entries left out."""
    unknown: set[str] = field(default_factory=set)
    """Fields of which nothing can be said, and lists with an entry left out whose id nobody knows."""


def validate(document: Document, model: type[Model], problems: list[Problem]) -> Validated:
    """The document as the fields of `model`, with everything that is wrong with it in `problems`."""
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
    """The whole document as one `model`, or None with everything that is wrong with it in `problems`."""
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
    """The right entries of a list; of the wrong ones, ids are kept, so that nobody is accused of naming them."""
    for index, data in enumerate(file.document.data[name]):
        value = file.value(adapter, (name, index))
        if value is not None:
            yield value
            continue
        known = data.get("id") if isinstance(data, dict) else None
        result.left_out.setdefault(name, set())
        if isinstance(known, str) and fits(ID, known):
            result.left_out[name].add(known)
        else:
            result.unknown.add(name)


@cache
def _adapter(model: type[Model], name: str) -> tuple[bool, TypeAdapter[Any]]:
    """Whether a field is a list of models, and what reads one of its values."""
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
    """A document that is read as `model`, and where its mistakes go."""

    document: Document
    model: type[Model]
    problems: list[Problem]

    def value(self, adapter: TypeAdapter[Any], path: Steps) -> Any:
        """The value at `path` as its model; None where it is wrong."""
        data = self.document.data
        for step in path:
            data = data[step]
        try:
            value = adapter.validate_json(json.dumps(data), strict=True)
        except ValidationError as mistake:
            self._tell_all([(error, (*path, *error["loc"])) for error in mistake.errors(include_url=False)])
            return None
        locate(value, self.document, path)
        return value

    def _tell_all(self, errors: list[tuple[ErrorDetails, Steps]]) -> None:
        """Each error, unless it only says that something beneath it is wrong, or reading has told it."""
        parents = {path[:length] for _, path in errors for length in range(len(path))}
        for error, path in errors:
            told = any(path[:length] in self.document.refused for length in range(len(path) + 1))
            if path not in parents and not told:
                self._tell(error, path)

    def _tell(self, error: ErrorDetails, path: Steps) -> None:
        kind, found = error["type"], error.get("input")
        if kind == "extra_forbidden":
            self.unknown_key(path)
        elif kind == "missing":
            self.missing(path)
        elif path[-1:] == (KEY_MARK,) and path not in self.document.values:
            self._wrong_key(kind, path[:-1], found)
        elif kind in TYPE_ERRORS or found is None or (kind == "enum" and not isinstance(found, str)):
            self.wrong_type(path, found)
        else:
            key = path if path in self.document.values else path[:-1]  # a flow's only service stands for its list
            values = {"key": _spelt(key), "value": _as_found(found), "expected": expected_at(self.model, path)}
            self._add(_code(kind), self.document.location(path), values)

    def wrong_type(self, path: Steps, found: Any) -> None:
        """A value of another type; one that is absent after its key is told as that."""
        expected = wanted_at(self.model, path)
        if found is None:
            self._add("BP034", self.document.location(path), {"value": _spelt(path), "expected": expected})
        else:
            values = {"key": _spelt(path), "value": written(found), "expected": expected}
            self._add("BP008", self.document.location(path), values)

    def missing(self, path: Steps) -> None:
        """A missing key, unless the entry has the key that it replaced, which is reported by itself."""
        if old_key(self.document, self.model, path) is not None:
            return
        values = {"value": path[-1], "expected": wanted_at(self.model, path)}
        self._add("BP007", self.document.location(path), values)

    def unknown_key(self, path: Steps) -> None:
        problem = renamed_key_problem(self.document, self.model, path)
        if problem is not None:
            self.problems.append(problem)
            return
        known, word = keys_at(self.model, path[:-1]), str(path[-1])
        near = difflib.get_close_matches(word[:64], known, 1)
        advice = Text(f"是不是 {near[0]}？", f"did you mean {near[0]}?") if near else REMOVE
        values = {"value": word, "expected": listed(known), "advice": advice}
        self._add("BP006", self.document.key(path), values)

    def _wrong_key(self, kind: str, path: Steps, found: Any) -> None:
        expected = expected_key(self.model, path[:-1])
        values = {"key": _spelt(path[:-1]), "value": _as_found(found), "expected": expected}
        self._add(_code(kind), self.document.key(path), values)

    def _add(self, code: str, at: SourceLocation, values: dict[str, Any]) -> None:
        self.problems.append(Problem(code, at, values))


def _code(kind: str) -> str:
    return "BP009" if kind == "enum" else "BP010"


def _as_found(found: Any) -> str:
    """A word as it stands; quotes where it would not be seen, or is no text."""
    return printable(found) if isinstance(found, str) and found.strip() else written(found)


REMOVE = Text("删除它，或改用此处的键", "remove it, or use a key that is known here")
FILE = Text("文件", "the file")


def _spelt(path: Steps) -> Text | str:
    """A path within its entry, as people write it: deployment.port, service[1], segments[3]."""
    if not path:
        return FILE
    nested = path[2:] if len(path) > 2 and isinstance(path[1], int) else path
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in nested)
    return text.removeprefix(".")
