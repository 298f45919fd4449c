"""Hosts of the machine room and the vantage points that stand for people. 主机与观察点"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from inventory.model.base import Id, Model, Named, Words
from inventory.model.zones import PlaceId

Number = Annotated[int, Field(ge=1, le=9999)]


class HostKind(StrEnum):
    GATEWAY = "gateway"
    BASTION = "bastion"
    INFRASTRUCTURE = "infrastructure"
    PORTAL = "portal"
    CLOUD_NODE = "cloud-node"
    CLIENT = "client"


class RoomGrade(StrEnum):
    """Grades of GB 50174-2017, best first."""

    A = "A"
    B = "B"
    C = "C"


class Host(Named):
    id: Id = Field(max_length=24)
    kind: HostKind
    place: PlaceId
    legs: dict[Id, Number]
    """Segment -> its number in that segment; the number gives both its IPv4 and its IPv6 address."""
    agency: Id | None = None
    """Whose it is; client hosts only, all others are the machine room's."""
    room_grade: RoomGrade = RoomGrade.C
    """The least grade of machine room that it needs."""


class Vantage(Named):
    """A namespace of its own from which people look: the public, or a place's operator. Not a host, runs nothing."""

    place: PlaceId
    segment: Id
    number: Number
    purpose_zh: Words
    purpose_en: Words


class HostsFile(Model):
    """hosts.yaml"""

    hosts: tuple[Host, ...]
    vantages: tuple[Vantage, ...]
