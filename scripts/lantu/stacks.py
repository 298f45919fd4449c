"""Pulumi stacks: one for each location and tenant, each with its own state, passphrase and home."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi_toolchain import Toolchain, environment, prepare_home

from lantu.context import ROOT, LabContext, Workspace
from lantu.steps import Steps


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack of one project (`folder` has its Pulumi.yaml)."""

    name: str
    folder: Path
    home: Path
    """Folder of state, passphrase and settings; private to the location."""
    engine: Toolchain

    @property
    def settings_file(self) -> Path:
        """The file that Pulumi reads settings from: next to Pulumi.yaml, ignored by git."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def kept_settings(self) -> Path:
        """The same file with the state that it belongs to, so that another checkout can go on with it.

        Its name is older than the word "location" and stays: the file holds the salt of the stack's secrets.
        """
        return self.home / f"{self.folder.name if self.folder != ROOT else 'place'}.yaml"

    @property
    def backend(self) -> str:
        return f"file://{self.home / 'state'}"

    def environment(self) -> dict[str, str]:
        """The environment in which `pulumi` works on this stack."""
        return environment(self.engine, self.home / "home") | {
            "PULUMI_BACKEND_URL": self.backend,
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.home / "passphrase"),
            "PULUMI_STACK": self.name,
        }

    def prepare(self, settings: dict[str, Any], steps: Steps) -> None:
        """Create missing folders, passphrase and stack, and write the settings."""
        for folder in (self.home, self.home / "state"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        prepare_home(self.engine, self.home / "home")
        passphrase = self.home / "passphrase"
        if not passphrase.exists():
            write_secret(passphrase, secrets.token_urlsafe(32) + "\n")
        salt = self._salt()
        if salt is None:
            self.settings_file.unlink(missing_ok=True)
            steps.run(
                [self.engine.pulumi, "stack", "init", self.name, "--secrets-provider", "passphrase"],
                self.environment(),
                self.folder,
            )
            salt = yaml.safe_load(self.settings_file.read_text())["encryptionsalt"]
        self._write({"encryptionsalt": salt, "config": settings})

    def _salt(self) -> str | None:
        """The stack's salt if both the stack and its settings exist."""
        state = self.home / "state" / ".pulumi" / "stacks"
        if not any(state.rglob(f"{self.name}.json*")) or not self.kept_settings.exists():
            return None
        salt: str = yaml.safe_load(self.kept_settings.read_text())["encryptionsalt"]
        return salt

    def _write(self, document: dict[str, Any]) -> None:
        text = yaml.safe_dump(document, sort_keys=True)
        write_secret(self.kept_settings, text)
        if not self.settings_file.exists() or self.settings_file.read_text() != text:
            self.settings_file.write_text(text)

    def show_settings(self) -> None:
        """Copy the kept settings next to this checkout's Pulumi.yaml, where `pulumi` reads them."""
        self.settings_file.write_bytes(self.kept_settings.read_bytes())

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, with secrets in clear text; do not print them."""
        completed = subprocess.run(
            [self.engine.pulumi, "stack", "output", "--json", "--show-secrets"],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        outputs: dict[str, Any] = json.loads(completed.stdout)
        return outputs

    def plain_outputs(self) -> dict[str, Any]:
        """The stack's outputs from its state file, without running Pulumi; secrets stay encrypted."""
        outputs = (
            resource.get("outputs") for resource in self.resources() if resource["type"] == "pulumi:pulumi:Stack"
        )
        return next(outputs, None) or {}

    def checkpoints(self) -> list[Path]:
        """The file that holds the stack's state; none before the first update."""
        return list((self.home / "state" / ".pulumi" / "stacks").rglob(f"{self.name}.json"))

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state file; pending operations are entries with the key `pending`."""
        files = self.checkpoints()
        if not files:
            return []
        deployment = json.loads(files[0].read_text())["checkpoint"].get("latest") or {}
        pending = [
            {**operation["resource"], "pending": operation["type"]}
            for operation in deployment.get("pending_operations") or []
        ]
        return [*(deployment.get("resources") or []), *pending]


def location_stack(context: LabContext, workspace: Workspace, engine: Toolchain) -> Stack:
    """The stack of a location's segments and hosts."""
    return Stack(workspace.stack, ROOT, workspace.pulumi, engine)


def location_settings(
    context: LabContext, workspace: Workspace, images: dict[str, str], confinement: str
) -> dict[str, Any]:
    site = context.blueprint.site
    host = site.engines[workspace.location].host
    return {
        "lantu:location": workspace.location.value,
        "lantu:site": site.id,
        "lantu:blueprint": str(context.blueprint.directory.resolve()),
        "lantu:engine": workspace.lab.docker_host if host == "lab" else host,
        "lantu:images": images,
        "lantu:confinement": confinement,
    }


def write_secret(path: Path, text: str) -> None:
    """Write a file atomically; only its owner can read it."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
