"""Hosts as systemd containers: one profile per kind, files from the start, legs by the blueprint. 主机"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pulumi
import pulumi_docker as docker

from infra import files
from infra.keys import SshKey
from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.model.images import image_of
from inventory.rendering.network_configuration import links, routes
from inventory.rendering.ruleset import ruleset

STOP = "SIGRTMIN+3"
"""systemd's orderly halt."""
START_V2 = ("/bin/sh", "-c", "mount -o remount,rw /sys/fs/cgroup && exec /sbin/init")
"""On control groups v2 a host has a tree of its own, which the engine mounts read-only; systemd has to write to it."""
BASE_CAPABILITIES = ("CAP_NET_ADMIN", "CAP_SYS_ADMIN")
CLOUD_CAPABILITIES = (
    "CAP_AUDIT_WRITE",
    "CAP_MKNOD",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SYS_ADMIN",
    "CAP_SYS_CHROOT",
    "CAP_SYS_MODULE",
    "CAP_SYS_PTRACE",
)
TMPFS = {"/run": "", "/run/lock": "", "/tmp": ""}  # noqa: S108  # the container's own, empty at each start


@dataclass(frozen=True, slots=True)
class Profile:
    """What the engine grants a kind of host; nothing grants more."""

    capabilities: tuple[str, ...] = BASE_CAPABILITIES
    apparmor: str = "lantu-host"
    """Profile on machines with AppArmor."""
    sysctls: Mapping[str, str] = field(default_factory=lambda: {"net.ipv4.ip_forward": "0"})
    runs_engine: bool = False
    """An engine inside: the host keeps that engine's data on a volume and, on control groups v1, sees the machine's."""


FORWARDS = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
PROFILES: dict[HostKind, Profile] = {
    HostKind.GATEWAY: Profile(sysctls=FORWARDS),
    HostKind.BASTION: Profile(),
    HostKind.INFRASTRUCTURE: Profile(),
    HostKind.PORTAL: Profile(),
    HostKind.CLOUD_NODE: Profile(
        capabilities=CLOUD_CAPABILITIES,
        apparmor="lantu-node",
        runs_engine=True,
        sysctls={},
    ),
    HostKind.CLIENT: Profile(),
}


@dataclass(frozen=True, slots=True)
class Confinement:
    """What the engine's machine confines containers by, as `lantu up` recorded it: `v1`, `v2`, `v1-apparmor`, ..."""

    version: int
    apparmor: bool

    @classmethod
    def named(cls, name: str) -> Confinement:
        version, _, apparmor = name.partition("-")
        return cls(int(version.removeprefix("v")), bool(apparmor))

    def security(self, profile: Profile) -> list[str]:
        """Security options. seccomp: systemd needs calls that the engine's own filter forbids (mount, setns, bpf)."""
        if self.apparmor:
            return [f"apparmor={profile.apparmor}", "seccomp=unconfined"]
        return ["apparmor=unconfined", "seccomp=unconfined"] if profile.runs_engine else ["seccomp=unconfined"]

    def capabilities(self, profile: Profile) -> list[str]:
        """On v2 nothing asks for SYS_MODULE any more: the kernel loads what an engine uses by itself."""
        return [name for name in profile.capabilities if self.version == 1 or name != "CAP_SYS_MODULE"]

    def namespace(self, profile: Profile) -> str | None:
        """Mode of the control group namespace. On v1 an ordinary host keeps the engine's default."""
        if self.version == 2:
            return "private"
        return "host" if profile.runs_engine else None


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What all hosts of one stack share."""

    blueprint: Blueprint
    confinement: Confinement
    images: dict[str, str]
    networks: dict[str, docker.Network]
    operators: SshKey
    options: pulumi.ResourceOptions
    rewired: frozenset[str]


def host(location: HostSettings, one: Host, day: date) -> SshKey:
    """Makes the host and returns its host key, whose public half goes into known_hosts."""
    profile, confinement = PROFILES[one.kind], location.confinement
    key = SshKey(f"{one.id}-key", one.id)
    # Ansible owns a host's files after its first start, so they replace no container; labels only describe it. But a
    # host that is replaced because its network changed must not start with the old network's configuration.
    # A network cannot be removed while a host is attached to it: its replacement replaces the host.
    born = pulumi.ResourceOptions(
        ignore_changes=["labels"] if one.id in location.rewired else ["labels", "uploads"],
        delete_before_replace=True,
        replace_with=[location.networks[segment] for segment in sorted(one.interfaces)],
    )
    docker.Container(
        one.id,
        name=one.id,
        hostname=one.id,
        image=location.images[image_of(location.blueprint, one)],
        must_run=True,
        restart="unless-stopped",
        stop_signal=STOP,
        destroy_grace_seconds=10,
        command=list(START_V2) if confinement.version == 2 else None,
        capabilities=docker.ContainerCapabilitiesArgs(adds=confinement.capabilities(profile)),
        security_opts=confinement.security(profile),
        sysctls=dict(profile.sysctls),
        tmpfs=TMPFS,
        cgroupns_mode=confinement.namespace(profile),
        volumes=_volumes(location, one, profile),
        networks_advanced=[_interface(location, one, interface) for interface in sorted(one.interfaces)],
        uploads=_uploads(location, one, key, day),
        labels=[
            docker.ContainerLabelArgs(label="lantu.host", value=one.id),
            docker.ContainerLabelArgs(label="lantu.kind", value=one.kind.value),
        ],
        opts=pulumi.ResourceOptions.merge(location.options, born),
    )
    return key


def _interface(location: HostSettings, one: Host, interface: str) -> docker.ContainerNetworksAdvancedArgs:
    pair = location.blueprint.addresses(one, interface)
    return docker.ContainerNetworksAdvancedArgs(
        name=location.networks[interface].name, ipv4_address=str(pair.ipv4), ipv6_address=str(pair.ipv6)
    )


def _volumes(location: HostSettings, one: Host, profile: Profile) -> list[docker.ContainerVolumeArgs]:
    volumes = []
    if location.confinement.version == 1:
        volumes.append(
            docker.ContainerVolumeArgs(
                host_path="/sys/fs/cgroup", container_path="/sys/fs/cgroup", read_only=not profile.runs_engine
            )
        )
    if profile.runs_engine:
        data = docker.Volume(f"{one.id}-docker", name=f"{one.id}-docker", opts=location.options)
        volumes.append(docker.ContainerVolumeArgs(volume_name=data.name, container_path="/var/lib/docker"))
    return volumes


def _uploads(location: HostSettings, one: Host, key: SshKey, day: date) -> list[docker.ContainerUploadArgs]:
    secret = docker.ContainerUploadArgs(file=files.HOST_KEY, content=key.private, permissions="0600")
    texts: dict[str, pulumi.Input[str]] = {
        f"{files.HOST_KEY}.pub": key.public.apply(lambda text: text + "\n"),
        files.AUTHORIZED_KEYS: location.operators.public.apply(lambda text: text + "\n"),
        files.LINKS: links(location.blueprint, one),
        files.ROUTES: routes(location.blueprint, one),
        files.RULESET: ruleset(location.blueprint, one, day),
    }
    return [secret, *(docker.ContainerUploadArgs(file=name, content=text) for name, text in texts.items())]
