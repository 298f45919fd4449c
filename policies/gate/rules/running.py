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
def missing(engine: DockerEngine, case: Context) -> Iterator[Violation]:
    """Declared and not there: a host that is gone or stopped, a segment that nobody made, a system without a task."""
    if not engine.answers:  # a rule of its own says so, once
        return
    for one in case.declared.networks:
        if one.engine == engine.id and one.id not in case.estate.network:
            yield {"engine": engine.id, "what": one.name}
    names = [one.name for one in case.declared.workloads if one.engine == engine.id]
    if engine.id == CLOUD:
        names = [one.id for one in case.declared.systems if f"{CLOUD}/{one.id}-net" in case.declared.network]
    for name in names:
        found = case.estate.workload.get(f"{engine.id}/{name}")
        if found is None or not found.runs:
            yield {"engine": engine.id, "what": name}


@rule("RUN-002", over="interiors", views=NOW)
def link_that_nothing_explains(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """A card that somebody plugged in by hand; no engine's list shows it."""
    host = case.declared.host.get(interior.id)
    bridges = _bridges(interior, case)
    for link in interior.links:
        known = link.id == "lo" or link.id in bridges or (host is not None and link.id in host.legs)
        if not known and not (link.kind == "veth" and link.master in bridges):
            yield {"where": interior.id, "link": link.id, "kind": link.kind, "master": link.master}


def _bridges(interior: NamespaceState, case: Context) -> set[str]:
    """Bridges that may be there: an engine's are named as its networks, a cloud node's are its own engine's."""
    if interior.kind == "engine":
        return {one.name for one in case.declared.networks if one.engine == interior.id}
    host = case.declared.host.get(interior.id)
    return set(NODE_LINKS) if host is not None and host.kind == NODE else set()


@rule("RUN-003", over="interiors", views=NOW)
def more_cables_than_stations(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """Every cable in a bridge ends at a container that the engine knows, or at a declared vantage point."""
    if interior.kind != "engine":
        return
    for bridge in sorted(_bridges(interior, case)):
        name = f"{interior.id}/{bridge}"
        segment = case.declared.segment.get(name)
        expected = len(case.estate.users_of.get(name, ())) + (segment.vantages if segment is not None else 0)
        cables = sum(link.master == bridge for link in interior.links)
        if cables > expected:
            yield {"where": interior.id, "bridge": bridge, "expected": expected, "cables": cables}


@rule("RUN-004", over="interiors", views=NOW)
def way_out_past_the_gateways(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """Routes lead by a declared gateway of a segment that the host stands in; engines route nowhere."""
    host = case.declared.host.get(interior.id)
    legs = host.legs if host is not None else ()
    place = host.place if host is not None else ""
    segments = [one for one in case.declared.segments if one.place == place and one.id in legs]
    allowed = {address for one in segments for address in one.gateways}
    for route in interior.routes:
        if route.via and route.via not in allowed:
            yield {"where": interior.id, "prefix": route.id, "via": route.via, "allowed": sorted(allowed)}


@rule("RUN-005", over="interiors", views=NOW)
def setting_that_opens_a_way(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """Forwarding and proxying; in an engine's own namespace bridge filtering too."""
    for key, expected in number("RUN-005", "sysctls")[_kind(interior, case)].items():
        actual = interior.sysctls.get(key, "")
        if actual != expected:
            yield {"where": interior.id, "sysctl": key, "expected": expected, "actual": actual}


def _kind(interior: NamespaceState, case: Context) -> str:
    """What its numbers go by: an engine, a gateway, a cloud node, or any other host."""
    host = case.declared.host.get(interior.id)
    if interior.kind == "engine":
        return "engine"
    return host.kind if host is not None and host.kind in (NODE, GATEWAY) else "host"


@rule("RUN-006", over="interiors", views=NOW)
def listens_without_a_flow(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """Somebody listens where no flow leads: a relay, or a service that nobody declared."""
    if interior.kind != "host":
        return
    for socket in interior.sockets:
        if socket.ip.startswith(LOOPBACK):
            continue
        if (interior.id, socket.protocol, socket.port) not in case.declared.doors:
            yield {"where": interior.id, "port": f"{socket.protocol}/{socket.port}", "ip": socket.ip}


@rule("RUN-007", over="rulesets", views=NOW)
def flow_that_is_over(ruleset: HostRuleset, case: Context) -> Iterator[Violation]:
    """Loaded rules of a flow that is past its date, or that nobody declares."""
    loaded = {name for chain in ruleset.chains for text in chain.rules for name in COMMENT.findall(text)}
    for name in sorted(loaded - set(number("RUN-007", "comments"))):
        flow = case.declared.flow.get(name)
        if flow is None or (flow.expires != "never" and date.fromisoformat(flow.expires) < case.day):
            yield {"host": ruleset.id, "flow": name, "expires": flow.expires if flow is not None else None}


@rule("RUN-008", over="bypasses", views=NOW)
def made_past_the_gate(bypass: UngatedChange, case: Context) -> Iterator[Violation]:
    """Pulumi made it although rules deny it: the update ran without the pack."""
    yield {"thing": bypass.id, "rules": bypass.rules}


@rule("RUN-009", over="interiors", views=NOW)
def address_that_nobody_assigned(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """A second address joins a second network, or answers in another's name."""
    for link in interior.links:
        assigned = _assigned(interior, link, case)
        for address in link.addresses if assigned is not None else ():
            if address not in (assigned or ()):
                yield {"where": interior.id, "link": link.id, "address": address, "nearest": sorted(assigned or ())}


def _assigned(interior: NamespaceState, link: Link, case: Context) -> set[str] | None:
    """What the blueprint has a link answer to; None where the link is a host's engine's own or a rule of its own."""
    if link.id == "lo":
        return {"127.0.0.1", "::1"}
    if interior.kind == "engine":
        network = case.declared.network.get(f"{interior.id}/{link.id}")
        return set(network.gateways) if network is not None else set()
    host = case.declared.host.get(interior.id)
    if host is None or link.id not in host.legs:
        return None
    own = case.declared.stations.get((host.workload, link.id), set())
    segment = case.declared.segment.get(f"{host.place}/{link.id}")
    if host.kind != GATEWAY or segment is None:
        return own
    return own | (set(segment.gateways) - case.declared.addresses_of_hosts)


@rule("RUN-010", over="rulesets", views=NOW)
def rules_other_than_rendered(ruleset: HostRuleset, case: Context) -> Iterator[Violation]:
    """What is loaded is what the blueprint renders, rule by rule and in that order; nearest is the rule it was."""
    if ruleset.id not in case.declared.ruleset:
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


@rule("RUN-011", over="interiors", views=NOW)
def table_that_nobody_declared(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """A table beside ours could send packets elsewhere before ours sees them."""
    known = number("RUN-011", "tables")[_kind(interior, case)]
    for table in interior.tables:
        if table not in known:
            yield {"where": interior.id, "table": table, "known": known}


@rule("RUN-012", over="engines", views=NOW)
def engine_that_does_not_answer(engine: DockerEngine, case: Context) -> Iterator[Violation]:
    """Stopped or gone: its hosts are gone with it, and nothing of what it should show can be seen."""
    if not engine.answers:
        hosts = sorted(one.id for one in case.declared.hosts if one.place == engine.id)
        yield {"engine": engine.id, "address": engine.hosts, "hosts": hosts}


@rule("RUN-013", over="interiors", views=NOW)
def packets_taken_off(interior: NamespaceState, case: Context) -> Iterator[Violation]:
    """A classifier or a program on a link can send packets on before any table sees them."""
    for divert in interior.diverts:
        link, _, what = divert.partition(" ")
        yield {"where": interior.id, "link": link, "what": what}
