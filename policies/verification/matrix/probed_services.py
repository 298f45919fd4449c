"""Services to probe: every declared one, an undeclared one, and some that are critical if they are open."""

from __future__ import annotations

from inventory.model.blueprint import Blueprint
from inventory.model.flows import Protocol, Service

ECHO = Service(Protocol.ICMP, None)
ADMINISTRATION = Service(Protocol.TCP, 22)
SAMPLED = (
    Service(Protocol.TCP, 23),
    Service(Protocol.TCP, 445),
    Service(Protocol.TCP, 2375),
    Service(Protocol.TCP, 3389),
    Service(Protocol.TCP, 5432),
    Service(Protocol.UDP, 53),
    Service(Protocol.UDP, 123),
    Service(Protocol.UDP, 161),
)
"""Remote control, file shares, the Docker API, databases, DNS, NTP, SNMP."""
UNDECLARED = range(9009, 9999)


def tried(blueprint: Blueprint) -> tuple[Service, ...]:
    """All services of a run, in a fixed order; declared by any flow of the blueprint, whatever its day."""
    declared = {service for flow in blueprint.flows for service in flow.services}
    port = undeclared(blueprint)
    own = {ECHO, ADMINISTRATION, *SAMPLED, Service(Protocol.TCP, port), Service(Protocol.UDP, port)}
    return tuple(sorted(declared | own, key=str))


def undeclared(blueprint: Blueprint) -> int:
    """A port that no flow names."""
    named = {service.port for flow in blueprint.flows for service in flow.services}
    return next(port for port in UNDECLARED if port not in named)
