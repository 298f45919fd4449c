"""The running view: what Docker engines, kernels and hosts of a lab report, whoever created it.

Three sources, each blind somewhere: the engines' API, the kernel of every namespace, and the loaded rulesets.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from policies.gate.model import (
    DockerEngine,
    HostRuleset,
    MissingInput,
    ModelObject,
    NamespaceState,
    ObservedControl,
    Workload,
)
from policies.gate.model.flows import closes_tasks
from policies.gate.model.snapshot import Snapshot
from policies.gate.views.nft import chains_of
from policies.gate.views.nft import read as read_rules
from policies.gate.views.running import docker as api
from policies.gate.views.running import kernel
from policies.gate.views.running.queries import QueryResults, ask_engine, ask_host, ask_node, ask_space
from policies.nftproof.scratch import NotListedError, listings

TABLES = "engine-tables"
NO_NETWORK = "engine-without-network"
NODE = "cloud-node"
SILENT = ("no-socket", "no-answer")
"""Why an engine said nothing that is the engine's own fault, and not ours who asked."""
AT_ONCE = 8
"""So many hosts are asked at a time."""


def running(declared: Snapshot, spaces: Mapping[str, Path], configs: Mapping[str, Path] | None = None) -> Snapshot:
    """The running view of the lab whose engines `declared` names; `spaces` are the engines' network namespaces.

    Where a place has an SSH configuration in `configs`, its hosts are asked by SSH, else by their namespaces.
    """
    parts: dict[str, list[ModelObject]] = defaultdict(list)
    said: list[HostReport] = []
    for engine in declared.engines:
        if engine.id in spaces:
            said += _location(engine, spaces[engine.id], declared, (configs or {}).get(engine.id), parts)
    _namespace_states(said, declared, parts)
    snapshot = Snapshot(view="running", site=declared.site, **{kind: tuple(nodes) for kind, nodes in parts.items()})  # type: ignore[arg-type]
    return replace(snapshot, observed_controls=tuple(observed_controls(snapshot, declared)))


class HostReport(NamedTuple):
    """What the kernel of one namespace said, or why it could not be asked."""

    name: str
    kind: str
    answer: dict[str, str] | MissingInput


def _location(
    engine: DockerEngine, space: Path, declared: Snapshot, config: Path | None, parts: dict[str, list[ModelObject]]
) -> list[HostReport]:
    """One engine and its hosts; an engine that does not answer is missing, and so are hosts that are its containers."""
    answers = ask_engine(engine.hosts[0], engine.id)
    said = [HostReport(engine.id, "engine", ask_space(engine.id, space, "lantu_engine"))]
    pids: dict[str, int] = {}
    if isinstance(answers, MissingInput):
        if answers.why in SILENT:
            parts["engines"].append(engine.changed(answers=False))
        parts["missing_inputs"].append(answers)
    else:
        _engine(engine, answers, parts)
        pids = {host.id: answers.pids[host.id] for host in declared.hosts_of(engine.id) if host.id in answers.pids}
    for name, pid in pids.items():
        if declared.host[name].kind == NODE:
            _node(pid, declared, parts)
    return said + _hosts(engine.id, pids, declared, config)


def _hosts(engine: str, pids: dict[str, int], declared: Snapshot, config: Path | None) -> list[HostReport]:
    """By SSH every declared host of the place, container or machine; else those that run as containers."""

    def ask(name: str) -> HostReport:
        if config is not None:
            return HostReport(name, "host", ask_host(name, config))
        return HostReport(name, "host", ask_space(name, Path(f"/proc/{pids[name]}/ns/net"), "lantu"))

    names = [host.id for host in declared.hosts_of(engine)] if config is not None else list(pids)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, names))


def _engine(engine: DockerEngine, answers: QueryResults, parts: dict[str, list[ModelObject]]) -> None:
    """What one engine's API said."""
    seen = engine.changed(version=answers.version, control_groups=answers.control_groups)
    parts["engines"].append(seen)
    parts["networks"] += api.networks(answers.networks, engine.id)
    parts["workloads"] += [api.workload(container, engine.id) for container in answers.containers]
    parts["volumes"] += api.volumes(answers.volumes, engine.id)
    parts["plugins"] += api.plugins(answers.plugins, engine.id)


