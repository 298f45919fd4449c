"""What every object of a blueprint has: fixed fields, an id, names in two languages, and a place in the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

from inventory.problems import Place
from inventory.reading import Document, Step

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Ids = Annotated[tuple[Id, ...], Field(default=())]


class Model(BaseModel):
    """A frozen object of the blueprint. `at("prefix")` tells where its field stands in the files."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)
    _document: Document | None = PrivateAttr(default=None)
    _path: tuple[Step, ...] = PrivateAttr(default=())

    def at(self, *steps: Step) -> Place:
        if self._document is None:
            return Place("?")
        return self._document.place((*self._path, *steps))


class Named(Model):
    id: Id
    """Stable id; it never changes, display names may."""
    name_zh: Words
    """Display name in Chinese."""
    name_en: Words
    """Display name in English."""

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


def locate(
    value: Any, document: Document, path: tuple[Step, ...] = (), kept: dict[str, list[int]] | None = None
) -> None:
    """Tells every model below `value` its document and path; `kept` has the first numbering of shortened lists."""
    if isinstance(value, Model):
        value._document, value._path = document, path
    for step, child in _children(value):
        numbers = kept.get(str(step)) if kept else None
        if numbers is None:
            locate(child, document, (*path, step))
        else:
            for number, entry in zip(numbers, child, strict=True):
                locate(entry, document, (*path, step, number))


def _children(value: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, Model):
        yield from ((field.alias or name, getattr(value, name)) for name, field in type(value).model_fields.items())
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, tuple | list):
        yield from enumerate(value)
