"""Hosts as systemd containers: one profile per kind, files from the start, legs by the blueprint. 主机"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pulumi
import pulumi_docker as docker

from infra import files
from infra.keys import SshKey
from inventory.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from inventory.ruleset import ruleset
from inventory.wiring import links, routes

STOP = "SIGRTMIN+3"
"""systemd's orderly halt."""
BASE_CAPABILITIES = ("CAP_NET_ADMIN", "CAP_SYS_ADMIN")
CLOUD_CAPABILITIES = (
    "CAP_AUDIT_WRITE", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT",
    "CAP_SYS_MODULE", "CAP_SYS_PTRACE",
)
TMPFS = {"/run": "", "/run/lock": "", "/tmp": ""}  # noqa: S108  # the container's own, empty at each start


@dataclass(frozen=True, slots=True)
class Profile:
    """What the engine grants a kind of host; nothing grants more."""

    image: str = "base"
    capabilities: tuple[str, ...] = BASE_CAPABILITIES
    security: tuple[str, ...] = ("seccomp=unconfined",)
    sysctls: Mapping[str, str] = field(default_factory=lambda: {"net.ipv4.ip_forward": "0"})
    runs_engine: bool = False
    """An engine inside: the host sees the machine's control groups and keeps its data on a volume."""


FORWARDS = {"net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1"}
PROFILES: dict[HostKind, Profile] = {
    HostKind.GATEWAY: Profile(sysctls=FORWARDS),
    HostKind.BASTION: Profile(),
    HostKind.INFRASTRUCTURE: Profile(),
    HostKind.PORTAL: Profile(image="portal"),
    HostKind.CLOUD_NODE: Profile(
        image="cloud", capabilities=CLOUD_CAPABILITIES, runs_engine=True, sysctls={},
        security=("apparmor=unconfined", "seccomp=unconfined"),
    ),
    HostKind.CLIENT: Profile(),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What all hosts of one stack share."""

    blueprint: Blueprint
    images: dict[str, str]
    networks: dict[str, docker.Network]
    operators: SshKey
    options: pulumi.ResourceOptions


def host(place: Place, one: Host, day: date) -> SshKey:
    """Makes the host and returns its host key, whose public half goes into known_hosts."""
    profile = PROFILES[one.kind]
    key = SshKey(f"{one.id}-key", one.id)
    # what a host was born with is not what it has now: Ansible owns its files, so they replace no container
    born = pulumi.ResourceOptions(ignore_changes=["uploads"], delete_before_replace=True)
    docker.Container(
        one.id,
        name=one.id,
        hostname=one.id,
        image=place.images[profile.image],
        must_run=True,
        restart="unless-stopped",
        stop_signal=STOP,
        destroy_grace_seconds=10,
        capabilities=docker.ContainerCapabilitiesArgs(adds=list(profile.capabilities)),
        security_opts=list(profile.security),
        sysctls=dict(profile.sysctls),
        tmpfs=TMPFS,
        cgroupns_mode="host" if profile.runs_engine else None,
        volumes=_volumes(place, one, profile),
        networks_advanced=[_leg(place, one, leg) for leg in sorted(one.legs)],
        uploads=_uploads(place, one, key, day),
        labels=[docker.ContainerLabelArgs(label="lantu.host", value=one.id),
                docker.ContainerLabelArgs(label="lantu.kind", value=one.kind.value)],
        opts=pulumi.ResourceOptions.merge(place.options, born),
    )
    return key


def _leg(place: Place, one: Host, leg: str) -> docker.ContainerNetworksAdvancedArgs:
    pair = place.blueprint.addresses(one, leg)
    return docker.ContainerNetworksAdvancedArgs(
        name=place.networks[leg].name, ipv4_address=str(pair.ipv4), ipv6_address=str(pair.ipv6)
    )


def _volumes(place: Place, one: Host, profile: Profile) -> list[docker.ContainerVolumeArgs]:
    groups = docker.ContainerVolumeArgs(
        host_path="/sys/fs/cgroup", container_path="/sys/fs/cgroup", read_only=not profile.runs_engine
    )
    if not profile.runs_engine:
        return [groups]
    data = docker.Volume(f"{one.id}-docker", name=f"{one.id}-docker", opts=place.options)
    return [groups, docker.ContainerVolumeArgs(volume_name=data.name, container_path="/var/lib/docker")]


def _uploads(place: Place, one: Host, key: SshKey, day: date) -> list[docker.ContainerUploadArgs]:
    secret = docker.ContainerUploadArgs(file=files.HOST_KEY, content=key.private, permissions="0600")
    texts: dict[str, pulumi.Input[str]] = {
        f"{files.HOST_KEY}.pub": key.public.apply(lambda text: text + "\n"),
        files.AUTHORIZED_KEYS: place.operators.public.apply(lambda text: text + "\n"),
        files.LINKS: links(place.blueprint, one),
        files.ROUTES: routes(place.blueprint, one),
        files.RULESET: ruleset(place.blueprint, one, day),
    }
    return [secret, *(docker.ContainerUploadArgs(file=name, content=text) for name, text in texts.items())]
