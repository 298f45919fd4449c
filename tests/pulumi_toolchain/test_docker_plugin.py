"""The Docker plugin answers for everything the Python SDK can ask of it. No Docker is needed for that."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pulumi_docker
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi_toolchain import Toolchain
from pulumi_toolchain.parts import DOCKER_PLUGIN, plugin_folder

SDK = "".join(path.read_text() for path in Path(pulumi_docker.__file__).parent.glob("*.py"))
# Image builds, which only the vendor's plugin has.
BUILDS = {"docker:index/image:Image", "docker:index/buildxBuilder:BuildxBuilder"}


@contextlib.contextmanager
def running(engine: Toolchain) -> Iterator[str]:
    """The address of the running plugin. It gets the address of an engine that it will not need."""
    command = engine.home / "plugins" / plugin_folder() / "pulumi-resource-docker"
    process = subprocess.Popen([command, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    try:
        yield f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def plugin(engine: Toolchain) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    with running(engine) as address, grpc.insecure_channel(address) as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def test_it_says_the_version_that_the_sdk_asks_for(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert plugin.GetPluginInfo(empty_pb2.Empty()).version == DOCKER_PLUGIN


@pytest.mark.parametrize("token", sorted(set(re.findall(r"'(docker:index/\w+:[A-Z]\w+)'", SDK)) - BUILDS))
def test_it_knows_each_resource_of_the_sdk(plugin: provider_pb2_grpc.ResourceProviderStub, token: str) -> None:
    assert knows(plugin, token)


@pytest.mark.parametrize("token", sorted(set(re.findall(r"'(docker:index/\w+:get[A-Z]\w+)'", SDK))))
def test_it_knows_each_function_of_the_sdk(plugin: provider_pb2_grpc.ResourceProviderStub, token: str) -> None:
    assert answers(plugin, token)


def test_it_does_not_claim_to_know_what_it_does_not(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert not knows(plugin, "docker:index/submarine:Submarine")
    assert not answers(plugin, "docker:index/getSubmarine:getSubmarine")


def knows(plugin: provider_pb2_grpc.ResourceProviderStub, token: str) -> bool:
    """Whether the plugin can evaluate inputs of this type (it will find them wrong: there are none)."""
    try:
        plugin.Check(provider_pb2.CheckRequest(urn=f"urn:pulumi:dev::example::{token}::it"))
    except grpc.RpcError as error:
        return "unrecognized" not in str(error.details())
    return True


def answers(plugin: provider_pb2_grpc.ResourceProviderStub, token: str) -> bool:
    """Whether the plugin has this function (it will miss its arguments: there are none)."""
    try:
        plugin.Invoke(provider_pb2.InvokeRequest(tok=token))
    except grpc.RpcError as error:
        return "unrecognized" not in str(error.details())
    return True
