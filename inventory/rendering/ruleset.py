"""Renders the nftables ruleset of a host from the flows.

Ansible installs the text, the plan hashes it, the proof reads it. The text replaces one table, `inet lantu`, in one
transaction and touches no other table (those of the docker engine and its resolver). Every base chain drops by default,
in both families; it accepts declared flows, answers to them, and IPv6 neighbour discovery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from ipaddress import get_mixed_type_key

from inventory.model.addressing import Prefix, parent_of
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.paths import EVERYBODY, End, Path, paths
from inventory.model.zones import LOCATION_OF_ZONE, LocationId, SegmentKind

TABLE = "inet lantu"
TASK_BRIDGE = "docker_gwbridge"
"""Bridge of a cloud node's docker engine for published services."""
NEIGHBOURS = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }"
ERRORS_V4 = "icmp type { destination-unreachable, time-exceeded, parameter-problem }"
ERRORS_V6 = "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem }"
ANSWERS = (
    "ct state established accept",
    f"ct state related {ERRORS_V4} accept",
    f"ct state related {ERRORS_V6} accept",
    "ct state invalid counter drop",
)
DROPPED = 'counter comment "dropped"'
Networks = Sequence[Prefix]


def ruleset(blueprint: Blueprint, host: Host, day: date) -> str:
    """Text for `nft -f`, for one host of the deployed subset on that day. Deterministic."""
    declared = paths(blueprint, day)
    arriving = ["iif lo accept", f"{NEIGHBOURS} ip6 hoplimit 255 accept", *_arriving(blueprint, host, declared)]
    leaving = ["oif lo accept", f"{NEIGHBOURS} accept", *_errors(host), *_leaving(blueprint, host, declared)]
    chains = [
        _chain("input", [*ANSWERS, *arriving, DROPPED]),
        _chain("forward", [*ANSWERS, *_passing(blueprint, host, declared), _refusal(host)]),
        _chain("output", [*ANSWERS, *leaving, DROPPED]),
    ]
    return f"table {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n" + "\n".join(chains) + "}\n"


def rulesets(blueprint: Blueprint, day: date) -> dict[str, str]:
    """Host -> ruleset, for every host that the site deploys."""
    return {host.id: ruleset(blueprint, host, day) for host in blueprint.hosts}


def _chain(hook: str, rules: list[str]) -> str:
    lines = [f"type filter hook {hook} priority filter; policy drop;", *rules]
    return f"  chain {hook} {{\n" + "".join(f"    {line}\n" for line in lines) + "  }\n"


def _arriving(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[str]:
    for path in declared:
        if _answers(host, path.target):
            yield from _rules(blueprint, path, f'iifname "{path.target.segment}"')


def _leaving(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[str]:
    for path in declared:
        if _begins(host, path.source):
            yield from _rules(blueprint, path, f'oifname "{path.source.segment}"')
    for path in _published(blueprint, host, declared):
        # the docker engine relays IPv6 connections: it accepts them and connects to its task
        yield f'oifname "{TASK_BRIDGE}" tcp dport {path.service.port} ct state new accept comment "{path.flow}"'


def _passing(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[str]:
    if host.kind is HostKind.GATEWAY:
        for path in declared:
            if path.crosses and path.source.segment in host.interfaces and path.target.segment in host.interfaces:
                yield from _rules(blueprint, path, f'iifname "{path.source.segment}" oifname "{path.target.segment}"')
    for path in _published(blueprint, host, declared):
        if not path.source.ipv4:
            continue  # the docker engine relays IPv6, see _leaving
        source = _match("ip saddr", path.source.ipv4, EVERYBODY[0])
        yield (
            f'iifname "{path.target.segment}" oifname "{TASK_BRIDGE}" {source}'
            f'tcp dport {path.service.port} ct state new accept comment "{path.flow}"'
        )


def _published(blueprint: Blueprint, host: Host, declared: Sequence[Path]) -> Iterator[Path]:
    """Paths to ports that systems on this host publish through its docker engine."""
    ports = {
        system.deployment.port
        for system in blueprint.systems
        if system.deployment is not None and host.id in system.deployed_at
    }
    for path in declared:
        if host.id in path.target.hosts and path.service.port in ports:
            yield path


def _refusal(host: Host) -> str:
    """A gateway rejects, so that clients do not wait for a timeout; other hosts drop."""
    return "counter reject with icmpx admin-prohibited" if host.kind is HostKind.GATEWAY else DROPPED


def _errors(host: Host) -> Iterator[str]:
    """ICMP errors that a router sends; on other hosts such errors belong to an existing connection."""
    if host.kind is HostKind.GATEWAY:
        yield f"{ERRORS_V4} accept"
        yield f"{ERRORS_V6} accept"


def _begins(host: Host, end: End) -> bool:
    """Whether the host is a source; a gateway is not one of the users of its segments."""
    return host.id in end.hosts or (end.whole and end.segment in host.interfaces and host.kind is not HostKind.GATEWAY)


def _answers(host: Host, end: End) -> bool:
    return host.id in end.hosts or (end.whole and end.segment in host.interfaces)


def _rules(blueprint: Blueprint, path: Path, interfaces: str) -> Iterator[str]:
    """One rule per family. A family without addresses has none, because it would match everything."""
    if path.source.ipv4 and path.target.ipv4:
        yield _rule(path, interfaces, "ip", path.source.ipv4, path.target.ipv4, _own(blueprint, 4))
    if path.source.ipv6 and path.target.ipv6:
        yield _rule(path, interfaces, "ip6", path.source.ipv6, path.target.ipv6, _own(blueprint, 6))


def _rule(path: Path, interfaces: str, family: str, source: Networks, target: Networks, own: Networks) -> str:
    # all addresses outside: exclude the district's own
    source_match = f"saddr != {_set(own)}" if path.source.public else f"saddr {_set(source)}"
    return (
        f"{interfaces} {family} {source_match} {family} daddr {_set(target)} {_service(path, family)} "
        f'ct state new accept comment "{path.flow}"'
    )


def _service(path: Path, family: str) -> str:
    if path.service.port is not None:
        return f"{path.service.protocol} dport {path.service.port}"
    return "icmp type echo-request" if family == "ip" else "icmpv6 type echo-request"


def _match(field: str, networks: Networks, any_address: Prefix) -> str:
    return "" if list(networks) == [any_address] else f"{field} {_set(networks)} "


def _set(networks: Networks) -> str:
    texts = [
        str(net.network_address) if net.num_addresses == 1 else str(net)
        for net in sorted(networks, key=get_mixed_type_key)
    ]
    return texts[0] if len(texts) == 1 else "{ " + ", ".join(texts) + " }"


def _own(blueprint: Blueprint, version: int) -> Networks:
    """Blocks of the extranet location in one family, without those of the internet access."""
    edge = [item for item in blueprint.segments if item.kind is SegmentKind.INTERNET_ACCESS]
    public = [prefix for segment in edge for prefix in segment.prefixes]
    blocks = [block.prefix for block in blueprint.blocks if LOCATION_OF_ZONE[block.zone] is LocationId.EXTRANET]
    return [
        block
        for block in blocks
        if block.version == version and not any(parent_of(prefix, [block]) for prefix in public)
    ]
