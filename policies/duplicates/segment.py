"""Cutting a name into known words: concepts, noise (generic, project and brand words), places and what is left unknown.

The cut is the cheapest one over all cuts: a known word costs about 1 whatever its length, an unknown character more, so
few long words win. One pass serves both scripts, because names mix them ("OA协同办公系统").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from policies.duplicates.collecting import uncollected
from policies.duplicates.normalise import is_han, plain
from policies.duplicates.thesaurus import DATA, WORDS, Thesaurus, english, singular
from policies.duplicates.thesaurus import load as load_thesaurus

CONCEPT, GENERIC, PROJECT, BRAND, PLACE, UNKNOWN = "concept", "generic", "project", "brand", "place", "unknown"
UNKNOWN_COST, NOISE_COST, LONG_WORD, PHRASE, EARLIER = 1.35, 1.06, 0.004, 0.01, 1e-4
NOISE_BONUS = 0.9
LONGEST_PHRASE = 5
"""English words in one alias, at most."""


@dataclass(frozen=True, slots=True)
class NameWord:
    """A piece of a name: what it is, the concepts it means, and the piece as it stands in the normal form."""

    kind: str
    phrase: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    thesaurus: Thesaurus
    noise: dict[str, str]
    places: dict[str, str]
    known: dict[str, tuple[float, NameWord]]
    """Words written without blanks -> what the word costs, and the word."""
    lengths: dict[str, tuple[int, ...]]
    """First character of a known word -> the lengths of such words, the longest first."""

    def latin(self, words: tuple[str, ...], stems: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
        """Words as they stand before their stems, which join too much; a concept before noise."""
        ids = self.thesaurus.en.get(words)
        if ids:
            return CONCEPT, ids
        noise = self.noise.get(words[0]) if len(words) == 1 else None
        if noise:
            return noise, ()
        ids = self.thesaurus.stems.get(stems)
        if ids:
            return CONCEPT, ids
        return (PLACE, ()) if len(words) == 1 and words[0] in self.places else None


@lru_cache(maxsize=1)
@uncollected()
def lexicon() -> Lexicon:
    thesaurus = load_thesaurus()
    noise = _noise(DATA / "noise.txt")
    words = {word: NameWord(kind, word) for word, kind in noise.items()}
    words |= {word: NameWord(CONCEPT, word, ids) for word, ids in thesaurus.zh.items()}
    lengths: dict[str, set[int]] = defaultdict(set)
    for word in words:
        if word in thesaurus.zh or not word.isascii():
            lengths[word[0]].add(len(word))
    return Lexicon(
        thesaurus,
        noise,
        places(),
        {text: (_cost(word.kind) - _bonus(word), word) for text, word in words.items()},
        {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
    )


def _bonus(word: NameWord) -> float:
    """Long words win, concepts before noise: 车辆管理|系统, not 车辆|管理系统."""
    return LONG_WORD * len(word.phrase) ** 2 * (1.0 if word.kind == CONCEPT else NOISE_BONUS)


def _noise(path: Path) -> dict[str, str]:
    kinds: dict[str, str] = {}
    kind = GENERIC
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            kind = line[1:].strip()
        elif not line.startswith("#"):
            for word in plain(line).split():
                kinds.setdefault(word if not word.isascii() else (singular(word) or (word,))[0], kind)
    return kinds


@lru_cache(maxsize=1)
def places() -> dict[str, str]:
    """Names of provinces and cities, Chinese and pinyin, each to its pinyin."""
    text = "\n".join(line for line in (DATA / "places.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    names = text.split()
    return {name: pinyin for zh, pinyin in zip(names[::2], names[1::2], strict=True) for name in (zh, pinyin)}


@lru_cache(maxsize=200_000)
def segment(text: str, whole: bool = True) -> tuple[NameWord, ...]:
    """The cheapest cut of a text in normal form. Without `whole`, the text itself may not be one word of the cut."""
    tokens = list(WORDS.finditer(text))
    at = {token.start(): i for i, token in enumerate(tokens)}
    longest = len(text) if whole else len(text) - 1
    best = [0.0] + [float("inf")] * len(text)
    back: list[tuple[int, NameWord | None]] = [(0, None)] * (len(text) + 1)
    for here in range(len(text)):
        reached = best[here]
        if reached == float("inf"):
            continue
        ahead = tokens[at[here] : at[here] + LONGEST_PHRASE] if here in at else []
        for there, cost, word in (*_known(text, here), *_others(text, here, ahead)):
            if reached + cost < best[there] and there - here <= longest:
                best[there] = reached + cost
                back[there] = (here, word)
    return _walk(text, back)


Step = tuple[int, float, NameWord | None]
"""Where the word ends, what it costs, and the word; None for a mark between words."""


def _known(text: str, here: int) -> list[Step]:
    """The words written without blanks that begin here."""
    lex = lexicon()
    lengths = lex.lengths.get(text[here])
    if not lengths or _cuts_latin(text, here):
        return []
    found: list[Step] = []
    for length in lengths:
        word = lex.known.get(text[here : here + length])
        end = here + length
        if word and end <= len(text) and not _cuts_latin(text, end):
            found.append((end, *word))
    return found


def _others(text: str, here: int, ahead: list[re.Match[str]]) -> Iterable[Step]:
    """English words and phrases, else one unknown character, else a mark."""
    if ahead:
        return _latin(text, here, ahead)
    if is_han(text[here]):
        return ((here + 1, UNKNOWN_COST, NameWord(UNKNOWN, text[here])),)
    return ((here + 1, 0.0, None),)


def _latin(text: str, here: int, ahead: list[re.Match[str]]) -> Iterator[Step]:
    """English words and phrases; a phrase beats its words; of two equal cuts the one with the earlier phrase wins."""
    lex = lexicon()
    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    for count, token in enumerate(ahead, 1):
        if count > 1 and text[ahead[count - 2].end() : token.start()] not in (" ", "-", ""):
            return
        words += singular(token.group())
        stems += english(token.group())
        found = lex.latin(words, stems) if stems else None
        if found:
            cost = _cost(found[0]) - PHRASE * count + EARLIER * here
            yield token.end(), cost, NameWord(found[0], text[here : token.end()], found[1])
        elif count == 1:
            yield token.end(), UNKNOWN_COST, NameWord(UNKNOWN, token.group())


def _cost(kind: str) -> float:
    return 1.0 if kind == CONCEPT else NOISE_COST


_LATIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _cuts_latin(text: str, at: int) -> bool:
    """Would a cut here go through a Latin word or a number?"""
    return 0 < at < len(text) and text[at] in _LATIN and text[at - 1] in _LATIN


def _walk(text: str, back: list[tuple[int, NameWord | None]]) -> tuple[NameWord, ...]:
    words: list[NameWord] = []
    at = len(text)
    while at:
        at, word = back[at]
        if word is None:
            words.append(NameWord(GENERIC, text[at]))
        elif (
            words and word.kind == UNKNOWN == words[-1].kind and is_han(word.phrase[0]) and is_han(words[-1].phrase[0])
        ):
            words[-1] = NameWord(UNKNOWN, word.phrase + words[-1].phrase)
        else:
            words.append(word)
    return tuple(w for w in reversed(words) if w.phrase != " ")
