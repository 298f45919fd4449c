"""Data paths without a network: volumes shared between zones, and network volumes."""

from __future__ import annotations

from collections.abc import Iterator

from policies.gate.core.context import Context
from policies.gate.core.rule import BUILT, rule
from policies.gate.core.violation import Violation
from policies.gate.model import Volume, Workload
from policies.gate.rules.zones import working_interfaces, zone_of

REMOTE = ("type", "o", "device")
"""Options of the local driver that mount something other than its own directory."""


@rule("VOL-001", over="workloads", views=BUILT, alone=False)
def volume_in_two_zones(workload: Workload, context: Context) -> Iterator[Violation]:
    """Its users exchange files, sockets and pipes, whatever the firewall rules are."""
    for mount in workload.mounts:
        if mount.kind == "volume" and mount.source:
            users = context.users_of_volumes.get(f"{workload.engine}/{mount.source}", [workload])
            zones = sorted(
                {zone_of(user, interface, context) for user in users for interface in working_interfaces(user, context)}
            )
            if len(zones) > 1 and len(users) > 1:
                names = sorted(user.name for user in users)
                yield {"workload": workload.name, "volume": mount.source, "zones": zones, "users": names}


@rule("VOL-002", over="workloads", views=BUILT)
def volumes_of_another(workload: Workload, context: Context) -> Iterator[Violation]:
    if workload.volumes_from:
        yield {"workload": workload.name, "others": workload.volumes_from}


@rule("VOL-003", over="volumes", views=BUILT)
def volume_from_elsewhere(volume: Volume, context: Context) -> Iterator[Violation]:
    """The host mounts NFS and similar volumes over its own network."""
    options = sorted(key for key in volume.driver_opts if key in REMOTE)
    if volume.driver != "local" or options:
        options_shown = {key: volume.driver_opts[key] for key in options if key != "o"}  # `o` may hold a password
        yield {"volume": volume.name, "driver": volume.driver, "options": options_shown}


@rule("VOL-004", over="workloads", views=BUILT)
def mount_from_elsewhere(workload: Workload, context: Context) -> Iterator[Violation]:
    """The same, with the options of a mount."""
    for mount in workload.mounts:
        options = sorted(key for key in mount.options if key in (*REMOTE, "driver"))
        if options:
            yield {"workload": workload.name, "target": mount.target, "options": options}
