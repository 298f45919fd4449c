"""Decoding of list files: detects the encoding and verifies that the text is plausible.

GB 18030 decodes almost any bytes, so successful decoding proves nothing. charset-normalizer chooses among the encodings
that agencies' spreadsheets write; the decoded text must be plausible.
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
"""Encodings that spreadsheets write in the supported languages; any other encoding must be named in the mapping."""
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
READ_TO_DETECT = 200_000
"""Number of bytes that are read to choose an encoding."""
MOST_RARE, MOST_GLUED, MOST_BAD = 0.15, 0.5, 0.002
"""Shares of characters above which a text is implausible: rare characters among the Chinese ones, Chinese characters
inside Latin words, and characters that occur in no list."""
_GLUED = re.compile(r"(?<=[A-Za-z])[\u3400-\u9fff](?=[A-Za-z\s,;.]|$)")
_MOJIBAKE = re.compile(r"[ÃÂ][\u0080-\u00bf]|[¡-¿×÷][¡-¿×÷]")


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str
    chosen: bool
    """The encoding was detected, and must be reported."""


def decode(data: bytes, at: str, encoding: str = "") -> Decoded:
    """The text of a file. `encoding`: from the mapping; otherwise BOM, UTF-8 or detection. Raises Unreadable."""
    if encoding:
        return _decoded_as(data, at, encoding)
    for mark, name in BOMS:
        if data.startswith(mark):
            return _decoded_as(data, at, name)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", False)
    except UnicodeDecodeError:
        return _detected(data, at)


def _decoded_as(data: bytes, at: str, encoding: str) -> Decoded:
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
            f"line {line} is not {encoding} text; specify another encoding",
        ) from error
    if why := implausible(text):
        raise unreadable(
            at,
            f"按 {encoding} 读出的字符不合理：{why}",
            f"decoded as {encoding}, the characters are implausible: {why}",
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
        f"is neither UTF-8 nor plausible text in any of {', '.join(CANDIDATES)}: specify `encoding:` in the "
        "mapping, or save the list as UTF-8",
    )


def implausible(text: str) -> str:
    """Characters that indicate a wrong encoding, or "" if the text is plausible."""
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
    """Whether a character is in GB 2312 or in the first level of Big5."""
    try:
        char.encode("gb2312")
        return True
    except UnicodeEncodeError:
        pass
    try:
        return b"\xa4\x40" <= char.encode("big5") <= b"\xc6\x7e"
    except UnicodeEncodeError:
        return False
