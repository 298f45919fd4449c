"""A system as a service of the cluster: own overlay and secret, limits, and one published port."""

from __future__ import annotations

import base64
import hashlib
import json

import pulumi
import pulumi_docker as docker

from infra.keys import Token
from inventory.model.addressing import tenant_overlay
from inventory.model.blueprint import Blueprint
from inventory.model.systems import Deployment, System

CONFIG = "/etc/lantu/system.json"
SECRET = "/run/secrets/lantu"  # noqa: S105  # a path
MIB = 1 << 20
BILLION = 1_000_000_000


def deploy(blueprint: Blueprint, system: System, image: str, options: pulumi.ResourceOptions) -> docker.Service:
    """Creates the service and its resources. Systems share no resources, not even within a tenant."""
    assert system.deployment is not None
    token = Token(f"{system.id}-token", system.id)
    overlay = _overlay(blueprint, system, system.deployment, options)
    data = token.value.apply(encoded)
    # what a service uses cannot be changed or removed under it: a new content has a new name, the service follows
    serial = token.id.apply(lambda name: name.rpartition("-")[2])
    secret = docker.Secret(
        f"{system.id}-secret", name=pulumi.Output.concat(system.id, "-secret-", serial), data=data, opts=options
    )
    about = json.dumps({"id": system.id, "name_zh": system.name_zh, "name_en": system.name_en}, ensure_ascii=False)
    name = f"{system.id}-config-{hashlib.sha256(about.encode()).hexdigest()[:8]}"
    config = docker.ServiceConfig(f"{system.id}-config", name=name, data=encoded(about), opts=options)
    return docker.Service(
        system.id,
        name=system.id,
        labels=[docker.ServiceLabelArgs(label="lantu.system", value=system.id)],
        mode=docker.ServiceModeArgs(replicated=docker.ServiceModeReplicatedArgs(replicas=system.deployment.replicas)),
        task_spec=_task(system, system.deployment, image, overlay, secret, config),
        endpoint_spec=_endpoint(system.deployment),
        converge_config=docker.ServiceConvergeConfigArgs(delay="1s", timeout="3m"),
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(delete_before_replace=True)),
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def overlay_name(system: System, deployment: Deployment) -> str:
    """An overlay that moves is another network: the service leaves the old one before that is removed."""
    return f"{system.id}-net-{deployment.overlay}"


def _overlay(
    blueprint: Blueprint, system: System, deployment: Deployment, options: pulumi.ResourceOptions
) -> docker.Network:
    """Not internal, because an internal overlay publishes nothing; the nodes' rulesets stop outgoing traffic."""
    prefix = tenant_overlay(blueprint.overlays, deployment.overlay)
    return docker.Network(
        f"{system.id}-net",
        name=overlay_name(system, deployment),
        driver="overlay",
        ipam_configs=[docker.NetworkIpamConfigArgs(subnet=str(prefix))],
        labels=[docker.NetworkLabelArgs(label="lantu.system", value=system.id)],
        opts=pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(ignore_changes=["labels"])),
    )


def _task(
    system: System,
    deployment: Deployment,
    image: str,
    overlay: docker.Network,
    secret: docker.Secret,
    config: docker.ServiceConfig,
) -> docker.ServiceTaskSpecArgs:
    per_node = -(-deployment.replicas // max(len(system.deployed_at), 1))
    limits = docker.ServiceTaskSpecResourcesLimitsArgs(
        memory_bytes=deployment.memory_mib * MIB, nano_cpus=int(deployment.cpus * BILLION)
    )
    return docker.ServiceTaskSpecArgs(
        container_spec=docker.ServiceTaskSpecContainerSpecArgs(
            image=image,
            env={"LANTU_SYSTEM": system.id},
            read_only=True,
            cap_drops=["ALL"],
            secrets=[
                docker.ServiceTaskSpecContainerSpecSecretArgs(
                    secret_id=secret.id, secret_name=secret.name, file_name=SECRET, file_mode=0o444
                )
            ],
            configs=[
                docker.ServiceTaskSpecContainerSpecConfigArgs(
                    config_id=config.id, config_name=config.name, file_name=CONFIG
                )
            ],
        ),
        networks_advanceds=[docker.ServiceTaskSpecNetworksAdvancedArgs(id=overlay.id)],
        placement=docker.ServiceTaskSpecPlacementArgs(max_replicas=per_node),
        resources=docker.ServiceTaskSpecResourcesArgs(limits=limits),
    )


def _endpoint(deployment: Deployment) -> docker.ServiceEndpointSpecArgs:
    """Each node publishes its own tasks: client addresses are kept, and no routing mesh opens other nodes."""
    port = docker.ServiceEndpointSpecPortArgs(
        target_port=deployment.port, published_port=deployment.port, protocol="tcp", publish_mode="host"
    )
    return docker.ServiceEndpointSpecArgs(mode="dnsrr", ports=[port])
