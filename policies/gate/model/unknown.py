"""Values that nobody knows yet. Reading one is never an answer: it raises, and the engine turns that into a denial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class UnknownValueError(Exception):
    """A rule needed a value that is not known: `what` names it, `why` says why."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class Unknown:
    """A value inside a list or mapping that is not known. Whatever is asked of it raises NotKnownError."""

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
        if name.startswith("__"):  # copying and pickling ask for these; they are no question about the value
            raise AttributeError(name)
        raise UnknownValueError(self.what, self.why)

    def __repr__(self) -> str:
        return f"Unknown({self.what!r}, {self.why!r})"


class PartlyUnknown(Mapping[str, Any]):
    """A mapping of which some values are not known: asking for those raises, the others answer."""

    __slots__ = ("raw",)

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = dict(raw)

    def __getitem__(self, key: str) -> Any:
        value = self.raw[key]
        return value.asked() if isinstance(value, Unknown) else value

    def __contains__(self, key: object) -> bool:
        """Which keys there are is known, only some values are not."""
        return key in self.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def __len__(self) -> int:
        return len(self.raw)


def mapping(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping as it is where all is known, else one that raises for what is not."""
    return PartlyUnknown(raw) if any(isinstance(value, Unknown) for value in raw.values()) else raw
