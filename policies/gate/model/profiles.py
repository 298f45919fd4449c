"""Profiles of hosts that are containers, one per kind; only declared hosts have one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from policies.gate.model import Host, Mount, Workload
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.unknown import UnknownValueError

NODE = "cloud-node"
KINDS = ("gateway", NODE)
"""Kinds of host with a profile of their own; all others are `host`."""


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    cap_add: frozenset[str] = frozenset()
    security_opts: frozenset[str] = frozenset()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    cgroupns_mode: str = ""
    mounts: frozenset[tuple[str, str, str, bool]] = frozenset()


NOTHING = Profile("none")


@cache
def data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "profiles.toml").read_text("utf-8"))


def granted(workload: Workload, declared: Snapshot) -> Profile:
    """The profile of a workload: its kind's for a declared host, else an empty one."""
    host = declared.host_of.get(workload.id)
    profile = profile_of(host, declared) if host is not None else None
    return profile or NOTHING


def profile_of(host: Host, declared: Snapshot) -> Profile | None:
    """The profile of a host; None at a site whose hosts are machines."""
    name = host.kind if host.kind in KINDS else "host"
    return _profile(name, declared.site_kind, declared.confinement or "v1", host.id if name == NODE else "")


@cache
def _profile(name: str, site_kind: str, confinement: str, host: str) -> Profile | None:
    """One object for all hosts of a kind; only a cloud node's has a volume with the node's name."""
    versions = data().get(site_kind)
    if versions is None:
        return None
    version, _, apparmor = confinement.partition("-")
    entry = versions.get(version, {}).get(name)
    if entry is None:  # no record: its hosts are granted nothing
        return NOTHING
    mounts = frozenset(
        (item["kind"], item["source"].format(host=host), item["target"], item["read_only"]) for item in entry["mounts"]
    )
    options = set(entry["security_opts"])
    if apparmor:
        options = {data()["apparmor"][name], *(option for option in options if not option.startswith("apparmor="))}
    return Profile(
        name,
        frozenset(entry["cap_add"]),
        frozenset(options),
        entry.get("sysctls", {}),
        entry.get("cgroupns_mode", ""),
        mounts,
    )


def image_of(host: Host) -> str:
    """The kind of image that a host of its kind and release is made of. NotKnownError for a release without images."""
    ending = data()["releases"].get(host.release)
    if ending is None:
        raise UnknownValueError(f"{host.id}: Debian {host.release}", "no-such-image")
    return f"{data()['images'].get(host.kind, 'base')}{ending}"


def bare(capability: str) -> str:
    """`CAP_NET_ADMIN` and `net_admin` are the same."""
    return capability.upper().removeprefix("CAP_")


def mounted(mount: Mount) -> tuple[str, str, str, bool]:
    return mount.kind or "bind", mount.source.rstrip("/") or "/", mount.target, mount.read_only


def differences(workload: Workload, profile: Profile, also: tuple[str, ...]) -> Iterator[tuple[str, Any, Any]]:
    """Differences between a host's container and its profile: field, expected, actual; `also` names plain fields."""
    has = {field: (getattr(profile, field), getattr(workload, field)) for field in also} | {
        "capabilities": (sorted(profile.cap_add), sorted(bare(item) for item in workload.cap_add)),
        "security_opts": (sorted(profile.security_opts), sorted(workload.security_opts)),
        "sysctls": (dict(profile.sysctls), dict(workload.sysctls.items())),
        "mounts": (_told(profile.mounts), _told(mounted(mount) for mount in workload.mounts)),
        "cap_drop": ([], sorted(workload.cap_drop)),
        "privileged": (False, workload.privileged),
        "devices": ([], sorted(workload.devices)),
    }
    yield from ((name, expected, actual) for name, (expected, actual) in has.items() if expected != actual)


def _told(mounts: Any) -> list[str]:
    return sorted(f"{source}:{target}:{'ro' if read_only else 'rw'}" for _, source, target, read_only in mounts)
