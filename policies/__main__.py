"""The CrossGuard pack: `pulumi preview --policy-pack policies`. Rules and texts are in policies/gate.

`resource` evaluates every resource first. It keeps the inputs, because outputs of a preview contain values that the
provider will compute, and in an update it blocks a resource before it is created. `blueprint` then evaluates the whole
stack, with everything that one resource alone does not show and what a preview does not know.
"""

from __future__ import annotations

import locale
import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import serialize_properties

from inventory.texts.text import Lang
from policies.gate.core.findings import Finding
from policies.gate.core.levels import Status
from policies.gate.crossguard import Gate
from policies.gate.views.planned import PlannedResource
from policies.gate.views.pulumi_values import WHY_ID, has_unknowns

inputs: dict[str, PlannedResource] = {}
"""The inputs of every resource seen so far, by URN."""
reported: set[str] = set()
"""Fingerprints of reported findings."""


@cache
def gate(prefix: str) -> Gate:
    """The gate of a stack, by its URN prefix urn:pulumi:STACK::PROJECT."""
    stack, project = prefix.split("::")[:2]
    return Gate.of(os.environ, stack.removeprefix("urn:pulumi:"), project)


def gate_of(urn: str) -> Gate:
    return gate("::".join(urn.split("::")[:2]))


def language() -> Lang:
    chosen = next(
        (os.environ[name] for name in ("LANTU_LANG", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if (chosen or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


def resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Evaluate one resource with the rules that need nothing else. Unknown values wait for the stack."""
    provider = [_read(args.provider.urn, args.provider)] if args.provider is not None else []
    inputs[args.urn] = this = _read(args.urn, args)
    for finding in gate_of(args.urn).before([*provider, this]).grouped():
        if finding.status is Status.VIOLATED or not _waits(finding, [this, *provider]):
            _tell(finding, report)


def _waits(finding: Finding, resources: list[PlannedResource]) -> bool:
    """Whether the stack has more data: dependencies resolve unknown values and ids."""
    return finding.why == WHY_ID or has_unknowns([item.props for item in resources])


def blueprint(args: StackValidationArgs, report: ReportViolation) -> None:
    """Evaluate the blueprint and the whole stack."""
    resources = [_planned(item) for item in args.resources]
    if resources:
        for findings in gate_of(resources[0].urn).whole(resources):
            for finding in findings.grouped():
                _tell(finding, report)


def _planned(resource: Any) -> PlannedResource:
    """A resource of the stack: its inputs if it passed `resource`, else (it was only read) its outputs."""
    depends = {name: [on.urn for on in those] for name, those in resource.property_dependencies.items()}
    return (
        _read(resource.urn, resource, depends) if resource.urn not in inputs else _with(inputs[resource.urn], depends)
    )


def _with(planned_resource: PlannedResource, depends: Mapping[str, list[str]]) -> PlannedResource:
    return PlannedResource(
        planned_resource.urn,
        planned_resource.type,
        planned_resource.props,
        planned_resource.provider,
        planned_resource.id,
        depends,
    )


def _read(urn: str, resource: Any, depends: Mapping[str, list[str]] | None = None) -> PlannedResource:
    """Pulumi's resource as a planned resource; unknown values keep Pulumi's marks."""
    provider = getattr(resource, "provider", None)
    known_as = provider.urn if provider is not None else ""
    return PlannedResource(
        urn, resource.resource_type, serialize_properties(resource.props), known_as, depends=depends or {}
    )


def _tell(finding: Finding, report: ReportViolation) -> None:
    """Report a blocking finding as a violation of its resource, others as messages."""
    if finding.fingerprint in reported:
        return
    reported.add(finding.fingerprint)
    text = finding.text(language())
    if finding.blocks:
        report(text, finding.at if finding.at.startswith("urn:") else None)
    elif finding.blocks_or_warns:
        print(text)


def pack(policies: Iterable[Any]) -> None:
    """Serve the pack until Pulumi exits; never returns."""
    PolicyPack(name="lantu", enforcement_level=EnforcementLevel.MANDATORY, policies=list(policies))


if __name__ == "__main__":
    pack(
        [
            ResourceValidationPolicy(name="resource", description="Lantu 蓝图", validate=resource),
            StackValidationPolicy(name="blueprint", description="Lantu 蓝图", validate=blueprint),
        ]
    )
