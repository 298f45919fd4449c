"""Engines and kernels of a lab -> Estate: what is there now, whoever made it.

Four ways of looking, each blind somewhere: the engines' API, the kernel of every namespace, the rules that are loaded,
and Pulumi's own state (what it made although the gate denies it was made past the gate).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from policies.case import Case
from policies.engine import judge
from policies.estate import Estate
from policies.nodes import Bypass, Engine, Gap, Interior, Node, Ruleset, Sighting
from policies.rules import RULES
from policies.rules.drivers import closes_tasks
from policies.views import sources
from policies.views.nft import read as read_rules
from policies.views.planned import planned
from policies.views.running import engine as api
from policies.views.running import kernel
from policies.views.running.asking import Answers, ask_engine, ask_node, ask_space

TABLES = "engine-tables"
NO_NETWORK = "engine-without-network"
NODE = "cloud-node"


def running(declared: Estate, spaces: dict[str, Path], day: date) -> Estate:
    """The running view of the lab whose engines `declared` names; `spaces` are the engines' network namespaces."""
    parts: dict[str, list[Node]] = defaultdict(list)
    for one in declared.engines:
        if one.id in spaces:
            _place(one, spaces[one.id], declared, parts)
    estate = Estate(view="running", site=declared.site, **{kind: tuple(nodes) for kind, nodes in parts.items()})  # type: ignore[arg-type]
    estate = replace(estate, sightings=tuple(sightings(estate, declared)))
    return replace(estate, bypasses=tuple(_bypasses(estate, declared, day)))


def _place(engine: Engine, space: Path, declared: Estate, parts: dict[str, list[Node]]) -> None:
    answers = ask_engine(engine.hosts[0])
    if isinstance(answers, Gap):
        parts["gaps"].append(answers)
        return
    _engine(engine, answers, parts)
    _space(engine.id, "engine", space, "lantu_engine", parts)
    for name, pid in sorted(answers.pids.items()):
        host = declared.host_of.get(f"{engine.id}/{name}")
        if host is None:
            continue
        _space(host.id, "host", Path(f"/proc/{pid}/ns/net"), "lantu", parts)
        if host.kind == NODE:
            _node(pid, declared, parts)


def _engine(engine: Engine, answers: Answers, parts: dict[str, list[Node]]) -> None:
    """What one engine's API said."""
    seen = engine.changed(version=answers.version, control_groups=answers.control_groups)
    parts["engines"].append(seen)
    parts["networks"] += api.networks(answers.networks, engine.id)
    parts["workloads"] += [api.workload(one, engine.id) for one in answers.containers]
    parts["volumes"] += api.volumes(answers.volumes, engine.id)
    parts["plugins"] += api.plugins(answers.plugins, engine.id)


def _node(pid: int, declared: Estate, parts: dict[str, list[Node]]) -> None:
    """A cloud node's own engine; the same overlay is seen on every node and is one network."""
    answers = ask_node(pid)
    if isinstance(answers, Gap):
        parts["gaps"].append(answers)
        return
    known = {node.id for node in (*parts["networks"], *parts["workloads"])}
    if not any(one.id == "cloud" for one in parts["engines"]):
        cloud = declared.engine["cloud"]
        parts["engines"].append(cloud.changed(version=answers.version, control_groups=answers.control_groups))
    parts["networks"] += [one for one in api.networks(answers.networks, "cloud") if one.id not in known]
    parts["workloads"] += [one for one in _tasks(answers) if one.id not in known]
    parts["plugins"] += api.plugins(answers.plugins, "cloud")


def _tasks(answers: Answers) -> list[Any]:
    """Containers of a node; replicas of a service are one workload."""
    found = {one.id: one for one in (api.workload(document, "cloud") for document in answers.containers)}
    return list(found.values())


def _space(name: str, kind: str, path: Path, table: str, parts: dict[str, list[Node]]) -> None:
    said = ask_space(name, path, table)
    if isinstance(said, Gap):
        parts["gaps"].append(said)
        return
    parts["interiors"].append(kernel.interior(name, kind, said))
    host_kind = "engine" if kind == "engine" else ""
    parts["rulesets"].append(read_rules(said["rules"], name, host_kind, f"{kind} {name}"))


def sightings(estate: Estate, declared: Estate) -> list[Sighting]:
    """Compensations that are at work, by what the kernel of each engine's namespace shows."""
    covers = {one.id: one.covers for one in declared.compensations}
    rulesets = {one.id: one for one in estate.rulesets}
    seen = []
    nodes = [host.id for host in declared.hosts if host.kind == NODE]
    if nodes and all(node in rulesets and closes_tasks(rulesets[node]) for node in nodes):
        # the cloud's engine is the nodes': their own rules stand in for the tables of a place's engine
        seen = [Sighting(id=f"{by}/cloud", engine="cloud", by=by, covers=leaks) for by, leaks in covers.items()]
    for one in estate.interiors:
        if one.kind != "engine":
            continue
        for by, at_work in ((TABLES, _closed(one, rulesets.get(one.id))), (NO_NETWORK, _leads_nowhere(one))):
            if at_work and by in covers:
                seen.append(Sighting(id=f"{by}/{one.id}", engine=one.id, by=by, covers=covers[by]))
    return seen


def _closed(interior: Interior, ruleset: Ruleset | None) -> bool:
    """It forwards nothing, and its own table drops all that enters, leaves or passes, except to itself."""
    if ruleset is None or interior.sysctls.get("net.ipv4.ip_forward") != "0":
        return False
    chains = {chain.hook: chain for chain in ruleset.chains}
    accepts = [text for chain in ruleset.chains for text in chain.rules if "accept" in text]
    dropping = all(hook in chains and chains[hook].policy == "drop" for hook in ("input", "forward", "output"))
    return dropping and all('"lo"' in text or " lo " in text for text in accepts)


def _leads_nowhere(interior: Interior) -> bool:
    """No route leads to another station."""
    return not any(route.via for route in interior.routes)


def _bypasses(estate: Estate, declared: Estate, day: date) -> list[Bypass]:
    """What stands in a state of Pulumi, exists, and is denied: made by a `pulumi up` that the gate did not see."""
    there = {node.id for node in (*estate.networks, *estate.workloads, *estate.volumes)}
    found = []
    for file in sorted(Path(declared.state).glob("*/pulumi/**/.pulumi/stacks/**/*.json")) if declared.state else ():
        try:
            stack = sources.read(file)
        except (OSError, ValueError):
            continue  # an empty stack has no resources; a broken one is Pulumi's to tell
        place = file.relative_to(declared.state).parts[0]
        view = planned(stack.resources, declared, place)
        denied: dict[str, set[str]] = defaultdict(set)
        for one in judge(Case(view, declared, day), RULES.values()):
            if one.blocks and one.subject in there:
                denied[one.subject].add(one.rule)
        found += [Bypass(id=name, rules=tuple(sorted(rules)), at=stack.name) for name, rules in denied.items()]
    return found
