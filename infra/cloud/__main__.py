"""One tenant's systems in the shared cloud; run by Pulumi, one stack per tenant."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_docker as docker

import inventory
from infra.cloud import tenant


def build() -> None:
    config = pulumi.Config("lantu-cloud")
    loaded = inventory.load(Path(config.require("blueprint")), config.require("site"))
    if loaded.blueprint is None:
        raise pulumi.RunError("\n" + "\n".join(problem.line("en") for problem in loaded.problems))
    blueprint = loaded.blueprint.deployed_subset
    # over SSH through the bastion: the node's docker engine has no open port
    cloud = docker.Provider("cloud", host=config.require("manager"), ssh_opts=["-F", config.require("ssh")])
    images: dict[str, str] = config.require_object("images")
    for system in blueprint.systems:
        if system.deployment is not None and system.agency == config.require("tenant"):
            options = pulumi.ResourceOptions(provider=cloud)
            tenant.deploy(blueprint, system, images[system.deployment.image], options)


build()
