"""What must be true across the files of a blueprint. Each check yields every mistake that it finds."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from inventory.addressing import Prefix, parent_of, why_unusable
from inventory.blueprint import Blueprint
from inventory.model.base import Model, Named
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import CLASSES_OF_ZONE, PLACE_OF_ZONE, ZONE_OF_KIND, PlaceId, Segment, SegmentKind, ZoneId
from inventory.paths import paths_of
from inventory.problems import Problem

Check = Callable[[Blueprint, date], Iterator[Problem]]


def check(blueprint: Blueprint, day: date, left_out: frozenset[str] = frozenset(), whole: bool = True) -> list[Problem]:
    """All problems of all checks. Where entries were left out for their shape, what depends on them is not judged."""
    found = [problem for one in ALWAYS for problem in one(blueprint, day)]
    found += [problem for problem in references(blueprint, day) if problem.values["value"] not in left_out]
    if whole:
        found += [problem for one in WHOLE for problem in one(blueprint, day)]
    return found


def unique_ids(b: Blueprint, day: date) -> Iterator[Problem]:
    groups: list[tuple[str, Iterable[Model]]] = [
        ("agencies", b.agencies),
        ("zones", b.zones),
        ("segments", b.segments),
        ("hosts and vantages", (*b.hosts, *b.vantages)),
        ("flows", b.flows),
        ("systems", b.systems),
        ("resources", b.resources),
        ("exchanges", b.exchanges),
        ("tasks", b.tasks),
        ("service halls", b.service_halls),
    ]
    for group, things in groups:
        seen: dict[str, Model] = {}
        for thing in things:
            name = str(getattr(thing, "id"))  # noqa: B009  # every group's model has one
            if name in seen:
                yield Problem("BP011", thing.at("id"), {"value": name, "expected": group}, seen[name].at("id"))
            seen.setdefault(name, thing)


def unique_names(b: Blueprint, day: date) -> Iterator[Problem]:
    """Two things of one kind may not be called the same, in either language."""
    groups: list[Iterable[Named]] = [b.agencies, b.segments, (*b.hosts, *b.vantages), b.systems, b.resources, b.tasks]
    for things in groups:
        for field in ("name_zh", "name_en"):
            seen: dict[str, Named] = {}
            for thing in things:
                name = getattr(thing, field).casefold()
                if name in seen and seen[name].id != thing.id:
                    other = seen[name]
                    yield Problem(
                        "BP022",
                        thing.at(field),
                        {"value": getattr(thing, field), "expected": other.id},
                        other.at(field),
                    )
                seen.setdefault(name, thing)


def prefixes(b: Blueprint, day: date) -> Iterator[Problem]:
    """Overlaps of segments, and prefixes outside their zone's blocks."""
    for field in ("ipv4", "ipv6"):
        yield from _overlaps(b.segments, field)
    for segment in b.segments:
        blocks = [one.prefix for one in b.blocks if one.zone == segment.zone]
        fields: list[tuple[str, Prefix]] = [("ipv4", segment.ipv4), ("ipv6", segment.ipv6)]
        for field, prefix in fields:
            if not parent_of(prefix, blocks):
                fitting = [str(block) for block in blocks if block.version == prefix.version]
                yield Problem(
                    "BP013",
                    segment.at(field),
                    {
                        "segment": segment.id,
                        "value": prefix,
                        "zone": segment.zone,
                        "expected": ", ".join(fitting) or "none",
                    },
                )
        if not 16 <= segment.ipv4.prefixlen <= 26 or segment.ipv6.prefixlen != 64:
            field = "ipv6" if 16 <= segment.ipv4.prefixlen <= 26 else "ipv4"
            expected = "an IPv6 prefix of length 64" if field == "ipv6" else "an IPv4 prefix of length 16 to 26"
            yield Problem("BP010", segment.at(field), {"value": getattr(segment, field), "expected": expected})


def _overlaps(segments: tuple[Segment, ...], field: str) -> Iterator[Problem]:
    """Prefixes nest or are disjoint, so one pass in order finds every one that lies in an earlier one."""
    open_prefixes: list[Segment] = []
    for segment in sorted(segments, key=lambda s: (getattr(s, field).network_address, getattr(s, field).prefixlen)):
        prefix = getattr(segment, field)
        while open_prefixes and not prefix.subnet_of(getattr(open_prefixes[-1], field)):
            open_prefixes.pop()
        if open_prefixes:
            first, second = sorted((open_prefixes[-1], segment), key=lambda s: s.at(field))
            yield Problem(
                "BP012",
                second.at(field),
                {
                    "segment": second.id,
                    "value": getattr(second, field),
                    "other": first.id,
                    "expected": getattr(first, field),
                },
                first.at(field),
            )
        open_prefixes.append(segment)


