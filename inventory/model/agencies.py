"""The district and the units that build and use its systems. 单位"""

from __future__ import annotations

from enum import StrEnum

from inventory.model.base import Id, Model, Named, Words


class AgencyKind(StrEnum):
    BUREAU = "bureau"
    TOWN = "town"
    STREET = "street"
    CENTRE = "centre"


class Source(StrEnum):
    """Whether an entry was named by the district's own papers, or composed to make the example whole."""

    NAMED = "named"
    COMPOSED = "composed"


class Agency(Named):
    kind: AgencyKind
    source: Source
    domain: Words
    """Its label under the portal's domain; an agency has one site at most."""


class District(Named):
    city_zh: Words
    city_en: Words
    domain: Words
    """The portal's domain; every agency's site stands below it."""
    authority: Id
    """The agency that decides on networks and systems (the IT authority)."""


class AgenciesFile(Model):
    """agencies.yaml"""

    district: District
    agencies: tuple[Agency, ...]
