"""What runs is in the blueprint: hosts by their profile, systems by their deployment, images by their recipe."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import LAB, Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Host, Image, System, Workload
from policies.gate.model.profiles import differences, image_of, profile_of
from policies.gate.model.unknown import UnknownValueError


def system_of(workload: Workload, context: Context) -> System | None:
    """The system that a service of the cloud runs."""
    found = context.declared.system.get(workload.name) if workload.engine == "cloud" else None
    return found if found is not None and found.image else None


@rule("WORK-001", over="workloads", views=BUILT)
def not_in_the_blueprint(workload: Workload, context: Context) -> Iterator[Violation]:
    """Neither a declared host nor a system of the register with a deployment."""
    if workload.id not in context.declared.host_of and system_of(workload, context) is None:
        yield {"workload": workload.name, "engine": workload.engine, "image": workload.image}


@rule("WORK-002", over="workloads", views=BUILT)
def other_than_its_profile(workload: Workload, context: Context) -> Iterator[Violation]:
    """A host that is a systemd container has exactly what its kind's profile says: no more, and no less."""
    host = context.declared.host_of.get(workload.id)
    profile = profile_of(host, context.declared) if host is not None else None
    if profile is not None:
        for field, expected, actual in differences(workload, profile, context.control_groups(workload)):
            yield {
                "workload": workload.name,
                "profile": profile.name,
                "field": field,
                "expected": expected,
                "actual": actual,
            }


@rule("WORK-003", over="workloads", views=BUILT)
def host_as_a_container(workload: Workload, context: Context) -> Iterator[Violation]:
    """At a production site hosts are machines: a container in a host's name would stand in for one."""
    host = context.declared.host_of.get(workload.id)
    if host is not None and context.declared.site_kind != LAB:
        yield {"workload": workload.name, "site": context.declared.site}


@rule("WORK-004", over="workloads", views=BUILT)
def image_of_no_recipe(workload: Workload, context: Context) -> Iterator[Violation]:
    """The id that the build of the approved recipe recorded, and no other."""
    wanted = _image(workload, context)
    if wanted is not None and workload.image not in (wanted.image, wanted.reference):
        yield {"workload": workload.name, "kind": wanted.id, "expected": wanted.image, "actual": workload.image}


@rule("WORK-005", over="workloads", views=BUILT)
def image_of_an_old_recipe(workload: Workload, context: Context) -> Iterator[Violation]:
    """The recipe was changed since, or its approval withdrawn."""
    wanted = _image(workload, context)
    if wanted is not None and wanted.recipe != wanted.approved:
        yield {"workload": workload.name, "kind": wanted.id, "expected": wanted.approved, "actual": wanted.recipe}


def _image(workload: Workload, context: Context) -> Image | None:
    """The recorded image that it has to run; None for what is not in the blueprint. No record is no answer."""
    host, system = context.declared.host_of.get(workload.id), system_of(workload, context)
    kind = image_of(host) if host is not None else system.image if system is not None else ""
    if not kind:
        return None
    if kind not in context.declared.image:
        raise UnknownValueError(f"images.json: {kind}", "not-recorded")
    return context.declared.image[kind]


@rule("WORK-006", over="workloads", views=BUILT)
def no_limits(workload: Workload, context: Context) -> Iterator[Violation]:
    """One tenant without limits takes the memory and the processors of all. Hosts have the machine's."""
    if workload.id not in context.declared.host_of and not (workload.memory_mib > 0 and workload.cpus > 0):
        yield {"workload": workload.name, "memory": workload.memory_mib, "cpus": workload.cpus}


@rule("WORK-007", over="workloads", views=BUILT)
def other_than_its_deployment(workload: Workload, context: Context) -> Iterator[Violation]:
    """A system's limits are those that were approved with it."""
    system = system_of(workload, context)
    if system is None:
        return
    has = (("memory_mib", system.memory_mib, workload.memory_mib), ("cpus", system.cpus, workload.cpus))
    for field, expected, actual in has:
        if actual > expected:
            yield {"workload": workload.name, "field": field, "expected": expected, "actual": actual}


@rule("WORK-008", over="workloads", views=BUILT)
def secret_in_the_environment(workload: Workload, context: Context) -> Iterator[Violation]:
    """Who may look at a container reads its environment; names are told, values never."""
    if workload.secret_env:
        yield {"workload": workload.name, "variables": workload.secret_env}


@rule("WORK-009", over="hosts", views=("declared",))
def room_too_poor(host: Host, context: Context) -> Iterator[Violation]:
    """Grades of GB 50174: A is best. A host that needs a better room than the site has may not stand there."""
    if host.room_grade and context.declared.room_grade and host.room_grade < context.declared.room_grade:
        yield {"host": host.id, "expected": host.room_grade, "actual": context.declared.room_grade}
