"""One location of the district on its docker engine; run by Pulumi, one stack per location."""

from __future__ import annotations

from datetime import date

import pulumi
import pulumi_docker as docker

from infra import hosts, segments, settings
from infra.keys import SshKey


def build(configuration: settings.Settings, day: date) -> pulumi.ResourceOptions:
    """Creates the networks of the location's segments and its hosts, and exports the keys for SSH.

    Returns the options of all resources on the location's docker engine.
    """
    engine = docker.Provider("engine", host=configuration.engine)
    options = pulumi.ResourceOptions(provider=engine)
    blueprint = configuration.blueprint
    vlans = blueprint.site.vlans
    networks = {
        segment.id: segments.network(segment, vlans.get(segment.id), options)
        for segment in blueprint.segments_at(configuration.location)
    }
    operators = SshKey("operators-key", "operators")
    confinement = hosts.Confinement.named(configuration.confinement)
    shared = hosts.HostSettings(
        blueprint, confinement, configuration.images, networks, operators, options, configuration.rewired
    )
    keys = {host.id: hosts.host(shared, host, day) for host in blueprint.hosts_at(configuration.location)}
    pulumi.export("host_keys", {name: key.public for name, key in keys.items()})
    pulumi.export("operators_public", operators.public)
    pulumi.export("operators_private", operators.private)
    return options


on_engine = build(settings.read(), date.today())
