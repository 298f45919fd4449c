"""A plan: the previews of all stacks with the gate's verdict, the rendered rulesets and the reachability diff."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from inventory.rendering.ruleset import rulesets
from inventory.texts.text import Text
from lantu import reach
from lantu.build import at
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.context import LabContext, Workspace, never_built
from lantu.deployment import PACK, Building, log_file, tenant_stack
from lantu.stacks import Stack
from lantu.steps import StepFailedError, Steps, reported

OPERATIONS = {
    "create": Text("新建", "create"),
    "update": Text("修改", "change"),
    "delete": Text("删除", "delete"),
    "replace": Text("重建", "replace"),
}
NO_CHANGE = Text("{stack}: 没有变更", "{stack}: no changes")
DENIED = Text("{stack}: 拒绝 {resource}: {message}", "{stack}: denied {resource}: {message}")
PLAN = Text("计划 {hash}", "plan {hash}")
QUIET = {"same", "read", "refresh", "create-replacement", "delete-replaced"}
"""Operations that change nothing, and the two halves of a replacement, which Pulumi also reports as one step."""


@dataclass(frozen=True, slots=True)
class StackPreview:
    """What Pulumi would do to one stack, and the gate's violations."""

    stack: str
    steps: tuple[dict[str, Any], ...]
    violations: tuple[dict[str, Any], ...]

    @property
    def denied(self) -> bool:
        return any(violation["level"] == "mandatory" for violation in self.violations)


def run(context: LabContext) -> None:
    """Make the plan, write and print it, and end with status 1 if the gate denies it."""
    if not all(workspace.pulumi.exists() for workspace in context.workspaces):
        never_built(context.lab.name, context.lang)
    building = Building(context, Steps(log_file(context, "plan"), context.lang, 2 + len(context.workspaces)))
    with reported(building.steps):
        document = document_of(building)
    write(context, document)
    if context.format is Format.JSON:
        emit(document)
    else:
        print("\n".join(lines(document, context.lang)))
    if document["denied"]:
        leave(Exit.DENIED)
    if "error" in document["reach"]:
        leave(Exit.NOT_EVALUATED)


def document_of(building: Building) -> dict[str, Any]:
    """The plan without times and secrets, so that equal plans have equal hashes."""
    context, steps = building.context, building.steps
    with steps.step(Text("取得 Pulumi 与镜像", "get Pulumi and images")):
        building.get_pulumi()
        building.get_images()
    previews: list[StackPreview] = []
    for workspace in context.workspaces:
        with steps.step(at(workspace, "预览{location}的变更", "preview the {location}")):
            previews += stacks_at(building, workspace)
    with steps.step(Text("渲染各主机规则", "render the rules of every host")):
        part, day = context.blueprint.deployed_subset, date.today()
        rules = rulesets(part, day)
    document: dict[str, Any] = {
        "schema": 2,
        "blueprint": context.blueprint.digest,
        "site": context.blueprint.site.id,
        "lab": context.lab.name,
        "denied": any(item.denied for item in previews),
        "stacks": {item.stack: {"steps": item.steps, "violations": item.violations} for item in previews},
        "rulesets": rules,
        "reach": reach.reach(context, rules),
    }
    return {**document, "hash": digest(document)}


def stacks_at(building: Building, workspace: Workspace) -> Iterator[StackPreview]:
    """The location's stack, then those of the tenants whose systems run there."""
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
    """Run `pulumi preview` with the gate and read its events. StepFailedError if it ends without a summary."""
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
    """Events for the log, without debug messages: the SDK writes every value into them, secrets too."""
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
    """The hash that is signed."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def write(context: LabContext, document: dict[str, Any]) -> None:
    folder = context.lab.state / "plans" / document["hash"][:16]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plan.json").write_text(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    say(f"{folder}")


def lines(document: dict[str, Any], lang: Lang) -> Iterator[str]:
    """The plan as text: one line for each change, then the gate's violations."""
    for name, stack in document["stacks"].items():
        if not stack["steps"]:
            yield NO_CHANGE.fill(stack=name).say(word(lang))
        for step in stack["steps"]:
            operation = OPERATIONS.get(step["op"], Text(step["op"], step["op"])).say(word(lang))
            kind = step["type"].rsplit(":", 1)[-1]
            why = f" ({', '.join(step['changed'])})" if step["changed"] else ""
            yield f"{name}: {operation} {kind} {step['name']}{why}"
        for item in stack["violations"]:
            yield DENIED.fill(stack=name, resource=item["resource"], message=item["message"]).say(word(lang))
    yield from reach.words(document["reach"], lang)
    yield PLAN.fill(hash=document["hash"][:16]).say(word(lang))
