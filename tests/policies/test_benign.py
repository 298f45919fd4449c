"""No false alarms: correct snapshots pass all rules."""

from __future__ import annotations

from typing import Any

import pytest

from policies.gate.core.context import Context
from policies.gate.core.evaluate import evaluate
from policies.gate.rules.registry import RULES
from policies.gate.views.planned import planned
from tests.bench.policies.synthetic import district, plan
from tests.policies.cases import DAY, context_of

PORTAL: dict[str, Any] = {
    "id": "extranet/portal1",
    "engine": "extranet",
    "name": "portal1",
    "image": "sha256:4071",
    "interfaces": [
        {"network": "portal", "ipv4": "198.51.100.10", "ipv6": "2001:db8:71::10"},
        {"network": "mgmt", "ipv4": "10.70.250.12", "ipv6": "fd6c:616e:7475:250::12"},
    ],
    "network_mode": "bridge",
    "cap_add": ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"],
    "security_opts": ["seccomp=unconfined"],
    "sysctls": {"net.ipv4.ip_forward": "0"},
    "mounts": [{"kind": "bind", "source": "/sys/fs/cgroup", "target": "/sys/fs/cgroup", "read_only": True}],
}
GATEWAY: dict[str, Any] = {
    **PORTAL,
    "id": "extranet/gw1",
    "name": "gw1",
    "image": "sha256:ba5e",
    "interfaces": [{"network": name} for name in ("shared", "police", "portal", "mgmt")],
    "sysctls": {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"},
}
GRID: dict[str, Any] = {
    "id": "cloud/grid",
    "engine": "cloud",
    "name": "grid",
    "kind": "service",
    "image": "lantu/app:1",
    "interfaces": [{"network": "grid-net"}],
    "ports": [{"internal": 8080, "published": 8080}],
    "endpoint_mode": "dnsrr",
    "cap_drop": ["ALL"],
    "memory_mib": 64,
    "cpus": 0.25,
}
SHARED: dict[str, Any] = {
    "id": "extranet/shared",
    "engine": "extranet",
    "name": "shared",
    "internal": True,
    "ipv6": True,
    "prefixes": ["10.70.1.0/24", "fd6c:616e:7475:1::/64"],
    "gateways": ["10.70.1.254", "fd6c:616e:7475:1::254"],
    "options": {"com.docker.network.bridge.name": "shared", "com.docker.network.bridge.inhibit_ipv4": "true"},
    "labels": {"lantu.zone": "extranet", "lantu.segment": "shared"},
}
VOLUME = {"id": "extranet/data", "engine": "extranet", "name": "data"}
SOCKET = "unix:///run/lantu/lab/extranet/docker.sock"
BENIGN: dict[str, dict[str, list[dict[str, Any]]]] = {
    "a declared host with its management interface": {"workloads": [PORTAL]},
    "a host with labels of its owner": {"workloads": [{**PORTAL, "labels": {"owner": "data-bureau"}}]},
    "a host with its true labels": {"workloads": [{**PORTAL, "labels": {"lantu.host": "portal1"}}]},
    "a host with a resolver of its zone": {"workloads": [{**PORTAL, "dns": ["198.51.100.53"]}]},
    "a host with IPv6 resolvers": {"workloads": [{**PORTAL, "dns": ["2001:db8:71::53"]}]},
    "a host with a local log driver": {"workloads": [{**PORTAL, "log_driver": "json-file"}]},
    "a host that logs to its journal": {"workloads": [{**PORTAL, "log_driver": "journald"}]},
    "a host with a search domain": {"workloads": [{**PORTAL, "dns_search": ["pengjiang.example"]}]},
    "a host with a memory limit": {"workloads": [{**PORTAL, "memory_mib": 512}]},
    "a host with uploaded files": {"workloads": [{**PORTAL, "uploads": ["/etc/lantu/links"]}]},
    "a host with private namespaces": {"workloads": [{**PORTAL, "ipc_mode": "private"}]},
    "a host with shareable memory of its own": {"workloads": [{**PORTAL, "ipc_mode": "shareable"}]},
    "a host without a stated mode": {"workloads": [{**PORTAL, "network_mode": ""}]},
    "capabilities without their prefix": {"workloads": [{**PORTAL, "cap_add": ["SYS_ADMIN", "NET_ADMIN"]}]},
    "interfaces in another order": {"workloads": [{**PORTAL, "interfaces": PORTAL["interfaces"][::-1]}]},
    "a declared gateway in every zone": {"workloads": [GATEWAY]},
    "a gateway and a host together": {"workloads": [GATEWAY, PORTAL]},
    "a system on its own overlay": {"workloads": [GRID]},
    "a system with fewer resources than approved": {"workloads": [{**GRID, "memory_mib": 32, "cpus": 0.1}]},
    "a system that drops raw sockets only": {"workloads": [{**GRID, "cap_drop": ["NET_RAW"]}]},
    "a system by its recorded image's id": {"workloads": [{**GRID, "image": "sha256:a44a"}]},
    "a system with its true label": {"workloads": [{**GRID, "labels": {"lantu.system": "grid"}}]},
    "an approved network": {"networks": [SHARED]},
    "an approved network with an owner's label": {"networks": [{**SHARED, "labels": {"owner": "data-bureau"}}]},
    "an approved overlay": {
        "networks": [
            {"id": "cloud/grid-net", "engine": "cloud", "name": "grid-net", "driver": "overlay",
             "prefixes": ["10.71.1.0/24"]}
        ]
    },
    "a local volume": {"volumes": [VOLUME]},
    "a provider of its own place's engine": {
        "providers": [{"id": "engine", "host": SOCKET, "engine": "extranet", "location": "extranet"}]
    },
    "state in its own place": {
        "backends": [{"id": "state", "url": "file:///var/lib/lantu/lab/extranet/pulumi/state", "location": "extranet"}]
    },
}  # fmt: skip


@pytest.mark.parametrize("name", BENIGN)
def test_benign(name: str) -> None:
    """declared.yaml has the interfaces of portal1 only, so those of other hosts are not compared."""
    findings = evaluate(context_of({"snapshot": BENIGN[name]}), RULES.values())
    assert [finding.text("en") for finding in findings if finding.blocks] == []
    assert findings.evaluated > 0


def test_there_are_enough_benign_snapshots() -> None:
    assert len(BENIGN) >= 25


def test_a_large_correct_plan_has_no_findings() -> None:
    declared = district(100)
    findings = evaluate(Context(planned(plan(500, 0), declared, "extranet"), declared, DAY), RULES.values())
    assert [finding.text("en") for finding in findings] == []
    assert findings.evaluated > 10_000


def test_every_violation_of_the_benchmark_is_found() -> None:
    """The benchmark is valid only if each violation in its plan is found by its rule."""
    from tests.bench.policies.synthetic import VIOLATIONS

    declared = district(200)
    findings = evaluate(Context(planned(plan(1_000, 0.05), declared, "extranet"), declared, DAY), RULES.values())
    assert {finding.rule for finding in findings} >= set(VIOLATIONS)
    assert len(VIOLATIONS) > 20
