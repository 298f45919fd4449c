"""The steps that build a district. Each can be repeated at any time and repairs a partial result."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pulumi_toolchain as pulumi
from lab import confinement, engine, hosts, images, vantage

from inventory.model.hosts import HostKind
from inventory.model.systems import System
from inventory.texts.text import Text
from lantu import host_images, repair, replacements, ssh_files, update_record, vantage_points
from lantu.console import word
from lantu.context import ROOT, LabContext, Workspace
from lantu.rewired import rewired
from lantu.stacks import Stack, location_settings, location_stack
from lantu.steps import StepFailedError, Steps

PACK = ROOT / "policies"
CLOUD = ROOT / "infra" / "cloud"
VENV = ROOT / ".venv" / "bin"
UNCHANGED = Text("自上次部署以来无变更", "unchanged since the last update")
INCOMPLETE = Text("未建完，将重建：{names}", "incomplete, rebuilding: {names}")
LOST = Text("已丢失，将重建：{names}", "lost, rebuilding: {names}")


@dataclass(slots=True)
class Building:
    """One run on one lab. `engine` (the Pulumi toolchain) and `images` are set by their steps."""

    context: LabContext
    steps: Steps
    engine: pulumi.Toolchain | None = None
    images: Mapping[str, host_images.RecordedImage] | None = None

    def note(self, text: Text) -> None:
        self.steps.note(text.say(word(self.context.lang)))

    # tools ------------------------------------------------------------------------------------------------------------

    def get_pulumi(self) -> None:
        self.engine = pulumi.ensure(self.context.cache, self.steps.note)

    # locations --------------------------------------------------------------------------------------------------------

    def start_engine(self, workspace: Workspace) -> None:
        """Start the Docker engine of a location; it accepts no connection from outside."""
        engine.start(workspace.lab, vantage_points.management(self.context, workspace))

    def get_images(self) -> None:
        """Load images into the Docker engines that need them. Recorded images stay if the cache was emptied."""
        needed = {workspace: host_images.kinds_at(self.context, workspace) for workspace in self.context.workspaces}
        recorded = host_images.recorded(self.context.lab)
        missing = {
            kind for workspace, kinds in needed.items() for kind in host_images.missing(workspace, recorded, kinds)
        }
        if missing:
            built = images.ensure(missing, say=self.note)
            for workspace, kinds in needed.items():
                images.load(workspace.lab, [built[kind] for kind in kinds if kind in missing])
            recorded = host_images.record(self.context.lab, recorded, built)
        self.images = recorded

    def stack(self, workspace: Workspace) -> Stack:
        assert self.engine is not None
        return location_stack(self.context, workspace, self.engine)

    def running(self, workspace: Workspace) -> set[str]:
        """The running hosts of a location."""
        with closing(engine.client(workspace.lab)) as client:
            return {str(item.name) for item in client.containers.list()}

    def prepare_location(self, workspace: Workspace) -> None:
        """Write the settings of the location's stack."""
        assert self.images is not None
        ids = {kind: self.images[kind].id for kind in host_images.kinds_at(self.context, workspace)}
        settings = location_settings(self.context, workspace, ids, confinement.record(self.context.lab))
        stack, blueprint = self.stack(workspace), self.context.blueprint.deployed_subset
        settings["lantu:rewired"] = rewired(blueprint, workspace.location, stack.resources())
        stack.prepare(settings, self.steps)

    def build_location(self, workspace: Workspace) -> None:
        """Build networks, hosts and keys with Pulumi, through the gate."""
        hosts.wake(workspace.lab)
        self.prepare_location(workspace)
        stack, blueprint = self.stack(workspace), self.context.blueprint.deployed_subset
        repair.unlock(stack, self.steps)
        replacements.complete(stack, self.steps)
        found = repair.difference(blueprint, workspace, stack)
        if not (found.half_made or found.lost) and self._is_applied(stack):
            return
        if found.half_made:
            self.note(INCOMPLETE.fill(names=[name for _, name in found.half_made]))
            repair.remove(workspace, found.half_made)
        self._apply(stack, workspace, found.lost)

    def _is_applied(self, stack: Stack) -> bool:
        """Whether the last update of the stack is still in effect; if so, print that."""
        unchanged = update_record.is_applied(stack, self.context.blueprint, date.today())
        if unchanged:
            self.note(UNCHANGED)
        return unchanged

    def _apply(self, stack: Stack, workspace: Workspace, lost: list[tuple[str, str]]) -> None:
        """Update the stack through the gate. If resources were lost, refresh its state first."""
        update_record.forget(stack)
        if lost:
            self.note(LOST.fill(names=[name for _, name in lost]))
            self.pulumi(stack, workspace, "refresh", "--yes", "--skip-preview")
        self.pulumi(stack, workspace, "up", "--yes", "--policy-pack", str(PACK))
        update_record.record(stack, self.context.blueprint, date.today())

    def pulumi(self, stack: Stack, workspace: Workspace, *arguments: str) -> list[str]:
        command: list[str | Path] = [stack.engine.pulumi, *arguments, "--non-interactive", "--color", "never"]
        return self.steps.run(command, self.environment(workspace, stack), stack.folder)

    def environment(self, workspace: Workspace, stack: Stack | None = None) -> dict[str, str]:
        """The environment of tools on this location: see `lantu env`."""
        base = stack.environment() if stack else dict(os.environ)
        return base | exports(self.context, workspace)

    def write_ssh(self, workspace: Workspace) -> None:
        """Write the SSH configuration. Close connections of earlier runs: their bastion may have been replaced."""
        stack = self.stack(workspace)
        plain = stack.plain_outputs()
        if (private := ssh_files.private_key(workspace, plain.get("operators_public", ""))) is not None:
            outputs = plain | {"operators_private": private}
        else:
            outputs = stack.outputs()
        ssh_files.write(self.context.blueprint.deployed_subset, workspace, outputs)
        ssh_files.close(workspace, "stop")

    def make_vantages(self) -> None:
        for item in vantage_points.vantages(self.context):
            vantage.ensure(item)

    # hosts and the cloud ----------------------------------------------------------------------------------------------

    def converge(self, workspace: Workspace) -> list[str]:
        """Run the playbooks on the location's hosts; return the recap lines."""
        try:
            lines = self.steps.run([VENV / "ansible-playbook", "playbooks/site.yml"], self.environment(workspace), ROOT)
        except StepFailedError as error:
            raise error.about(("[ERROR]", "fatal:")) from None
        return [line for line in lines if " ok=" in line]

    def tenants(self) -> dict[str, list[System]]:
        """Agencies with systems on the common cloud."""
        systems: dict[str, list[System]] = {}
        for system in self.context.blueprint.deployed_subset.systems:
            if system.deployment is not None:
                systems.setdefault(system.agency, []).append(system)
        return systems

    def prepare_tenant(self, workspace: Workspace, tenant: str) -> Stack:
        """Write the settings of the tenant's stack."""
        assert self.engine is not None
        stack = tenant_stack(self.context, workspace, self.engine, tenant)
        stack.prepare(self._tenant_settings(workspace, tenant), self.steps)
        return stack

    def deploy(self, workspace: Workspace, tenant: str) -> None:
        """Deploy the tenant's systems as services of the cluster, through the gate."""
        stack = self.prepare_tenant(workspace, tenant)
        repair.unlock(stack, self.steps)
        cluster = repair.Cluster(workspace.ssh_config, self._manager(workspace))
        found = repair.cluster_difference(stack, cluster, self._names_in_cluster(tenant))
        if found.half_made:
            self.note(INCOMPLETE.fill(names=[name for _, name in found.half_made]))
            repair.remove_from_cluster(cluster, found.half_made)
        outdated = repair.outdated_overlays(stack, self.tenants()[tenant])
        repair.remove_from_cluster(cluster, outdated)
        lost = [*found.lost, *outdated]
        if found.half_made or lost or not self._is_applied(stack):
            self._apply(stack, workspace, lost)

    def _names_in_cluster(self, tenant: str) -> re.Pattern[str]:
        """The names in infra/cloud of a tenant's services, networks, secrets and configs, with serial or hash."""
        ids = "|".join(re.escape(system.id) for system in self.tenants()[tenant])
        return re.compile(rf"({ids})(-net(-\d+)?|-(secret|config)(-[0-9a-f]{{8}})?)?")

    def _manager(self, workspace: Workspace) -> str:
        """The manager node of the cluster."""
        hosts = self.context.blueprint.deployed_subset.hosts_at(workspace.location)
        return next(host.id for host in hosts if host.kind is HostKind.CLOUD_NODE)

    def _tenant_settings(self, workspace: Workspace, tenant: str) -> dict[str, Any]:
        assert self.images is not None
        blueprint = self.context.blueprint
        return {
            "lantu-cloud:tenant": tenant,
            "lantu-cloud:site": blueprint.site.id,
            "lantu-cloud:blueprint": str(blueprint.directory.resolve()),
            "lantu-cloud:manager": f"ssh://root@{self._manager(workspace)}",
            "lantu-cloud:ssh": str(workspace.ssh_config),
            "lantu-cloud:images": {"app": self.images["app"].reference},
        }


def tenant_stack(context: LabContext, workspace: Workspace, engine: pulumi.Toolchain, tenant: str) -> Stack:
    """The stack of one tenant of the common cloud."""
    return Stack(f"{context.lab.name}-{tenant}", CLOUD, workspace.pulumi / "tenants" / tenant, engine)


def exports(context: LabContext, workspace: Workspace) -> dict[str, str]:
    """Environment variables that playbooks, policies and tests read."""
    return {
        "LANTU_BLUEPRINT": str(context.blueprint.directory.resolve()),
        "LANTU_SITE": context.blueprint.site.id,
        "LANTU_LAB": context.lab.name,
        "LANTU_LOCATION": workspace.location.value,
        "LANTU_STATE": str(context.lab.state_root),
        "LANTU_RUN": str(context.lab.run_root),
        "LANTU_LANG": context.lang.value,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }


def log_file(context: LabContext, subcommand: str) -> Path:
    return context.lab.state / "logs" / f"{subcommand}.log"
