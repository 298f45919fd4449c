"""What only a look at the running district shows: what is missing, what came beside it, what leads out, who listens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher, get_close_matches

from policies.gate.core.context import Context
from policies.gate.core.rule import number, rule
from policies.gate.core.violation import Violation
from policies.gate.model import BaseChain, DockerEngine, HostRuleset, Link, NamespaceState, UngatedChange
from policies.gate.model.unknown import UnknownValueError

NOW = ("running",)
COMMENT = re.compile(r'comment "([^"]+)"')
CLOUD = "cloud"
NODE, GATEWAY = "cloud-node", "gateway"
NODE_LINKS = ("docker0", "docker_gwbridge")
"""Bridges that a cloud node's own engine makes; its containers' cards are plugged into them."""
LOOPBACK = ("127.", "::1")


@rule("RUN-001", over="engines", views=NOW)
def missing(engine: DockerEngine, context: Context) -> Iterator[Violation]:
    """Declared and not there: a host that is gone or stopped, a segment that nobody made, a system without a task."""
    if not engine.answers:  # a rule of its own says so, once
        return
    for network in context.declared.networks:
        if network.engine == engine.id and network.id not in context.snapshot.network:
            yield {"engine": engine.id, "what": network.name}
    names = [workload.name for workload in context.declared.workloads if workload.engine == engine.id]
    if engine.id == CLOUD:
        names = [network.labels["lantu.system"] for network in context.declared.networks if network.engine == CLOUD]
    for name in names:
        found = context.snapshot.workload.get(f"{engine.id}/{name}")
        if found is None or not found.runs:
            yield {"engine": engine.id, "what": name}


@rule("RUN-002", over="namespace_states", views=NOW)
def link_that_nothing_explains(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A card that somebody plugged in by hand; no engine's list shows it."""
    host = context.declared.host.get(namespace_state.id)
    bridges = _bridges(namespace_state, context)
    for link in namespace_state.links:
        known = link.id == "lo" or link.id in bridges or (host is not None and link.id in host.interfaces)
        if not known and not (link.kind == "veth" and link.master in bridges):
            yield {"where": namespace_state.id, "link": link.id, "kind": link.kind, "master": link.master}


def _bridges(namespace_state: NamespaceState, context: Context) -> set[str]:
    """Bridges that may be there: an engine's are named as its networks, a cloud node's are its own engine's."""
    if namespace_state.kind == "engine":
        return {network.name for network in context.declared.networks if network.engine == namespace_state.id}
    host = context.declared.host.get(namespace_state.id)
    return set(NODE_LINKS) if host is not None and host.kind == NODE else set()


