"""Relation between two systems. Determined after the bits, without changing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from policies.duplicates.compare import EntryProfile
from policies.duplicates.jurisdiction import elsewhere
from policies.duplicates.meaning import Meaning, covered, done, meaning
from policies.duplicates.normalise import editions, plain
from policies.duplicates.segment import PROJECT, lexicon, segment

DUPLICATE, REUSE, SAME_SYSTEM, SIBLING, ELSEWHERE, RELATED, DIFFERENT = (
    "duplicate",
    "reuse",
    "same system",
    "sibling",
    "elsewhere",
    "related",
    "different",
)
COMMON = frozenset(
    {
        "identity",
        "esign",
        "messaging",
        "payment",
        "map_service",
        "data_share",
        "hotline_o",
        "video_platform",
        "blockchain_o",
        "ai_platform",
        "iot_platform",
        "lowcode",
        "cloud",
    }
)
"""Concepts of the common platforms that every agency must use. 共性支撑"""
COMMON_CODES = ("a", "03"), ("a", "01", "02")
CHANNELS = frozenset({"channel", "subplatform"})
"""Forms of a channel to, or a part of, the same system (app, mini-program, sub-platform, tenant)."""
SAME_CORE = 0.9
CONTRAST = 6.0
"""Bits that opposites subtract: more than a name alone can add."""


def relation(a: EntryProfile, b: EntryProfile, bits: float, low: float, contrast: bool = False) -> str:
    """`contrast`: the names contain opposites, and the functions do not agree."""
    if contrast and bits + CONTRAST >= low - 3:
        return SIBLING
    if same_system(a, b):
        return SAME_SYSTEM
    if bits < low:
        return RELATED if bits >= low - 3 else DIFFERENT
    if elsewhere(a.entry, b.entry):
        return ELSEWHERE
    return REUSE if is_common(a) or is_common(b) else DUPLICATE


def same_agency(a: EntryProfile, b: EntryProfile) -> bool:
    return bool(a.entry.agency) and plain(a.entry.agency) == plain(b.entry.agency) and not elsewhere(a.entry, b.entry)


def same_system(a: EntryProfile, b: EntryProfile) -> bool:
    """A tenant, channel, phase or operation contract of one system: the names agree except for the words for it. Also a
    system of the same agency under its former name; a former name stated by another agency is not accepted."""
    if same_agency(a, b) and (_was(a, b) or _was(b, a)):
        return True
    owned = _one_owner(a, b)
    for x in map(_named, a.names):
        for y in map(_named, b.names):
            apart = x.text != y.text and (x.channel or y.channel or (owned and (x.edition != y.edition)))
            if (apart or owned) and _same_core(x.core, y.core) and (apart or _other_phase(x.core, y.core, a, b)):
                return True
    return False


def _was(a: EntryProfile, b: EntryProfile) -> bool:
    """Whether a current name of `a` is a former name of `b`."""
    former = {plain(name) for name in b.entry.former_names}
    return bool(former) and not former.isdisjoint(plain(name) for name in (a.entry.name_zh, a.entry.name_en) if name)


@dataclass(frozen=True, slots=True)
class _Named:
    """A name parted in what the system is and the channel or part of it that is meant, if any."""

    core: Meaning
    channel: bool
    text: str
    edition: tuple[str, ...]
    """Years and versions in the name: 2024, v2."""


@lru_cache(maxsize=16384)
def _named(m: Meaning) -> _Named:
    text = plain(m.text)
    rest = _VARIANT.sub(" ", _TENANT.sub(" ", text))
    core = meaning(rest) if sum(c.isalnum() for c in rest) > 1 and rest != text else m
    channel = core is not m or any(id_ in CHANNELS for t in m.forms for id_ in t.ids)
    return _Named(core, channel, text, editions(text))


_TENANT = re.compile(
    r"[(\[][^)\]]{0,30}(?:分平台|子平台|分站|租户|子系统|分中心|专区|节点|tenant|branch|sub-?platform|node)[^)\]]{0,12}[)\]]"
    r"|[-—·:, ][^-—·:,]{0,24}(?:分平台|子平台|租户|专区|tenant|branch)$|\b(?:tenant|branch) of [a-z ]+$"
)
_LEVEL = (
    r"high|moderate|low|prod(?:uction)?|test(?:ing)?|dev(?:elopment)?|training|staging|classified|unclassified|internal|external"
    r"|内网版?|外网版?|内网|外网|正式|测试|培训|[东西南北中]区|[a-z0-9一二三四五六七八九十]{1,2}区|高|中|低|移动版|网页版|单机版|标准版|企业版"
)
_VARIANT = re.compile(
    rf"[(\[](?:{_LEVEL})[)\]]"
    r"|[-–—·_ ]+(?:[东西南北中]区|east|west|north|south|central|northern|southern|eastern|western)$"
    r"|(?<=[a-z)])[ -]+(?:api|apis|database|web ?(?:site|app|portal|service)s?|mobile(?: app)?|front-?end|back-?end"
    r"|gateway|data ?mart|module|sub-?system|interface|client|viewer|reporting)$"
    r"|(?<=[\u3400-\u9fff])(?:的)?(?:子系统|子平台|功能模块|模块|数据库|接口|api|网页版|web端|web版|pc端|移动端|手机端|客户端|后台|前端|前台)$"
)
"""Suffixes for a part or variant of a system: API, database, (Moderate), -东区, 模块."""


def _same_core(x: Meaning, y: Meaning) -> bool:
    if x.language != y.language:
        return False
    if not x.objects and not y.objects:
        return bool(x.actions and y.actions) and _same_action(x, y)
    if not x.objects or not y.objects:
        return False
    return min(covered(x.objects, y.objects)) >= SAME_CORE and _same_action(x, y)


def _same_action(x: Meaning, y: Meaning) -> bool:
    return x.actions == y.actions or min(done(x.actions, y.actions)) >= SAME_CORE


def _one_owner(a: EntryProfile, b: EntryProfile) -> bool:
    return same_agency(a, b) or not (a.entry.agency and b.entry.agency)


def _other_phase(x: Meaning, y: Meaning, a: EntryProfile, b: EntryProfile) -> bool:
    """Whether project words (二期, 升级改造, 运维) occur on one side only, or the kind of an entry states a phase."""
    words_x, words_y = _project_words(x.text), _project_words(y.text)
    kinds = {a.entry.kind, b.entry.kind} & {"extend", "maintain"}
    return bool(words_x ^ words_y) or bool(kinds)


@lru_cache(maxsize=16384)
def _project_words(text: str) -> frozenset[str]:
    return frozenset(w.phrase for w in segment(plain(text)) if w.kind == PROJECT and w.phrase not in _EVERYWHERE)


_EVERYWHERE = frozenset({"项目", "建设", "建设项目", "采购", "采购项目", "工程", "开发", "软件开发"})


def is_common(p: EntryProfile) -> bool:
    """Whether the entry is a common platform: by its code, or because its name has no other object."""
    if any(p.code[: len(c)] == c for c in COMMON_CODES):
        return True
    current = (p.entry.name_zh, p.entry.name_en)
    return any(_common_meaning(m) for m in p.names if m.text in current)


def _common_meaning(m: Meaning) -> bool:
    terms = [t for t in m.objects if t.weight >= 0.6]
    return bool(terms) and all(any(map(_common_concept, t.ids)) for t in terms)


@lru_cache(maxsize=16384)
def _common_concept(id_: str) -> bool:
    is_a = lexicon().thesaurus.is_a
    return any(is_a(id_, common) for common in COMMON)
