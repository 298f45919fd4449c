"""Why there is no engine, and the ways to get one."""

from __future__ import annotations

from engine.words import word


class EngineError(Exception):
    """One stable code, what was found, what was expected, what to do. The codes and their sentences are in words.py.

    ENG001 no Pulumi and no Go   ENG002 modules not to be had   ENG003 wrong checksum
    ENG004 build failed          ENG005 cache unusable          ENG006 built, but does not run
    """

    def __init__(self, code: str, found: str, **facts: object) -> None:
        self.code = code
        self.title = word(code, **facts)
        self.found = found
        self.expected = word(f"{code}.expected", **facts)
        self.remedy = word(f"{code}.remedy", **facts)
        super().__init__(code, found)

    def __str__(self) -> str:
        rows = [f"{self.code} {self.title}"]
        for name, text in (("found", self.found), ("expected", self.expected), ("remedy", self.remedy)):
            rows.append(f"  {word(name)}: " + text.strip().replace("\n", "\n    "))
        return "\n".join(rows)
