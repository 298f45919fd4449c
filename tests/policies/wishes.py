"""Violations as inputs of `programs/wanted`: a resource that violates one rule, with its escape paths."""

from __future__ import annotations

from typing import Any

IMAGE = "sha256:" + "0" * 64
BRIDGE = "com.docker.network.bridge"
Wish = dict[str, Any]


def network(name: str, /, **args: Any) -> Wish:
    """A network that is in no blueprint; by default internal and in an unused prefix."""
    provider = args.pop("provider", "extranet")
    default = {"name": name, "internal": True, "ipam_configs": [{"subnet": "10.70.99.0/24"}]}
    return {"kind": "Network", "id": name, "provider": provider, "args": {**default, **args}}


def container(name: str, /, **args: Any) -> Wish:
    provider = args.pop("provider", "extranet")
    return {"kind": "Container", "id": name, "provider": provider, "args": {"name": name, "image": IMAGE, **args}}


def service(name: str, provider: str = "cloud", task: Wish | None = None, **args: Any) -> Wish:
    spec = {"container_spec": {"image": "lantu/app:1"}, **(task or {})}
    return {"kind": "Service", "id": name, "provider": provider, "args": {"name": name, "task_spec": spec, **args}}


def volume(name: str, /, **args: Any) -> Wish:
    return {"kind": "Volume", "id": name, "args": {"name": name, **args}}


def bind(source: str) -> list[Wish]:
    return [{"host_path": source, "container_path": "/x"}]


def interfaces(*names: str) -> list[Wish]:
    return [{"name": name} for name in names]


