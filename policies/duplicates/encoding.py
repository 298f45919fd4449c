"""Bytes to text: in which encoding a list was saved, and whether the characters make sense in it.

GB 18030 decodes nearly everything, so that an encoding which does not fail is no proof. charset-normalizer chooses
among those that agencies' spreadsheets write; what comes out must look like a text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.entry import unreadable
from policies.duplicates.normalise import is_han

CANDIDATES = ("gb18030", "big5", "cp1252")
"""What spreadsheets of the languages that the check reads write; any other encoding is to be named."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
READ_TO_DETECT = 200_000
"""Bytes that are looked at to choose an encoding."""
MOST_RARE, MOST_GLUED, MOST_BAD = 0.15, 0.5, 0.002
"""Shares of a text's characters above which it is no text: rare Chinese characters among the Chinese ones, Chinese
ones inside Latin words, and characters that no list has."""
_GLUED = re.compile(r"(?<=[A-Za-z])[\u3400-\u9fff](?=[A-Za-z\s,;.]|$)")
_MOJIBAKE = re.compile(r"[ÃÂ][\u0080-\u00bf]|[¡-¿×÷][¡-¿×÷]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str
    chosen: bool
    """The encoding was guessed: it is to be printed."""


def decode(data: bytes, at: str, encoding: str = "") -> Decoded:
    """The text of a file. `encoding`: what the mapping says, else a BOM, UTF-8 or the detector. Raises Unreadable."""
    if encoding:
        return _as_told(data, at, encoding)
    for mark, name in BOMS:
        if data.startswith(mark):
            return _as_told(data, at, name)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", False)
    except UnicodeDecodeError:
        return _detected(data, at)


def _as_told(data: bytes, at: str, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except LookupError:
        raise unreadable(
            at, f"不认识的编码 {encoding}", f"unknown encoding {encoding}; example: gb18030, big5, cp1252"
        ) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise unreadable(
            f"{at}:{line}",
            f"第 {line} 行不是 {encoding} 文本",
            f"line {line} is no {encoding} text; name another encoding",
        ) from error
    if why := implausible(text):
        raise unreadable(
            at, f"按 {encoding} 读出的字符不合理：{why}", f"as {encoding} the characters are implausible: {why}"
        )
    return Decoded(text, encoding, False)


def _detected(data: bytes, at: str) -> Decoded:
    from charset_normalizer import from_bytes

    head = data[:READ_TO_DETECT].rpartition(b"\n")[0] if len(data) > READ_TO_DETECT else data
    best = from_bytes(head, cp_isolation=list(CANDIDATES))
    tried = [match.encoding for match in best] or list(CANDIDATES)
    for name in tried:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if not implausible(text):
            return Decoded(text, name, True)
    raise unreadable(
        at,
        "不是 UTF-8，也看不出是哪种编码；请在对应文件中写明 encoding，或另存为 UTF-8",
        f"is not UTF-8 and reads as a text in none of {', '.join(CANDIDATES)}: name it with `encoding:` in the "
        "mapping, or save the list as UTF-8",
    )


def implausible(text: str) -> str:
    """Characters that show that a text was decoded wrongly, or "" where it looks like a text."""
    bad = [
        c for c in text if c == "\ufffd" or (unicodedata.category(c) in ("Cc", "Co", "Cn") and c not in "\t\n\r\f\x1a")
    ]
    if len(bad) > MOST_BAD * len(text):
        return _shown(bad)
    han = [c for c in text if is_han(c)]
    rare = [c for c in han if not _common(c)]
    if len(rare) > MOST_RARE * len(han):
        return _shown(rare)
    glued = _GLUED.findall(text)
    if len(glued) > MOST_GLUED * len(han):
        return _shown(glued)
    garbled = _MOJIBAKE.findall(text)
    return _shown(garbled) if len(garbled) > 0.02 * len(text) else ""


def _shown(characters: list[str]) -> str:
    return " ".join(repr(c).strip("'") for c in dict.fromkeys(characters))[:60]


@lru_cache(maxsize=65536)
def _common(char: str) -> bool:
    """In GB 2312, or in the first level of Big5: what lists are written in."""
    try:
        char.encode("gb2312")
        return True
    except UnicodeEncodeError:
        pass
    try:
        return b"\xa4\x40" <= char.encode("big5") <= b"\xc6\x7e"
    except UnicodeEncodeError:
        return False
