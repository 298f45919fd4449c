"""What can be wrong in a blueprint: a stable code, a place, what was found and expected, what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a file of the blueprint; line and column count from 1, 0 where the file itself is meant."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Text:
    """One kind of problem in two languages; both sentences use the same placeholders."""

    zh: str
    en: str
    hint_zh: str
    hint_en: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `values` fill the placeholders of its text; `see` is the other place that it collides with."""

    code: str
    at: Place
    values: dict[str, Any] = field(default_factory=dict)
    see: Place | None = None

    def sentence(self, lang: Lang) -> str:
        text = TEXTS[self.code]
        return (text.zh if lang == "zh" else text.en).format(**self.values)

    def hint(self, lang: Lang) -> str:
        text = TEXTS[self.code]
        return (text.hint_zh if lang == "zh" else text.hint_en).format(**self.values)

    def line(self, lang: Lang) -> str:
        """The compiler-like line: `file:line:column CODE sentence (see file:line:column)`."""
        see = "" if self.see is None else (f"（另见 {self.see}）" if lang == "zh" else f" (see {self.see})")
        return f"{self.at} {self.code} {self.sentence(lang)}{see}"

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "file": self.at.file,
            "line": self.at.line,
            "column": self.at.column,
            "found": _plain(self.values.get("value")),
            "expected": _plain(self.values.get("expected")),
            "see": None if self.see is None else str(self.see),
            "sentence": {"zh": self.sentence("zh"), "en": self.sentence("en")},
            "hint": {"zh": self.hint("zh"), "en": self.hint("en")},
        }


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def in_order(problems: list[Problem]) -> list[Problem]:
    """By file and position, like a compiler; the same problem is told once."""
    unique = {(p.at, p.code, p.sentence("en")): p for p in problems}
    return [unique[key] for key in sorted(unique, key=lambda k: (k[0], k[1], k[2]))]


