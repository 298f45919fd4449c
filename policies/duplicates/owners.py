"""Owners in names of systems (companies, schools, hospitals, offices): at the start, in brackets or at the end.

An owner is removed only if words remain and if it is not the subject itself: 医院管理系统 is about hospitals,
肇源县中医院临床路径系统 is not.
"""

from __future__ import annotations

import re

from policies.duplicates.normalise import is_han, plain
from policies.duplicates.segment import BRAND, CONCEPT, GENERIC, PROJECT, lexicon, segment

_HAN = r"[\u3400-\u9fff]"
_COMPANY = re.compile(
    rf"(?P<whose>(?:{_HAN}|[a-z0-9（）()]){{2,24}}?)"
    r"(?P<kind>(?:股份|集团)?有限(?:责任)?公司|股份公司|集团公司|总公司|分公司|子公司|集团|公司)(?P<branch>(?:本部|总部)?)"
)
_CERTAIN = ("有限公司", "有限责任公司", "股份公司", "分公司", "子公司", "总公司")
_INSTITUTE = re.compile(
    rf"(?P<whose>{_HAN}{{0,12}}?)"
    r"(?P<kind>医院|卫生院|保健院|疗养院|卫生服务中心|疾控中心|急救中心|医疗集团|医共体|医联体|学院|大学|中学|小学|学校|幼儿园|党校"
    r"|研究院|研究所|科学院|设计院|检察院|法院|看守所|监狱|航空站|机场|车站|图书馆|博物馆|文化馆|信息中心|服务中心|管理中心|事务所|公所"
    r"|总队|支队|大队|中队)(?:（[^）]{1,8}）|\([^)]{1,8}\))?(?:本级|本部|总部)?"
)
_SCHOOLS = ("学院", "大学", "研究院", "研究所", "科学院", "设计院")
_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]{2,40})[)\]】]")
_TAIL = re.compile(r"[ ,，·]*[-—–－][ ]*([^-—–－]{2,40})$")
_OFFICE = re.compile(
    rf"{_HAN}{{1,14}}(?:局|委员会|委|厅|办公室|处|科|中心|政府|街道办|办事处|公司|集团|学院|大学|医院|所|院)"
)
_EN_HEAD = re.compile(
    r"^(?:the )?(?:u\.?s\.? )?"
    r"(?:department|ministry|bureau|office|agency|city|county|state|town|university|government) of "
    r"(?:the )?[a-z]+(?:,? and [a-z]+)?(?:'s)?[ ,:-]+(?=[a-z])"
)
_EN_TAIL = re.compile(
    r"[ ,:-]+(?:for |of |at |in |- )?(?:the )?"
    r"(?:department|ministry|bureau|city|county|state|town|university|government) of "
    r"(?:the )?[a-z]+(?:,? and [a-z]+)?$"
)
_ROMANCE_TAIL = re.compile(
    r" (?:del?|do|da|de la|de los|dos|du|de l')? ?"
    r"(?:ayuntamiento|ajuntament|gobierno|diputacion|cabildo|prefeitura|governo|camara|secretaria|ministerio|consejeria"
    r"|mairie|ville|commune)(?: (?:de|del|do|da|d'|federal) ?[^,;]+)?$"
)
LEAST = 2
"""Minimum number of characters that must remain of a name."""


def at_head(text: str, after_place: bool) -> str:
    """The owner at the start of a Chinese text, or ""."""
    company = _COMPANY.match(text)
    if company and len(text) - company.end() >= LEAST and _is_company(company):
        return company.group()
    institute = _INSTITUTE.match(text)
    if institute and len(text) - institute.end() >= LEAST and _is_institute(institute, after_place):
        return institute.group()
    return ""


def _is_company(match: re.Match[str]) -> bool:
    """上市公司 and 保险公司 are subjects; the name of a company contains a word that is not."""
    return match["kind"].endswith(_CERTAIN) or _has_name(match["whose"])


def _is_institute(match: re.Match[str], after_place: bool) -> bool:
    zh = lexicon().thesaurus.zh
    whole = match["whose"] + match["kind"]
    if match["kind"] in zh and not match["whose"]:
        return after_place and match["kind"] in ("医共体", "医联体", "医疗集团")
    if after_place:
        return whole not in zh and not _generic(match["whose"])
    return match["kind"] in _SCHOOLS and _has_name(match["whose"])


def _has_name(text: str) -> bool:
    """Whether a text contains an unknown word or a brand: 国网宁夏电力, but not 保险 or 上市."""
    words = segment(text)
    return any(w.kind == BRAND or (w.kind not in (CONCEPT, GENERIC, PROJECT) and len(w.phrase) > 1) for w in words)


def _generic(text: str) -> bool:
    return bool(text) and all(w.kind in (GENERIC, PROJECT) for w in segment(text))


def bare(text: str) -> str:
    """A normalised text without owners in brackets and at its end."""
    text = _BRACKETS.sub(lambda m: " " if is_owner(m[1]) else m[0], text)
    tail = _TAIL.search(text)
    if tail and is_owner(tail[1].strip()):
        text = text[: tail.start()]
    for pattern in (_EN_HEAD, _EN_TAIL, _ROMANCE_TAIL):
        rest = pattern.sub(" ", text).strip()
        text = rest if len(rest) > LEAST else text
    return text


def is_owner(text: str) -> bool:
    """Whether a text is only the name of an owner."""
    return bool(text) and is_han(text[0]) and bool(_OFFICE.fullmatch(text)) and text not in lexicon().thesaurus.zh


def without_agency(name: str, agency: str) -> str:
    """A name without the name of its agency, in any position. Unchanged if the agency is named like a subject, or if
    nothing would remain."""
    owner, text = plain(agency), plain(name)
    if len(owner) < 3 or owner not in text:
        return name
    if is_han(owner[0]):
        removable = is_owner(owner)
    else:
        removable = owner not in ("web", "app") and (" " in owner or "." in owner or agency.isupper())
        removable = removable and not re.search(rf"[a-z0-9]{re.escape(owner)}|{re.escape(owner)}[a-z0-9]", text)
    rest = text.replace(owner, " ").strip(" -:,·—的之")
    return rest if removable and sum(c.isalnum() for c in rest) > LEAST else name
