"""The running view: reports of a lab's Docker engines, kernels and hosts.

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
from policies.gate.views.running.queries import QueryResults, query_engine, query_host, query_node, query_space
from policies.nftproof.scratch import NotListedError, listings

TABLES = "engine-tables"
NO_NETWORK = "engine-without-network"
NODE = "cloud-node"
SILENT = ("no-socket", "no-answer")
"""Reasons that mean that the engine itself does not answer."""
AT_ONCE = 8
"""Number of hosts that are queried in parallel."""


def running(declared: Snapshot, spaces: Mapping[str, Path], configs: Mapping[str, Path] | None = None) -> Snapshot:
    """The running view of the lab with the engines of `declared`; `spaces` are their network namespaces.

    Hosts of a location with an SSH configuration in `configs` are queried by SSH, others by their namespaces.
    """
    parts: dict[str, list[ModelObject]] = defaultdict(list)
    reports: list[HostReport] = []
    for engine in declared.engines:
        if engine.id in spaces:
            reports += _location(engine, spaces[engine.id], declared, (configs or {}).get(engine.id), parts)
    _namespace_states(reports, declared, parts)
    snapshot = Snapshot(view="running", site=declared.site, **{kind: tuple(objects) for kind, objects in parts.items()})  # type: ignore[arg-type]
    return replace(snapshot, observed_controls=tuple(observed_controls(snapshot, declared)))


class HostReport(NamedTuple):
    """The kernel's output for one namespace, or the reason why it is missing."""

    name: str
    kind: str
    answer: dict[str, str] | MissingInput


def _location(
    engine: DockerEngine, space: Path, declared: Snapshot, config: Path | None, parts: dict[str, list[ModelObject]]
) -> list[HostReport]:
    """One engine and its hosts; an engine that does not answer is missing, and so are hosts that are its containers."""
    answers = query_engine(engine.hosts[0], engine.id)
    reports = [HostReport(engine.id, "engine", query_space(engine.id, space, "lantu_engine"))]
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
    return reports + _hosts(engine.id, pids, declared, config)


def _hosts(engine: str, pids: dict[str, int], declared: Snapshot, config: Path | None) -> list[HostReport]:
    """With SSH every declared host of the location, else those that run as containers."""

    def query(name: str) -> HostReport:
        if config is not None:
            return HostReport(name, "host", query_host(name, config))
        return HostReport(name, "host", query_space(name, Path(f"/proc/{pids[name]}/ns/net"), "lantu"))

    names = [host.id for host in declared.hosts_of(engine)] if config is not None else list(pids)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(query, names))


def _engine(engine: DockerEngine, answers: QueryResults, parts: dict[str, list[ModelObject]]) -> None:
    """The objects of one engine."""
    seen = engine.changed(version=answers.version, control_groups=answers.control_groups)
    parts["engines"].append(seen)
    parts["networks"] += api.networks(answers.networks, engine.id)
    parts["workloads"] += [api.workload(container, engine.id) for container in answers.containers]
    parts["volumes"] += api.volumes(answers.volumes, engine.id)
    parts["plugins"] += api.plugins(answers.plugins, engine.id)


def _node(pid: int, declared: Snapshot, parts: dict[str, list[ModelObject]]) -> None:
    """A cloud node's engine; an overlay that is on several nodes is one network."""
    answers = query_node(pid)
    if isinstance(answers, MissingInput):
        parts["missing_inputs"].append(answers)
        return
    present = {network.id for network in parts["networks"]}
    if not any(part.id == "cloud" for part in parts["engines"]):
        cloud = declared.engine["cloud"]
        parts["engines"].append(cloud.changed(version=answers.version, control_groups=answers.control_groups))
    parts["networks"] += [network for network in api.networks(answers.networks, "cloud") if network.id not in present]
    parts["workloads"] += _tasks(answers)
    parts["plugins"] += api.plugins(answers.plugins, "cloud")


def _tasks(answers: QueryResults) -> list[Workload]:
    """Containers of a node, one workload per replica of a service, without stopped containers of replaced tasks."""
    workloads = [api.workload(container, "cloud") for container in answers.containers]
    return [workload for workload in workloads if workload.runs or workload.kind != "service"]


def _namespace_states(reports: list[HostReport], declared: Snapshot, parts: dict[str, list[ModelObject]]) -> None:
    """Kernel state and loaded rules of all namespaces, with the rendered rules in the same notation."""
    texts = {
        ruleset.id: ruleset.text for ruleset in declared.rulesets if any(name == ruleset.id for name, _, _ in reports)
    }
    rendered: dict[str, str] = {}
    try:
        rendered = listings(texts, as_json=False) if texts else {}
    except NotListedError as mistake:
        parts["missing_inputs"].append(MissingInput(id="rules", what="nft", why=str(mistake)))
    for name, kind, answer in reports:
        if isinstance(answer, MissingInput):
            parts["missing_inputs"].append(answer)
            continue
        parts["namespace_states"].append(kernel.namespace_state(name, kind, answer))
        loaded = read_rules(answer["rules"], name, "engine" if kind == "engine" else "", f"{kind} {name}")
        parts["rulesets"].append(loaded.changed(rendered=chains_of(rendered.get(name, ""))))


def observed_controls(snapshot: Snapshot, declared: Snapshot) -> list[ObservedControl]:
    """Compensating controls in effect, by the kernel state of each engine's namespace."""
    covers = {control.id: control.covers for control in declared.compensating_controls}
    rulesets = {ruleset.id: ruleset for ruleset in snapshot.rulesets}
    seen = []
    nodes = [host.id for host in declared.hosts if host.kind == NODE]
    if nodes and all(node in rulesets and closes_tasks(rulesets[node]) for node in nodes):
        # the cloud's engine runs on nodes: their rulesets replace the tables of an engine
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
    """It does not forward, and its table drops input, output and forward, except for the loopback."""
    if ruleset is None or namespace_state.sysctls.get("net.ipv4.ip_forward") != "0":
        return False
    chains = {chain.hook: chain for chain in ruleset.chains}
    accepts = [text for chain in ruleset.chains for text in chain.rules if "accept" in text]
    dropping = all(hook in chains and chains[hook].policy == "drop" for hook in ("input", "forward", "output"))
    return dropping and all('"lo"' in text or " lo " in text for text in accepts)


def _leads_nowhere(namespace_state: NamespaceState) -> bool:
    """No route has a next hop."""
    return not any(route.via for route in namespace_state.routes)
