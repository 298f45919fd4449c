"""Workloads equal the blueprint: hosts their profile, systems their deployment, images their recipe."""

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
    system = context.declared.system.get(workload.name) if workload.engine == "cloud" else None
    return system if system is not None and system.image else None


@rule("WORK-001", over="workloads", views=BUILT)
def not_in_the_blueprint(workload: Workload, context: Context) -> Iterator[Violation]:
    """Neither a declared host nor a system of the register with a deployment."""
    if workload.id not in context.declared.host_of and system_of(workload, context) is None:
        yield {"workload": workload.name, "engine": workload.engine, "image": workload.image}


@rule("WORK-002", over="workloads", views=BUILT)
def other_than_its_profile(workload: Workload, context: Context) -> Iterator[Violation]:
    """A host that is a systemd container equals its kind's profile."""
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
    """Hosts of a production site are machines, not containers."""
    host = context.declared.host_of.get(workload.id)
    if host is not None and context.declared.site_kind != LAB:
        yield {"workload": workload.name, "site": context.declared.site}


@rule("WORK-004", over="workloads", views=BUILT)
def image_of_no_recipe(workload: Workload, context: Context) -> Iterator[Violation]:
    """The image is the recorded build of the approved recipe."""
    image = _image(workload, context)
    if image is not None and workload.image not in (image.image, image.reference):
        yield {"workload": workload.name, "kind": image.id, "expected": image.image, "actual": workload.image}


@rule("WORK-005", over="workloads", views=BUILT)
def image_of_an_old_recipe(workload: Workload, context: Context) -> Iterator[Violation]:
    """The recipe changed after the build, or its approval was withdrawn."""
    image = _image(workload, context)
    if image is not None and image.recipe != image.approved:
        yield {"workload": workload.name, "kind": image.id, "expected": image.approved, "actual": image.recipe}


def _image(workload: Workload, context: Context) -> Image | None:
    """The recorded image that it must run; None if it is not in the blueprint. Raises without a record."""
    host, system = context.declared.host_of.get(workload.id), system_of(workload, context)
    kind = image_of(host) if host is not None else system.image if system is not None else ""
    if not kind:
        return None
    if kind not in context.declared.image:
        raise UnknownValueError(f"images.json: {kind}", "not-recorded")
    return context.declared.image[kind]


@rule("WORK-006", over="workloads", views=BUILT)
def no_limits(workload: Workload, context: Context) -> Iterator[Violation]:
    """A tenant without limits can use the memory and processors of all others. Hosts are exempt."""
    if workload.id not in context.declared.host_of and not (workload.memory_mib > 0 and workload.cpus > 0):
        yield {"workload": workload.name, "memory": workload.memory_mib, "cpus": workload.cpus}


@rule("WORK-007", over="workloads", views=BUILT)
def other_than_its_deployment(workload: Workload, context: Context) -> Iterator[Violation]:
    """A system's limits equal its approved deployment."""
    system = system_of(workload, context)
    if system is None:
        return
    has = (("memory_mib", system.memory_mib, workload.memory_mib), ("cpus", system.cpus, workload.cpus))
    for field, expected, actual in has:
        if actual > expected:
            yield {"workload": workload.name, "field": field, "expected": expected, "actual": actual}


@rule("WORK-008", over="workloads", views=BUILT)
def secret_in_the_environment(workload: Workload, context: Context) -> Iterator[Violation]:
    """Anyone who can inspect a container can read its environment. Reports names only, never values."""
    if workload.secret_env:
        yield {"workload": workload.name, "variables": workload.secret_env}


@rule("WORK-009", over="hosts", views=("declared",))
def room_too_poor(host: Host, context: Context) -> Iterator[Violation]:
    """Grades of GB 50174, A is best. The site's machine room has at least the grade that a host requires."""
    if host.room_grade and context.declared.room_grade and host.room_grade < context.declared.room_grade:
        yield {"host": host.id, "expected": host.room_grade, "actual": context.declared.room_grade}
