"""SSH files of a location, written from the stack's outputs: key, known hosts, configuration through the bastion."""

from __future__ import annotations

import subprocess
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from inventory.model.blueprint import Blueprint
from inventory.model.hosts import Host, HostKind
from lantu.context import Workspace
from lantu.stacks import write_secret

COMMON = """\
# Written by lantu from the stack's outputs; changes are lost. ssh -F {file} HOST
Host *
  User root
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  ConnectTimeout 10
  ServerAliveInterval 15
  ControlMaster auto
  ControlPath {control}/%C
  ControlPersist 10m
"""
RELAY = 'exec 3<>/dev/tcp/%h/%p; trap exit HUP TERM; cat <&3 & trap "kill $!" EXIT; cat >&3'
"""A pipe to the bastion's port, opened inside the operators' namespace; needs no program besides bash. Both
directions end together, so that no process keeps the connection open."""


def write(blueprint: Blueprint, workspace: Workspace, outputs: dict[str, Any]) -> None:
    """Write key, known_hosts and config of one location; the same outputs give the same files."""
    control = workspace.lab.run / "ssh"
    for folder in (workspace.ssh, control):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_secret(workspace.ssh / "operators", outputs["operators_private"])
    hosts = blueprint.hosts_at(workspace.location)
    known_hosts = [f"{host.id},{address(blueprint, host)} {outputs['host_keys'][host.id]}" for host in hosts]
    write_secret(workspace.ssh / "known_hosts", "\n".join(known_hosts) + "\n")
    text = COMMON.format(
        file=workspace.ssh_config, key=workspace.ssh / "operators", known=workspace.ssh / "known_hosts", control=control
    )
    write_secret(workspace.ssh_config, text + "".join(_host(blueprint, workspace, host) for host in hosts))


def private_key(workspace: Workspace, public: str) -> str | None:
    """The operators' private key that an earlier run wrote, if it belongs to `public`."""
    try:
        text = (workspace.ssh / "operators").read_text()
        key = load_ssh_private_key(text.encode(), None)
    except (OSError, ValueError, UnsupportedAlgorithm):
        return None
    return text if key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() == public else None


def close(workspace: Workspace, how: Literal["exit", "stop"]) -> None:
    """Close the shared connections of earlier commands: at once, or when the commands that use them end."""
    for socket in (workspace.lab.run / "ssh").glob("*"):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", how, "any"], capture_output=True, check=False)


def address(blueprint: Blueprint, host: Host) -> str:
    """The address to connect to: of the bastion for its operators, of other hosts for the bastion."""
    if host.kind is HostKind.BASTION:
        outside = [vantage.segment for vantage in blueprint.vantages if vantage.segment in host.interfaces]
        return str(blueprint.addresses(host, outside[0]).ipv4)
    segment = blueprint.management_of(host)
    assert segment is not None  # a blueprint with a host without interfaces is invalid
    return str(blueprint.addresses(host, segment).ipv4)


def _host(blueprint: Blueprint, workspace: Workspace, host: Host) -> str:
    if host.kind is HostKind.BASTION:
        route = f"ProxyCommand nsenter --net=/run/netns/{workspace.operator_namespace} bash -c '{RELAY}'"
    else:
        route = f"ProxyJump {blueprint.bastion(workspace.location).id}"
    return f"Host {host.id}\n  HostName {address(blueprint, host)}\n  {route}\n"
