"""What `load` promises beside the mistakes of wrong/: all at once, in order, as data, and the parts of a site."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import inventory
from inventory import Blueprint
from inventory.source.location import SourceLocation
from inventory.texts.problems import Problem
from tests.unit.inventory.conftest import DIRECTORY, TODAY


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DIRECTORY, tmp_path / "blueprint"))


def replaced(directory: Path, file: str, old: str, new: str) -> None:
    text = (directory / file).read_text("utf-8")
    assert old in text
    (directory / file).write_text(text.replace(old, new, 1), "utf-8")


def test_problems_of_many_files_are_reported_together_and_in_order(directory: Path) -> None:
    replaced(directory, "zones.yaml", "ipv4: 10.9.6.0/24", "ipv4: 10.9.5.0/24")
    replaced(directory, "zones.yaml", "kind: shared", "kind: common")
    replaced(directory, "flows.yaml", "owner: river", "owner: rivers")
    replaced(directory, "flows.yaml", "tcp/80]", "http]")
    replaced(directory, "systems.yaml", "data_class: public", "data_class: internal")
    replaced(directory, "sites/production.yaml", "id: production", "id: live")
    replaced(directory, "catalogue.yaml", "resources:", "resources: [")
    loaded = inventory.load(directory, day=TODAY)
    assert loaded.blueprint is None
    assert [f"{problem.at} {problem.code}" for problem in loaded.problems] == [
        "catalogue.yaml:2:3 BP002",
        "flows.yaml:5:24 BP010",
        "flows.yaml:59:12 BP014",
        "sites/production.yaml:1:5 BP074",
        "systems.yaml:56:17 BP017",
        "zones.yaml:12:11 BP009",
        "zones.yaml:49:11 BP012",
    ]


def test_the_same_files_give_the_same_problems(directory: Path) -> None:
    replaced(directory, "hosts.yaml", "interfaces: {cloud: 11, mgmt: 14}", "interfaces: {cloud: 10}")
    once, again = (inventory.load(directory, day=TODAY).problems for _ in range(2))
    assert [problem.as_json() for problem in once] == [problem.as_json() for problem in again]
    assert len(once) == 2


def test_a_problem_as_data() -> None:
    problem = Problem(
        "BP003", SourceLocation("flows.yaml", 26, 5), {"value": "service"}, see=SourceLocation("flows.yaml", 25, 5)
    )
    assert problem.as_json() == {
        "code": "BP003",
        "file": "flows.yaml",
        "line": 26,
        "column": 5,
        "see": "flows.yaml:25:5",
        "zh": {
            "found": "service",
            "sentence": "键 service 重复",
            "expected": "每个键只写一次",
            "remedy": "删除其中一个",
        },
        "en": {
            "found": "service",
            "sentence": "key service is duplicated",
            "expected": "each key once",
            "remedy": "remove one of the two",
        },
    }
    assert problem.line("en") == (
        "flows.yaml:26:5 BP003 key service is duplicated; expected each key once (see flows.yaml:25:5)"
    )
    assert problem.line("zh") == "flows.yaml:26:5 BP003 键 service 重复；应为每个键只写一次（另见 flows.yaml:25:5）"


def test_a_flow_holds_through_its_last_day() -> None:
    last = inventory.load(DIRECTORY, day=TODAY.replace(month=12, day=31))
    assert last.problems == []


def test_a_flow_that_is_not_yet_in_force_is_no_problem(blueprint: Blueprint) -> None:
    (flow,) = [flow for flow in blueprint.flows if flow.id == "school-levels"]
    assert not flow.holds(TODAY)
    assert flow.holds(flow.not_before)


def test_what_a_site_builds(blueprint: Blueprint, lab: Blueprint) -> None:
    assert {segment.id for segment in blueprint.segments} - {segment.id for segment in lab.segments} == {"p-school"}
    assert {host.id for host in blueprint.hosts} - {host.id for host in lab.hosts} == {"school-desk"}
    assert "p-school" not in lab.host["gw"].interfaces
    assert {flow.id for flow in blueprint.flows} - {flow.id for flow in lab.flows} == {"school-levels"}
    production = inventory.load(DIRECTORY, "production", TODAY).blueprint
    assert production is not None
    assert production.deployed_subset.segments == production.segments


def test_the_digest_is_of_the_files_that_are_built(directory: Path, blueprint: Blueprint) -> None:
    same = inventory.load(directory, day=TODAY).blueprint
    replaced(directory, "sites/production.yaml", "name_zh: 生产", "name_zh: 正式")
    other_site = inventory.load(directory, day=TODAY).blueprint
    replaced(directory, "agencies.yaml", "name_zh: 河务局", "name_zh: 河道局")
    renamed = inventory.load(directory, day=TODAY).blueprint
    assert same is not None
    assert other_site is not None
    assert renamed is not None
    assert same.digest == other_site.digest == blueprint.digest != renamed.digest


def test_every_object_knows_its_location(blueprint: Blueprint) -> None:
    assert str(blueprint.segment["ops"].at("ipv4")) == "zones.yaml:20:11"
    assert str(blueprint.host["bastion"].at("interfaces", "mgmt")) == "hosts.yaml:13:33"
    assert str(blueprint.host["bastion"].key("interfaces", "mgmt")) == "hosts.yaml:13:27"
    assert str(blueprint.site.engines["extranet"].at("host")) == "sites/lab.yaml:7:20"  # type: ignore[index]


def test_the_worked_example_is_right() -> None:
    for site in ("lab", "production"):
        loaded = inventory.load(site=site)
        assert [problem.line("en") for problem in loaded.problems] == []


def test_the_worked_example_has_what_the_district_requires() -> None:
    """28 tasks; 11 smart applications and the big-data platform, five of them named; a hall; three zones."""
    district = inventory.load().blueprint
    assert district is not None
    applications = [task for task in district.tasks if task.group == "smart-applications"]
    built = {name for task in applications for name in task.delivers}
    named = {system.id for system in district.systems if system.source == "named"}
    assert len(district.tasks) == 28
    assert {task.group for task in district.tasks} == {
        *("intensive-building", "infrastructure", "smart-applications", "government-services")
    }
    assert len(built) == 12
    assert named == {"grid", "policing", "land-map", "water-resources", "city-management", "big-data"}
    assert named < built
    assert district.platform == "big-data"
    assert len(district.zones) == 3
    assert len(district.service_halls) == 1


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("", "", ["BP057"]),
        ("    service: tcp/8080\n", "    service: tcp/8080\n    family: ipv4\n", ["BP057"]),
        ("not_before: 2026-01-01", "not_before: 2027-01-01", []),
        ("tcp/8080", "tcp/8081", []),
    ],
    ids=["the same again", "part of both families", "a renewal", "another service"],
)
def test_which_flows_are_duplicates(directory: Path, old: str, new: str, codes: list[str]) -> None:
    text = (directory / "flows.yaml").read_text("utf-8")
    flow = text[text.index("  - id: river-levels") : text.index("  - id: school-levels")]
    again = flow.replace("river-levels", "river-again").replace("2026-12-31", "never").replace(old or "\0", new)
    (directory / "flows.yaml").write_text(text + again, "utf-8")
    assert [problem.code for problem in inventory.load(directory, day=TODAY).problems] == codes


def test_flows_for_different_families_are_no_duplicates(directory: Path) -> None:
    text = (directory / "flows.yaml").read_text("utf-8")
    flow = text[text.index("  - id: infra-ping") :]
    four = flow.replace("service: icmp\n", "service: icmp\n    family: ipv4\n")
    six = flow.replace("service: icmp\n", "service: icmp\n    family: ipv6\n").replace("infra-ping", "infra-ping-six")
    (directory / "flows.yaml").write_text(text.replace(flow, four + six), "utf-8")
    assert inventory.load(directory, day=TODAY).problems == []
