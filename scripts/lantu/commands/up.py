"""`lantu up`: from whatever is there to a running, proven district."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from lab import addresses, inotify, packages
from lab import preflight as machine
from lab.errors import LabError
from pulumi_toolchain import EngineError

from lantu import gate_report, machine_report, verification
from lantu.console import Exit, Format, Lang, emit, leave, say, word
from lantu.context import Context, Workspace, alone, context
from lantu.deployment import Building, log_file
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Estate, Lab, Language, Output, Site
from lantu.proof_summary import summarise
from lantu.steps import StepFailedError, Steps
from policies.gate.evaluation import evaluate_declared

STEPS_A_LOCATION = 3
STEPS_ONCE = 9
AGAIN = {
    "zh": "排除原因后再运行 scripts/up，它会从断点接着做",
    "en": "mend the cause, then run scripts/up again; it goes on from here",
}


def up(
    directory: Estate = None,
    site: Site = DEFAULT_SITE,
    lab: Lab = DEFAULT_LAB,
    lang: Language = DEFAULT_LANG,
    output: Output = Format.TEXT,
) -> None:
    """Build the district and prove it; what is already right is left alone. 建成并验证

    Can be run again at any time, also after it was interrupted: it repairs what it finds.

    Exit status: 0 proven, 1 denied by the gate or failed, 4 wrong blueprint or broken tool.

    Examples:

        lantu up

        lantu up --lab mine --lang zh
    """
    seen = context(directory, site, lab, lang, output)
    building = Building(seen, Steps(log_file(seen, "up"), lang, total(seen)))
    with told(building.steps):
        preflight(building.steps, output, machine_report.needs(seen))
        with alone(seen.lab):
            build(building)
            proof = verification.prove(building)
    finish(building, proof)


def total(seen: Context) -> int:
    """How many steps a whole run has."""
    tenants = len(Building(seen, Steps.silent()).tenants())
    return STEPS_ONCE + STEPS_A_LOCATION * len(seen.workspaces) + tenants


def preflight(steps: Steps, form: Format = Format.TEXT, needs: machine.Needs | None = None) -> None:
    """Evaluate the machine, install what apt can bring, try the kernel. Everything that is refused is printed at once,
    and ends the run. `needs` are the worked example's by default."""
    with steps.step("检查本机", "look at this machine"):
        packages.repair()
        needed = needs or machine.Needs()
        assessment = machine.evaluate(machine.read(), needed)
        machine_report.note(assessment.notes, steps)
        machine_report.refuse(assessment.refused, steps.lang, form)
        if assessment.packages:
            packages.install(assessment.packages, say=lambda text: machine_report.note([text], steps))
            installed = machine.evaluate(machine.read(), needed)  # apt may have brought an engine that is refused
            machine_report.note([text for text in installed.notes if text not in assessment.notes], steps)
            machine_report.refuse(installed.refused, steps.lang, form)
        machine_report.refuse(machine.try_kernel(), steps.lang, form)


def build(building: Building) -> None:
    steps, seen = building.steps, building.context
    with steps.step("核对蓝图", "judge the blueprint"):
        evaluate(building)
    with steps.step("取得 Pulumi", "get Pulumi"):
        building.get_pulumi()
    for workspace in seen.workspaces:
        with steps.step(
            f"启动{name(workspace, seen)}的容器引擎", f"start the engine of the {workspace.location} place"
        ):
            building.start_engine(workspace)
    with steps.step("准备主机镜像", "prepare host images"):
        building.get_images()
    for workspace in seen.workspaces:
        with steps.step(
            f"建立{name(workspace, seen)}的网段与主机", f"build segments and hosts of the {workspace.location} place"
        ):
            room(building, workspace)
            building.build_location(workspace)
    with steps.step("设置观察点", "set up vantage points"):
        building.make_vantages()
        for workspace in seen.workspaces:
            building.write_ssh(workspace)
    for workspace in seen.workspaces:
        with steps.step(f"配置{name(workspace, seen)}的主机", f"configure hosts of the {workspace.location} place"):
            building.converge(workspace)
    for tenant in building.tenants():
        with steps.step(f"部署 {tenant} 的系统", f"deploy the systems of {tenant}"):
            building.deploy(seen.workspaces[0], tenant)


def room(building: Building, workspace: Workspace) -> None:
    """What would stop the place half-way is told before anything is made: a taken range, too many hosts already."""
    part = building.context.blueprint.deployed_subset
    segments = part.segments_at(workspace.location)
    for taken in addresses.taken(
        workspace.lab, {segment.id: [str(segment.ipv4), str(segment.ipv6)] for segment in segments}
    ):
        raise taken
    running = building.running(workspace)
    if missing := sum(host.id not in running for host in part.hosts_at(workspace.location)):
        inotify.require(missing)


def evaluate(building: Building) -> None:
    """Ends the run where the gate denies the blueprint itself, or its rules are not proven: no host gets them then.

    Each of Pulumi's plans is judged again.
    """
    findings = evaluate_declared(building.context.blueprint, lab=building.context.lab.name)
    if findings.verdict:
        say(gate_report.text(findings, building.context.lang))
        leave(Exit(findings.verdict))
    proof = summarise(building.context.blueprint, date.today(), building.context.lang)
    building.steps.note(proof.line)
    if proof.proven is None:
        leave(Exit.DENIED if proof.refuted else Exit.NOT_EVALUATED)


def name(workspace: Workspace, seen: Context) -> str:
    return "外网场所" if workspace.location == "extranet" else "内网场所"


@contextmanager
def told(steps: Steps) -> Iterator[None]:
    """Every way a step can fail, said in the user's words, with an exit status that keeps its meaning."""
    lang = steps.lang.value
    try:
        yield
    except StepFailedError as mistake:
        steps.failed(mistake, AGAIN[lang])
        leave(Exit.DENIED)
    except LabError as mistake:
        say(mistake.text(lang))
        leave(Exit.NOT_EVALUATED)
    except EngineError as mistake:
        say(str(mistake))
        leave(Exit.NOT_EVALUATED)


def finish(building: Building, proof: verification.VerificationResult) -> None:
    seen, steps = building.context, building.steps
    if seen.format is Format.JSON:
        verdict = "proven" if proof.good else "failed"
        emit({"schema": 1, "verdict": verdict, "steps": steps.table(), "proof": proof.as_json()})
    else:
        print(summary(building, proof))
    if not proof.good:
        leave(Exit.DENIED)


def summary(building: Building, proof: verification.VerificationResult) -> str:
    """What was built, what was proven, where to look."""
    seen, zh = building.context, building.context.lang is Lang.ZH
    part = seen.blueprint.deployed_subset
    rows = [
        f"{len(part.segments)} 个网段，{len(part.hosts)} 台主机，{len(part.flows)} 条流"
        if zh
        else f"{len(part.segments)} segments, {len(part.hosts)} hosts, {len(part.flows)} flows",
        proof.line(word(seen.lang)),
        "看一看：lantu status，lantu open portal，lantu ssh bastion1"
        if zh
        else "look: lantu status, lantu open portal, lantu ssh bastion1",
        f"{'日志' if zh else 'log'}: {building.steps.log}",
    ]
    return "\n".join(rows)
