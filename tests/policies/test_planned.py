"""Planned resources -> snapshot: names, ids and unknown values of networks, secrets, providers."""

from __future__ import annotations

from typing import Any

import pytest

from policies.gate.model import Workload
from policies.gate.model.snapshot import Snapshot
from policies.gate.model.unknown import UnknownValueError
from policies.gate.views.planned import PlannedResource, planned
from tests.policies.cases import context_of

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
URN = "urn:pulumi:lab-extranet::lantu::"
HOST = "unix:///run/lantu/lab/extranet/docker.sock"
ID = "hcvr7x3k0a1b2c3d4e5f6g7h8"
ENGINE = PlannedResource(f"{URN}pulumi:providers:docker::engine", "pulumi:providers:docker", {"host": HOST})


def resource(kind: str, name: str, props: dict[str, Any], **more: Any) -> PlannedResource:
    token = f"docker:index/{kind.lower()}:{kind}"
    return PlannedResource(f"{URN}{token}::{name}", token, {"name": name, **props}, provider=ENGINE.urn, **more)


def network(name: str, prefix: str, **more: Any) -> PlannedResource:
    return resource("Network", name, {"ipamConfigs": [{"subnet": prefix}]}, **more)


def snapshot(*resources: PlannedResource) -> Snapshot:
    return planned([ENGINE, *resources], context_of({}).declared, "extranet")


def app(interfaces: list[dict[str, Any]], *networks: PlannedResource) -> Workload:
    depends = {"networksAdvanced": [item.urn for item in networks]}
    one = resource("Container", "app", {"networksAdvanceds": interfaces}, depends=depends)
    return snapshot(*networks, one).workloads[0]


SHARED, PORTAL = network("shared", "10.70.1.0/24"), network("portal", "198.51.100.0/24", id=ID)


def test_a_name_is_taken_as_it_is() -> None:
    assert app([{"name": "shared"}], SHARED).networks == ("extranet/shared",)


def test_an_unknown_name_follows_the_one_dependency() -> None:
    assert app([{"name": UNKNOWN}], SHARED).networks == ("extranet/shared",)


def test_unknown_names_are_resolved_by_address() -> None:
    interfaces = [{"name": UNKNOWN, "ipv4Address": "198.51.100.9"}, {"name": UNKNOWN, "ipv4Address": "10.70.1.9"}]
    assert app(interfaces, SHARED, PORTAL).networks == ("extranet/portal", "extranet/shared")


def test_equally_many_unknown_names_and_networks_match() -> None:
    assert set(app([{"name": UNKNOWN}, {"name": UNKNOWN}], SHARED, PORTAL).networks) == {
        "extranet/shared", "extranet/portal",
    }  # fmt: skip


@pytest.mark.parametrize("networks", [(), (SHARED, PORTAL)])
def test_an_ambiguous_name_stays_unknown(networks: tuple[PlannedResource, ...]) -> None:
    with pytest.raises(UnknownValueError):
        assert app([{"name": UNKNOWN}], *networks).networks


def test_an_id_that_the_state_knows_is_its_network() -> None:
    assert app([{"name": ID}], SHARED, PORTAL).networks == ("extranet/portal",)


def test_an_id_follows_the_one_dependency() -> None:
    """The provider takes a service's overlay by its id."""
    overlay = network("grid-net", "10.71.1.0/24")
    depends = {"taskSpec": [overlay.urn]}
    one = resource("Service", "grid", {"taskSpec": {"networksAdvanceds": [{"id": ID}]}}, depends=depends)
    assert snapshot(overlay, one).workloads[0].interfaces[0].network == "grid-net"


def test_an_unresolved_id_is_unknown() -> None:
    with pytest.raises(UnknownValueError) as doubt:
        assert app([{"id": ID}]).networks
    assert doubt.value.why == "by-id"


def test_a_provider_that_is_not_in_the_plan_leaves_the_engine_unknown() -> None:
    one = PlannedResource(f"{URN}x::n", "docker:index/network:Network", {"name": "n"}, provider="urn:elsewhere")
    (made,) = planned([one], context_of({}).declared, "extranet").networks
    assert made.id == "?/n"
    assert not made.knows("engine")


def test_secrets_are_reported_by_name_without_values() -> None:
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "deadbeef"}
    envs = ["DB_PASSWORD=hunter2", "URL=postgres://u:hunter3@db/x", "PLAIN=1", mark, "TOKEN_FILE=/run/secrets/t"]
    (made,) = snapshot(resource("Container", "app", {"envs": envs})).workloads
    assert made.secret_env == ("DB_PASSWORD", "URL", "*")
    assert "hunter" not in str(made.as_json())


def test_components_and_harmless_types_are_not_evaluated() -> None:
    component = PlannedResource(f"{URN}my:component::c", "my:component:C", {})
    secret = PlannedResource(f"{URN}s::s", "docker:index/secret:Secret", {"data": "x"}, provider=ENGINE.urn)
    command = PlannedResource(f"{URN}c::c", "command:local:Command", {}, provider="urn:other")
    assert [other.type for other in snapshot(component, secret, command).others] == ["command:local:Command"]
