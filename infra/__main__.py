"""One place of the district on its container engine; run by Pulumi, one stack per place."""

from __future__ import annotations

from datetime import date

import pulumi
import pulumi_docker as docker

from infra import hosts, segments, settings
from infra.keys import SshKey


def build(told: settings.Settings, day: date) -> pulumi.ResourceOptions:
    """Networks for the place's segments, then its hosts; exports what SSH needs to know them.

    Returns the options of everything on the place's engine.
    """
    engine = docker.Provider("engine", host=told.engine)
    options = pulumi.ResourceOptions(provider=engine)
    blueprint = told.blueprint
    vlans = blueprint.site.vlans
    networks = {
        segment.id: segments.network(segment, vlans.get(segment.id), options)
        for segment in blueprint.segments_at(told.location)
    }
    operators = SshKey("operators-key", "operators")
    confinement = hosts.Confinement.named(told.confinement)
    location = hosts.HostSettings(blueprint, confinement, told.images, networks, operators, options, told.rewired)
    keys = {host.id: hosts.host(location, host, day) for host in blueprint.hosts_at(told.location)}
    pulumi.export("host_keys", {name: key.public for name, key in keys.items()})
    pulumi.export("operators_public", operators.public)
    pulumi.export("operators_private", operators.private)
    return options


on_engine = build(settings.read(), date.today())
