"""The images that a lab's hosts run: what is recorded stays, and only what an engine lacks is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import Standing
from lab.images import recipe
from lab.paths import Lab
from lantu import host_images
from lantu.context import Workspace

from inventory.model.zones import LocationId

KINDS = ("base", "base13", "cloud13")


@pytest.fixture
def workspace(standing: Standing) -> Workspace:
    return Workspace(LocationId.EXTRANET, standing.location)


@pytest.fixture
def lab(standing: Standing) -> Lab:
    """A lab with a state folder of its own, and no engine."""
    return Lab("recorded", standing.lab.state_root, standing.lab.run_root)


def test_nothing_is_missing_where_the_engine_has_what_was_recorded(
    standing: Standing, workspace: Workspace, lab: Lab
) -> None:
    recorded = host_images.record(lab, {}, standing.images)
    assert host_images.recorded(lab) == recorded
    assert host_images.missing(workspace, recorded, KINDS) == []


def test_each_kind_is_missing_by_itself(standing: Standing, workspace: Workspace, lab: Lab) -> None:
    recorded = host_images.record(lab, {}, standing.images)
    other = recorded | {"base13": replace(recorded["base13"], id="sha256:" + "0" * 64)}
    assert host_images.missing(workspace, other, KINDS) == ["base13"], "recorded, and not in the engine"
    del other["cloud13"], other["app"]
    assert host_images.missing(workspace, other, KINDS) == ["app", "base13", "cloud13"], "not recorded"


def test_what_was_built_later_replaces_no_other_record(standing: Standing, lab: Lab) -> None:
    first = host_images.record(lab, {}, {kind: standing.images[kind] for kind in ("app", "base")})
    both = host_images.record(lab, host_images.recorded(lab), {"base13": standing.images["base13"]})
    assert both.keys() == {"app", "base", "base13"} and both["base"] == first["base"]
    assert host_images.recorded(lab) == both


def test_a_record_of_a_recipe_that_changed_is_none(
    standing: Standing, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    host_images.record(lab, {}, {kind: standing.images[kind] for kind in ("base", "base13")})
    approved = recipe.approved() | {"base13": "f" * 64}
    monkeypatch.setattr(recipe, "approved", lambda: approved)
    assert host_images.recorded(lab).keys() == {"base"}