def blocks_apart(b: Blueprint, day: date) -> Iterator[Problem]:
    """Blocks of two zones share no address."""
    for index, block in enumerate(b.blocks):
        for other in b.blocks[:index]:
            same_family = block.prefix.version == other.prefix.version
            if same_family and block.zone != other.zone and block.prefix.overlaps(other.prefix):
                yield Problem(
                    "BP012",
                    block.at("prefix"),
                    {
                        "segment": f"block of {block.zone}",
                        "value": block.prefix,
                        "other": f"block of {other.zone}",
                        "expected": other.prefix,
                    },
                    other.at("prefix"),
                )


def zones_and_segments(b: Blueprint, day: date) -> Iterator[Problem]:
    for zone in b.zones:
        if zone.place != PLACE_OF_ZONE[zone.id]:
            yield Problem(
                "BP025", zone.at("place"), {"zone": zone.id, "value": zone.place, "expected": PLACE_OF_ZONE[zone.id]}
            )
    declared = {zone.id for zone in b.zones}
    for missing in [one for one in ZoneId if one not in declared]:
        yield Problem(
            "BP007", b.zones[0].at() if b.zones else b.district.at(), {"value": missing, "expected": "a zone"}
        )
    for segment in b.segments:
        right = ZONE_OF_KIND.get(segment.kind, ZoneId.EXTRANET)
        if segment.zone != right:
            yield Problem(
                "BP009", segment.at("zone"), {"value": segment.zone, "expected": f"{right} for kind {segment.kind}"}
            )
        if (segment.kind is SegmentKind.PRIVATE) != (segment.agency is not None):
            wrong = "agency is missing" if segment.agency is None else f"agency {segment.agency} on kind {segment.kind}"
            yield Problem("BP023", segment.at("agency"), {"segment": segment.id, "value": wrong})


def legs(b: Blueprint, day: date) -> Iterator[Problem]:
    """Numbers of hosts and vantage points: usable, and each once a segment."""
    taken: dict[tuple[str, int], str] = {}
    stations: list[tuple[Host | Vantage, str, int, tuple[str, ...]]] = [
        (host, leg, number, ("legs", leg)) for host in b.hosts for leg, number in host.legs.items()
    ]
    stations += [(one, one.segment, one.number, ("number",)) for one in b.vantages]
    for station, leg, number, field in stations:
        if leg not in b.segment:
            continue
        at = station.at(*field)
        why = why_unusable(b.segment[leg], number, isinstance(station, Host) and station.kind is HostKind.GATEWAY)
        if why:
            yield Problem("BP016", at, {"value": number, "segment": leg, "expected": why})
        if (leg, number) in taken:
            yield Problem("BP015", at, {"value": number, "segment": leg, "expected": taken[leg, number]})
        taken.setdefault((leg, number), station.id)


def hosts_stand_right(b: Blueprint, day: date) -> Iterator[Problem]:
    for host in b.hosts:
        known = [b.segment[leg] for leg in host.legs if leg in b.segment]
        zones = sorted({leg.zone for leg in known if leg.kind is not SegmentKind.MANAGEMENT})
        if len(zones) > 1 and host.kind is not HostKind.GATEWAY:
            yield Problem("BP021", host.at("legs"), {"host": host.id, "value": " + ".join(zones)})
        for leg in known:
            if leg.place != host.place:
                yield Problem(
                    "BP024",
                    host.at("legs", leg.id),
                    {
                        "host": host.id,
                        "value": f"{leg.id} is not in place {host.place}",
                        "expected": f"a segment of place {host.place}",
                    },
                )
        yield from _managed(host, known)


def _managed(host: Host, known: list[Segment]) -> Iterator[Problem]:
    management = [leg for leg in known if leg.kind is SegmentKind.MANAGEMENT]
    if host.place is PlaceId.EXTRANET and len(management) != 1:
        yield Problem(
            "BP024",
            host.at("legs"),
            {
                "host": host.id,
                "value": f"{len(management)} management legs",
                "expected": "exactly one leg in a management segment",
            },
        )
    working = len(known) - len(management)
    if host.kind is not HostKind.GATEWAY and working != 1 and known:
        yield Problem(
            "BP024",
            host.at("legs"),
            {
                "host": host.id,
                "value": f"{working} working legs",
                "expected": "exactly one leg beside the management one; only a gateway has more",
            },
        )
    if (host.kind is HostKind.CLIENT) != (host.agency is not None) and host.place is PlaceId.EXTRANET:
        wrong = "a client without agency" if host.agency is None else f"agency {host.agency} on kind {host.kind}"
        yield Problem(
            "BP024",
            host.at("agency"),
            {"host": host.id, "value": wrong, "expected": "client hosts belong to an agency, no other kind does"},
        )
    if host.kind is HostKind.GATEWAY and host.place is PlaceId.INTRANET:
        yield Problem(
            "BP024",
            host.at("kind"),
            {
                "host": host.id,
                "value": "a gateway in the intranet",
                "expected": "the intranet has no gateway: it leads nowhere",
            },
        )


