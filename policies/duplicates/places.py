"""Removal of years, phases, places and offices from a name, so that its purpose remains."""

from __future__ import annotations

import re
from functools import lru_cache

from policies.duplicates import owners
from policies.duplicates.divisions import divisions
from policies.duplicates.normalise import is_han
from policies.duplicates.segment import lexicon, places
from policies.duplicates.thesaurus import DATA

_SUFFIX = re.compile(r"(?:自治区|自治州|自治县|特别行政区|新区|省|市|区|县|旗|镇|乡|街道|州|盟|地区)")
_AGENCY = re.compile(
    r"[\u3400-\u9fff]{1,14}?(?:(?<![布格])局|委员会|人民政府|街道办事处|办事处|管委会|(?<![大展餐客])厅|支队|大队|总队|分局|卫健委|发改委|纪委监委|纪委"
    r"|监委|政法委|国资委|经信委|农委|教委|建委|经信局|网信办|编办|人防办|应急办|政数办|府办|信息办)(?:[\u3400-\u9fff]{2,4}(?:支队|大队|分局))?"
)
_SHORT_AGENCY = re.compile(
    r"卫健委|卫计委|发改委|纪委监委|纪委|监委|政法委|国资委|经信委|农委|教委|建委|科委|民委|网信办|编办|人防办|应急办|政数办|府办|信息办|住建委|交通委"
)
_GOVERNMENT = re.compile(r"(?:人民)?政府(?!采购|购买|投资|网站|债|门户|绩效|专职|信息|数据|会计|质量|预算|合同|储备)")
_EN_PLACE = re.compile(
    r"^(?:the )?(?:city of [a-z]+"
    r"|(?:(?:[a-z]+[ -]){1,2}?)"
    r"(?:district|city|county|province|municipality|municipal|township|town|subdistrict|prefecture))"
    r"(?:'s)?(?: people's government| government)?[ ,:-]+"
)
_EN_AGENCY = re.compile(r"^(?:the )?(?:[a-z&]+ ){1,4}?(?:bureau|commission|ministry|department)(?:'s)?[ ,:-]+(?!of )")
_YEAR = re.compile(
    r"(?:(?:19|20)\d\d(?:[-—~至](?:19|20)?\d\d)?\s*(?:年度|年)?)|(?:第?[一二三四五六七八九十\d]+(?:期|次|包|标段|批))|[vV]?\d+(?:\.\d+)+"
)


_EDITION = re.compile(r"[(（]\s*(?:第?[一二三四五六七八九十\d]+次(?:发布)?|重新|再次)[^)）]{0,6}[)）]")
"""Number of the tender: (二次), (第4次), (三次发布)."""


def leading_places(text: str) -> tuple[list[str], str]:
    """The places at the start of a Chinese name, and the rest: 江门市蓬江区智慧水务 -> [江门市, 蓬江区], 智慧水务."""
    leading: list[str] = []
    rest = text.lstrip(" \"'“”《》()（）")
    while place := _place_at(rest):
        leading.append(place)
        rest = rest[len(place) :].lstrip(" -—·,，")
    return leading, rest


def _place_at(text: str) -> str:
    listed = divisions().at_start(text)
    if listed and listed not in _not_places() and not _starts_word(text, len(listed) - 1):
        return listed
    place_names = places()
    for length in (4, 3, 2):
        if text[:length] in place_names and is_han(text[0]):
            suffix = _SUFFIX.match(text, length)
            if suffix and not _starts_word(text, length):
                return text[: suffix.end()]
            return text[:length]
    zh = lexicon().thesaurus.zh
    for length in range(2, 6):
        head = text[: length + 1]
        match = _SUFFIX.match(text, length)
        if not match or not all(map(is_han, text[:length])):
            continue
        place = text[: match.end()]
        if place.endswith(_not_places()) or any(
            text[i:j] in zh for i in range(length) for j in range(i + 2, len(head) + 1)
        ):
            return ""
        return "" if _starts_word(text, length) else place
    return ""


def _starts_word(text: str, at: int) -> bool:
    """Whether the suffix begins the next word: 江门|市场监管, not 江门市|场监管."""
    lex = lexicon()
    suffix = _SUFFIX.match(text, at)
    after = suffix.end() if suffix else at
    longer = max((n for n in lex.lengths.get(text[at], ()) if text[at : at + n] in lex.thesaurus.zh), default=0)
    return at + longer > after and not any(
        text[after : after + n] in lex.thesaurus.zh for n in lex.lengths.get(text[after : after + 1], ()) if n > longer
    )


def without_places(text: str) -> tuple[str, tuple[str, ...]]:
    """A normalised name without years, phases, places, agencies, companies and schools, and the removed places."""
    rest = owners.bare(_EDITION.sub(" ", _YEAR.sub(" ", text)).strip())
    places_found: list[str] = []
    for _ in range(MOST_OWNERS):
        leading, after = leading_places(rest)
        places_found += leading
        if not after:
            break
        shorter = _without_office(after, bool(leading)) if is_han(after[0]) else _without_en(after, places_found)
        if shorter == rest:
            break
        rest = shorter
    return rest, tuple(places_found)


MOST_OWNERS = 5
"""Maximum number of consecutive owners at the start of a name."""


def _without_office(text: str, after_place: bool) -> str:
    """A Chinese text without the office, company or school at its start."""
    match = (_GOVERNMENT.match(text) or _SHORT_AGENCY.match(text) if after_place else None) or _AGENCY.match(text)
    alone = match and (match.end() > 3 or text[match.end() - 1] == "局")
    if match and (after_place or alone) and len(text) - match.end() >= 2:
        text = text[match.end() :]
    owner = owners.at_head(text, after_place)
    return text[len(owner) :].lstrip(" -—·,，的") if owner else text


def _without_en(text: str, removed: list[str]) -> str:
    place = _EN_PLACE.match(text)
    if place:
        removed.append(place.group().strip(" ,:-"))
        text = text[place.end() :]
    agency = _EN_AGENCY.match(text)
    return text[agency.end() :] if agency and len(text) - agency.end() > 4 else text


@lru_cache(maxsize=1)
def _not_places() -> tuple[str, ...]:
    lines = (DATA / "not_places.txt").read_text(encoding="utf-8").splitlines()
    return tuple(" ".join(line for line in lines if line[:1] != "#").split())
