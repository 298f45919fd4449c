"""Systems: registered, not duplicated, in the right zone, in the shared cloud, within its protection level."""

from __future__ import annotations

from collections.abc import Iterator

from inventory.texts.text import Text
from policies.gate.core.context import Context
from policies.gate.core.rule import number, rule
from policies.gate.core.texts import COMMON
from policies.gate.core.violation import Violation
from policies.gate.model import Agency, System

ADVANCE = {"running": 0, "building": 1, "planned": 2, "retired": 3}
"""Rank of a state: of two duplicates, the one with the lower rank came first."""
DECLARED = ("declared",)
CLOUD_NODE = "cloud-node"


def name(system: System) -> Text:
    return Text(system.name_zh, system.name_en)


@rule("SYS-001", over="systems", views=DECLARED)
def built_twice(system: System, context: Context) -> Iterator[Violation]:
    """An earlier system of the register has the same capability and object, or matches by names and functions in
    either language."""
    if system.state == "retired":
        return
    reported = set()
    for other in context.snapshot.systems_doing(system):
        if other.state != "retired" and other is not system and _first(system, other, context) is other:
            reported.add(other.id)
            because = COMMON.text("because", "exact").fill(capability=system.capability, object=system.object)
            yield _twin(system, other, because)
    for duplicate in context.duplicates.get(system.id, ()):
        if duplicate.b.entry.id not in reported:
            from policies.duplicates.evidence import texts  # loads the lexicons

            fields = [Text(**texts()["fields"][name]) for name in duplicate.agreeing]
            because = COMMON.text("because", "alike").fill(fields=fields)
            yield _twin(system, context.snapshot.system[duplicate.b.entry.id], because)


def _twin(system: System, other: System, because: Text) -> Violation:
    return {
        "system": name(system),
        "other": other.id,
        "other_name": name(other),
        "owner": other.owner,
        "agency": other.agency,
        "contact": other.contact,
        "because": because,
        "see": [other.at],
    }


def _first(system: System, other: System, context: Context) -> System:
    order = context.snapshot.systems_order
    return min(system, other, key=lambda item: (ADVANCE[item.state], order[item.id]))


@rule("SYS-002", over="systems", views=DECLARED)
def entry_incomplete(system: System, context: Context) -> Iterator[Violation]:
    """Required fields of the register: functions, users, office, contact, approval."""
    needed = {
        "functions": system.functions,
        "users": system.users,
        "owner": system.owner,
        "contact": system.contact,
        "approval": system.approval,
        "capability": system.capability,
        "object": system.object,
    }
    missing = sorted(field for field, value in needed.items() if not value)
    if missing:
        yield {"system": name(system), "missing": missing}


@rule("SYS-003", over="systems", views=DECLARED)
def above_the_cloud_s_level(system: System, context: Context) -> Iterator[Violation]:
    """A cloud hosts no system above its own protection level."""
    level = number("SYS-003", "level")
    nodes = [host for host in system.deployed_at if host in context.declared.host]
    if system.protection > level and any(context.declared.host[host].kind == CLOUD_NODE for host in nodes):
        yield {"system": name(system), "expected": level, "actual": system.protection}


@rule("SYS-004", over="systems", views=DECLARED)
def data_in_the_wrong_zone(system: System, context: Context) -> Iterator[Violation]:
    allowed = number("SYS-004", "classes").get(system.zone, [])
    if system.data_class not in allowed:
        yield {"system": name(system), "zone": system.zone, "expected": allowed, "actual": system.data_class}


@rule("SYS-005", over="systems", views=DECLARED)
def resource_made_twice(system: System, context: Context) -> Iterator[Violation]:
    """One source per data resource; base databases of the city or another agency are not duplicated."""
    for resource in system.produces:
        makers = [other for other in context.snapshot.makers.get(resource, ()) if other.state != "retired"]
        if len(makers) > 1 and makers[0] is not system:
            first = makers[0]
            kind = context.declared.resource[resource].kind if resource in context.declared.resource else ""
            yield {
                "system": name(system),
                "resource": resource,
                "kind": kind,
                "other": first.id,
                "other_name": name(first),
                "see": [first.at],
            }


@rule("SYS-006", over="systems", views=DECLARED)
def exchange_past_the_platform(system: System, context: Context) -> Iterator[Violation]:
    """Data of another agency must be in the exchange plan; the platform itself is exempt."""
    if system.id == context.declared.platform:
        return
    for used in system.consumes:
        resource = context.declared.resource.get(used)
        if resource is None or resource.provider == system.agency:
            continue
        if (used, system.agency) not in context.declared.planned_exchanges:
            yield {"system": name(system), "resource": used, "provider": resource.provider, "agency": system.agency}


@rule("SYS-007", over="systems", views=DECLARED)
def no_catalogue_no_deployment(system: System, context: Context) -> Iterator[Violation]:
    """A deployed system has its data in the catalogue; the platform produces none."""
    in_catalogue = [produce for produce in system.produces if produce in context.declared.resource]
    if system.deployed_at and not in_catalogue and system.id != context.declared.platform:
        yield {"system": name(system), "deployed": system.deployed_at, "produces": system.produces}


@rule("SYS-008", over="systems", views=DECLARED)
def room_of_its_own(system: System, context: Context) -> Iterator[Violation]:
    """New systems of the extranet run in the shared cloud."""
    hosts = [host for host in system.deployed_at if host in context.declared.host]
    own = sorted(host for host in hosts if context.declared.host[host].kind != CLOUD_NODE)
    if own and system.zone == "extranet" and system.kind == "new":
        yield {"system": name(system), "hosts": own}


@rule("SYS-009", over="systems", views=DECLARED)
def another_exchange_platform(system: System, context: Context) -> Iterator[Violation]:
    """No second data exchange system, in principle."""
    platform = context.declared.system.get(context.declared.platform)
    if platform is None or platform is system or system.state == "retired":
        return
    if system.kind == "new" and system.capability == platform.capability:
        yield {"system": name(system), "platform": platform.id, "platform_name": name(platform)}


@rule("SYS-010", over="systems", views=DECLARED)
def for_one_street(system: System, context: Context) -> Iterator[Violation]:
    """No isolated platform below the district, in principle."""
    if system.kind == "new" and system.level == "street" and system.state != "retired":
        yield {"system": name(system), "agency": system.agency}


@rule("SYS-011", over="systems", views=DECLARED)
def deployed_though_retired(system: System, context: Context) -> Iterator[Violation]:
    if system.state == "retired" and system.deployed_at:
        yield {"system": name(system), "hosts": system.deployed_at}


@rule("SYS-012", over="systems", views=DECLARED)
def names_no_plan(system: System, context: Context) -> Iterator[Violation]:
    if system.kind == "new" and system.state != "retired" and not system.project:
        yield {"system": name(system)}


@rule("SYS-013", over="agencies", views=DECLARED)
def domain_used_twice(agency: Agency, context: Context) -> Iterator[Violation]:
    """One site per agency, with its own domain below the portal's."""
    same = context.snapshot.agencies_at.get(agency.domain, [])
    if not agency.domain or same[0] is not agency:
        others = [item.id for item in same if item is not agency]
        yield {"agency": Text(agency.name_zh, agency.name_en), "domain": agency.domain, "others": others}