INGRESS = {"ports": [{"target_port": 8080, "published_port": 8080, "publish_mode": "ingress"}]}
IN_VOLUME = [{"volume_name": "common", "container_path": "/x"}]
BLOCKED: dict[str, tuple[Wish, str, tuple[str, ...]]] = {
    "a network that is not in the blueprint": (network("rogue"), "NET-001", ()),
    "a network outside the three zones": (
        network("far", ipam_configs=[{"subnet": "192.168.1.0/24"}]),
        "NET-007",
        ("S27",),
    ),
    "a network over an approved prefix": (
        network("over", ipam_configs=[{"subnet": "10.70.17.0/25"}]),
        "ID-002",
        ("S27",),
    ),
    "a network by a name used twice": (network("twice", name="rogue"), "ID-001", ("S28",)),
    "a network that imitates an approved one": (network("p0rtal"), "ID-003", ()),
    "a label that lies": (network("liar", labels=[{"label": "lantu.zone", "value": "portal"}]), "ID-004", ()),
    "addresses of the intranet": (network("in", ipam_configs=[{"subnet": "10.80.9.0/24"}]), "INT-002", ("S27",)),
    "a way out of its own": (network("exit", internal=False), "DRV-007", ("S14",)),
    "masquerading": (network("mask", options={f"{BRIDGE}.enable_ip_masquerade": "true"}), "DRV-006", ("S44",)),
    "a routed gateway mode": (
        network("routed", options={f"{BRIDGE}.gateway_mode_ipv4": "routed"}),
        "DRV-005",
        ("S29",),
    ),
    "macvlan on a tagged parent": (
        network("wire", driver="macvlan", options={"parent": "eth0.20"}),
        "DRV-003",
        ("S24", "S26"),
    ),
    "ipvlan that routes": (
        network(
            "l3",
            driver="ipvlan",
            options={"ipvlan_mode": "l3"},
            ipam_configs=[{"subnet": "10.70.97.0/24"}, {"subnet": "10.70.98.0/24"}],
        ),
        "DRV-002",
        ("S25",),
    ),
    "a driver of somebody else": (network("weave", driver="weavemesh"), "DRV-004", ("S34",)),
    "an attachable overlay": (
        network("open", driver="overlay", attachable=True, provider="cloud"),
        "DRV-008",
        ("S30",),
    ),
    "an overlay outside the cloud": (network("spread", driver="overlay"), "DRV-010", ("S33",)),
    "a container in two zones": (
        container("two", networks_advanced=interfaces("shared", "portal")),
        "ZONE-001",
        ("S01",),
    ),
    "a container on a network made by hand": (
        container("hand", networks_advanced=interfaces("byhand")),
        "ZONE-002",
        ("S02",),
    ),
    "an interface in the intranet": (container("interface", networks_advanced=interfaces("intranet")), "INT-003", ()),
    "the default bridge": (container("bare"), "ISO-002", ("S03",)),
    "the host's network": (container("hostly", network_mode="host"), "ISO-001", ("S04", "S13")),
    "another container's network": (container("joined", network_mode="container:gw1"), "ISO-004", ("S05",)),
    "the host's processes": (container("procs", pid_mode="host"), "ISO-005", ("S06",)),
    "a privileged container": (container("root", privileged=True), "ISO-006", ("S07",)),
    "capabilities": (container("caps", capabilities={"adds": ["CAP_NET_ADMIN"]}), "ISO-007", ("S07",)),
    "a tunnel device": (
        container("tun", devices=[{"host_path": "/dev/net/tun", "container_path": "/dev/net/tun"}]),
        "ISO-008",
        ("S07",),
    ),
    "no seccomp": (container("loose", security_opts=["seccomp=unconfined"]), "ISO-009", ("S07",)),
    "the engine's socket": (container("socket", volumes=bind("/var/run/docker.sock")), "ISO-003", ("S08",)),
    "the engine's socket in a folder, as a mount": (
        container("folder", mounts=[{"type": "bind", "source": "/var/run", "target": "/s"}]),
        "ISO-003",
        ("S08",),
    ),
    "the host's network namespaces": (container("netns", volumes=bind("/run/netns")), "ISO-010", ("S09",)),
    "a volume of two zones": (
        container("v-one", networks_advanced=interfaces("shared"), volumes=IN_VOLUME),
        "VOL-001",
        ("S10",),
    ),
    "the same volume, the other zone": (
        container("v-two", networks_advanced=interfaces("portal"), volumes=IN_VOLUME),
        "VOL-001",
        ("S10",),
    ),
    "volumes of another container": (
        container("borrow", volumes=[{"from_container": "gw1", "container_path": "/x"}]),
        "VOL-002",
        ("S10",),
    ),
    "a volume over the network": (volume("nfs", driver_opts={"type": "nfs", "device": ":/x"}), "VOL-003", ("S11",)),
    "logs that leave by the engine": (
        container("logs", log_driver="syslog", log_opts={"syslog-address": "tcp://10.70.1.9:514"}),
        "OUT-002",
        ("S12",),
    ),
    "logs into the intranet": (
        container("inlogs", log_driver="syslog", log_opts={"syslog-address": "tcp://10.80.0.9:514"}),
        "INT-004",
        ("S12",),
    ),
    "a resolver elsewhere": (
        container("dns", networks_advanced=interfaces("portal"), dns=["10.70.1.53"]),
        "OUT-001",
        ("S23",),
    ),
    "forwarding": (container("router", sysctls={"net.ipv4.ip_forward": "1"}), "ISO-012", ("S01",)),
    "IPv6 beside the plan": (container("v4", networks_advanced=interfaces("rogue")), "ISO-013", ("S21",)),
    "a port that no flow names": (container("port", ports=[{"internal": 80, "external": 8080}]), "PORT-001", ("S17",)),
    "a port on all addresses": (container("wide", ports=[{"internal": 80, "external": 81}]), "PORT-004", ("S17",)),
    "all ports": (container("ports", publish_all_ports=True), "PORT-002", ("S17",)),
    "a loopback port in the intranet": (
        container("loop", provider="intranet", ports=[{"internal": 80, "external": 80, "ip": "127.0.0.1"}]),
        "PORT-005",
        ("S18",),
    ),
    "the routing mesh": (service("mesh", endpoint_spec=INGRESS), "PORT-003", ("S32",)),
    "a service that is no system": (service("gossip"), "WORK-001", ()),
    "a service without limits": (service("hungry"), "WORK-006", ()),
    "a secret in a service's environment": (
        service("told", task={"container_spec": {"image": "x", "env": {"DB_PASSWORD": "hush"}}}),
        "WORK-008",
        (),
    ),
    "a service in another zone's network": (
        service("stray", task={"networks_advanceds": [{"name": "portal"}]}),
        "ZONE-002",
        (),
    ),
    "a host with another image": (container("portal1", networks_advanced=interfaces("portal")), "WORK-004", ()),
    "a host beside its profile": (container("gw1", capabilities={"adds": ["CAP_SYS_ADMIN"]}), "WORK-002", ()),
    "a host elsewhere": (container("infra1", networks_advanced=interfaces("shared")), "ZONE-003", ("S02",)),
    "an IPv6 network inside an approved one": (
        network("six", ipv6=True, ipam_configs=[{"subnet": "fd6c:616e:7475:1:8000::/80"}]),
        "ID-002",
        ("S27",),
    ),
    "IPv6 addresses of the intranet": (
        network("in6", ipv6=True, ipam_configs=[{"subnet": "fd70:656e:676a:9::/64"}]),
        "INT-002",
        ("S27",),
    ),
    "IPv6 addresses of nobody's": (
        network("far6", ipv6=True, ipam_configs=[{"subnet": "fd00:dead::/64"}]),
        "NET-007",
        ("S27",),
    ),
    "a routed IPv6 gateway mode": (
        network("routed6", options={f"{BRIDGE}.gateway_mode_ipv6": "routed"}),
        "DRV-005",
        ("S15", "S29"),
    ),
    "IPv6 forwarding": (container("router6", sysctls={"net.ipv6.conf.all.forwarding": "1"}), "ISO-012", ("S01",)),
    "a port on all IPv6 addresses": (
        container("wide6", ports=[{"internal": 80, "external": 82, "ip": "::"}]),
        "PORT-004",
        ("S17",),
    ),
    "an IPv6 resolver elsewhere": (
        container("dns6", networks_advanced=interfaces("portal"), dns=["fd6c:616e:7475:1::53"]),
        "OUT-001",
        ("S23",),
    ),
    "logs into the intranet over IPv6": (
        container("logs6", log_driver="syslog", log_opts={"syslog-address": "tcp://[fd70:656e:676a::9]:514"}),
        "INT-004",
        ("S12",),
    ),
    "a graphics card": (container("gpu", gpus="all"), "ISO-008", ("S07",)),
    "a rule of the device group": (container("rules", device_cgroup_rules=["c 10:200 rwm"]), "ISO-008", ("S07",)),
    "another runtime": (container("runtime", runtime="sysbox"), "ISO-009", ("S07",)),
    "a mount by somebody's driver": (
        container(
            "driven",
            mounts=[
                {"type": "volume", "target": "/x", "source": "x", "volume_options": {"driver_name": "nfs-of-somebody"}}
            ],
        ),
        "VOL-004",
        ("S11",),
    ),
    "raw sockets": (container("raw"), "ISO-011", ("S07", "S21")),
    "a service with capabilities": (
        service("caps-s", task={"container_spec": {"image": "x", "cap_adds": ["CAP_NET_RAW"]}}),
        "ISO-007",
        ("S07",),
    ),
    "a service with the engine's socket": (
        service(
            "socket-s",
            task={
                "container_spec": {
                    "image": "x",
                    "mounts": [{"type": "bind", "source": "/var/run/docker.sock", "target": "/s"}],
                }
            },
        ),
        "ISO-003",
        ("S08",),
    ),
    "a service without labels of confinement": (
        service(
            "loose-s", task={"container_spec": {"image": "x", "privileges": {"se_linux_context": {"disable": True}}}}
        ),
        "ISO-009",
        ("S07",),
    ),
    "a service that forwards": (
        service("router-s", task={"container_spec": {"image": "x", "sysctl": {"net.ipv4.ip_forward": "1"}}}),
        "ISO-012",
        ("S01",),
    ),
    "a service on the host's network": (
        service("host-s", task={"networks_advanceds": [{"name": "host"}]}),
        "ISO-001",
        ("S04",),
    ),
    "logs of a service that leave by the engine": (
        service("logs-s", task={"log_driver": {"name": "fluentd", "options": {"fluentd-address": "10.70.1.9:1"}}}),
        "OUT-002",
        ("S12",),
    ),
    "a plug-in": (
        {"kind": "Plugin", "id": "plug", "args": {"name": "sneak", "alias": "sneak"}},
        "MACH-005",
        ("S34",),
    ),
    "a type that no rule can evaluate": (
        {"kind": "Tag", "id": "tag", "args": {"source_image": "a", "target_image": "b"}},
        "MACH-001",
        (),
    ),
}
"""Violation -> resource, the rule that reports it, and its escape paths."""
