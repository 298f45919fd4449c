"""Forms of text values: each has a pattern and a description.

The JSON Schema contains the patterns for editors; `words_of` gives the description of a pattern for messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from inventory.texts.text import Text

BAD_FORM = "form"
BAD_TYPE = "text_type"
"""Error types that the forms raise, in addition to pydantic's own."""
_ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_IPV4 = rf"({_OCTET}\.){{3}}{_OCTET}/(3[0-2]|[12]?[0-9])"
_IPV6 = r"[0-9a-f:]*:[0-9a-f:]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_WORDS: dict[str, Text] = {}
_BRIEF: dict[str, Text] = {}


def form(pattern: str, zh: str, en: str, brief: Text | None = None) -> str:
    """Registers the description of a pattern for a whole value; `brief` is a shorter one for use inside a list."""
    whole = f"^{pattern}$"
    _WORDS[whole] = Text(zh, en)
    _BRIEF[whole] = brief or _WORDS[whole]
    return whole


def words_of(pattern: str, brief: bool = False) -> Text:
    """Description of a pattern. KeyError for an unregistered pattern."""
    return _BRIEF[pattern] if brief else _WORDS[pattern]


ID = form(
    _ID,
    "编号：小写字母开头，只含小写字母、数字和单个连字符，如 river-chief",
    "an id of lower-case letters, digits and single hyphens that begins with a letter, like river-chief",
    Text("编号", "an id"),
)
# text that terminals, editors and configuration files show unchanged
WORDS = form(
    r"[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*",
    "一行文字，不含控制字符和不可见字符",
    "one line of text without control or invisible characters",
    Text("文字", "text"),
)
IPV4 = form(_IPV4, "IPv4 前缀，主机位为零，如 10.0.1.0/24", "an IPv4 prefix with zero host bits, like 10.0.1.0/24")
IPV6 = form(_IPV6, "IPv6 前缀，主机位为零，如 fd00:1::/64", "an IPv6 prefix with zero host bits, like fd00:1::/64")
IP = form(
    rf"({_IPV4}|{_IPV6})",
    "IPv4 或 IPv6 前缀，主机位为零，如 10.0.0.0/16 或 fd00::/48",
    "an IPv4 or IPv6 prefix with zero host bits, like 10.0.0.0/16 or fd00::/48",
)
DAY = form(_DAY, "有效日期，如 2027-06-30", "a valid date, like 2027-06-30")
DAY_OR_NEVER = form(
    rf"({_DAY}|never)",
    "有效日期，如 2027-06-30；长期有效写 never",
    "a valid date, like 2027-06-30, or never",
)
CAPABILITY = form(
    r"[A-Z][0-9]{2}(\.[0-9]{2})*", "能力编码，如 B03 或 B03.02", "a code of the capability tree, like B03 or B03.02"
)
END = form(
    rf"(segment|host|kind|system|vantage):{_ID}",
    "segment:网段、host:主机、kind:主机种类、system:系统 或 vantage:观察点；不支持“任意”",
    "segment:ID, host:ID, kind:HOST-KIND, system:ID or vantage:ID; there is no wildcard",
)
SERVICE = form(
    rf"(icmp|(tcp|udp)/{_PORT})",
    "tcp/端口、udp/端口（1 至 65535）或 icmp",
    "tcp/PORT or udp/PORT with a port from 1 to 65535, or icmp",
    Text("tcp/端口、udp/端口或 icmp", "tcp/PORT, udp/PORT or icmp"),
)
LABEL = form(
    _LABEL,
    "域名中的一段：小写字母、数字和连字符，如 zsj",
    "one label of a domain name: lower-case letters, digits and hyphens, like zsj",
)
DOMAIN = form(
    rf"({_LABEL}\.)+{_LABEL}",
    "小写域名，如 pengjiang.example",
    "a domain name in lower-case letters, like pengjiang.example",
)
ENGINE = form(
    rf"(lab|ssh://[a-z_][a-z0-9_-]*@[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:{_PORT})?)",
    "lab，或 ssh://用户@主机",
    "lab, or ssh://USER@HOST",
)
VERSION = form(r"[0-9]+(\.[0-9]+)*", '带引号的版本号，如 "29.3"', 'a version number in quotes, like "29.3"')
LINK = form(r"[a-z][a-z0-9]{0,9}", "网卡名，如 eth1", "the name of a network card, like eth1")
ESCAPE_PATH = form(r"S(0[1-9]|[1-3][0-9]|4[0-8])", "逃逸路径编号 S01 至 S48", "an escape path id, S01 to S48")


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text matches the pattern."""
    return re.fullmatch(pattern, text) is not None


def _text(pattern: str, parse: Callable[[str], Any], *types: type) -> tuple[object, ...]:
    """Annotations for a value written as text. `parse` raises ValueError for invalid text; `types` pass unchanged."""

    def read(value: object) -> object:
        if isinstance(value, types):
            return value
        if not isinstance(value, str):
            raise PydanticCustomError(BAD_TYPE, "not text")
        try:
            if fits(pattern, value):
                return parse(value)
        except ValueError:
            pass  # host bits set, or no valid date: reported below
        raise PydanticCustomError(BAD_FORM, "not of the form")

    schema = WithJsonSchema({"type": "string", "pattern": pattern})
    return PlainValidator(read), PlainSerializer(str, when_used="json"), schema


def _prefix(text: str) -> IPv4Network | IPv6Network:
    return IPv6Network(text) if ":" in text else IPv4Network(text)


def _day_or_never(text: str) -> date | str:
    return text if text == "never" else date.fromisoformat(text)


Id = Annotated[str, StringConstraints(pattern=ID, max_length=32)]
SegmentId = Annotated[str, StringConstraints(pattern=ID, max_length=15)]
"""Linux limits interface names to 15 characters."""
HostId = Annotated[str, StringConstraints(pattern=ID, max_length=24)]
Words = Annotated[str, StringConstraints(pattern=WORDS, min_length=1, max_length=200, strip_whitespace=True)]
Capability = Annotated[str, StringConstraints(pattern=CAPABILITY)]
EndText = Annotated[str, StringConstraints(pattern=END)]
ServiceText = Annotated[str, StringConstraints(pattern=SERVICE)]
Label = Annotated[str, StringConstraints(pattern=LABEL)]
Domain = Annotated[str, StringConstraints(pattern=DOMAIN, max_length=200)]
EngineText = Annotated[str, StringConstraints(pattern=ENGINE)]
Version = Annotated[str, StringConstraints(pattern=VERSION, max_length=32)]
Link = Annotated[str, StringConstraints(pattern=LINK)]
EscapePath = Annotated[str, StringConstraints(pattern=ESCAPE_PATH)]
IPv4Prefix = Annotated[IPv4Network, *_text(IPV4, IPv4Network, IPv4Network)]
IPv6Prefix = Annotated[IPv6Network, *_text(IPV6, IPv6Network, IPv6Network)]
AnyPrefix = Annotated[IPv4Network | IPv6Network, *_text(IP, _prefix, IPv4Network, IPv6Network)]
Day = Annotated[date, *_text(DAY, date.fromisoformat, date)]
DayOrNever = Annotated[date | Literal["never"], *_text(DAY_OR_NEVER, _day_or_never, date)]
