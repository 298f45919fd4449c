"""`lantu plan`: what would change, in words and as data, and whether the gate lets it."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from inventory.rendering.ruleset import rulesets
from lantu.commands import reach
from lantu.commands.up import told
from lantu.console import Exit, Format, Lang, emit, leave, say
from lantu.context import Context, Workspace, context, never_built
from lantu.deployment import PACK, Building, log_file, tenant_stack
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site
from lantu.stacks import Stack
from lantu.steps import StepFailedError, Steps

OPERATIONS = {
    "create": ("新建", "create"),
    "update": ("修改", "change"),
    "delete": ("删除", "delete"),
    "replace": ("重建", "replace"),
}
QUIET = {"same", "read", "refresh", "create-replacement", "delete-replaced"}
"""What changes nothing, and the two halves of a replacement, which Pulumi tells as a step of its own."""


@dataclass(frozen=True, slots=True)
class StackPreview:
    """What Pulumi would do to one stack, and what the gate says of it."""

    stack: str
    steps: tuple[dict[str, Any], ...]
    violations: tuple[dict[str, Any], ...]

    @property
    def denied(self) -> bool:
        return any(violation["level"] == "mandatory" for violation in self.violations)


def plan(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Say what would change on the running district, and whether it may. 变更计划

    Changes nothing. Says also who may reach whom with what that may not now, and the other way round: the rules to come
    beside those that the hosts have. The plan is kept beside the lab's state, under the hash of its content.

    Exit status: 0 it may, 1 the gate denies it, 4 wrong blueprint, no such lab, or a broken tool.

    Example:

        lantu plan --format json
    """
    seen = context(directory, site, lab, lang, output)
    if not all(workspace.pulumi.exists() for workspace in seen.workspaces):
        never_built(lab, lang)
    building = Building(seen, Steps(log_file(seen, "plan"), lang, 2 + len(seen.workspaces)))
    with told(building.steps):
        document = made(building)
    keep(seen, document)
    if output is Format.JSON:
        emit(document)
    else:
        print("\n".join(words(document, lang)))
    if document["denied"]:
        leave(Exit.DENIED)
    if "error" in document["reach"]:
        leave(Exit.NOT_EVALUATED)


def made(building: Building) -> dict[str, Any]:
    """The plan in a normal form: no times, no secrets, nothing that only a run would know."""
    seen, steps = building.context, building.steps
    with steps.step("取得 Pulumi 与镜像", "get Pulumi and images"):
        building.get_pulumi()
        building.get_images()
    previews: list[StackPreview] = []
    for workspace in seen.workspaces:
        with steps.step(f"预演 {workspace.location}", f"preview the {workspace.location} place"):
            previews += stacks_at(building, workspace)
    with steps.step("渲染各主机规则", "render the rules of every host"):
        part, day = seen.blueprint.deployed_subset, date.today()
        rules = rulesets(part, day)
    document: dict[str, Any] = {
        "schema": 2,
        "blueprint": seen.blueprint.digest,
        "site": seen.blueprint.site.id,
        "lab": seen.lab.name,
        "denied": any(item.denied for item in previews),
        "stacks": {item.stack: {"steps": item.steps, "violations": item.violations} for item in previews},
        "rulesets": rules,
        "reach": reach.reach(seen, rules),
    }
    return {**document, "hash": digest(document)}


def stacks_at(building: Building, workspace: Workspace) -> Iterator[StackPreview]:
    """The place's own stack, then those of the tenants whose systems run there."""
    building.prepare_location(workspace)
    yield preview(building, workspace, building.stack(workspace))
    if workspace.location == building.context.workspaces[0].location:
        assert building.engine is not None
        for tenant in building.tenants():
            stack = tenant_stack(building.context, workspace, building.engine, tenant)
            if stack.kept_settings.exists():
                building.prepare_tenant(workspace, tenant)
                yield preview(building, workspace, stack)


def preview(building: Building, workspace: Workspace, stack: Stack) -> StackPreview:
    """Runs the real preview through the gate and reads its events; one that ends without a summary is a failure."""
    environment = building.environment(workspace, stack) | {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
    command = [str(stack.engine.pulumi), "preview", "--json", "--non-interactive", "--policy-pack", str(PACK)]
    done = subprocess.run(command, env=environment, cwd=stack.folder, capture_output=True, text=True, check=False)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    building.steps.write(f"$ {' '.join(command)}\n" + "".join(_for_the_log(events)) + done.stderr)
    violations = tuple(_violation(event["policyEvent"]) for event in events if "policyEvent" in event)
    finished = any(event.get("summaryEvent", {}).get("result") == "succeeded" for event in events)
    if not finished and not violations:
        last = [line.rstrip() for line in _for_the_log(events)][-20:] or [done.stderr.strip()]
        raise StepFailedError(f"pulumi preview of {stack.name}", done.returncode, last)
    steps = tuple(_step(event["resourcePreEvent"]["metadata"]) for event in events if "resourcePreEvent" in event)
    return StackPreview(stack.name, tuple(step for step in steps if step["op"] not in QUIET), violations)


def _for_the_log(events: list[dict[str, Any]]) -> Iterator[str]:
    """What people may read. Debug messages are left out: the SDK writes every value into them, secrets too."""
    for event in events:
        if "resourcePreEvent" in event:
            metadata = event["resourcePreEvent"]["metadata"]
            yield f"{metadata['op']} {metadata['urn']}\n"
        elif event.get("diagnosticEvent", {}).get("severity", "debug") != "debug":
            yield event["diagnosticEvent"]["message"]


def _step(metadata: dict[str, Any]) -> dict[str, Any]:
    new = metadata.get("new") or metadata.get("old") or {}
    return {
        "op": metadata["op"],
        "type": metadata["type"],
        "name": metadata["urn"].rsplit("::", 1)[-1],
        "changed": sorted(metadata.get("diffs") or []),
        "inputs": new.get("inputs", {}),
    }


def _violation(event: dict[str, Any]) -> dict[str, Any]:
    urn = event.get("resourceUrn") or ""
    return {
        "policy": event["policyName"],
        "level": event["enforcementLevel"],
        "resource": urn.rsplit("::", 1)[-1],
        "message": event["message"].strip(),
    }


def digest(document: dict[str, Any]) -> str:
    """The hash that is signed: over the normal form alone."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def keep(seen: Context, document: dict[str, Any]) -> None:
    folder = seen.lab.state / "plans" / document["hash"][:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    say(f"{folder}")


def words(document: dict[str, Any], lang: Lang) -> Iterator[str]:
    """The plan for people: one line a change, then what the gate says."""
    zh = lang is Lang.ZH
    for name, stack in document["stacks"].items():
        if not stack["steps"]:
            yield f"{name}: {'没有变更' if zh else 'nothing changes'}"
        for step in stack["steps"]:
            subcommand = OPERATIONS.get(step["op"], (step["op"], step["op"]))[0 if zh else 1]
            kind = step["type"].rsplit(":", 1)[-1]
            why = f" ({', '.join(step['changed'])})" if step["changed"] else ""
            yield f"{name}: {subcommand} {kind} {step['name']}{why}"
        for item in stack["violations"]:
            yield f"{name}: {'拒绝' if zh else 'denied'} {item['resource']}: {item['message']}"
    yield from reach.words(document["reach"], lang)
    yield f"{'计划' if zh else 'plan'} {document['hash'][:16]}"
