"""Expected traffic of the flows, computed from the declared paths and not from rendered rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

from inventory.model.flows import Service
from inventory.model.paths import End, Path
from policies.verification.matrix.endpoints import Endpoint, EndpointKind

Address = IPv4Address | IPv6Address


class ExpectedTraffic(NamedTuple):
    sources: frozenset[Address]
    """The sender's addresses that may start it; none means closed."""
    unanswered: bool
    """Whether a flow to a whole segment covers the address although no member answers there."""


class DeclaredTraffic:
    """The declared paths of a day, by service and target segment."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths: defaultdict[tuple[Service, str], list[Path]] = defaultdict(list)
        for path in paths:
            self._paths[path.service, path.target.segment].append(path)

    def right(
        self, sender: Endpoint, target: Endpoint, segment: str, address: Address, service: Service
    ) -> ExpectedTraffic:
        """Over any interface of the sender: probes from an interface without a flow must fail, not pass as closed."""
        sources: set[Address] = set()
        unanswered = False
        for path in self._paths.get((service, segment), ()):
            if _within(path.target, address) and (own := _may_begin(path.source, sender, address.version)):
                if _is_member(path, target):
                    sources.update(own)
                else:
                    unanswered = True
        return ExpectedTraffic(frozenset(sources), unanswered and not sources)


def _is_member(path: Path, target: Endpoint) -> bool:
    """A gateway is no member of a whole segment for sources outside it; an engine is never a member."""
    return target.kind is not EndpointKind.ENGINE and not (target.gateway and path.target.whole and path.crosses)


def _may_begin(source: End, sender: Endpoint, version: int) -> list[Address]:
    if sender.kind is EndpointKind.ENGINE or (sender.gateway and (source.whole or source.public)):
        return []
    pairs = sender.interfaces.get(source.segment, ())
    own: list[Address] = [pair.ipv4 if version == 4 else pair.ipv6 for pair in pairs]
    return [item for item in own if _within(source, item)]


def _within(end: End, address: Address) -> bool:
    networks: Sequence[IPv4Network | IPv6Network] = end.ipv4 if address.version == 4 else end.ipv6
    return any(address in network for network in networks)
