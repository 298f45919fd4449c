"""Flows: all permitted paths. Without a flow there is no path. 流"""

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
    """IP versions of a flow; both, unless the service supports only one."""

    BOTH = "both"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Service(NamedTuple):
    """A protocol and its port; ICMP means echo and has no port."""

    protocol: Protocol
    port: int | None

    def __str__(self) -> str:
        return str(self.protocol) if self.port is None else f"{self.protocol}/{self.port}"


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


_SERVICE = {"type": "string", "pattern": SERVICE}
Services = Annotated[
    tuple[ServiceText, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    WithJsonSchema({"anyOf": [_SERVICE, {"type": "array", "items": _SERVICE, "minItems": 1}]}),
]


class Flow(Model):
    """A permitted path: source, target, services and dates. 一条流"""

    id: Id
    """Stable id, also the comment of its firewall rules. 编号，也是防火墙规则的注释"""
    source: EndText = Field(alias="from")
    """Source: segment:ID, host:ID, kind:HOST-KIND, system:ID or vantage:ID. 源"""
    target: EndText = Field(alias="to")
    """Target: segment:ID, host:ID, kind:HOST-KIND or system:ID. 目的"""
    service: Services
    """tcp/PORT, udp/PORT or icmp; one service or a list. 服务，一项或列表"""
    family: Family = Family.BOTH
    """ipv4 or ipv6, if the service supports only one IP version. 仅支持一种 IP 版本时注明"""
    purpose_zh: Words
    """Purpose in Chinese. 用途（中文）"""
    purpose_en: Words
    """Purpose in English. 用途（英文）"""
    owner: Id
    """Responsible agency. 责任单位"""
    approval: Words
    """Number of the approval as stated by the owner; shown, not verified. 责任单位填写的批准文号，仅供显示"""
    not_before: Day
    """First day on which it is in force. 生效日"""
    expires: DayOrNever
    """Last day on which it is in force, or `never`. 最后有效日，长期有效写 never"""

    @property
    def services(self) -> tuple[Service, ...]:
        return tuple(_service(text) for text in self.service)

    def holds(self, day: date) -> bool:
        """Whether the flow is in force on that day, including the day on which it expires."""
        return self.not_before <= day and (self.expires == "never" or day <= self.expires)


def _service(text: str) -> Service:
    protocol, _, port = text.partition("/")
    return Service(Protocol(protocol), int(port) if port else None)


class FlowsFile(Model):
    """All permitted paths. 流：全部允许的通路"""

    flows: tuple[Flow, ...]
    """All declared flows. 全部流"""
