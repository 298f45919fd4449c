"""One system of a register as plain data: what the check reads of it, and a tolerant way to make it from a mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

TEXTS = (
    "id",
    "name_zh",
    "name_en",
    "agency",
    "level",
    "jurisdiction",
    "zone",
    "capability",
    "kind",
    "state",
    "object",
    "owner",
    "contact",
    "project",
    "budget",
    "approval",
    "source",
)
LISTS = ("former_names", "functions", "produces", "consumes", "users", "reuses", "deployed_at")
KNOWN = frozenset((*TEXTS, *LISTS))
IGNORED = frozenset({"data_class", "protection", "deployment"})
"""Fields that the blueprint has and the check has no use for: no warning."""
NAMES = ("name_zh", "name_en", "name", "id")
"""What an item of a list is called where it is a mapping."""
_PARTS, _COMMAS = re.compile(r"[;；|、\n\r]+"), re.compile(r"[,，]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
MOST_ITEMS = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A system as listed. Texts are originals; "" or () where the list says nothing."""

    id: str
    name_zh: str = ""
    name_en: str = ""
    agency: str = ""
    level: str = ""
    jurisdiction: str = ""
    zone: str = ""
    capability: str = ""
    kind: str = ""
    state: str = ""
    object: str = ""
    owner: str = ""
    contact: str = ""
    project: str = ""
    budget: str = ""
    approval: str = ""
    source: str = ""
    former_names: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    reuses: tuple[str, ...] = ()
    deployed_at: tuple[str, ...] = ()
    at: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        return self.name_zh or self.name_en

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it has or had, current ones first."""
        return tuple(name for name in (self.name_zh, self.name_en, *self.former_names) if name)

    def plain(self) -> dict[str, Any]:
        """The fields that say something, as a list carries them."""
        return {
            f.name: list(value) if isinstance(value, tuple) else value
            for f in fields(self)
            if f.name != "at" and (value := getattr(self, f.name))
        }


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about an input. An error makes the input unusable, a warning does not."""

    error: bool
    at: str
    zh: str
    en: str


def entry_from(raw: Mapping[str, Any], at: str, remarks: list[Remark]) -> Entry | None:
    """The entry of one record, or None where it has no id or no name. What was not understood goes to `remarks`."""
    unknown = [str(key) for key in raw if key not in KNOWN and key not in IGNORED and key != "name"]
    if unknown:
        shown = ", ".join(sorted(unknown)[:8])
        remarks.append(Remark(False, at, f"不认识的字段，未使用：{shown}", f"unknown fields, not used: {shown}"))
    values: dict[str, Any] = {key: _text(raw.get(key)) for key in TEXTS}
    values |= {key: tuple(_items(raw.get(key))) for key in LISTS}
    if "name" in raw and not (values["name_zh"] or values["name_en"]):
        name = _text(raw["name"])
        values["name_en" if name.isascii() else "name_zh"] = name
    missing = [
        word
        for word, there in (("id", values["id"]), ("name_zh / name_en", values["name_zh"] or values["name_en"]))
        if not there
    ]
    if missing:
        remarks.append(
            Remark(
                True,
                at,
                f"缺少{'、'.join(missing)}，该条目无法比对",
                f"{' and '.join(missing)} missing: this entry cannot be compared",
            )
        )
        return None
    return Entry(**values, at=at)


def _text(value: Any, inner: bool = False) -> str:
    """One text of whatever a list holds; lists in lists are not gone into, for they may be without end."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, list | tuple):
        return "" if inner else "、".join(filter(None, (_text(item, True) for item in value[:MOST_ITEMS])))
    if isinstance(value, Mapping):
        return "" if inner else next((_text(value[key], True) for key in NAMES if value.get(key)), "")
    return _SURROGATE.sub("\ufffd", str(value)).strip()


def _items(value: Any) -> Iterable[str]:
    """The items of a list field; one text with separators is such a list too, as CSV files have it."""
    if value is None or isinstance(value, Mapping):
        return
    parts = map(_text, value[:MOST_ITEMS]) if isinstance(value, list | tuple) else _parted(_text(value))
    yield from dict.fromkeys(item.strip() for item in parts if item.strip())


def _parted(text: str) -> list[str]:
    """The items of a cell: a JSON array, or texts parted by marks; by commas only where it has no other mark."""
    if text[:1] == "[":
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [_text(item) for item in found[:MOST_ITEMS]]
    marks = _PARTS if _PARTS.search(text) else _COMMAS
    return marks.split(text)[:MOST_ITEMS]
