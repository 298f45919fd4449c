"""Why there is no engine, and the ways to get one."""

from __future__ import annotations

from pulumi_toolchain.texts import language, sentence


class EngineError(Exception):
    """One stable code, what was found, what was expected, what to do. The sentences are in words.toml.

    ENG001 no Pulumi and no Go   ENG002 modules not to be had   ENG003 wrong checksum
    ENG004 build failed          ENG005 cache unusable          ENG006 built, but does not run
    """

    def __init__(self, code: str, found: str, **facts: object) -> None:
        self.code = code
        self.found = found
        self.facts = facts
        super().__init__(code, found)

    @property
    def expected(self) -> str:
        return sentence(f"{self.code}.expected", language(), **self.facts)

    @property
    def remedy(self) -> str:
        return sentence(f"{self.code}.remedy", language(), **self.facts)

    def text(self, language: str) -> str:
        """The whole message in `zh` or `en`; what tools said (`found`) stays as they said it."""
        rows = [f"{self.code} {sentence(self.code, language, **self.facts)}"]
        for name in ("found", "expected", "remedy"):
            said = self.found if name == "found" else sentence(f"{self.code}.{name}", language, **self.facts)
            rows.append(f"  {sentence(name, language)}: " + said.strip().replace("\n", "\n    "))
        return "\n".join(rows)

    def __str__(self) -> str:
        return self.text(language())
