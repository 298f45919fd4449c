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

from inventory.expected import expected_at, keys_at
from inventory.model.base import Model, locate
from inventory.model.forms import BAD_TYPE
from inventory.phrases import Phrase, listed, shown, written
from inventory.problems import Problem
from inventory.reading import Document, Steps

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
class Shaped:
    """What could be read of one file."""

    fields: dict[str, Any] = field(default_factory=dict)
    """Its fields; the entries of lists that are wrong are left out."""
    left_out: dict[str, set[str]] = field(default_factory=dict)
    """Lists that are not whole, with the ids of the entries left out."""
    unknown: set[str] = field(default_factory=set)
    """Fields of which nothing can be said, and lists with an entry left out whose id nobody knows."""


def shaped(document: Document, model: type[Model], problems: list[Problem]) -> Shaped:
    """The document as the fields of `model`, with everything that is wrong with it in `problems`."""
    result = Shaped(unknown=set(model.model_fields))
    if not document.readable:
        return result
    if not isinstance(document.data, dict):
        problems.append(_wrong_type(document, model, (), document.data))
        return result
    problems.extend(_unknown_keys(document, model))
    for name, info in model.model_fields.items():
        if name in document.data:
            _field(document, model, name, result, problems)
        elif info.is_required():
            problems.append(_missing(document, model, (name,)))
    return result


def _field(document: Document, model: type[Model], name: str, result: Shaped, problems: list[Problem]) -> None:
    many, adapter = _adapter(model, name)
    data = document.data[name]
    if not many:
        value = _value(document, model, adapter, (name,), data, problems)
        if value is not None:
            result.fields[name] = value
            result.unknown.discard(name)
    elif isinstance(data, list):
        result.unknown.discard(name)
        result.fields[name] = tuple(_entries(document, model, adapter, name, result, problems))
    elif (name,) not in document.refused:
        problems.append(_wrong_type(document, model, (name,), data))


def _entries(
    document: Document,
    model: type[Model],
    adapter: TypeAdapter[Any],
    name: str,
    result: Shaped,
    problems: list[Problem],
) -> Iterator[Any]:
    for index, data in enumerate(document.data[name]):
        value = _value(document, model, adapter, (name, index), data, problems)
        if value is not None:
            yield value
            continue
        known = data.get("id") if isinstance(data, dict) else None
        result.left_out.setdefault(name, set())
        if isinstance(known, str):
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


def whole(document: Document, model: type[Model], problems: list[Problem]) -> Any:
    """The whole document as one `model`, or None with everything that is wrong with it in `problems`."""
    if not document.readable:
        return None
    return _value(document, model, TypeAdapter(model), (), document.data, problems)


def _value(
    document: Document, root: type[Model], adapter: TypeAdapter[Any], path: Steps, data: Any, problems: list[Problem]
) -> Any:
    try:
        value = adapter.validate_json(json.dumps(data), strict=True)
    except ValidationError as mistake:
        for error in mistake.errors(include_url=False):
            problems.extend(_told(error, document, root, path))
        return None
    locate(value, document, path)
    return value


def _told(error: ErrorDetails, document: Document, root: type[Model], base: Steps) -> Iterator[Problem]:
    """One of pydantic's errors as a problem, unless reading has told what is wrong there."""
    path = (*base, *error["loc"])
    of_key = path[-1:] == (KEY_MARK,) and path not in document.values
    path = path[:-1] if of_key else path
    if any(path[:length] in document.refused for length in range(len(path) + 1)):
        return
    kind, found = error["type"], error.get("input")
    if kind == "extra_forbidden":
        yield _unknown_key(document, root, path)
    elif kind == "missing":
        yield _missing(document, root, path)
    elif kind in TYPE_ERRORS or found is None:
        yield _wrong_type(document, root, path, found)
    else:
        code = "BP009" if kind == "enum" else "BP010"
        at = document.key(path) if of_key else document.place(path)
        values = {"key": _spelt(path[:-1] if of_key else path), "value": _as_found(found)}
        yield Problem(code, at, values | {"expected": expected_at(root, path, of_key)})


def _as_found(found: Any) -> str:
    return shown(found) if isinstance(found, str) and found else written(found)


def _wrong_type(document: Document, root: type[Model], path: Steps, found: Any) -> Problem:
    """A value of another type; one that is absent after its key is told as that."""
    expected = expected_at(root, path)
    if found is None:
        return Problem("BP034", document.place(path), {"value": _spelt(path), "expected": expected})
    return Problem("BP008", document.place(path), {"key": _spelt(path), "value": written(found), "expected": expected})


def _missing(document: Document, root: type[Model], path: Steps) -> Problem:
    return Problem("BP007", document.place(path), {"value": path[-1], "expected": expected_at(root, path)})


def _unknown_keys(document: Document, model: type[Model]) -> Iterator[Problem]:
    for name in document.data:
        if name not in model.model_fields:
            yield _unknown_key(document, model, (name,))


def _unknown_key(document: Document, root: type[Model], path: Steps) -> Problem:
    known, word = keys_at(root, path[:-1]), str(path[-1])
    near = difflib.get_close_matches(word[:64], known, 1)
    advice = Phrase(f"是不是 {near[0]}？", f"did you mean {near[0]}?") if near else REMOVE
    return Problem("BP006", document.key(path), {"value": word, "expected": listed(known), "advice": advice})


REMOVE = Phrase("删除它，或改用此处的键", "remove it, or use a key that is known here")
FILE = Phrase("文件", "the file")


def _spelt(path: Steps) -> Phrase | str:
    """A path within its entry, as people write it: deployment.port, service[1], segments[3]."""
    if not path:
        return FILE
    nested = path[2:] if len(path) > 2 and isinstance(path[1], int) else path
    text = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in nested)
    return text.removeprefix(".")
