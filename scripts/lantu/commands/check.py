"""`lantu check`: validate the blueprint and evaluate the gate's rules. The declared view reads files only."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

import inventory
from lantu.console import Exit, Format, Lang, emit, leave
from lantu.gate_report import Written, report, require_writable
from lantu.options import DEFAULT_LAB, DEFAULT_LANG, DEFAULT_SITE, Directory, Lab, Language, Output, Site
from lantu.views import From, ViewKind, declared_of, evaluated, looked

if TYPE_CHECKING:
    from inventory import Blueprint

SUMMARY = {
    Lang.ZH: "{name}，站点 {site}：蓝图正确\n"
    "  区域 {zones}，网段 {segments}（本站点建 {segments_built}），主机 {hosts}（本站点建 {hosts_built}），"
    "流 {flows}（今日有效 {flows_in_force}）\n"
    "  单位 {agencies}，系统 {systems}（已部署 {systems_deployed}），资源 {resources}，交换 {exchanges}，任务 {tasks}\n"
    "  蓝图摘要 {digest}",
    Lang.EN: "{name}, site {site}: the blueprint is right\n"
    "  zones {zones}, segments {segments} (built here {segments_built}), hosts {hosts} (built here {hosts_built}), "
    "flows {flows} (in force today {flows_in_force})\n"
    "  agencies {agencies}, systems {systems} (deployed {systems_deployed}), resources {resources}, "
    "exchanges {exchanges}, tasks {tasks}\n"
    "  blueprint digest {digest}",
}
LISTS = ("zones", "segments", "hosts", "vantages", "flows", "agencies", "systems", "resources", "exchanges", "tasks")
VERDICTS = {Exit.SUCCESS: "right", Exit.DENIED: "denied", Exit.WAITING: "waiting", Exit.NOT_EVALUATED: "not_evaluated"}
"""The gate's verdict on a valid blueprint; the verdict on an invalid one is `wrong`."""
Which = Annotated[
    ViewKind,
    typer.Option(
        "--view",
        help="declared: the blueprint alone; planned: Pulumi's files; running: Docker engines and kernels; "
        "all: the three together. 视图",
    ),
]


def check(
    directory: Directory = None, site: Site = DEFAULT_SITE, view: Which = ViewKind.DECLARED, file: From = None,
    write: Written = None, lab: Lab = DEFAULT_LAB, lang: Language = DEFAULT_LANG, output: Output = Format.TEXT,
) -> None:  # fmt: skip
    """Check the blueprint and evaluate the gate's rules. 检查蓝图

    The declared view reads files only. All problems of all files are printed, each with its source location. If the
    rendered nftables rules changed, they are loaded into scratch namespaces and proven again; if that is not possible
    here, the output says so.

    Exit status: 0 valid and passed, 1 denied by a rule or refuted by the proof, 2 usage error, 3 waiting for approval,
    4 invalid or unreadable blueprint, or an input that a rule needs is missing.

    \b
    Examples:
      lantu check
      lantu check --site production --write gate.md --write gate.sarif
      lantu check --view planned --from events.json
      lantu check --view all --lab mine
      lantu check --blueprint inventory/pengjiang --format json
    """
    require_writable(write)
    day = date.today()
    loaded = inventory.load(directory, site, day)
    if loaded.blueprint is None:
        _report_problems(loaded, directory, site, lang, output)
        leave(Exit.NOT_EVALUATED)
    declared = declared_of(loaded.blueprint, lab, day)
    if view is not ViewKind.DECLARED or file is not None:
        report(evaluated(looked(view, declared, lab, day, lang, file), declared, day), write, lang, output)
    findings = evaluated([declared], declared, day)
    if output is Format.TEXT:
        name = loaded.blueprint.district.name(lang)
        typer.echo(SUMMARY[lang].format(name=name, **summary(loaded.blueprint, day)))
    from lantu.proof_summary import summarise  # loads the renderers

    proof = summarise(loaded.blueprint, day, lang)
    if output is Format.TEXT:
        typer.echo(f"  {proof.line}\n")
    code = Exit.DENIED if proof.refuted else Exit(int(findings.verdict))
    document = None
    if output is Format.JSON:
        results = [finding.as_json() for finding in findings]
        document = _document(VERDICTS[code], site, [], summary(loaded.blueprint, day), results, proof.document)
    report(findings, write, lang, output, document, code)


def summary(blueprint: Blueprint, day: date) -> dict[str, Any]:
    """Counts of what the blueprint has."""
    built = blueprint.deployed_subset
    return {
        "district": blueprint.district.id,
        "site": blueprint.site.id,
        **{name: len(getattr(blueprint, name)) for name in LISTS},
        "segments_built": len(built.segments),
        "hosts_built": len(built.hosts),
        "flows_in_force": sum(flow.holds(day) for flow in built.flows),
        "systems_deployed": sum(bool(system.deployed_at) for system in built.systems),
        "digest": blueprint.digest,
    }


def _report_problems(loaded: inventory.Loaded, directory: Any, site: str, lang: Lang, output: Format) -> None:
    if output is Format.JSON:
        emit(_document("wrong", site, [problem.as_json() for problem in loaded.problems], None, []))
        return
    from lantu import problem_text  # only an invalid blueprint has problems to print

    typer.echo(problem_text.text(loaded.problems, directory or inventory.EXAMPLE, lang))


def _document(
    verdict: str, site: str, problems: list[Any], summed: Any, findings: list[Any], proof: Any = None
) -> dict[str, Any]:
    return {
        "schema": 2,
        "verdict": verdict,
        "site": site,
        "problems": problems,
        "summary": summed,
        "findings": findings,
        "proof": proof,
    }
