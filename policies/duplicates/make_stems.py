"""Write data/stems.txt: python -m policies.duplicates.make_stems. Run it after a change of the thesaurus."""

from __future__ import annotations

from policies.duplicates.normalise import long_english, plain
from policies.duplicates.stems import FILE, computed
from policies.duplicates.thesaurus import WORDS, load


def stems_text() -> str:
    """The text of the file, for the thesaurus as it is."""
    aliases = (alias for concept in load().concepts.values() for alias in concept.en)
    all_words = (word for alias in aliases for word in WORDS.findall(plain(alias).replace("-", " ")))
    words = {word.removesuffix("'s").strip("'.") for word in all_words}
    table: dict[str, list[str]] = {}
    for word in sorted(filter(long_english, words)):
        table.setdefault(computed(word), []).append(word)
    return "".join(f"{stem} {' '.join(same)}\n" for stem, same in sorted(table.items()))


if __name__ == "__main__":
    FILE.write_text(stems_text(), encoding="utf-8")
