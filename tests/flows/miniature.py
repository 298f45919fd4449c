"""The worked example in bare network namespaces: same addresses, links, routes, rulesets and engine tables as a lab,
with stand-ins for its hosts' services, without containers and systemd."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

from lab.rules import Management, engine_tables

import inventory
from inventory.model.addressing import VIRTUAL_GATEWAY, addresses, engine_number
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind, Vantage
from inventory.model.zones import LocationId, SegmentKind
from inventory.rendering.network_configuration import routes
from inventory.rendering.ruleset import TASK_BRIDGE, ruleset
from policies.verification.matrix import LabHandles

PREFIX = "lt-flows-"
NUMBERS = count(1)
DAY = date(2020, 12, 1)
NAMESPACES = Path("/run/netns")
NEW_NETWORK = 0x40000000
SMALL = ("cloud", "p-grid", "p-police", "ops", "mgmt", "intranet")
LEFT_OUT = ("police-desk", "infra2")
CALM = ("net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0", "net.ipv6.conf.default.accept_dad=0")
BRIDGED = ("net.bridge.bridge-nf-call-iptables=0", "net.bridge.bridge-nf-call-ip6tables=0")
FORWARDING = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


def example() -> Blueprint:
    loaded = inventory.load(site="lab", day=DAY)
    assert loaded.blueprint is not None, loaded.problems
    return loaded.blueprint.deployed_subset


def small() -> Blueprint:
    """Every kind of host and boundary once, so that a run takes two seconds."""
    whole = example()
    segments = tuple(segment for segment in whole.segments if segment.id in SMALL)
    names = {segment.id for segment in segments}
    hosts = [
        host.model_copy(update={"interfaces": {k: v for k, v in host.interfaces.items() if k in names}})
        for host in whole.hosts
    ]
    kept = tuple(host for host in hosts if set(whole.working_interfaces(host)) & names and host.id not in LEFT_OUT)
    people = tuple(vantage for vantage in whole.vantages if vantage.segment in names)
    part = replace(whole, segments=segments, hosts=kept, vantages=people)
    return replace(part, flows=tuple(flow for flow in part.flows if part.knows(flow)))


class Miniature:
    """A context manager that creates and removes the namespaces; names begin with PREFIX and the process id."""

    def __init__(self, blueprint: Blueprint | None = None) -> None:
        self.blueprint = blueprint or example()
        self.prefix = f"{PREFIX}{os.getpid()}-{next(NUMBERS)}-"
        self.services: dict[tuple[str, str, int], list[socket.socket]] = {}

    def __enter__(self) -> Miniature:
        remove_leftovers()
        try:
            self._build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for sockets in self.services.values():
            for item in sockets:
                item.close()
        for path in sorted(NAMESPACES.glob(f"{self.prefix}*")):
            subprocess.run(["ip", "netns", "delete", path.name], check=False)

    def handles(self) -> LabHandles:
        return LabHandles(
            engines={location: self.path(location.value) for location in LocationId},
            vantages={vantage.id: self.path(f"v-{vantage.id}") for vantage in self.blueprint.vantages},
            hosts={host.id: self.path(host.id) for host in self.blueprint.hosts},
        )

    def path(self, name: str) -> Path:
        return NAMESPACES / f"{self.prefix}{name}"

    def run(self, name: str, *argv: str, text: str = "") -> str:
        """Run a command in one of its namespaces; it must succeed."""
        inside = ["nsenter", f"--net={self.path(name)}", *argv]
        done = subprocess.run(inside, input=text, text=True, capture_output=True, check=False)
        assert done.returncode == 0, f"{name}: {argv}: {done.stderr}"
        return done.stdout

    def close_gateway(self) -> None:
        """Load the ruleset of every gateway."""
        for host in self.blueprint.hosts:
            if host.kind is HostKind.GATEWAY:
                self.load(host)

    def load(self, host: Host) -> None:
        self.run(host.id, "nft", "-f", "-", text=ruleset(self.blueprint, host, DAY))

    def engine(self, location: LocationId) -> None:
        """Load the engine's own tables."""
        self.run(location.value, "nft", "-f", "-", text=engine_tables(self._management(location)))

    def serve(self, host: str, protocol: str, port: int) -> None:
        """A stand-in for a service of the host: the kernel accepts TCP, UDP is received but not answered."""
        with entered(self.path(host)):
            for family, address in ((socket.AF_INET, ""), (socket.AF_INET6, "::")):
                listener = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((address, port))
                if protocol == "tcp":
                    listener.listen(4096)
                self.services.setdefault((host, protocol, port), []).append(listener)

    def stop(self, host: str, protocol: str, port: int) -> None:
        for item in self.services.pop((host, protocol, port)):
            item.close()

    def _build(self) -> None:
        b = self.blueprint
        endpoints: list[Host | Vantage] = [*b.hosts, *b.vantages]
        names = [location.value for location in LocationId] + [self._name(endpoint) for endpoint in endpoints]
        _batch([f"netns add {self.prefix}{name}" for name in names])
        for name in names:
            self.run(name, "sysctl", "-qw", *CALM)
        for location in LocationId:
            self._bridges(location)
        _batch([line for number, endpoint in enumerate(endpoints) for line in self._cables(number, endpoint)])
        for location in LocationId:
            ends = [f"link set {end} master {segment} up" for end, segment in self._ends(location, endpoints)]
            self.run(location.value, "ip", "-batch", "-", text="\n".join(ends))
            self.engine(location)
        for endpoint in endpoints:
            self.run(self._name(endpoint), "ip", "-batch", "-", text="\n".join(self._inside(endpoint)))
        for host in b.hosts:
            if host.kind is HostKind.GATEWAY:
                self.run(host.id, "sysctl", "-qw", *FORWARDING)
            self.load(host)
            if host.kind is HostKind.CLOUD_NODE:
                self._inner_engine(host.id)
        self._serve_all()

    def _inner_engine(self, host: str) -> None:
        """The bridge and one task of a container engine in a host."""
        task = f"task-{host}"
        _batch([f"netns add {self.prefix}{task}"])
        self.run(host, "sysctl", "-qw", *FORWARDING)
        inside = [
            f"link add {TASK_BRIDGE} type bridge",
            f"link set {TASK_BRIDGE} up",
            f"address add 172.18.0.1/16 dev {TASK_BRIDGE}",
        ]
        inside += [
            f"link add task type veth peer name eth0 netns {self.prefix}{task}",
            f"link set task master {TASK_BRIDGE} up",
        ]
        self.run(host, "ip", "-batch", "-", text="\n".join(inside))
        outside = [
            "link set lo up",
            "link set eth0 up",
            "address add 172.18.0.2/16 dev eth0",
            "route add default via 172.18.0.1",
        ]
        self.run(task, "ip", "-batch", "-", text="\n".join(outside))
        self.serve(task, "tcp", 8080)

    def _name(self, endpoint: Host | Vantage) -> str:
        return endpoint.id if isinstance(endpoint, Host) else f"v-{endpoint.id}"

    def _bridges(self, location: LocationId) -> None:
        lines = ["link set lo up"]
        for segment in self.blueprint.segments_at(location):
            idle = addresses(segment, engine_number(segment)).ipv6
            lines += [f"link add {segment.id} type bridge", f"link set {segment.id} up"]
            lines += [f"address add {idle}/{segment.ipv6.prefixlen} dev {segment.id} nodad"]
        self.run(location.value, "ip", "-batch", "-", text="\n".join(lines))
        self.run(location.value, "sysctl", "-qw", *BRIDGED)

    def _interfaces(self, endpoint: Host | Vantage) -> list[str]:
        return sorted(endpoint.interfaces) if isinstance(endpoint, Host) else [endpoint.segment]

    def _cables(self, at: int, endpoint: Host | Vantage) -> Iterator[str]:
        here, there = self.prefix + self._name(endpoint), self.prefix + endpoint.location.value
        for number, interface in enumerate(self._interfaces(endpoint)):
            yield f"link add {interface} netns {here} type veth peer name h{at}l{number} netns {there}"

    def _ends(self, location: LocationId, endpoints: list[Host | Vantage]) -> Iterator[tuple[str, str]]:
        for at, endpoint in enumerate(endpoints):
            if endpoint.location is location:
                yield from (
                    (f"h{at}l{number}", interface) for number, interface in enumerate(self._interfaces(endpoint))
                )

    def _inside(self, endpoint: Host | Vantage) -> Iterator[str]:
        b = self.blueprint
        yield "link set lo up"
        for interface in self._interfaces(endpoint):
            pair, segment = b.addresses(endpoint, interface), b.segment[interface]
            yield f"link set {interface} up"
            yield f"address add {pair.ipv4}/{segment.ipv4.prefixlen} dev {interface}"
            yield f"address add {pair.ipv6}/{segment.ipv6.prefixlen} dev {interface} nodad"
        if isinstance(endpoint, Host):
            yield from routes(b, endpoint).splitlines()
        elif b.gateways_of(endpoint.segment):
            via = addresses(b.segment[endpoint.segment], VIRTUAL_GATEWAY)
            for segment in b.segments_at(endpoint.location):
                if segment.id != endpoint.segment:
                    yield f"route add {segment.ipv4} via {via.ipv4}"
                    yield f"route add {segment.ipv6} via {via.ipv6}"

    def _management(self, location: LocationId) -> Iterator[Management]:
        b = self.blueprint
        for segment in b.segments_at(location):
            if segment.kind is SegmentKind.MANAGEMENT:
                pair = b.addresses(b.bastion(location), segment.id)
                yield Management(str(segment.ipv4), (str(pair.ipv4),))
                yield Management(str(segment.ipv6), (str(pair.ipv6),))

    def _serve_all(self) -> None:
        for host in self.blueprint.hosts:
            self.serve(host.id, "tcp", 22)
            if host.kind is HostKind.PORTAL:
                self.serve(host.id, "tcp", 80)
                self.serve(host.id, "tcp", 443)
            if host.kind is HostKind.CLOUD_NODE:
                for protocol, port in (("tcp", 2377), ("tcp", 7946), ("udp", 7946), ("udp", 4789), ("tcp", 8080)):
                    self.serve(host.id, protocol, port)


@contextmanager
def entered(namespace: Path) -> Iterator[None]:
    """Enter a namespace, to open sockets there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/self/ns/net").open("rb") as home, namespace.open("rb") as there:
        assert libc.setns(there.fileno(), NEW_NETWORK) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert libc.setns(home.fileno(), NEW_NETWORK) == 0


def remove_leftovers() -> None:
    """Remove namespaces of killed runs, but not those of running processes."""
    for path in NAMESPACES.glob(f"{PREFIX}*"):
        owner = path.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", owner).exists():
            subprocess.run(["ip", "netns", "delete", path.name], check=False)


def _batch(lines: list[str]) -> None:
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
