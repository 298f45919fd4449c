"""A large synthetic register from the thesaurus, which contains the true duplicate of each application.

Names, functions and data are drawn concept by concept, so that many entries share the object or the action of an
application (near misses). Entries that duplicate an application by chance are discarded, because they would not be
false positives. All words are in the thesaurus: real registers are harder to read and easier to distinguish.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from policies.duplicates.compare import EntryProfile, done_agrees, what_agrees
from policies.duplicates.entry import Entry
from policies.duplicates.meaning import EMPTY_ACTIONS, Meaning, meaning
from policies.duplicates.thesaurus import Concept
from policies.duplicates.thesaurus import load as load_thesaurus

HEADS = ("", "蓬江区", "江门市蓬江区", "智慧", "数字", "区级")
TAILS = (
    "系统",
    "平台",
    "管理系统",
    "信息管理平台",
    "系统升级改造项目",
    "平台(二期)",
    "系统运维服务",
    "综合平台建设项目",
)
ENDINGS = ("System", "Platform", "Information System", "")
AGENCIES = ("民政局", "水利局", "教育局", "卫生健康局", "市场监督管理局", "公安分局", "住房和城乡建设局", "农业农村局")
SAME = 0.5


class RegisterMaker:
    def __init__(self, seed: int = 20200309) -> None:
        self.chance = random.Random(seed)  # noqa: S311  # repeatable
        concepts = load_thesaurus().concepts.values()
        self.objects = [c for c in concepts if c.role == "o" and c.weight == 1 and c.zh and c.en]
        self.actions = [c for c in concepts if c.role == "a" and c.id not in EMPTY_ACTIONS and c.zh and c.en]

    def entry(self, number: int) -> Entry:
        thing, action = self.chance.choice(self.objects), self.chance.choice(self.actions)
        return (
            self._chinese(number, thing, action) if self.chance.random() < 0.7 else self._english(number, thing, action)
        )

    def _chinese(self, number: int, thing: Concept, action: Concept) -> Entry:
        pick = self.chance.choice
        return Entry(
            id=f"s{number}",
            name_zh=f"{pick(HEADS)}{pick(thing.zh)}{pick(action.zh)}{pick(TAILS)}",
            agency=pick(AGENCIES),
            jurisdiction="蓬江区",
            capability=self._code(),
            functions=tuple(f"{pick(thing.zh)}{pick(self.actions).zh[0]}" for _ in range(self._few())),
            produces=(f"{pick(thing.zh)}数据",) if self.chance.random() < 0.6 else (),
            users=("工作人员",),
        )

    def _english(self, number: int, thing: Concept, action: Concept) -> Entry:
        pick = self.chance.choice
        return Entry(
            id=f"s{number}",
            name_en=f"{pick(thing.en)} {pick(action.en)} {pick(ENDINGS)}".title().strip(),
            agency="Bureau",
            jurisdiction="Pengjiang District",
            capability=self._code(),
            functions=tuple(f"{pick(thing.en)} {pick(self.actions).en[0]}" for _ in range(self._few())),
            produces=(f"{pick(thing.en)} data",) if self.chance.random() < 0.6 else (),
            users=("staff",),
        )

    def _code(self) -> str:
        return f"B{self.chance.randrange(1, 12):02d}.{self.chance.randrange(1, 14):02d}"

    def _few(self) -> int:
        """Many entries only have a name."""
        return self.chance.choice((0, 0, 2, 3, 4, 5))


def filler(size: int, applications: Sequence[EntryProfile]) -> Iterator[Entry]:
    """`size` entries that duplicate none of the applications."""
    maker, count = RegisterMaker(), 0
    while count < size:
        entry = maker.entry(count)
        name = meaning(entry.name)
        if not any(_the_same(name, application) for application in applications):
            count += 1
            yield entry


def _the_same(name: Meaning, application: EntryProfile) -> bool:
    """Agreement of object and action, according to the words from which the entry was composed."""
    for own in application.names:
        what, did = what_agrees(name, own), done_agrees(name, own)
        if what is not None and what >= SAME and (did is None or did >= SAME):
            return True
    return False
