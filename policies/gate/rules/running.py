"""Rules of the running view: missing objects, undeclared interfaces, routes, listeners and tables."""

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
"""Bridges that a cloud node's engine creates for its containers."""
LOOPBACK = ("127.", "::1")


@rule("RUN-001", over="engines", views=NOW)
def missing(engine: DockerEngine, context: Context) -> Iterator[Violation]:
    """Declared but missing: a host that is gone or stopped, a segment without a network, a system without a task."""
    if not engine.answers:  # RUN-012 reports it
        return
    for network in context.declared.networks:
        if network.engine == engine.id and network.id not in context.snapshot.network:
            yield {"engine": engine.id, "what": network.name}
    names = [workload.name for workload in context.declared.workloads if workload.engine == engine.id]
    if engine.id == CLOUD:
        names = [network.labels["lantu.system"] for network in context.declared.networks if network.engine == CLOUD]
    for name in names:
        workload = context.snapshot.workload.get(f"{engine.id}/{name}")
        if workload is None or not workload.runs:
            yield {"engine": engine.id, "what": name}


@rule("RUN-002", over="namespace_states", views=NOW)
def link_that_nothing_explains(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """An interface that was added by hand; no engine lists it."""
    host = context.declared.host.get(namespace_state.id)
    bridges = _bridges(namespace_state, context)
    for link in namespace_state.links:
        declared = link.id == "lo" or link.id in bridges or (host is not None and link.id in host.interfaces)
        if not declared and not (link.kind == "veth" and link.master in bridges):
            yield {"where": namespace_state.id, "link": link.id, "kind": link.kind, "master": link.master}


def _bridges(namespace_state: NamespaceState, context: Context) -> set[str]:
    """Allowed bridges: an engine's have the names of its networks, a cloud node's belong to its engine."""
    if namespace_state.kind == "engine":
        return {network.name for network in context.declared.networks if network.engine == namespace_state.id}
    host = context.declared.host.get(namespace_state.id)
    return set(NODE_LINKS) if host is not None and host.kind == NODE else set()


@rule("RUN-003", over="namespace_states", views=NOW)
def more_links_than_endpoints(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Every bridge port leads to a container of the engine or a declared vantage point."""
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
    """Routes use a declared gateway of a segment of the host; engines have no routes."""
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
    """Forwarding and proxying, and in an engine's namespace bridge filtering."""
    for key, expected in number("RUN-005", "sysctls")[_kind(namespace_state, context)].items():
        actual = namespace_state.sysctls.get(key, "")
        if actual != expected:
            yield {"where": namespace_state.id, "sysctl": key, "expected": expected, "actual": actual}


def _kind(namespace_state: NamespaceState, context: Context) -> str:
    """The key of its numbers: an engine, a gateway, a cloud node, or any other host."""
    host = context.declared.host.get(namespace_state.id)
    if namespace_state.kind == "engine":
        return "engine"
    return host.kind if host is not None and host.kind in (NODE, GATEWAY) else "host"


@rule("RUN-006", over="namespace_states", views=NOW)
def listens_without_a_flow(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A listening port without a flow: a relay, or an undeclared service."""
    if namespace_state.kind != "host":
        return
    for socket in namespace_state.sockets:
        if socket.ip.startswith(LOOPBACK):
            continue
        if (namespace_state.id, socket.protocol, socket.port) not in context.declared.allowed_ports:
            yield {"where": namespace_state.id, "port": f"{socket.protocol}/{socket.port}", "ip": socket.ip}


@rule("RUN-007", over="rulesets", views=NOW)
def flow_that_is_over(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """Loaded rules of a flow that has expired or is not declared."""
    loaded = {name for chain in ruleset.chains for text in chain.rules for name in COMMENT.findall(text)}
    for name in sorted(loaded - set(number("RUN-007", "comments"))):
        flow = context.declared.flow.get(name)
        if flow is None or (flow.expires != "never" and date.fromisoformat(flow.expires) < context.day):
            yield {"host": ruleset.id, "flow": name, "expires": flow.expires if flow is not None else None}


@rule("RUN-008", over="ungated_changes", views=NOW)
def made_past_the_gate(ungated_change: UngatedChange, context: Context) -> Iterator[Violation]:
    """Pulumi created it although rules deny it: the update ran without the policy pack."""
    yield {"thing": ungated_change.id, "rules": ungated_change.rules}


@rule("RUN-009", over="namespace_states", views=NOW)
def address_that_nobody_assigned(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """An extra address can connect to another network or impersonate a host."""
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
    """The declared addresses of an interface; None if it belongs to a host's engine or another rule covers it."""
    if link.id == "lo":
        return {"127.0.0.1", "::1"}
    if namespace_state.kind == "engine":
        network = context.declared.network.get(f"{namespace_state.id}/{link.id}")
        return set(network.gateways) if network is not None else set()
    host = context.declared.host.get(namespace_state.id)
    if host is None or link.id not in host.interfaces:
        return None
    own = context.declared.interface_addresses.get((host.workload, link.id), set())
    segment = context.declared.segment.get(f"{host.location}/{link.id}")
    if host.kind != GATEWAY or segment is None:
        return own
    return own | (set(segment.gateways) - context.declared.addresses_of_hosts)


@rule("RUN-010", over="rulesets", views=NOW)
def rules_other_than_rendered(ruleset: HostRuleset, context: Context) -> Iterator[Violation]:
    """The loaded rules equal the rendered ones, in order; `nearest` is the rendered rule."""
    if ruleset.id not in context.declared.ruleset:
        return
    rendered = {chain.id: chain for chain in ruleset.rendered}
    if not rendered:
        raise UnknownValueError(f"rules of {ruleset.id}", "not-rendered")
    loaded = {chain.id: chain for chain in ruleset.chains}
    for name in sorted(rendered.keys() | loaded.keys()):
        for surplus, nearest in _changed(_lines(loaded.get(name)), _lines(rendered.get(name))):
            yield {"host": ruleset.id, "chain": name, "rule": surplus, "nearest": nearest}


def _lines(chain: BaseChain | None) -> list[str]:
    return [] if chain is None else [f"policy {chain.policy}", *chain.rules]


def _changed(loaded: list[str], rendered: list[str]) -> Iterator[tuple[str | None, str | None]]:
    """Pairs of a loaded rule and the rendered one in its place; either can be missing."""
    for what, first, last, begin, end in SequenceMatcher(None, loaded, rendered, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        left = rendered[begin:end]
        for text in loaded[first:last]:
            near = next(iter(get_close_matches(text, left, 1)), None)
            if near is not None:
                left.remove(near)
            yield text, near
        yield from ((None, text) for text in left)


@rule("RUN-011", over="namespace_states", views=NOW)
def table_that_nobody_declared(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """Another table could redirect packets before ours filters them."""
    allowed = number("RUN-011", "tables")[_kind(namespace_state, context)]
    for table in namespace_state.tables:
        if table not in allowed:
            yield {"where": namespace_state.id, "table": table, "known": allowed}


@rule("RUN-012", over="engines", views=NOW)
def engine_that_does_not_answer(engine: DockerEngine, context: Context) -> Iterator[Violation]:
    """A stopped or missing engine: its hosts cannot be checked."""
    if not engine.answers:
        hosts = sorted(host.id for host in context.declared.hosts if host.location == engine.id)
        yield {"engine": engine.id, "address": engine.hosts, "hosts": hosts}


@rule("RUN-013", over="namespace_states", views=NOW)
def packets_taken_off(namespace_state: NamespaceState, context: Context) -> Iterator[Violation]:
    """A classifier or program on an interface can forward packets before any table filters them."""
    for divert in namespace_state.diverts:
        link, _, what = divert.partition(" ")
        yield {"where": namespace_state.id, "link": link, "what": what}
