"""The matrix can fail: each defect of a district, or of the matrix itself, is reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from miniature import DAY, Miniature

from inventory.model.zones import LocationId
from policies.verification.matrix import LabHandles, Matrix, listeners, run, worker_pool
from policies.verification.matrix.evaluation import FailureReason, ProbeStatus
from policies.verification.matrix.failures import ProbeFailure
from policies.verification.matrix.matrix import CellOutcome
from policies.verification.matrix.messages import WorkerResults
from policies.verification.matrix.verdicts import ProbeVerdict
from policies.verification.matrix.witness import Witness
from policies.verification.matrix.worker import Worker
from policies.verification.matrix.worker_pool import WorkerPool

Rerun = Callable[[], Matrix]
POLICE = ("segment:p-police",)
"""Its desk is not in the small district."""


@contextmanager
def rules(district: Miniature, host: str, *commands: str) -> Iterator[None]:
    """Run nft commands in a host; afterwards load its own ruleset again."""
    district.run(host, "nft", "-f", "-", text="\n".join(commands))
    try:
        yield
    finally:
        for table in district.run(host, "nft", "list", "tables").splitlines():
            district.run(host, "nft", "delete", *table.split())
        district.load(district.blueprint.host[host])


@contextmanager
def engine_without(district: Miniature, location: LocationId, *families: str) -> Iterator[None]:
    for family in families:
        district.run(location, "nft", "delete", "table", family, "lantu_engine")
    try:
        yield
    finally:
        district.engine(location)


@contextmanager
def ip(district: Miniature, name: str, done: str, undone: str) -> Iterator[None]:
    district.run(name, "ip", *done.split())
    try:
        yield
    finally:
        district.run(name, "ip", *undone.split())


def with_reason(matrix: Matrix, reason: FailureReason) -> list[CellOutcome]:
    return [surprise for surprise in (*matrix.surprises, *matrix.errors) if surprise.result.reason is reason]


def pairs(outcomes: list[CellOutcome]) -> set[tuple[str, str]]:
    return {(outcome.probe.sender, outcome.probe.target) for outcome in outcomes}


def test_the_declared_district_is_good(sound: Matrix, matrix: Rerun) -> None:
    assert sound.good
    assert {(item.probe.sender, item.probe.target, str(item.probe.service)) for item in sound.opened} >= {
        ("vantage:operator", "host:bastion1", "tcp/22"),
        ("host:bastion1", "host:gw1", "tcp/22"),
        ("host:bastion1", "segment:mgmt", "tcp/22"),
        ("host:cloud1", "host:cloud2", "udp/4789"),
        ("segment:p-grid", "host:cloud2", "tcp/8080"),
        ("host:grid-desk", "host:cloud1", "tcp/8080"),
        ("vantage:operator-intranet", "host:bastion2", "tcp/22"),
    }
    assert matrix().digest == sound.digest


def test_stopped_services_are_not_open(district: Miniature, matrix: Rerun) -> None:
    """One that answers and a silent one (UDP, seen by the witness behind the host's rules)."""
    district.stop("cloud1", "tcp", 8080)
    district.stop("cloud1", "udp", 4789)
    try:
        outcomes = with_reason(matrix(), FailureReason.UNSERVED)
    finally:
        district.serve("cloud1", "tcp", 8080)
        district.serve("cloud1", "udp", 4789)
    spoken = {(outcome.probe.sender, str(outcome.probe.service), outcome.probe.address.version) for outcome in outcomes}
    assert spoken == {
        *(
            (sender, "tcp/8080", family)
            for sender in ("segment:p-grid", "host:grid-desk", *POLICE)
            for family in (4, 6)
        ),
        ("host:cloud2", "udp/4789", 4),  # the cluster's flow is IPv4 only
    }
    assert {outcome.result.verdict for outcome in outcomes} == {ProbeVerdict.CLOSED}


def test_a_stopped_receiver_proves_nothing(matrix: Rerun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "open_all", lambda *_: None)
    red = matrix()
    assert not red.good
    assert {name for probe, _ in red.failed_controls for name in (probe.target,)} >= {
        "segment:cloud",
        "vantage:operator",
    }
    assert ("host:grid-desk", "segment:cloud") in pairs(with_reason(red, FailureReason.CONTROL))


def test_a_killed_worker_proves_nothing(matrix: Rerun, monkeypatch: pytest.MonkeyPatch) -> None:
    original = WorkerPool.call

    def call(self: WorkerPool, method: str, arguments: Any) -> Any:
        if method == "collect":
            self._processes["segment:p-grid"].kill()
        return original(self, method, arguments)

    monkeypatch.setattr(WorkerPool, "call", call)
    red = matrix()
    assert not red.good and "segment:p-grid" in red.absent
    lost = pairs(with_reason(red, FailureReason.CONTROL))
    assert {("segment:p-grid", "host:cloud1"), ("host:cloud1", "segment:p-grid")} <= lost


def test_a_missing_host_proves_nothing(district: Miniature, sound: Matrix) -> None:
    whole = district.handles()
    hosts = {name: path for name, path in whole.hosts.items() if name != "gw1"}
    red = run(district.blueprint, LabHandles(whole.engines, whole.vantages, hosts), print, day=DAY)
    assert sound.good and not red.good and "host:gw1" in red.absent
    assert ("segment:p-grid", "segment:p-police") in pairs(with_reason(red, FailureReason.NOT_SENT)), (
        "no witness saw it arrive"
    )


def test_a_missing_tool_proves_nothing(matrix: Rerun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    red = matrix()
    assert not red.good and not red.counts[ProbeStatus.CLOSED]
    assert all("No such file" in why.detail for why in red.absent.values())


def test_a_witness_that_lost_packets_proves_nothing(matrix: Rerun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Witness, "finish", lambda self: setattr(self, "lost", 1))
    red = matrix()
    assert not red.good and red.absent["host:gw1"] == ProbeFailure("lost", "1")


def test_a_silent_worker_proves_nothing(matrix: Rerun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "SECONDS", 3.0)
    monkeypatch.setattr(Worker, "results", lambda self: _stuck_in("segment:ops", self))
    red = matrix()
    assert not red.good and red.absent["segment:ops"] == ProbeFailure("silent", "3")


def _stuck_in(name: str, worker: Any) -> Any:
    if worker.spec.name == name:
        time.sleep(30)
    worker.witness.finish()
    return WorkerResults(worker.witness.seen, worker.witness.lost)


def test_a_link_that_is_down_proves_nothing(district: Miniature, matrix: Rerun) -> None:
    with ip(district, "grid-desk", "link set p-grid down", "link set p-grid up"):
        red = matrix()
    district.load(district.blueprint.host["grid-desk"])
    _wire_again(district, "grid-desk")
    assert red.absent["host:grid-desk"] == ProbeFailure("call-missed", "p-grid")


def _wire_again(district: Miniature, host: str) -> None:
    """Restore the IPv6 address and routes that a link loses when it is down."""
    lines = [line for line in district._inside(district.blueprint.host[host]) if "link set" not in line]
    district.run(
        host, "ip", "-force", "-batch", "-", text="\n".join(line.replace(" add ", " replace ") for line in lines)
    )


def test_a_gateway_without_rules_is_seen(district: Miniature, matrix: Rerun) -> None:
    with rules(district, "gw1", "delete table inet lantu"):
        red = matrix()
    # on a busy machine answers can be late; a packet that passed is enough
    escape_paths = pairs(with_reason(red, FailureReason.ANSWERED)) | pairs(with_reason(red, FailureReason.PASSED))
    assert {("segment:p-grid", "segment:p-police"), ("vantage:operator", "segment:cloud")} <= escape_paths
    assert {surprise.probe.service.protocol.value for surprise in red.surprises} == {"tcp", "udp", "icmp"}
    assert {surprise.probe.address.version for surprise in red.surprises} == {4, 6}
    assert ("segment:p-grid", "host:bastion1") in pairs(with_reason(red, FailureReason.PASSED)), (
        "its own rules stop what passed"
    )


def test_narrow_exceptions_are_seen(district: Miniature, matrix: Rerun) -> None:
    """One in IPv6 only, one for a port without a listener, one with a wildcard."""
    exceptions = (
        'insert rule inet lantu forward iifname "p-grid" oifname "p-police" meta nfproto ipv6 accept',
        'insert rule inet lantu forward iifname "p-police" oifname "ops" udp dport 9009 accept',
        'insert rule inet lantu forward iifname "ops" oifname "c*" accept',
    )
    with rules(district, "gw1", *exceptions):
        red = matrix()
    one_family = [surprise for surprise in red.surprises if surprise.probe.sender == "segment:p-grid"]
    assert ("segment:p-grid", "segment:p-police") in pairs(one_family)
    assert {item.probe.address.version for item in one_family} == {6}
    silent = [surprise for surprise in red.surprises if surprise.probe.sender == "segment:p-police"]
    assert {(item.probe.target, item.result.reason, item.result.verdict) for item in silent} >= {
        ("host:bastion1", FailureReason.PASSED, ProbeVerdict.FILTERED)
    }
    assert {str(item.probe.service) for item in silent} == {"udp/9009"}
    assert {("segment:ops", "segment:cloud"), ("vantage:operator", "host:cloud1")} <= pairs(list(red.surprises))


def test_a_masquerade_is_seen(district: Miniature, matrix: Rerun) -> None:
    table = "add table inet masked\nadd chain inet masked post { type nat hook postrouting priority 100; }"
    with rules(district, "gw1", table, "add rule inet masked post masquerade"):
        red = matrix()
    masked = with_reason(red, FailureReason.MASKED)
    assert ("segment:p-grid", "host:cloud1") in pairs(masked)
    assert {item.probe.address.version for item in masked} == {4, 6}


def test_an_answer_from_another_host_is_seen(district: Miniature, matrix: Rerun) -> None:
    table = "add table ip turned\nadd chain ip turned pre { type nat hook prerouting priority -100; }"
    other = district.blueprint.addresses(district.blueprint.host["cloud2"], "cloud").ipv4
    with rules(district, "gw1", table, f'add rule ip turned pre iifname "p-grid" tcp dport 8080 dnat to {other}'):
        red = matrix()
    assert ("segment:p-grid", "host:cloud1") in pairs(with_reason(red, FailureReason.UNSEEN))


def test_a_host_without_rules_is_seen_by_its_neighbours(district: Miniature, matrix: Rerun) -> None:
    with rules(district, "cloud1", "delete table inet lantu"):
        red = matrix()
    answered = pairs(with_reason(red, FailureReason.ANSWERED))
    assert ("segment:cloud", "host:cloud1") in answered
    assert ("segment:p-grid", "host:cloud1") not in answered, "the gateway still stops strangers"


def test_an_accepted_packet_to_a_silent_service_is_seen(district: Miniature, matrix: Rerun) -> None:
    district.serve("cloud1", "udp", 9009)
    try:
        with rules(district, "cloud1", "insert rule inet lantu input udp dport 9009 accept"):
            red = matrix()
    finally:
        district.stop("cloud1", "udp", 9009)
    assert ("segment:cloud", "host:cloud1") in pairs(with_reason(red, FailureReason.ADMITTED))


def test_a_network_behind_a_host_is_seen(district: Miniature, matrix: Rerun) -> None:
    """A neighbour sends a packet for a task through the node, without flow, route or published port."""
    with rules(district, "cloud1", 'insert rule inet lantu forward iifname "cloud" accept'):
        red = matrix()
    handed = {
        (item.probe.sender, str(item.probe.address), str(item.probe.service))
        for item in with_reason(red, FailureReason.ANSWERED)
    }
    assert ("segment:cloud", "172.18.0.2", "tcp/8080") in handed
    assert {surprise.probe.target for surprise in red.surprises} == {"host:cloud1"}


def test_traffic_between_management_hosts_is_seen(district: Miniature, matrix: Rerun) -> None:
    with engine_without(district, LocationId.EXTRANET, "bridge"), rules(district, "cloud1", "delete table inet lantu"):
        red = matrix()
    assert ("segment:mgmt", "host:grid-desk") in pairs(with_reason(red, FailureReason.PASSED)), (
        "its own rules stop what arrived"
    )
    assert ("host:cloud1", "host:grid-desk") in pairs(with_reason(red, FailureReason.PASSED))
    assert ("segment:mgmt", "host:cloud1") in pairs(with_reason(red, FailureReason.ANSWERED))


def test_an_engine_without_its_own_tables_is_seen(district: Miniature, matrix: Rerun) -> None:
    with engine_without(district, LocationId.EXTRANET, "inet", "bridge"):
        red = matrix()
    assert ("engine:extranet", "segment:cloud") in pairs(with_reason(red, FailureReason.ANSWERED))
    assert ("segment:cloud", "engine:extranet") in pairs(with_reason(red, FailureReason.ANSWERED))


def test_engines_with_half_their_tables_are_seen(district: Miniature, matrix: Rerun) -> None:
    """Each of the two tables alone stops all traffic, but not at its own boundary."""
    without_ip = engine_without(district, LocationId.EXTRANET, "inet")
    without_frames = engine_without(district, LocationId.INTRANET, "bridge")
    with without_ip, without_frames:
        red = matrix()
    assert {
        ("engine:extranet", "segment:cloud"),
        ("segment:intranet", "engine:intranet"),
    } <= pairs(with_reason(red, FailureReason.PASSED))


def test_routes_between_the_locations_are_seen(district: Miniature, matrix: Rerun) -> None:
    out = ip(district, "desk2", "route add 10.70.3.0/24 via 10.80.0.10", "route delete 10.70.3.0/24")
    into = ip(district, "gw1", "route add 10.80.0.128/25 via 10.70.3.11", "route delete 10.80.0.128/25")
    with out, into:
        routes = with_reason(matrix(), FailureReason.ROUTE)
    evidence = {(route.probe.sender, route.probe.target, route.result.evidence) for route in routes}
    assert ("host:desk2", "host:cloud1", "host:desk2: 10.70.3.0/24 via 10.80.0.10 dev intranet") in evidence
    # no probed address is in that half of the intranet: only the routing table shows it
    assert ("segment:p-grid", "host:desk2", "host:gw1: 10.80.0.128/25 via 10.70.3.11 dev cloud") in evidence


def test_a_bridge_between_the_locations_is_seen(district: Miniature, matrix: Rerun) -> None:
    """No address, route or rule shows it: only a frame without IP detects it."""
    there = district.prefix + "intranet"
    district.run("extranet", "ip", "link", "add", "joint", "type", "veth", "peer", "name", "joint", "netns", there)
    try:
        district.run("extranet", "ip", "link", "set", "joint", "master", "p-grid", "up")
        district.run("intranet", "ip", "link", "set", "joint", "master", "intranet", "up")
        red = matrix()
    finally:
        district.run("extranet", "ip", "link", "delete", "joint")
    heard = {(item.segment, item.endpoint) for item in red.heard}
    assert {("p-grid", "host:desk2"), ("intranet", "host:grid-desk"), ("intranet", "segment:p-grid")} <= heard
    assert not red.good and "p-grid" in "\n".join(red.sentences("zh"))


def test_a_cable_between_the_locations_is_seen(district: Miniature, matrix: Rerun) -> None:
    there = district.prefix + "bastion2"
    district.run("gw1", "ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", there)
    try:
        for host, own, other in (("gw1", "192.0.2.1", "10.80.0.0/24"), ("bastion2", "192.0.2.2", "10.70.0.0/16")):
            via = "192.0.2.2" if host == "gw1" else "192.0.2.1"
            district.run(host, "ip", "link", "set", "cable", "up")
            district.run(host, "ip", "address", "add", f"{own}/30", "dev", "cable")
            district.run(host, "ip", "route", "add", other, "via", via)
        with rules(district, "gw1", "delete table inet lantu"), rules(district, "bastion2", "delete table inet lantu"):
            red = matrix()
    finally:
        district.run("gw1", "ip", "link", "delete", "cable")
    assert ("host:gw1", "host:bastion2") in pairs(list(red.surprises))


def test_the_matrix_is_unchanged_after_all_mutants(sound: Matrix, matrix: Rerun) -> None:
    assert matrix().digest == sound.digest
