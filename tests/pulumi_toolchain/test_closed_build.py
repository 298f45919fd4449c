"""The engine that is built here does what the product asks of Pulumi, and refuses with a reason what was left out."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import grpc
import pytest
from engine_benches import Project
from google.protobuf import struct_pb2
from object_store import object_store
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi_toolchain import Toolchain
from test_docker_plugin import running

MakeProject = Callable[..., Project]
RANDOM = "import pulumi; pulumi.export('where', 'here'); pulumi.ComponentResource('t:t:T', 'one')"


@pytest.fixture(autouse=True)
def ours(engine: Toolchain) -> None:
    assert not engine.official, "an installed Pulumi is used on this machine; take it from PATH to test the built one"


def test_state_can_be_exported_imported_repaired_moved_and_removed(project: MakeProject, tmp_path: Path) -> None:
    shop = project(RANDOM)
    kept = tmp_path / "kept.json"
    for arguments in (
        ["up", "--yes", "--skip-preview"],
        ["preview", "--json", "--expect-no-changes"],
        ["refresh", "--yes"],
        ["stack", "export", "--file", str(kept)],
        ["stack", "import", "--file", str(kept)],
        ["stack", "ls", "--json"],
        ["stack", "tag", "ls"],
        ["stack", "history", "--json"],
        ["stack", "select", "dev"],
        ["state", "repair", "--yes"],
        ["cancel", "--yes"],
        ["plugin", "ls", "--json"],
        ["policy", "new", "--help"],
        ["whoami"],
        ["import", "--help"],
        ["stack", "rename", "next"],
        ["destroy", "--yes"],
        ["stack", "rm", "--yes", "next"],
    ):
        code, printed = shop.run(*arguments)
        assert code == 0, (arguments, printed)
    [resource] = [load for load in json.loads(kept.read_text())["deployment"]["resources"] if load["type"] == "t:t:T"]
    assert resource["urn"].endswith("t:t:T::one")


def test_state_can_be_deleted_from_by_urn(project: MakeProject) -> None:
    shop = project(RANDOM)
    assert shop.run("up", "--yes", "--skip-preview")[0] == 0
    code, printed = shop.run("state", "delete", "urn:pulumi:dev::example::t:t:T::one", "--yes")
    assert code == 0, printed
    code, printed = shop.run("stack", "export")
    assert code == 0 and "t:t:T::one" not in printed


def test_state_can_lie_in_an_s3_compatible_object_store(project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = project(RANDOM)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only")
    with object_store() as (port, objects):
        shop.backend = f"s3://state?region=local&endpoint=http://127.0.0.1:{port}&s3ForcePathStyle=true"
        for arguments in (["stack", "init", "other"], ["up", "--yes", "--skip-preview"], ["stack", "export"]):
            code, printed = shop.run(*arguments)
            assert code == 0, printed
    assert "t:t:T::one" in printed
    assert b"t:t:T::one" in objects[".pulumi/stacks/example/other.json"]


def test_the_postgresql_backend_is_there(project: MakeProject) -> None:
    shop = project(RANDOM)
    shop.backend = "postgres://nobody:nothing@127.0.0.1:1/state?sslmode=disable&connect_timeout=5"
    code, printed = shop.run("stack", "ls")
    assert code != 0 and "connection refused" in printed, printed


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("gs://state", "no client for Google Cloud Storage"),
        ("azblob://state", "no client for Azure's storage"),
    ],
)
def test_storage_of_clouds_is_refused_with_the_reason(project: MakeProject, backend: str, words: str) -> None:
    shop = project(RANDOM)
    shop.backend = backend
    code, printed = shop.run("stack", "ls")
    assert code != 0 and words in printed, printed


@pytest.mark.parametrize("manager", ["awskms://alias/x?region=y", "gcpkms://projects/x", "hashivault://x"])
def test_secret_managers_of_clouds_are_refused_with_the_reason(project: MakeProject, manager: str) -> None:
    code, printed = project(RANDOM).run("stack", "change-secrets-provider", manager)
    assert code != 0 and "use the secrets provider passphrase" in printed, printed


@pytest.mark.parametrize("command", ["neo", "api", "view-trace", "convert-trace"])
def test_commands_that_were_left_out_say_so(
    project: MakeProject, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("PULUMI_DEBUG_COMMANDS", "true")
    code, printed = project(RANDOM).run(command)
    assert code != 0 and f"has no `pulumi {command}`" in printed, printed


class DockerPing(BaseHTTPRequestHandler):
    """A Docker engine that answers the first question and no other."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.end_headers()


def test_the_docker_plugin_says_that_it_builds_no_images(engine: Toolchain, tmp_path: Path) -> None:
    docker = ThreadingHTTPServer(("127.0.0.1", 0), DockerPing)
    threading.Thread(target=docker.serve_forever, daemon=True).start()
    settings, inputs = struct_pb2.Struct(), struct_pb2.Struct()
    settings.update({"host": f"tcp://127.0.0.1:{docker.server_port}"})
    inputs.update({"name": "x", "build": {"context": str(tmp_path)}})
    with docker, running(engine) as address, grpc.insecure_channel(address) as channel:
        plugin = provider_pb2_grpc.ResourceProviderStub(channel)
        plugin.Configure(provider_pb2.ConfigureRequest(args=settings, acceptSecrets=True))
        with pytest.raises(grpc.RpcError) as refused:
            plugin.Create(
                provider_pb2.CreateRequest(
                    urn="urn:pulumi:dev::example::docker:index/remoteImage:RemoteImage::x", properties=inputs
                )
            )
        docker.shutdown()
    assert "builds no images" in str(refused.value.details())
