"""Segmentation of a name into words: concepts, noise (generic, project and brand words), places and unknown text.

The segmentation has minimal cost: a known word costs about 1 whatever its length, an unknown character costs more,
so few long words win. One pass handles both scripts, because names mix them ("OA协同办公系统").
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
"""Maximum number of English words in one alias."""


@dataclass(frozen=True, slots=True)
class NameWord:
    """A piece of a name: its kind, its concepts, and its normalised text."""

    kind: str
    phrase: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    thesaurus: Thesaurus
    noise: dict[str, str]
    places: dict[str, str]
    unspaced: dict[str, tuple[float, NameWord]]
    """Words without blanks -> cost, and the word."""
    lengths: dict[str, tuple[int, ...]]
    """First character of a known word -> lengths of such words, longest first."""

    def latin(self, words: tuple[str, ...], stems: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
        """Exact words before stems, which join too much; concepts before noise."""
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
        {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()},
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
    """Names of provinces and cities, in Chinese and pinyin, each with its pinyin."""
    text = "\n".join(line for line in (DATA / "places.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    names = text.split()
    return {name: pinyin for zh, pinyin in zip(names[::2], names[1::2], strict=True) for name in (zh, pinyin)}


@lru_cache(maxsize=200_000)
def segment(text: str, whole: bool = True) -> tuple[NameWord, ...]:
    """The segmentation of a normalised text. Without `whole`, the text itself may not be one word."""
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
        for there, cost, word in (*_unspaced_words(text, here), *_others(text, here, ahead)):
            if reached + cost < best[there] and there - here <= longest:
                best[there] = reached + cost
                back[there] = (here, word)
    return _walk(text, back)


Step = tuple[int, float, NameWord | None]
"""End of the word, cost, and the word; None for punctuation."""


def _unspaced_words(text: str, here: int) -> list[Step]:
    """The words without blanks that begin here."""
    lex = lexicon()
    lengths = lex.lengths.get(text[here])
    if not lengths or _cuts_latin(text, here):
        return []
    steps: list[Step] = []
    for length in lengths:
        word = lex.unspaced.get(text[here : here + length])
        end = here + length
        if word and end <= len(text) and not _cuts_latin(text, end):
            steps.append((end, *word))
    return steps


def _others(text: str, here: int, ahead: list[re.Match[str]]) -> Iterable[Step]:
    """English words and phrases; otherwise one unknown character, or punctuation."""
    if ahead:
        return _latin(text, here, ahead)
    if is_han(text[here]):
        return ((here + 1, UNKNOWN_COST, NameWord(UNKNOWN, text[here])),)
    return ((here + 1, 0.0, None),)


def _latin(text: str, here: int, ahead: list[re.Match[str]]) -> Iterator[Step]:
    """English words and phrases. A phrase is preferred to its words, and an earlier phrase to a later one."""
    lex = lexicon()
    words: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()
    for count, token in enumerate(ahead, 1):
        if count > 1 and text[ahead[count - 2].end() : token.start()] not in (" ", "-", ""):
            return
        words += singular(token.group())
        stems += english(token.group())
        match = lex.latin(words, stems) if stems else None
        if match:
            cost = _cost(match[0]) - PHRASE * count + EARLIER * here
            yield token.end(), cost, NameWord(match[0], text[here : token.end()], match[1])
        elif count == 1:
            yield token.end(), UNKNOWN_COST, NameWord(UNKNOWN, token.group())


def _cost(kind: str) -> float:
    return 1.0 if kind == CONCEPT else NOISE_COST


_LATIN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _cuts_latin(text: str, at: int) -> bool:
    """Whether a cut at this position would split a Latin word or a number."""
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
