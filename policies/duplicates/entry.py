"""Entry of a register as plain data, and its tolerant construction from a mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from policies.duplicates.normalise import han_share, plain

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
"""Fields of the blueprint that the check does not use; no warning."""
NAMES = ("name_zh", "name_en", "name", "id")
"""Keys that name an item of a list, if the item is a mapping."""
_PARTS, _COMMAS = re.compile(r"[;；|、\n\r]+"), re.compile(r"[,，]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
MOST_ITEMS = 20_000
NEVER_EMPTY = frozenset({"id", "name_zh", "name_en"})
"""Fields whose value counts even if it looks like a placeholder."""
_SENTENCE_END = re.compile(r"[。！？!?]|\.(?:\s|$)")
_PURPOSE = re.compile(
    r"^(?:用于|用来|为了?|通过|实现|旨在|主要|本系统|该系统|系统|to |the |this |it |used |provides? |allows? )", re.I
)
LONGEST_ITEM_ZH, LONGEST_ITEM_EN = 14, 6
"""Maximum average of characters, or words, per item of a list; longer parts between commas form a sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A system as listed. Texts are originals; "" or () if the list leaves the field empty."""

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
        """All current and former names, current ones first."""
        return tuple(name for name in (self.name_zh, self.name_en, *self.former_names) if name)

    def plain(self) -> dict[str, Any]:
        """The fields that are not empty, with lists as lists."""
        return {
            f.name: list(value) if isinstance(value, tuple) else value
            for f in fields(self)
            if f.name != "at" and (value := getattr(self, f.name))
        }


@dataclass(frozen=True, slots=True)
class Remark:
    """Error or warning about an input. An error makes the input unusable."""

    error: bool
    at: str
    zh: str
    en: str
    count: int = 1
    """Number of occurrences; `at` is the first."""


class Unreadable(Exception):  # noqa: N818  # a state of the input, not an error of the program
    """An input that cannot be used. `remarks` lists all its errors."""

    def __init__(self, remarks: list[Remark]) -> None:
        super().__init__("\n".join(f"{r.at}: {r.en}" for r in remarks))
        self.remarks = remarks


def unreadable(at: str, zh: str, en: str) -> Unreadable:
    return Unreadable([Remark(True, at, zh, en)])


def entry_from(raw: Mapping[str, Any], at: str, remarks: list[Remark]) -> Entry | None:
    """The entry of one record, or None if it has no id or no name. Problems are appended to `remarks`."""
    unknown = [str(key) for key in raw if key not in KNOWN and key not in IGNORED and key != "name"]
    if unknown:
        shown = ", ".join(sorted(unknown)[:8])
        remarks.append(Remark(False, at, f"不认识的字段，未使用：{shown}", f"unknown fields, not used: {shown}"))
    values: dict[str, Any] = {key: _text(raw.get(key)) for key in TEXTS}
    values |= {key: "" for key in TEXTS if key not in NEVER_EMPTY and is_placeholder(values[key])}
    values |= {key: tuple(_items(raw.get(key))) for key in LISTS}
    remarks += _emptied(raw, at)
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
    """A value as one text. Nested lists are ignored, because they may be infinite."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, list | tuple):
        return "" if inner else "、".join(filter(None, (_text(item, True) for item in value[:MOST_ITEMS])))
    if isinstance(value, Mapping):
        return "" if inner else next((_text(value[key], True) for key in NAMES if value.get(key)), "")
    return _SURROGATE.sub("\ufffd", str(value)).strip()


def _items(value: Any) -> Iterable[str]:
    """The items of a list field, or of a text with separators, as in CSV files."""
    if value is None or isinstance(value, Mapping):
        return
    parts = map(_text, value[:MOST_ITEMS]) if isinstance(value, list | tuple) else _parted(_text(value))
    yield from dict.fromkeys(item.strip() for item in parts if item.strip() and not is_placeholder(item))


@lru_cache(maxsize=1)
def _placeholders() -> frozenset[str]:
    lines = (Path(__file__).parent / "data" / "placeholders.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(plain(line) for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=65536)
def is_placeholder(text: str) -> bool:
    """Whether a text stands for an empty cell: 同上, TBD, [Data]."""
    return len(text) <= 24 and plain(text).strip(" []()【】<>《》{}:。.，,") in _placeholders() | {""}


def _emptied(raw: Mapping[str, Any], at: str) -> Iterable[Remark]:
    """Warnings about cells that contain a placeholder."""
    for key in (*TEXTS, *LISTS):
        text = _text(raw.get(key)) if raw.get(key) and key not in NEVER_EMPTY else ""
        if text and is_placeholder(text):
            yield Remark(
                False,
                at,
                f"{key} 的“{text}”按未填处理",
                f"{text!r} in {key} is a placeholder and is read as an empty cell",
            )


def _is_sentence(text: str) -> bool:
    """Whether a text with commas is one sentence and not a list."""
    if _SENTENCE_END.search(text) or _PURPOSE.match(text):
        return True
    parts = [part for part in _COMMAS.split(text) if part.strip()]
    if han_share(text) > 0.3:
        return sum(map(len, parts)) > LONGEST_ITEM_ZH * len(parts)
    return sum(len(part.split()) for part in parts) > LONGEST_ITEM_EN * len(parts)


def _parted(text: str) -> list[str]:
    """The items of a cell: a JSON array, or texts between separators. Commas separate only if there is no other
    separator and the text is not a sentence."""
    if text[:1] == "[":
        try:
            items = json.loads(text)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list):
            return [_text(item) for item in items[:MOST_ITEMS]]
    if _PARTS.search(text):
        return _PARTS.split(text)[:MOST_ITEMS]
    return [text] if _is_sentence(text) else _COMMAS.split(text)[:MOST_ITEMS]
