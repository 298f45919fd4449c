"""Pulumi for tests of the policy pack, with a Docker socket that only answers pings."""

from __future__ import annotations

import hashlib
import json
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pulumi_toolchain
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PACK = ROOT / "policies"
PROGRAMS = Path(__file__).parent / "programs"


class Ping(BaseHTTPRequestHandler):
    """Answers the ping that Pulumi's Docker provider sends before a preview."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Records requests to create objects; creates nothing."""
        self.asked.append(self.path)
        self.send_error(500)

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    do_HEAD = do_GET  # noqa: N815  # http.server's name

    def log_message(self, format: str, *args: Any) -> None:
        """No access log."""

    def address_string(self) -> str:
        return "socket"


class Sockets(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@dataclass(frozen=True)
class Preview:
    """The result of a preview: exit status, output, and the pack's violations by resource."""

    status: int
    output: str
    violations: list[tuple[str, str]] = field(default_factory=list)
    log: Path = Path()
    """The preview's event log."""

    def rules_of(self, resource: str) -> set[str]:
        return {rule for name, text in self.violations if name == resource for rule in _rules(text)}

    @property
    def rules(self) -> set[str]:
        return {rule for _, text in self.violations for rule in _rules(text)}


def _rules(text: str) -> list[str]:
    """The rule ids of a violation: the words before `[` of the line after the policy's description."""
    return [word.strip(",") for word in text.split("\n")[1].split("[")[0].split()]


@pytest.fixture(scope="session")
def pulumi_engine() -> pulumi_toolchain.Toolchain:
    return pulumi_toolchain.ensure(Path(os.environ.get("LANTU_CACHE", "/var/cache/lantu")), lambda *_: None)


@dataclass
class Bench:
    """Runs programs with Pulumi and the pack; a lab's state and engine sockets are in one directory."""

    folder: Path
    engine: pulumi_toolchain.Toolchain
    previews: int = 0

    def __post_init__(self) -> None:
        self.run, self.state = self.folder / "run", self.folder / "state"
        pulumi_toolchain.prepare_home(self.engine, self.folder / "home")
        self.environment = {
            **pulumi_toolchain.environment(self.engine, self.folder / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "LANTU_RUN": str(self.run),
            "LANTU_STATE": str(self.state),
            "LANTU_LANG": "en",
        }
        (self.state / "lab").mkdir(parents=True)
        (self.state / "lab" / "images.json").write_text(json.dumps(recorded_images()))

    def backend(self, location: str) -> str:
        """The state backend of a location's stacks, as in `lantu up`."""
        folder = self.state / "lab" / location / "pulumi" / "state"
        folder.mkdir(parents=True, exist_ok=True)
        return f"file://{folder}"

    def preview(
        self, program: str | Path, stack: str = "lab-extranet", project: str = "lantu",
        verb: tuple[str, ...] = ("preview",), pack: bool = True, settings: dict[str, Any] | None = None,
        **environment: str,
    ) -> Preview:  # fmt: skip
        source = PROGRAMS / program
        work = self.folder / source.name / project
        self._project(work, source, project)
        location = "intranet" if stack.endswith("intranet") else "extranet"
        env = {**os.environ, **self.environment, "PULUMI_BACKEND_URL": self.backend(location), **environment}
        self._pulumi(work, env, "stack", "select", "--create", stack)
        for name, value in (settings or {}).items():
            self._pulumi(work, env, "config", "set", *(["--path"] if "." in name else []), name, value)
        self.previews += 1
        log = work / f"events-{self.previews}.json"
        done = self._pulumi(
            work, {**env, "PULUMI_DEBUG_COMMANDS": "true"}, *verb, "--non-interactive", "--event-log", str(log),
            *(["--policy-pack", str(PACK)] if pack else []), check=False,
        )  # fmt: skip
        events = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return Preview(done.returncode, done.stdout + done.stderr, list(_violations(events)), log)

    def _project(self, work: Path, program: Path, project: str) -> None:
        work.mkdir(parents=True, exist_ok=True)
        options = {"toolchain": "pip", "virtualenv": sys.prefix}
        text = yaml.safe_dump(
            {"name": project, "main": str(program), "runtime": {"name": "python", "options": options}}
        )
        (work / "Pulumi.yaml").write_text(text)

    def _pulumi(
        self, work: Path, env: dict[str, str], *args: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self.engine.pulumi, *args], cwd=work, env=env, text=True, capture_output=True, timeout=180, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


def recorded_images() -> dict[str, dict[str, str]]:
    """Build records of all approved recipes, with invented image ids."""
    lines = (ROOT / "scripts" / "lab" / "images" / "recipes.lock").read_text("utf-8").splitlines()
    recipes = dict(line.split() for line in lines if line and not line.startswith("#"))
    return {
        kind: {"id": image_id(kind), "reference": f"lantu/{kind}:{recipe[:12]}", "recipe": recipe}
        for kind, recipe in recipes.items()
    }


def image_id(kind: str) -> str:
    return "sha256:" + hashlib.sha256(kind.encode()).hexdigest()


def _violations(events: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for event in events:
        policy = event.get("policyEvent")
        if policy is not None and policy["enforcementLevel"] == "mandatory":
            yield policy.get("resourceUrn", "").rpartition("::")[2], policy["message"]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory, pulumi_engine: pulumi_toolchain.Toolchain) -> Iterator[Bench]:
    one = Bench(tmp_path_factory.mktemp("pack"), pulumi_engine)
    servers = []
    for location in ("extranet", "intranet"):
        socket = one.run / "lab" / location / "docker.sock"
        socket.parent.mkdir(parents=True)
        servers.append(Sockets(str(socket), Ping))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
    yield one
    for server in servers:
        server.shutdown()