def _node(pid: int, declared: Snapshot, parts: dict[str, list[ModelObject]]) -> None:
    """A cloud node's own engine; the same overlay is seen on every node and is one network."""
    answers = ask_node(pid)
    if isinstance(answers, MissingInput):
        parts["missing_inputs"].append(answers)
        return
    known = {node.id for node in parts["networks"]}
    if not any(part.id == "cloud" for part in parts["engines"]):
        cloud = declared.engine["cloud"]
        parts["engines"].append(cloud.changed(version=answers.version, control_groups=answers.control_groups))
    parts["networks"] += [network for network in api.networks(answers.networks, "cloud") if network.id not in known]
    parts["workloads"] += _tasks(answers)
    parts["plugins"] += api.plugins(answers.plugins, "cloud")


def _tasks(answers: QueryResults) -> list[Workload]:
    """Containers of a node. Each replica of a service is judged, under the service's id; one that an update or a
    restart replaced is kept by the engine as history, and runs no more."""
    found = [api.workload(container, "cloud") for container in answers.containers]
    return [workload for workload in found if workload.runs or workload.kind != "service"]


def _namespace_states(said: list[HostReport], declared: Snapshot, parts: dict[str, list[ModelObject]]) -> None:
    """Interiors and loaded rules of all namespaces; the rules beside what the blueprint's text becomes when loaded."""
    texts = {
        ruleset.id: ruleset.text for ruleset in declared.rulesets if any(name == ruleset.id for name, _, _ in said)
    }
    wanted: dict[str, str] = {}
    try:
        wanted = listings(texts, as_json=False) if texts else {}
    except NotListedError as mistake:
        parts["missing_inputs"].append(MissingInput(id="rules", what="nft", why=str(mistake)))
    for name, kind, answer in said:
        if isinstance(answer, MissingInput):
            parts["missing_inputs"].append(answer)
            continue
        parts["namespace_states"].append(kernel.namespace_state(name, kind, answer))
        loaded = read_rules(answer["rules"], name, "engine" if kind == "engine" else "", f"{kind} {name}")
        parts["rulesets"].append(loaded.changed(wanted=chains_of(wanted.get(name, ""))))


def observed_controls(snapshot: Snapshot, declared: Snapshot) -> list[ObservedControl]:
    """Compensations that are at work, by what the kernel of each engine's namespace shows."""
    covers = {control.id: control.covers for control in declared.compensating_controls}
    rulesets = {ruleset.id: ruleset for ruleset in snapshot.rulesets}
    seen = []
    nodes = [host.id for host in declared.hosts if host.kind == NODE]
    if nodes and all(node in rulesets and closes_tasks(rulesets[node]) for node in nodes):
        # the cloud's engine is the nodes': their own rules stand in for the tables of a place's engine
        seen = [
            ObservedControl(id=f"{by}/cloud", engine="cloud", by=by, covers=escape_paths)
            for by, escape_paths in covers.items()
        ]
    for state in snapshot.namespace_states:
        if state.kind != "engine":
            continue
        for by, at_work in ((TABLES, _closed(state, rulesets.get(state.id))), (NO_NETWORK, _leads_nowhere(state))):
            if at_work and by in covers:
                seen.append(ObservedControl(id=f"{by}/{state.id}", engine=state.id, by=by, covers=covers[by]))
    return seen


def _closed(namespace_state: NamespaceState, ruleset: HostRuleset | None) -> bool:
    """It forwards nothing, and its own table drops all that enters, leaves or passes, except to itself."""
    if ruleset is None or namespace_state.sysctls.get("net.ipv4.ip_forward") != "0":
        return False
    chains = {chain.hook: chain for chain in ruleset.chains}
    accepts = [text for chain in ruleset.chains for text in chain.rules if "accept" in text]
    dropping = all(hook in chains and chains[hook].policy == "drop" for hook in ("input", "forward", "output"))
    return dropping and all('"lo"' in text or " lo " in text for text in accepts)


def _leads_nowhere(namespace_state: NamespaceState) -> bool:
    """No route leads to another station."""
    return not any(route.via for route in namespace_state.routes)
