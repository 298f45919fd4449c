"""Keys and tokens survive every release: renamed classes, moved modules, new inputs, and states of before."""

from __future__ import annotations

import base64
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from engine_benches import Project
from google.protobuf import struct_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infra import kept
from infra.keys import KeyMaker, TokenMaker

ROOT = Path(__file__).parents[2]
BEFORE = Path(__file__).parent / "recorded" / "keys_before_kept.py"
PROGRAM = """
    import pulumi
    from infra.keys import SshKey, Token
    key, token = SshKey("gw1-key", "gw1"), Token("grid-token", "grid")
    pulumi.export("kept", {"public": key.public, "private": key.private, "token": token.value})
"""


@pytest.fixture
def keys_project(project: Callable[..., Project]) -> Project:
    """A district's keys as a project of their own, with a copy of `infra` that a test may change."""
    made = project(PROGRAM)
    for name in ("__init__.py", "keys.py", "kept.py"):
        made.write(f"infra/{name}", (ROOT / "infra" / name).read_text())
    return made


def up(project: Project) -> dict[str, str]:
    """Apply, and return what the state keeps."""
    code, printed = project.run("up", "--yes", "--skip-preview")
    assert code == 0, printed
    return outputs(project)


def outputs(project: Project) -> dict[str, str]:
    code, printed = project.run("stack", "output", "--json", "--show-secrets")
    assert code == 0, printed
    values: dict[str, str] = json.loads(printed)["kept"]
    assert all(values.get(name) for name in ("public", "private", "token")), "an output is empty"
    return values


def rename_class(project: Project) -> None:
    """Both providers, so that no reference to an old name can load any more."""
    for name in ("infra/keys.py", "infra/kept.py"):
        text = (project.root / name).read_text()
        project.write(name, text.replace("KeyMaker", "HostKeyProvider").replace("TokenMaker", "TokenProvider"))


def move_module(project: Project) -> None:
    text = (project.root / "infra/keys.py").read_text()
    project.write("infra/secret_resources/__init__.py", "")
    project.write("infra/secret_resources/ssh.py", text)
    (project.root / "infra/keys.py").unlink()
    names = (project.root / "infra/kept.py").read_text()
    project.write("infra/kept.py", names.replace("infra.keys:", "infra.secret_resources.ssh:"))
    project.write("__main__.py", PROGRAM.replace("infra.keys", "infra.secret_resources.ssh"))


def add_input(project: Project) -> None:
    path = next(path for path in (project.root / "infra").rglob("*.py") if "super().__init__" in path.read_text())
    path.write_text(path.read_text().replace('{"owner": owner,', '{"owner": owner, "purpose": "host",'))


def test_releases_that_touch_the_providers_change_no_key(keys_project: Project) -> None:
    before = up(keys_project)
    for release in (rename_class, move_module, add_input):
        release(keys_project)
        code, printed = keys_project.run("up", "--yes", "--skip-preview", "--expect-no-changes")
        assert code == 0, f"{release.__name__}: {printed}"
        assert outputs(keys_project) == before, release.__name__
    code, printed = keys_project.run("refresh", "--yes", "--skip-preview")
    assert code == 0 and outputs(keys_project) == before, printed
    code, printed = keys_project.run("destroy", "--yes", "--skip-preview")
    assert code == 0, printed


def test_a_state_of_before_is_upgraded_without_losing_a_key(keys_project: Project) -> None:
    """The first release kept a reference to the class. One update rewrites it, later runs change nothing."""
    current = (keys_project.root / "infra/keys.py").read_text()
    shutil.copy(BEFORE, keys_project.root / "infra/keys.py")
    before = up(keys_project)
    keys_project.write("infra/keys.py", current)
    code, printed = keys_project.run("preview")
    assert code == 0 and "2 to update" in printed and "replace" not in printed, printed
    assert up(keys_project) == before
    code, printed = keys_project.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert code == 0, printed
    rename_class(keys_project)
    code, printed = keys_project.run("refresh", "--yes", "--skip-preview")  # no reference to the old class is left
    assert code == 0 and outputs(keys_project) == before, printed


def test_an_upgrade_that_is_killed_keeps_the_keys(keys_project: Project) -> None:
    """The provider dies in the middle of its update; the state still has the outputs of before."""
    current = (keys_project.root / "infra/keys.py").read_text()
    shutil.copy(BEFORE, keys_project.root / "infra/keys.py")
    before = up(keys_project)
    dies = '    name = "ssh-key"\n\n    def update(self, _id, olds, news):\n        import os\n        os._exit(1)\n'
    keys_project.write("infra/keys.py", current.replace('    name = "ssh-key"\n', dies))
    assert keys_project.run("up", "--yes", "--skip-preview")[0] != 0
    keys_project.write("infra/keys.py", current)
    assert up(keys_project) == before


# the provider's own server, as the engine calls it


@pytest.fixture
def server() -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """`python -m pulumi.dynamic` of this checkout."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic"], cwd=ROOT, text=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(args=struct_pb2.Struct()))
            yield stub
        process.terminate()


def struct(values: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(values)
    return made


STATE = {"owner": "gw1", "private": "a private key", "public": "ssh-ed25519 AAAA", "__provider": ""}
NEWS = {"owner": "gw1", "private": None, "public": None, "__provider": serialize_provider(KeyMaker())}
OTHER = base64.b64encode(pickle.dumps("some other reference")).decode()


@pytest.mark.parametrize(
    ("olds", "news", "changes"),
    [
        ({}, {}, False),
        ({}, {"purpose": "host"}, False),
        ({}, {"owner": "gw2"}, True),
        ({"__provider": OTHER}, {}, True),
    ],
)
def test_only_declared_inputs_and_the_reference_are_a_change(
    server: provider_pb2_grpc.ResourceProviderStub, olds: dict[str, Any], news: dict[str, Any], changes: bool
) -> None:
    answer = server.Diff(
        provider_pb2.DiffRequest(
            id="gw1-1", olds=struct({**STATE, "__provider": NEWS["__provider"], **olds}), news=struct({**NEWS, **news})
        )
    )
    expected = provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE
    assert answer.changes == expected and not list(answer.replaces)


def test_an_update_returns_every_output(server: provider_pb2_grpc.ResourceProviderStub) -> None:
    answer = server.Update(
        provider_pb2.UpdateRequest(
            id="gw1-1", olds=struct({**STATE, "__provider": OTHER}), news=struct({**NEWS, "owner": "gw2"})
        )
    )
    assert dict(answer.properties) == {**STATE, "owner": "gw2", "__provider": NEWS["__provider"]}


def test_what_the_state_stores_names_no_class() -> None:
    """The stored reference is an interface to every existing district: it may not change by a single byte."""
    for maker, name in ((KeyMaker, b"ssh-key"), (TokenMaker, b"token")):
        stored = base64.b64decode(serialize_provider(maker()))
        assert b"infra.kept" in stored and b"provider" in stored and name in stored
        assert b"Maker" not in stored and b"infra.keys" not in stored
    assert {name: type(kept.provider(name)).__name__ for name in kept.PROVIDERS} == {
        "ssh-key": "KeyMaker",
        "token": "TokenMaker",
    }
