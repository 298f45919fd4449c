"""Replaced words do not come back: docs/glossary.md has the term that each of them stood for."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.lint import tracked

REPLACED = {
    "snapshot, district or blueprint directory": "estate estates",
    "interface": "leg legs",
    "results": "harvest harvests harvested harvesting",
    "repair, restore or reconcile": "mend mends mended mending",
    "worker pool": "crew crews",
    "endpoint": "station stations seat seats",
    "evaluate": "judge judges judged judging judgement judgements",
    "deployed subset, deploy": "realise realises realised",
    "observed control": "sighting sightings",
    "compensating control": "compensation compensations",
    "network configuration": "wiring wired",
    "blocking candidate": "hopeful hopefuls",
    "action": "deed deeds",
    "if configured, if requested": "wished",
}
"""The term to use -> words that it replaces. None of these words has another meaning in this project."""

TERM = {word: term for term, words in REPLACED.items() for word in words.split()}

SUFFIXES = (".py", ".md", ".toml", ".sh", ".j2", ".yaml", ".yml", "scripts/setup", "scripts/up", "scripts/test")

EXEMPT = {
    "CHANGELOG.md": "past entries keep the words of their time",
    "docs/glossary.md": "lists the replaced words",
    "tests/lint/test_words.py": "lists the replaced words",
    "policies/duplicates/data/": "names of systems and labelled decisions",
    "tests/duplicates/names/": "names of systems",
    "tests/duplicates/real/": "names of public registers",
    "tests/duplicates/registrations/": "names of systems",
    "tests/duplicates/example/": "names of systems",
    "tests/network_proof/recorded/": "output of other programs",
    "tests/policies/recorded/": "output of other programs",
    "tests/pulumi_toolchain/recorded/": "output of other programs",
}
"""Files and directories that are not checked, and why."""

ALLOWED = {
    "inventory/loading/migration.py": {"legs", "compensations"},
    "scripts/lantu/main.py": {"estate", "judge"},
    "tests/unit/inventory/test_migration.py": {"legs", "compensations"},
    "tests/unit/inventory/wrong/BP081-renamed-keys.yaml": {"legs", "compensations"},
    "tests/unit/inventory/wrong/BP082-old-and-new-key.yaml": {"legs"},
    "tests/unit/lantu/test_migrate.py": {"legs", "compensations"},
    "tests/unit/lantu/test_startup.py": {"estate", "judge"},
}
"""File -> old names that it needs, because it prints or writes the new ones."""

KEPT = re.compile(r"""tests["']?\s*[/.]\s*["']?estate|too little to judge""")
"""A directory that people type, and a verdict in JSON documents (policies/duplicates/schema.json)."""
OUTPUT = re.compile(r"<!-- output: (.+?) -->.*?<!-- end -->", re.DOTALL)
ANY = re.compile("|".join(TERM), re.IGNORECASE)
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def parts(line: str) -> Iterator[str]:
    """Words of a line in lower case; snake_case, kebab-case and CamelCase are taken apart."""
    return (match[0].lower() for match in PART.finditer(KEPT.sub(" ", line)))


def replaced_words(path: str) -> list[str]:
    """`path:line: word` of each replaced word of a file; output of commands is not prose of the file."""
    text = OUTPUT.sub(lambda block: "\n" * block[0].count("\n"), tracked.text(path))
    allowed = ALLOWED.get(path, set())
    return [
        f"{path}:{number}: {word!r} (use: {TERM[word]})"
        for number, line in enumerate(text.splitlines(), 1)
        if ANY.search(line)
        for word in sorted(set(parts(line)) & TERM.keys() - allowed)
    ]


CHECKED = [path for path in tracked.files(*SUFFIXES) if not path.startswith(tuple(EXEMPT))]


def test_no_replaced_word() -> None:
    occurrences = [line for path in CHECKED for line in replaced_words(path)]
    assert not occurrences, "\n".join(("replaced words, see docs/glossary.md:", *occurrences))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("def harvest_of(EstateView, LEGS):", ["harvest", "of", "estate", "view", "legs"]),
        ("two-legged, legal and selected", ["two", "legged", "legal", "and", "selected"]),
        ("pytest tests/estate", ["pytest"]),
        ('ROOT / "tests" / "estate"', ["root"]),
        ("HTTPStation", ["http", "station"]),
    ],
)
def test_names_are_taken_apart(line: str, expected: list[str]) -> None:
    names = [part for part in parts(line) if part != "def"]
    assert [part for part in names if len(part) > 1] == expected


def test_each_replaced_word_is_in_the_glossary() -> None:
    rows = [line.split("|") for line in tracked.text("docs/glossary.md").splitlines() if line.startswith("| ")]
    listed = " ".join(row[4] for row in rows)
    first = [words.split()[0] for words in REPLACED.values()]
    assert [word for word in first if not re.search(rf"\b{word}\b", listed)] == ["wished"]


def test_exemptions_exist() -> None:
    named = [*EXEMPT]
    assert [name for name in named if not (tracked.ROOT / name).exists()] == []


if __name__ == "__main__":
    for path in CHECKED:
        for occurrence in replaced_words(path):
            print(occurrence)
