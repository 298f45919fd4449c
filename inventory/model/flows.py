"""Flows: the only paths that exist. No flow, no path. 流"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, WithJsonSchema

from inventory.model.base import Model
from inventory.model.forms import SERVICE, Day, DayOrNever, EndText, Id, ServiceText, Words


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class Family(StrEnum):
    """Which IP versions a flow is for; both, unless what is spoken knows only one."""

    BOTH = "both"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Service(NamedTuple):
    """What is spoken: a protocol and its port; ICMP means echo and has no port."""

    protocol: Protocol
    port: int | None

    def __str__(self) -> str:
        return str(self.protocol) if self.port is None else f"{self.protocol}/{self.port}"


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


_ONE = {"type": "string", "pattern": SERVICE}
Services = Annotated[
    tuple[ServiceText, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1}]}),
]


class Flow(Model):
    """One declared path: who may begin, who answers, for which services, and until when. 一条流"""

    id: Id
    """Stable id; it is the comment of its firewall rules. 编号，也是防火墙规则的注释"""
    source: EndText = Field(alias="from")
    """Who begins: segment:ID, host:ID, kind:HOST-KIND, system:ID or vantage:ID. 发起方"""
    target: EndText = Field(alias="to")
    """Who answers: segment:ID, host:ID, kind:HOST-KIND or system:ID. 应答方"""
    service: Services
    """tcp/PORT, udp/PORT or icmp; one or a list. 服务，一项或列表"""
    family: Family = Family.BOTH
    """Where what is spoken knows only one IP version: ipv4 or ipv6. 仅用一种 IP 版本时注明"""
    purpose_zh: Words
    """What it is for, in Chinese. 用途（中文）"""
    purpose_en: Words
    """What it is for, in English. 用途（英文）"""
    owner: Id
    """The agency that answers for it. 责任单位"""
    approval: Words
    """Number of the decision as its owner states it; shown, never believed. 责任单位所称的批准文号，仅供显示"""
    not_before: Day
    """The first day on which it holds. 生效日"""
    expires: DayOrNever
    """The last day on which it holds; `never` has to be said. 最后有效日，长期有效须写 never"""

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(_service(text) for text in self.service)

    def holds(self, day: date) -> bool:
        """Whether it is open on that day; the day it expires is its last."""
        return self.not_before <= day and (self.expires == "never" or day <= self.expires)


def _service(text: str) -> Service:
    protocol, _, port = text.partition("/")
    return Service(Protocol(protocol), int(port) if port else None)


class FlowsFile(Model):
    """The only paths that exist. 流：唯一存在的通路"""

    flows: tuple[Flow, ...]
    """All declared flows. 全部流"""