def bastions(b: Blueprint, day: date) -> Iterator[Problem]:
    for place in PlaceId:
        count = [host for host in b.hosts_at(place) if host.kind is HostKind.BASTION]
        if len(count) != 1 and b.hosts:
            yield Problem(
                "BP024",
                (count[-1] if count else b.hosts[0]).at("kind"),
                {
                    "host": count[-1].id if count else place,
                    "value": f"{len(count)} bastions in place {place}",
                    "expected": "exactly one bastion a place",
                },
            )


def dates(b: Blueprint, day: date) -> Iterator[Problem]:
    for flow in b.flows:
        if flow.expires == "never":
            continue
        if flow.expires <= flow.not_before:
            yield Problem(
                "BP019", flow.at("expires"), {"flow": flow.id, "value": flow.expires, "expected": flow.not_before}
            )
        elif flow.expires < day:
            yield Problem("BP018", flow.at("expires"), {"flow": flow.id, "value": flow.expires})


def crossings(b: Blueprint, day: date) -> Iterator[Problem]:
    """Where flows lead: never between the places, and only through segments that a gateway stands in."""
    for flow in b.flows:
        if flow.source == flow.target and not flow.source.startswith("kind:"):
            values = {"flow": flow.id, "value": f"both ends are {flow.source}", "expected": "name two different ends"}
            yield Problem("BP027", flow.at("to"), values)
        joined = {(path.source.segment, path.target.segment) for path in paths_of(b, flow)}
        if any(b.segment[source].place != b.segment[target].place for source, target in joined):
            yield Problem("BP020", flow.at("to"), {"flow": flow.id, "value": flow.source, "expected": flow.target})
            continue
        for end in sorted({end for pair in joined if len(set(pair)) == 2 for end in pair}):
            if not b.gateways_of(end):
                yield Problem("BP031", flow.at("to"), {"segment": end})


def references(b: Blueprint, day: date) -> Iterator[Problem]:
    """Every id that a field mentions exists."""
    agencies, segments, hosts = set(b.agency), set(b.segment), set(b.host)
    systems, resources, tasks = set(b.system), {one.id for one in b.resources}, {one.id for one in b.tasks}
    wanted: list[tuple[Model, tuple[str | int, ...], str, set[str], str]] = [
        (b.district, ("authority",), b.district.authority, agencies, "agency")
    ]
    for segment in b.segments:
        wanted += [(segment, ("agency",), segment.agency, agencies, "agency")] if segment.agency else []
    for host in b.hosts:
        wanted += [(host, ("agency",), host.agency, agencies, "agency")] if host.agency else []
        wanted += [(host, ("legs", leg), leg, segments, "segment") for leg in host.legs]
    wanted += [(one, ("segment",), one.segment, segments, "segment") for one in b.vantages]
    for flow in b.flows:
        wanted.append((flow, ("owner",), flow.owner, agencies, "agency"))
        wanted += [(flow, (field,), *_end(b, end)) for field, end in (("from", flow.source), ("to", flow.target))]
    for system in b.systems:
        wanted.append((system, ("agency",), system.agency, agencies, "agency"))
        wanted.append((system, ("jurisdiction",), system.jurisdiction, {b.district.id}, "district"))
        wanted += [(system, ("project",), system.project, tasks, "task")] if system.project else []
        for field, known, what in (
            ("produces", resources, "resource"),
            ("consumes", resources, "resource"),
            ("reuses", systems, "system"),
            ("deployed_at", hosts, "host"),
        ):
            mentioned = enumerate(getattr(system, field))
            wanted += [(system, (field, number), name, known, what) for number, name in mentioned]
    wanted += [(one, ("provider",), one.provider, agencies, "agency") for one in b.resources]
    for exchange in b.exchanges:
        wanted.append((exchange, ("resource",), exchange.resource, resources, "resource"))
        wanted += [
            (exchange, (side,), getattr(exchange, side), agencies, "agency") for side in ("provider", "consumer")
        ]
    for task in b.tasks:
        wanted.append((task, ("lead",), task.lead, agencies, "agency"))
        wanted += [(task, ("delivers", i), name, systems, "system") for i, name in enumerate(task.delivers)]
    for hall in b.service_halls:
        wanted += [
            (hall, ("operator",), hall.operator, agencies, "agency"),
            (hall, ("segment",), hall.segment, segments, "segment"),
        ]
    wanted += [(b.site, ("agencies", i), name, agencies, "agency") for i, name in enumerate(b.site.agencies)]
    for thing, steps, name, known, what in wanted:
        if name not in known:
            yield Problem("BP014", thing.at(*steps), {"value": name, "expected": what, "near": _near(name, known)})


