"""Base class of errors with a remedy; they are shown without a traceback."""

from __future__ import annotations

from typing import Any, ClassVar

from inventory.source.location import SourceLocation
from inventory.texts.catalogue import Catalogue
from inventory.texts.text import LANGS, Lang, Text, filled

PARTS = ("what", "expected", "remedy")
LABELS: dict[str, Text] = {
    "found": Text("现状", "found"),
    "expected": Text("应为", "expected"),
    "remedy": Text("处理", "remedy"),
}


class LantuError(Exception):
    """`code` is an entry of the catalogue, `found` the evidence (a path, a tool's last lines), `facts` fill the texts,
    `at` is the source location if there is one. `str()` is the English text."""

    CATALOGUE: ClassVar[Catalogue]

    def __init__(self, code: str, found: str, at: SourceLocation | None = None, **facts: Any) -> None:
        self.code = code
        self.found = found
        self.at = at
        self.facts = facts
        super().__init__(code, found)

    def part(self, part: str, lang: Lang) -> str:
        """One of PARTS."""
        return filled(self.CATALOGUE.template(self.code, part, lang), self.facts, lang)

    def both(self, part: str) -> Text:
        """One of PARTS, in both languages."""
        return Text(self.part(part, "zh"), self.part(part, "en"))

    def text(self, lang: Lang) -> str:
        """Four lines: code and error, actual state, expected state, remedy."""
        where = f"{self.at} " if self.at else ""
        rows = [f"{where}{self.code} {self.part('what', lang)}"]
        for name, label in LABELS.items():
            value = self.found if name == "found" else self.part(name, lang)
            rows.append(f"  {label.say(lang)}: " + value.strip().replace("\n", "\n    "))
        return "\n".join(rows)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "at": str(self.at) if self.at else None,
            "found": self.found,
            **{lang: {part: self.part(part, lang) for part in PARTS} for lang in LANGS},
        }

    def __str__(self) -> str:
        return self.text("en")
