"""Base classes of all objects of a blueprint: fixed fields, id, names in two languages, source location.

Editors show the docstrings of models and fields (see `inventory.loading.schema`), so they are in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from inventory.model.forms import Id, Words
from inventory.source.document import Document, Step
from inventory.source.location import SourceLocation

Ids = Annotated[tuple[Id, ...], Field(default=())]


class Model(BaseModel):
    """A frozen object of the blueprint. `at("prefix")` is the source location of its field."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    _document: Document | None = PrivateAttr(default=None)
    _path: tuple[Step, ...] = PrivateAttr(default=())

    def at(self, *steps: Step) -> SourceLocation:
        if self._document is None:
            return SourceLocation("?")
        return self._document.location((*self._path, *steps))

    def key(self, *steps: Step) -> SourceLocation:
        """Source location of a key, not of its value."""
        return SourceLocation("?") if self._document is None else self._document.key((*self._path, *steps))


class Named(Model):
    id: Id
    """Stable id. It never changes; display names may. 编号，启用后不再变更"""
    name_zh: Words
    """Display name in Chinese. 显示名称（中文）"""
    name_en: Words
    """Display name in English. 显示名称（英文）"""

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


def locate(value: Any, document: Document, path: tuple[Step, ...]) -> None:
    """Sets the source location of every model in `value`, which is at `path` of the document."""
    if isinstance(value, Model):
        value._document, value._path = document, path
    for step, child in _children(value):
        locate(child, document, (*path, step))


def _children(value: Any) -> Iterator[tuple[Step, Any]]:
    if isinstance(value, Model):
        yield from ((field.alias or name, getattr(value, name)) for name, field in type(value).model_fields.items())
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, tuple | list):
        yield from enumerate(value)