def _end(b: Blueprint, end: str) -> tuple[str, set[str], str]:
    kind, _, name = end.partition(":")
    known = {
        "segment": set(b.segment),
        "host": set(b.host),
        "vantage": set(b.vantage),
        "system": set(b.system),
        "kind": {str(one) for one in HostKind},
    }
    return name, known[kind], "kind of host" if kind == "kind" else kind


def _near(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), 1)
    return f" ({close[0]}?)" if close else ""


def classes(b: Blueprint, day: date) -> Iterator[Problem]:
    """Data stays in zones that may hold it."""
    for system in b.systems:
        allowed = CLASSES_OF_ZONE[system.zone]
        if system.data_class not in allowed:
            yield Problem(
                "BP017",
                system.at("data_class"),
                {"what": system.id, "value": system.data_class, "zone": system.zone, "expected": ", ".join(allowed)},
            )
        for host in [b.host[name] for name in system.deployed_at if name in b.host]:
            if system.zone not in {b.segment[leg].zone for leg in b.working_legs(host) if leg in b.segment}:
                yield Problem(
                    "BP029", system.at("deployed_at"), {"system": system.id, "value": host.id, "expected": system.zone}
                )


def deployments(b: Blueprint, day: date) -> Iterator[Problem]:
    """A published port is named by a flow; two systems on one host publish different ports."""
    named = {(flow.target, service) for flow in b.flows for service in flow.service}
    taken: dict[tuple[str, int], str] = {}
    for system in b.systems:
        if system.deployment is None:
            continue
        port = system.deployment.port
        if (f"system:{system.id}", f"tcp/{port}") not in named:
            yield Problem("BP030", system.at("deployment", "port"), {"system": system.id, "value": f"tcp/{port}"})
        for host in system.deployed_at:
            if (host, port) in taken:
                yield Problem(
                    "BP015",
                    system.at("deployment", "port"),
                    {"value": port, "segment": host, "expected": taken[host, port]},
                )
            taken.setdefault((host, port), system.id)


def exchanges(b: Blueprint, day: date) -> Iterator[Problem]:
    provider = {one.id: one.provider for one in b.resources}
    for one in b.exchanges:
        if one.resource in provider and provider[one.resource] != one.provider:
            yield Problem(
                "BP032",
                one.at("provider"),
                {"resource": one.resource, "value": one.provider, "expected": provider[one.resource]},
            )
    if b.exchanges and b.platform not in b.system:
        yield Problem(
            "BP014",
            b.exchanges[0].at("id"),
            {"value": b.platform, "expected": "system (platform)", "near": _near(b.platform, set(b.system))},
        )


def site(b: Blueprint, day: date) -> Iterator[Problem]:
    missing = [place for place in PlaceId if place not in b.site.engines]
    for place in missing:
        yield Problem(
            "BP033",
            b.site.at("engines"),
            {"site": b.site.id, "value": f"no engine for place {place}", "expected": "one engine a place"},
        )
    hosts = [engine.host for engine in b.site.engines.values() if engine.host != "lab"]
    if len(set(hosts)) != len(hosts):
        yield Problem(
            "BP033",
            b.site.at("engines"),
            {
                "site": b.site.id,
                "value": "both places use one engine",
                "expected": "the intranet has an engine of its own",
            },
        )


def overlays(b: Blueprint, day: date) -> Iterator[Problem]:
    blocks = [one.prefix for one in b.blocks if one.zone is ZoneId.EXTRANET]
    if not parent_of(b.overlays, blocks):
        yield Problem(
            "BP013",
            b.blocks[0].at("prefix"),
            {
                "segment": "overlays",
                "value": b.overlays,
                "zone": ZoneId.EXTRANET,
                "expected": ", ".join(str(x) for x in blocks if x.version == 4),
            },
        )
    for segment in b.segments:
        if segment.ipv4.overlaps(b.overlays):
            yield Problem(
                "BP012",
                segment.at("ipv4"),
                {"segment": segment.id, "value": segment.ipv4, "other": "overlays", "expected": b.overlays},
            )


ALWAYS: tuple[Check, ...] = (unique_ids, unique_names, prefixes, blocks_apart, legs, dates, classes)
"""Each judges entries by themselves or in pairs, so an entry that is left out hides nothing and accuses nobody."""
WHOLE: tuple[Check, ...] = (
    zones_and_segments,
    hosts_stand_right,
    bastions,
    crossings,
    deployments,
    exchanges,
    site,
    overlays,
)
