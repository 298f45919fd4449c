"""Unknown values. Reading one raises, and the evaluator denies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class UnknownValueError(Exception):
    """A rule needed an unknown value: `what` names it, `why` is the reason."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class Unknown:
    """An unknown value inside a list or mapping. Every operation on it raises UnknownValueError."""

    __slots__ = ("what", "why")

    def __init__(self, what: str, why: str) -> None:
        self.what = what
        self.why = why

    def asked(self, *_: Any) -> NoReturn:
        raise UnknownValueError(self.what, self.why)

    __bool__ = __len__ = __iter__ = __str__ = __int__ = __float__ = __index__ = asked
    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __getitem__ = asked
    __hash__ = asked

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # copying and pickling look these up; they do not read the value
            raise AttributeError(name)
        raise UnknownValueError(self.what, self.why)

    def __repr__(self) -> str:
        return f"Unknown({self.what!r}, {self.why!r})"


class PartlyUnknown(Mapping[str, Any]):
    """A mapping with some unknown values: reading those raises."""

    __slots__ = ("raw",)

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = dict(raw)

    def __getitem__(self, key: str) -> Any:
        value = self.raw[key]
        return value.asked() if isinstance(value, Unknown) else value

    def __contains__(self, key: object) -> bool:
        """All keys are known, only some values are not."""
        return key in self.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


def mapping(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping itself if all values are known, else a `PartlyUnknown`."""
    return PartlyUnknown(raw) if any(isinstance(value, Unknown) for value in raw.values()) else raw
