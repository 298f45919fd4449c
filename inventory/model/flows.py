"""Flows: the only paths that exist. No flow, no path. 流"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field, StringConstraints

from inventory.model.base import Id, Model, Words

EndText = Annotated[str, StringConstraints(pattern=r"^(segment|host|kind|system|vantage):[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
ServiceText = Annotated[
    str,
    StringConstraints(
        pattern=r"^(icmp|(tcp|udp)/([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))$"
    ),
]


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


class Service(NamedTuple):
    """What is spoken: a protocol and its port; ICMP means echo and has no port."""

    protocol: Protocol
    port: int | None

    def __str__(self) -> str:
        return str(self.protocol) if self.port is None else f"{self.protocol}/{self.port}"


class Flow(Model):
    id: Id
    source: EndText = Field(alias="from")
    """Who begins: segment:ID, host:ID, kind:HOST-KIND, vantage:ID."""
    target: EndText = Field(alias="to")
    """Who answers: segment:ID, host:ID, kind:HOST-KIND, system:ID."""
    service: Annotated[
        tuple[ServiceText, ...],
        BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    ]
    """tcp/PORT, udp/PORT or icmp; one or a list."""
    purpose_zh: Words
    purpose_en: Words
    owner: Id
    """The agency that answers for it."""
    approval: Words
    """Number of the decision as its owner states it; shown, never believed."""
    not_before: date
    expires: date | Literal["never"]
    """The last day on which it holds; `never` has to be said."""

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
    """flows.yaml"""

    flows: tuple[Flow, ...]
