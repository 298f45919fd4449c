"""Base class of the resource model: objects with unknown values, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, ClassVar, Self

from policies.gate.model.unknown import PartlyUnknown, Unknown, UnknownValueError, mapping


class ModelObject:
    """An object of a snapshot. `id` is stable over views and runs; `at` is its source location."""

    __slots__ = ("_unknowns",)
    __dataclass_fields__: ClassVar[dict[str, Any]]
    NESTED: ClassVar[dict[str, type[ModelObject]]] = {}
    _unknowns: dict[str, Unknown]
    id: str
    at: str

    def __post_init__(self) -> None:
        unknowns: dict[str, Unknown] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if value.__class__ is Unknown:
                unknowns[name] = value
                object.__delattr__(self, name)
        object.__setattr__(self, "_unknowns", unknowns)

    def __getattr__(self, name: str) -> Any:
        """Called only for an empty slot, which means that the value is unknown."""
        unknown = object.__getattribute__(self, "_unknowns").get(name)
        if unknown is None:
            raise AttributeError(name)
        raise UnknownValueError(unknown.what, unknown.why)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.as_json()})"

    def knows(self, name: str) -> bool:
        return name not in self._unknowns

    def raw(self, name: str) -> Any:
        """The value, or its `Unknown`."""
        return self._unknowns[name] if name in self._unknowns else getattr(self, name)

    def changed(self, **changes: Any) -> Self:
        """A copy with other values in some fields; unknown values stay."""
        values = {field.name: self.raw(field.name) for field in fields(self)}
        return type(self)(**{**values, **changes})

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for field in fields(self):
            value = self.raw(field.name)
            if isinstance(value, Unknown | PartlyUnknown) or value != _default(field):
                document[field.name] = _plain(value)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The object as `as_json` wrote it. TypeError for a key that it does not have."""
        return cls(**{name: _read(cls, name, value) for name, value in document.items()})


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": value.why, "what": value.what}
    if isinstance(value, ModelObject):
        return value.as_json()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, PartlyUnknown):
        return _plain(value.raw)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _read(cls: type[ModelObject], name: str, value: Any) -> Any:
    if isinstance(value, dict):
        if "unknown" in value and value.keys() <= {"unknown", "what"}:
            return Unknown(value.get("what", name), value["unknown"])
        nested = cls.NESTED.get(name)
        if nested is not None:
            return nested.from_json(value)
        return mapping({key: _read(ModelObject, f"{name}.{key}", item) for key, item in value.items()})
    if isinstance(value, list):
        return tuple(_read(cls, name, item) for item in value)
    return value