TEXTS: dict[str, Text] = {
    # reading
    "BP001": Text(
        "文件无法读取：{value}",
        "file cannot be read: {value}",
        "蓝图目录应有文件 {expected}",
        "the blueprint's folder needs {expected}",
    ),
    "BP002": Text(
        "不是有效的 YAML：{value}",
        "not valid YAML: {value}",
        "检查缩进、冒号和引号",
        "check indentation, colons and quotes",
    ),
    "BP003": Text("键 {value} 写了两次", "key {value} is written twice", "删除其中一个", "remove one of them"),
    "BP004": Text(
        "不允许使用 {value}",
        "{value} is not allowed here",
        "直接写出内容；蓝图不用锚点、别名和标签",
        "write the value out; a blueprint has no anchors, aliases or tags",
    ),
    "BP005": Text(
        "蓝图目录中有不认识的文件 {value}",
        "unknown file {value} in the blueprint's folder",
        "应为以下之一：{expected}",
        "expected one of: {expected}",
    ),
    # the shape of one file
    "BP006": Text(
        "不认识的键 {value}", "unknown key {value}", "此处可用的键：{expected}", "keys known here: {expected}"
    ),
    "BP007": Text("缺少键 {value}", "key {value} is missing", "补上 {value}（{expected}）", "add {value} ({expected})"),
    "BP008": Text(
        "{value} 的类型不对，应为 {expected}",
        "{value} has the wrong type, expected {expected}",
        "改为 {expected}",
        "make it {expected}",
    ),
    "BP009": Text(
        "{value} 不在词表中，应为 {expected}",
        "{value} is not in the vocabulary, expected {expected}",
        "从词表中选一个：{expected}",
        "choose one of: {expected}",
    ),
    "BP010": Text(
        "{value} 的写法不对：{expected}",
        "{value} is malformed: {expected}",
        "按此写法改正：{expected}",
        "write it as: {expected}",
    ),
    # across files
    "BP011": Text(
        "编号 {value} 用了两次",
        "id {value} is used twice",
        "编号在{expected}中必须唯一",
        "an id must be unique among {expected}",
    ),
    "BP012": Text(
        "网段 {segment} 的地址 {value} 与 {other} 的 {expected} 重叠",
        "segment {segment}: {value} overlaps {expected} of {other}",
        "从地址规划中选一个空闲的前缀",
        "choose a free prefix from the address plan",
    ),
    "BP013": Text(
        "网段 {segment} 的地址 {value} 不在区域 {zone} 的地址块 {expected} 内",
        "segment {segment}: {value} is outside the blocks {expected} of zone {zone}",
        "改用该区域地址块内的前缀，或先在 addresses.yaml 中登记新的地址块",
        "use a prefix inside the zone's blocks, or enter a new block in addresses.yaml first",
    ),
    "BP014": Text(
        "{value} 指向不存在的{expected}",
        "{value} refers to no {expected}",
        "先登记它，或改正编号{near}",
        "enter it first, or mend the id{near}",
    ),
    "BP015": Text(
        "地址号 {value} 在网段 {segment} 中已被 {expected} 使用",
        "number {value} in segment {segment} is already taken by {expected}",
        "选一个空闲的地址号",
        "choose a free number",
    ),
    "BP016": Text(
        "地址号 {value} 不能用于网段 {segment}：{expected}",
        "number {value} cannot be used in segment {segment}: {expected}",
        "选一个可用的地址号",
        "choose a usable number",
    ),
    "BP017": Text(
        "{what} 的数据级别 {value} 不允许放在区域 {zone}，该区域只允许 {expected}",
        "{what}: class {value} is not allowed in zone {zone}, which takes only {expected}",
        "改放到允许该级别的区域",
        "move it to a zone that takes this class",
    ),
    "BP018": Text(
        "流 {flow} 已于 {value} 到期",
        "flow {flow} is past its date {value}",
        "续期并注明批准文号，或删除该流",
        "renew it with its approval, or remove the flow",
    ),
    "BP019": Text(
        "流 {flow} 的到期日 {value} 不晚于生效日 {expected}",
        "flow {flow} expires on {value}, not after it begins on {expected}",
        "改正日期",
        "mend the dates",
    ),
    "BP020": Text(
        "流 {flow} 从 {value} 到 {expected}：政务内网与其他场所之间不得有任何通路",
        "flow {flow} goes from {value} to {expected}: nothing may pass between the intranet and another place",
        "删除该流；进入政务内网的内容只能是人工携带的签名包",
        "remove the flow; what enters the intranet is a signed bundle carried by hand",
    ),
    "BP021": Text(
        "主机 {host} 同时接入区域 {value}，但不是网关",
        "host {host} stands in zones {value} and is not a gateway",
        "去掉一个接入，或把它登记为网关",
        "remove a leg, or declare it a gateway",
    ),
    "BP022": Text(
        "名称 {value} 已被 {expected} 使用",
        "name {value} is already used by {expected}",
        "换一个名称；两个事物不能同名",
        "choose another name; two things may not share one",
    ),
    "BP023": Text(
        "网段 {segment}：{value}",
        "segment {segment}: {value}",
        "专用网段属于且只属于一个单位",
        "a private segment belongs to exactly one agency, no other kind has one",
    ),
    "BP024": Text("主机 {host}：{value}", "host {host}: {value}", "{expected}", "{expected}"),
    "BP025": Text(
        "区域 {zone} 应在场所 {expected}，写成了 {value}",
        "zone {zone} stands in place {expected}, not {value}",
        "政务内网在物理上独立；其他区域都在外网场所",
        "the intranet is physically apart; every other zone stands in the extranet place",
    ),
    "BP027": Text("流 {flow}：{value}", "flow {flow}: {value}", "{expected}", "{expected}"),
    "BP028": Text(
        "{what} 缺少 {value} 地址前缀",
        "{what} has no {value} prefix",
        "每个网段都要有 IPv4 和 IPv6 前缀各一个",
        "every segment has one IPv4 and one IPv6 prefix",
    ),
    "BP029": Text(
        "系统 {system} 部署在 {value}，该主机不在区域 {expected}",
        "system {system} is deployed at {value}, which is not in zone {expected}",
        "部署到本区域的主机",
        "deploy it at a host of its zone",
    ),
    "BP030": Text(
        "系统 {system} 发布端口 {value}，但没有流指向它",
        "system {system} publishes {value}, but no flow names it",
        "登记一条到 system:{system} 的流，或去掉端口",
        "declare a flow to system:{system}, or drop the port",
    ),
    "BP031": Text(
        "网段 {segment} 没有网关接入，但有流经过它",
        "segment {segment} has no leg of a gateway, but flows pass it",
        "给网关登记一个接入",
        "give a gateway a leg in it",
    ),
    "BP032": Text(
        "数据目录 {resource} 的提供单位是 {expected}，交换计划写成了 {value}",
        "resource {resource} is provided by {expected}, the exchange plan says {value}",
        "改正交换计划",
        "mend the exchange plan",
    ),
    "BP033": Text("站点 {site}：{value}", "site {site}: {value}", "{expected}", "{expected}"),
}