@rule("RUN-003", over="namespace_states", views=NOW)
def more_cables_than_stations(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Every cable in a bridge ends at a container that the engine knows, or at a declared vantage point."""
    if namespace_state.kind != "engine":
        return
    for bridge in sorted(_bridges(namespace_state, context)):
        name = f"{namespace_state.id}/{bridge}"
        segment = context.declared.segment.get(name)
        expected = len(context.snapshot.users_of.get(name, ())) + (segment.vantages if segment is not None else 0)
        cables = sum(link.master == bridge for link in namespace_state.links)
        if cables > expected:
            yield {"where": namespace_state.id, "bridge": bridge, "expected": expected, "cables": cables}


@rule("RUN-004", over="namespace_states", views=NOW)
def way_out_past_the_gateways(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Routes lead by a declared gateway of a segment that the host stands in; engines route nowhere."""
    host = context.declared.host.get(namespace_state.id)
    interfaces = host.interfaces if host is not None else ()
    location = host.location if host is not None else ""
    segments = [
        segment for segment in context.declared.segments if segment.location == location and segment.id in interfaces
    ]
    allowed = {address for segment in segments for address in segment.gateways}
    for route in namespace_state.routes:
        if route.via and route.via not in allowed:
            yield {"where": namespace_state.id, "prefix": route.id, "via": route.via, "allowed": sorted(allowed)}


@rule("RUN-005", over="namespace_states", views=NOW)
def setting_that_opens_a_way(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Forwarding and proxying; in an engine's own namespace bridge filtering too."""
    for key, expected in number("RUN-005", "sysctls")[_kind(namespace_state, context)].items():
        actual = namespace_state.sysctls.get(key, "")
        if actual != expected:
            yield {"where": namespace_state.id, "sysctl": key, "expected": expected, "actual": actual}


def _kind(namespace_state: NamespaceState, context: Context) -> str:
    """What its numbers go by: an engine, a gateway, a cloud node, or any other host."""
    host = context.declared.host.get(namespace_state.id)
    if namespace_state.kind == "engine":
        return "engine"
    return host.kind if host is not None and host.kind in (NODE, GATEWAY) else "host"


@rule("RUN-006", over="namespace_states", views=NOW)
def listens_without_a_flow(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Somebody listens where no flow leads: a relay, or a service that nobody declared."""
    if namespace_state.kind != "host":
        return
    for socket in namespace_state.sockets:
        if socket.ip.startswith(LOOPBACK):
            continue
        if (namespace_state.id, socket.protocol, socket.port) not in context.declared.doors:
            yield {"where": namespace_state.id, "port": f"{socket.protocol}/{socket.port}", "ip": socket.ip}


@rule("RUN-007", over="rulesets", views=NOW)
def flow_that_is_over(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """Loaded rules of a flow that is past its date, or that nobody declares."""
    loaded = {name for chain in ruleset.chains for text in chain.rules for name in COMMENT.findall(text)}
    for name in sorted(loaded - set(number("RUN-007", "comments"))):
        flow = context.declared.flow.get(name)
        if flow is None or (flow.expires != "never" and date.fromisoformat(flow.expires) < context.day):
            yield {"host": ruleset.id, "flow": name, "expires": flow.expires if flow is not None else None}


@rule("RUN-008", over="ungated_changes", views=NOW)
def made_past_the_gate(ungated_change: UngatedChange, context: Context) -> Iterator[Violation]:
    """Pulumi made it although rules deny it: the update ran without the pack."""
    yield {"thing": ungated_change.id, "rules": ungated_change.rules}


@rule("RUN-009", over="namespace_states", views=NOW)
def address_that_nobody_assigned(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A second address joins a second network, or answers in another's name."""
    for link in namespace_state.links:
        assigned = _assigned(namespace_state, link, context)
        for address in link.addresses if assigned is not None else ():
            if address not in (assigned or ()):
                yield {
                    "where": namespace_state.id,
                    "link": link.id,
                    "address": address,
                    "nearest": sorted(assigned or ()),
                }


def _assigned(namespace_state: NamespaceState, link: Link, context: Context) -> set[str] | None:
    """What the blueprint has a link answer to; None where the link is a host's engine's own or a rule of its own."""
    if link.id == "lo":
        return {"127.0.0.1", "::1"}
    if namespace_state.kind == "engine":
        network = context.declared.network.get(f"{namespace_state.id}/{link.id}")
        return set(network.gateways) if network is not None else set()
    host = context.declared.host.get(namespace_state.id)
    if host is None or link.id not in host.interfaces:
        return None
    own = context.declared.stations.get((host.workload, link.id), set())
    segment = context.declared.segment.get(f"{host.location}/{link.id}")
    if host.kind != GATEWAY or segment is None:
        return own
    return own | (set(segment.gateways) - context.declared.addresses_of_hosts)


@rule("RUN-010", over="rulesets", views=NOW)
def rules_other_than_rendered(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """What is loaded is what the blueprint renders, rule by rule and in that order; nearest is the rule it was."""
    if ruleset.id not in context.declared.ruleset:
        return
    wanted = {chain.id: chain for chain in ruleset.wanted}
    if not wanted:
        raise UnknownValueError(f"rules of {ruleset.id}", "not-rendered")
    loaded = {chain.id: chain for chain in ruleset.chains}
    for name in sorted(wanted.keys() | loaded.keys()):
        for surplus, nearest in _changed(_lines(loaded.get(name)), _lines(wanted.get(name))):
            yield {"host": ruleset.id, "chain": name, "rule": surplus, "nearest": nearest}


def _lines(chain: BaseChain | None) -> list[str]:
    return [] if chain is None else [f"policy {chain.policy}", *chain.rules]


def _changed(loaded: list[str], wanted: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pairs of a loaded rule and the rendered one that stands in its place; either may be missing."""
    for what, first, last, begin, end in SequenceMatcher(None, loaded, wanted, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        left = wanted[begin:end]
        for text in loaded[first:last]:
            near = next(iter(get_close_matches(text, left, 1)), None)
            if near is not None:
                left.remove(near)
            yield text, near
        yield from ((None, text) for text in left)


@rule("RUN-011", over="namespace_states", views=NOW)
def table_that_nobody_declared(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A table beside ours could send packets elsewhere before ours sees them."""
    known = number("RUN-011", "tables")[_kind(namespace_state, context)]
    for table in namespace_state.tables:
        if table not in known:
            yield {"where": namespace_state.id, "table": table, "known": known}


@rule("RUN-012", over="engines", views=NOW)
def engine_that_does_not_answer(engine: DockerEngine, context: Context) -> Iterator[Violation]:
    """Stopped or gone: its hosts are gone with it, and nothing of what it should show can be seen."""
    if not engine.answers:
        hosts = sorted(host.id for host in context.declared.hosts if host.location == engine.id)
        yield {"engine": engine.id, "address": engine.hosts, "hosts": hosts}


@rule("RUN-013", over="namespace_states", views=NOW)
def packets_taken_off(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A classifier or a program on a link can send packets on before any table sees them."""
    for divert in namespace_state.diverts:
        link, _, what = divert.partition(" ")
        yield {"where": namespace_state.id, "link": link, "what": what}
