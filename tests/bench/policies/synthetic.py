"""A district of any size, and a plan for it with some violations; deterministic for the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policies.gate.model import Block, DockerEngine, Host, Image, Interface, Network, Segment, Workload
from policies.gate.model.snapshot import Snapshot
from policies.gate.views.planned import DOCKER, PlannedResource

URN = "urn:pulumi:lab-extranet::lantu::"
SOCKET = "unix:///run/lantu/lab/extranet/docker.sock"
BRIDGE = "com.docker.network.bridge"
HOSTS_A_SEGMENT = 4
Props = dict[str, Any]


def prefix(number: int) -> str:
    return f"10.{64 + (number >> 8)}.{number & 255}.0/24"


def address(number: int, host_number: int) -> str:
    return prefix(number).replace("0/24", str(host_number))


def district(segments: int) -> Snapshot:
    """`segments` networks with four hosts in each, as the blueprint would declare them."""
    names = [f"s{number}" for number in range(segments)]
    hosts = [(number, f"h{number}-{position}") for number in range(segments) for position in range(HOSTS_A_SEGMENT)]
    return Snapshot(
        view="declared",
        site="lab",
        site_kind="lab",
        engines=(DockerEngine(id="extranet", location="extranet", hosts=(SOCKET,)),),
        blocks=(Block(id="10.64.0.0/10", zone="extranet", location="extranet", prefix="10.64.0.0/10"),),
        images=(Image(id="base", image="sha256:base", recipe="r", approved="r"),),
        networks=tuple(_network(number, name) for number, name in enumerate(names)),
        segments=tuple(_segment(name) for name in names),
        hosts=tuple(
            Host(id=name, kind="client", location="extranet", workload=f"extranet/{name}", interfaces=(f"s{number}",))
            for number, name in hosts
        ),
        workloads=tuple(_host(number, name) for number, name in hosts),
    )


def _segment(name: str) -> Segment:
    return Segment(id=name, network=f"extranet/{name}", zone="extranet", kind="shared", location="extranet")


def _network(number: int, name: str) -> Network:
    options = {f"{BRIDGE}.name": name, f"{BRIDGE}.inhibit_ipv4": "true"}
    return Network(
        id=f"extranet/{name}", engine="extranet", name=name, internal=True, ipv6=True, prefixes=(prefix(number),),
        options=options,
    )  # fmt: skip


def _host(number: int, name: str) -> Workload:
    interface = Interface(network=f"s{number}", ipv4=address(number, 10 + int(name.rpartition("-")[2])))
    return Workload(id=f"extranet/{name}", engine="extranet", name=name, kind="host", interfaces=(interface,))


def plan(resources: int, faulty: float) -> list[PlannedResource]:
    """Planned resources, of which the share `faulty` has one of VIOLATIONS each, in turn."""
    segments = resources // (HOSTS_A_SEGMENT + 1)
    provider = PlannedResource(f"{URN}{DOCKER}::engine", DOCKER, {"host": SOCKET})
    resources = [provider]
    every = round(1 / faulty) if faulty else 0
    for number in range(segments):
        resources.append(_resource("Network", f"s{number}", attached_network(number)))
        for position in range(HOSTS_A_SEGMENT):
            name = f"h{number}-{position}"
            resources.append(_resource("Container", name, attached_host(number, name, 10 + position)))
    if every:
        violations = list(VIOLATIONS.values())
        for turn, index in enumerate(range(1, len(resources), every)):
            violation = violations[turn % len(violations)]
            # container violations need a container: the resource after a network is its first host
            at = index + 1 if violation[0] == "Container" and "ipamConfigs" in resources[index].props else index
            resources[at] = _broken(resources[at], violation, turn)
    return resources


def _resource(kind: str, name: str, props: Props) -> PlannedResource:
    token = f"docker:index/{kind.lower()}:{kind}"
    return PlannedResource(f"{URN}{token}::{name}", token, props, provider=f"{URN}{DOCKER}::engine")


def attached_network(number: int) -> Props:
    name = f"s{number}"
    return {
        "name": name, "driver": "bridge", "internal": True, "ipv6": True, "ipamConfigs": [{"subnet": prefix(number)}],
        "options": {f"{BRIDGE}.name": name, f"{BRIDGE}.inhibit_ipv4": "true"},
        "labels": [],
    }  # fmt: skip


def attached_host(number: int, name: str, host_number: int) -> Props:
    return {
        "name": name, "image": "sha256:base", "mustRun": True, "restart": "unless-stopped",
        "capabilities": {"adds": ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]}, "securityOpts": ["seccomp=unconfined"],
        "sysctls": {"net.ipv4.ip_forward": "0"}, "tmpfs": {"/run": ""},
        "volumes": [{"hostPath": "/sys/fs/cgroup", "containerPath": "/sys/fs/cgroup", "readOnly": True}],
        "networksAdvanced": [{"name": f"s{number}", "ipv4Address": address(number, host_number)}],
        "envs": ["LANG=zh_CN.UTF-8"], "labels": [{"label": "owner", "value": "somebody"}],
    }  # fmt: skip


def _broken(
    planned_resource: PlannedResource, violation: tuple[str, Callable[[Props, int], Props]], turn: int
) -> PlannedResource:
    kind, change = violation
    if kind == "Network":
        return _resource("Network", f"bad-{turn}", {**attached_network(0), **change(attached_network(0), turn)})
    return _resource(
        "Container",
        str(planned_resource.props["name"]),
        {**planned_resource.props, **change(dict(planned_resource.props), turn)},
    )


def _free(turn: int) -> list[Props]:
    return [{"subnet": f"10.127.{turn & 255}.0/24"}]


VIOLATIONS: dict[str, tuple[str, Callable[[Props, int], Props]]] = {
    "NET-001": ("Network", lambda _, n: {"name": f"rogue-{n}", "ipamConfigs": _free(n)}),
    "NET-004": ("Network", lambda _, n: {"name": f"s{n}", "driver": "macvlan", "ipamConfigs": [{"subnet": prefix(n)}]}),
    "NET-007": ("Network", lambda _, n: {"name": f"far-{n}", "ipamConfigs": [{"subnet": f"192.168.{n & 255}.0/24"}]}),
    "DRV-007": ("Network", lambda _, n: {"name": f"exit-{n}", "internal": False, "ipamConfigs": _free(n)}),
    "ID-002": ("Network", lambda _, n: {"name": f"over-{n}", "ipamConfigs": [{"subnet": prefix(n)}]}),
    "ID-004": ("Network", lambda _, n: {"name": f"liar-{n}", "labels": [{"label": "lantu.zone", "value": "portal"}]}),
    "ZONE-001": ("Container", lambda p, n: {"networksAdvanced": [*p["networksAdvanced"], {"name": f"by-hand-{n}"}]}),
    "ISO-001": ("Container", lambda _, __: {"networkMode": "host"}),
    "ISO-002": ("Container", lambda _, __: {"networksAdvanced": []}),
    "ISO-003": ("Container", lambda _, __: {"volumes": [{"hostPath": "/run/docker.sock", "containerPath": "/s"}]}),
    "ISO-004": ("Container", lambda _, __: {"networkMode": "container:other"}),
    "ISO-005": ("Container", lambda _, __: {"pidMode": "host"}),
    "ISO-006": ("Container", lambda _, __: {"privileged": True}),
    "ISO-007": ("Container", lambda _, __: {"capabilities": {"adds": ["CAP_SYS_RAWIO"]}}),
    "ISO-008": ("Container", lambda _, __: {"devices": [{"hostPath": "/dev/kvm", "containerPath": "/dev/kvm"}]}),
    "ISO-009": ("Container", lambda _, __: {"securityOpts": ["apparmor=unconfined"]}),
    "ISO-010": ("Container", lambda _, __: {"volumes": [{"hostPath": "/proc", "containerPath": "/p"}]}),
    "VOL-002": ("Container", lambda _, __: {"volumes": [{"fromContainer": "other", "containerPath": "/x"}]}),
    "OUT-001": ("Container", lambda _, __: {"dns": ["8.8.8.8"]}),
    "OUT-002": ("Container", lambda _, __: {"logDriver": "gelf", "logOpts": {"gelf-address": "udp://192.0.2.9:1"}}),
    "PORT-001": ("Container", lambda _, n: {"ports": [{"internal": 80, "external": 8080 + n % 999}]}),
    "PORT-002": ("Container", lambda _, __: {"publishAllPorts": True}),
    "WORK-001": ("Container", lambda _, n: {"name": f"stranger-{n}"}),
    "WORK-004": ("Container", lambda _, __: {"image": "sha256:other"}),
    "WORK-008": ("Container", lambda _, __: {"envs": ["DB_PASSWORD=hush"]}),
}  # fmt: skip
"""Rule -> kind of resource, and the change that violates the rule."""
