"""Hosts as systemd containers: one profile per kind, initial files, interfaces of the blueprint. 主机"""

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
"""Signal for an orderly halt of systemd."""
START_V2 = ("/bin/sh", "-c", "mount -o remount,rw /sys/fs/cgroup && exec /sbin/init")
"""On control groups v2 a host has its own tree, which the docker engine mounts read-only; systemd writes to it."""
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
TMPFS = {"/run": "", "/run/lock": "", "/tmp": ""}  # noqa: S108  # inside the container, empty at each start


@dataclass(frozen=True, slots=True)
class Profile:
    """Privileges of a kind of host. Nothing else grants any."""

    capabilities: tuple[str, ...] = BASE_CAPABILITIES
    apparmor: str = "lantu-host"
    """AppArmor profile, on machines with AppArmor."""
    sysctls: Mapping[str, str] = field(default_factory=lambda: {"net.ipv4.ip_forward": "0"})
    runs_engine: bool = False
    """Whether a docker engine runs inside. Its data is on a volume; on control groups v1 it uses the machine's tree."""


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
    """Confinement that the machine supports, as `lantu up` recorded it: `v1`, `v2`, `v1-apparmor`, ..."""

    version: int
    apparmor: bool

    @classmethod
    def named(cls, name: str) -> Confinement:
        version, _, apparmor = name.partition("-")
        return cls(int(version.removeprefix("v")), bool(apparmor))

    def security(self, profile: Profile) -> list[str]:
        """Security options. seccomp: systemd needs calls that docker's default filter forbids (mount, setns, bpf)."""
        if self.apparmor:
            return [f"apparmor={profile.apparmor}", "seccomp=unconfined"]
        return ["apparmor=unconfined", "seccomp=unconfined"] if profile.runs_engine else ["seccomp=unconfined"]

    def capabilities(self, profile: Profile) -> list[str]:
        """On v2 SYS_MODULE is not needed: the kernel loads the modules that a docker engine uses."""
        return [name for name in profile.capabilities if self.version == 1 or name != "CAP_SYS_MODULE"]

    def namespace(self, profile: Profile) -> str | None:
        """Mode of the control group namespace. On v1 an ordinary host uses docker's default."""
        if self.version == 2:
            return "private"
        return "host" if profile.runs_engine else None


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Values that all hosts of a stack share."""

    blueprint: Blueprint
    confinement: Confinement
    images: dict[str, str]
    networks: dict[str, docker.Network]
    operators: SshKey
    options: pulumi.ResourceOptions
    rewired: frozenset[str]


def host(settings: HostSettings, declared: Host, day: date) -> SshKey:
    """Creates the host and returns its host key; the public key goes into known_hosts."""
    profile, confinement = PROFILES[declared.kind], settings.confinement
    key = SshKey(f"{declared.id}-key", declared.id)
    # Ansible owns a host's files after its first start, so they replace no container; labels only describe it. But a
    # host that is replaced because its network changed must not start with the old network's configuration.
    # A network cannot be removed while a host is attached to it: its replacement replaces the host.
    replacement = pulumi.ResourceOptions(
        ignore_changes=["labels"] if declared.id in settings.rewired else ["labels", "uploads"],
        delete_before_replace=True,
        replace_with=[settings.networks[segment] for segment in sorted(declared.interfaces)],
    )
    docker.Container(
        declared.id,
        name=declared.id,
        hostname=declared.id,
        image=settings.images[image_of(settings.blueprint, declared)],
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
        volumes=_volumes(settings, declared, profile),
        networks_advanced=[_interface(settings, declared, interface) for interface in sorted(declared.interfaces)],
        uploads=_uploads(settings, declared, key, day),
        labels=[
            docker.ContainerLabelArgs(label="lantu.host", value=declared.id),
            docker.ContainerLabelArgs(label="lantu.kind", value=declared.kind.value),
        ],
        opts=pulumi.ResourceOptions.merge(settings.options, replacement),
    )
    return key


def _interface(settings: HostSettings, declared: Host, interface: str) -> docker.ContainerNetworksAdvancedArgs:
    pair = settings.blueprint.addresses(declared, interface)
    return docker.ContainerNetworksAdvancedArgs(
        name=settings.networks[interface].name, ipv4_address=str(pair.ipv4), ipv6_address=str(pair.ipv6)
    )


def _volumes(settings: HostSettings, declared: Host, profile: Profile) -> list[docker.ContainerVolumeArgs]:
    volumes = []
    if settings.confinement.version == 1:
        volumes.append(
            docker.ContainerVolumeArgs(
                host_path="/sys/fs/cgroup", container_path="/sys/fs/cgroup", read_only=not profile.runs_engine
            )
        )
    if profile.runs_engine:
        data = docker.Volume(f"{declared.id}-docker", name=f"{declared.id}-docker", opts=settings.options)
        volumes.append(docker.ContainerVolumeArgs(volume_name=data.name, container_path="/var/lib/docker"))
    return volumes


def _uploads(settings: HostSettings, declared: Host, key: SshKey, day: date) -> list[docker.ContainerUploadArgs]:
    secret = docker.ContainerUploadArgs(file=files.HOST_KEY, content=key.private, permissions="0600")
    texts: dict[str, pulumi.Input[str]] = {
        f"{files.HOST_KEY}.pub": key.public.apply(lambda text: text + "\n"),
        files.AUTHORIZED_KEYS: settings.operators.public.apply(lambda text: text + "\n"),
        files.LINKS: links(settings.blueprint, declared),
        files.ROUTES: routes(settings.blueprint, declared),
        files.RULESET: ruleset(settings.blueprint, declared, day),
    }
    return [secret, *(docker.ContainerUploadArgs(file=name, content=text) for name, text in texts.items())]
