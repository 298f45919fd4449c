"""Output of the preflight: notes, facts and needs, and all refusals at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from lab.errors import LabError
from lab.preflight import Assessment, Machine, Needs
from lab.preflight.needs import disk_mb, memory_mb

from inventory.texts.errors import PARTS
from inventory.texts.text import EMPTY, Text
from lantu import host_images
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.context import LabContext
from lantu.steps import Steps

ENABLED, DISABLED = Text("启用", "on"), Text("未启用", "off")
NEEDED = Text("{value}（需要 {need} MB）", "{value} (needed: {need} MB)")


def needs(seen: LabContext) -> Needs:
    """Counts of what the site of a blueprint deploys."""
    part = seen.blueprint.deployed_subset
    nodes = sum(host.kind.value == "cloud-node" for host in part.hosts)
    deployed = [system.deployment for system in part.systems if system.deployment is not None]
    return Needs(
        hosts=len(part.hosts) - nodes,
        nodes=nodes,
        tasks=sum(item.replicas for item in deployed),
        services_mb=sum(item.replicas * item.memory_mib for item in deployed),
        locations=len(seen.workspaces),
        vantages=len(part.vantages) + len(seen.workspaces),
        built=all((workspace.lab.data_root / "overlay2").exists() for workspace in seen.workspaces),
        images=tuple(
            sorted({"app"} | {kind for workspace in seen.workspaces for kind in host_images.kinds_at(seen, workspace)})
        ),
        prefixes={segment.id: (str(segment.ipv4), str(segment.ipv6)) for segment in part.segments},
    )


def note(texts: Iterable[Text], steps: Steps) -> None:
    for text in texts:
        steps.note(shown(text, steps.lang))


def refuse(refused: Sequence[LabError], lang: Lang, form: Format) -> None:
    """Print every refusal and end the run with status 4; with --format json, also as one document."""
    if not refused:
        return
    for refusal in refused:
        say(refusal.text(lang.value))
    if form is Format.JSON:
        emit({"schema": 1, "verdict": Exit.NOT_EVALUATED.name.lower(), "refused": [entry(item) for item in refused]})
    leave(Exit.NOT_EVALUATED)


def entry(refusal: LabError) -> dict[str, Any]:
    """`found` is evidence, the same in both languages."""
    texts = {part: refusal.both(part)._asdict() for part in PARTS}
    return {"code": refusal.code, "found": refusal.found, **texts}


def rows(machine: Machine, assessment: Assessment, lang: Lang) -> list[tuple[str, str]]:
    """A line for each subject: the fact, and what is needed."""
    system, groups, security, parts = machine.system, machine.cgroups, machine.security, list(assessment.parts)
    state = machine.disks["state"]
    apparmor = (ENABLED if security.apparmor else DISABLED).say(word(lang))
    none = EMPTY[word(lang)]
    facts = [
        ("系统", "system", f"{system.distribution} {system.version}, {system.architecture}, Linux {system.kernel}"),
        ("控制组", "cgroups", f"{groups.version}: {' '.join(sorted(groups.controllers))}"),
        ("安全模块", "security modules", f"AppArmor {apparmor}, SELinux {security.selinux}"),
        ("Docker 引擎", "Docker engine", machine.engine.version or none),
        ("其他引擎与防火墙", "other engines, firewalls", ", ".join(machine.left_alone) or none),
        ("处理器", "processors", str(machine.cpus)),
        ("内存", "memory", _beside(f"{machine.memory_mb} MB + {machine.swap_mb} MB swap", memory_mb(parts), lang)),
        ("磁盘", "disk", _beside(f"{state.room.mb} MB, {state.kind}, {state.path}", disk_mb(parts), lang)),
        ("KVM", "KVM", machine.kvm),
        ("待装软件包", "packages to install", ", ".join(assessment.packages) or none),
    ]
    return [(Text(zh, en).say(word(lang)), value) for zh, en, value in facts]


def _beside(value: str, need: int, lang: Lang) -> str:
    return NEEDED.fill(value=value, need=need).say(word(lang))


def shown(text: Text, lang: Lang) -> str:
    return text.say(word(lang))
