"""Build and verify a district: the steps of `lantu up`."""

from __future__ import annotations

from datetime import date

from lab import addresses, inotify, packages
from lab import preflight as machine

from inventory.texts.text import Text
from lantu import gate_report, machine_report, verification
from lantu.console import Exit, Format, emit, leave, say, word
from lantu.context import LabContext, Workspace, alone
from lantu.deployment import Building, log_file
from lantu.proof_summary import summarise
from lantu.steps import Steps, reported
from policies.gate.evaluation import evaluate_declared

STEPS_A_LOCATION = 3
STEPS_ONCE = 9
LOCATIONS = {"extranet": Text("外网场所", "extranet location"), "intranet": Text("内网场所", "intranet location")}
BUILT = Text("{segments} 个网段，{hosts} 台主机，{flows} 条流", "{segments} segments, {hosts} hosts, {flows} flows")
NEXT = Text(
    "查看：lantu status，lantu open portal，lantu ssh bastion1",
    "next: lantu status, lantu open portal, lantu ssh bastion1",
)
LOG = Text("日志：{log}", "log: {log}")


def run(context: LabContext) -> None:
    """Build and verify the district, print the result, and end with status 1 if it is not proven."""
    building = Building(context, Steps(log_file(context, "up"), context.lang, total(context)))
    with reported(building.steps):
        preflight(building.steps, context.format, machine_report.needs(context))
        with alone(context.lab):
            build(building)
            proof = verification.prove(building)
    finish(building, proof)


def total(context: LabContext) -> int:
    """The number of steps of a run."""
    tenants = len(Building(context, Steps.silent()).tenants())
    return STEPS_ONCE + STEPS_A_LOCATION * len(context.workspaces) + tenants


def preflight(steps: Steps, form: Format = Format.TEXT, needs: machine.Needs | None = None) -> None:
    """Check the machine, install missing packages, try the kernel. Prints all refusals, then ends the run.

    `needs` default to those of the worked example.
    """
    with steps.step(Text("检查本机", "check this machine")):
        packages.repair()
        needed = needs or machine.Needs()
        assessment = machine.evaluate(machine.read(), needed)
        machine_report.note(assessment.notes, steps)
        machine_report.refuse(assessment.refused, steps.lang, form)
        if assessment.packages:
            packages.install(assessment.packages, say=lambda text: machine_report.note([text], steps))
            installed = machine.evaluate(
                machine.read(), needed
            )  # apt may have installed a Docker version that is refused
            machine_report.note([text for text in installed.notes if text not in assessment.notes], steps)
            machine_report.refuse(installed.refused, steps.lang, form)
        machine_report.refuse(machine.try_kernel(), steps.lang, form)


def build(building: Building) -> None:
    steps, context = building.steps, building.context
    with steps.step(Text("评估蓝图", "evaluate the blueprint")):
        evaluate(building)
    with steps.step(Text("取得 Pulumi", "get Pulumi")):
        building.get_pulumi()
    for workspace in context.workspaces:
        with steps.step(at(workspace, "启动{location}的 Docker 引擎", "start the Docker engine of the {location}")):
            building.start_engine(workspace)
    with steps.step(Text("准备主机镜像", "prepare host images")):
        building.get_images()
    for workspace in context.workspaces:
        with steps.step(at(workspace, "建立{location}的网段与主机", "build the segments and hosts of the {location}")):
            room(building, workspace)
            building.build_location(workspace)
    with steps.step(Text("设置观察点", "set up vantage points")):
        building.make_vantages()
        for workspace in context.workspaces:
            building.write_ssh(workspace)
    for workspace in context.workspaces:
        with steps.step(at(workspace, "配置{location}的主机", "configure the hosts of the {location}")):
            building.converge(workspace)
    for tenant in building.tenants():
        with steps.step(Text("部署 {tenant} 的系统", "deploy the systems of {tenant}").fill(tenant=tenant)):
            building.deploy(context.workspaces[0], tenant)


def room(building: Building, workspace: Workspace) -> None:
    """Check before any change what would stop the location half-way: used address ranges, too many hosts."""
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
    """End the run if the gate denies the blueprint or its nftables rules are not proven.

    The gate evaluates each of Pulumi's plans again.
    """
    findings = evaluate_declared(building.context.blueprint, lab=building.context.lab.name)
    if findings.verdict:
        say(gate_report.text(findings, building.context.lang))
        leave(Exit(findings.verdict))
    proof = summarise(building.context.blueprint, date.today(), building.context.lang)
    building.steps.note(proof.line)
    if proof.proven is None:
        leave(Exit.DENIED if proof.refuted else Exit.NOT_EVALUATED)


def at(workspace: Workspace, zh: str, en: str) -> Text:
    """The name of a step of one location."""
    return Text(zh, en).fill(location=LOCATIONS[workspace.location])


def finish(building: Building, proof: verification.VerificationResult) -> None:
    context, steps = building.context, building.steps
    if context.format is Format.JSON:
        verdict = "proven" if proof.good else "failed"
        emit({"schema": 2, "verdict": verdict, "steps": steps.table(), "proof": proof.as_json()})
    else:
        print(summary(building, proof))
    if not proof.good:
        leave(Exit.DENIED)


def summary(building: Building, proof: verification.VerificationResult) -> str:
    """What was built and verified, and the commands to look at it."""
    lang = word(building.context.lang)
    part = building.context.blueprint.deployed_subset
    lines = (
        BUILT.fill(segments=len(part.segments), hosts=len(part.hosts), flows=len(part.flows)).say(lang),
        proof.line(lang),
        NEXT.say(lang),
        LOG.fill(log=building.steps.log).say(lang),
    )
    return "\n".join(lines)
