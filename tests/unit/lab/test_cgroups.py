"""What an engine is started with on each version of the control groups, and what a lab takes for its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import apparmor, cgroups, engine
from lab.paths import Lab

V1 = "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
V2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine as cgroups reads it; without systemd until a test makes tmp_path/systemd."""
    monkeypatch.setattr(cgroups, "driver", lambda: real_driver(tmp_path / "mounts", tmp_path / "systemd"))
    monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path / "cgroup"])
    return tmp_path


real_driver = cgroups.driver


@pytest.mark.parametrize(
    ("mounts", "systemd", "driver", "parent"),
    [
        (V1, True, "cgroupfs", "/lantu-demo-extranet"),
        (V1, False, "cgroupfs", "/lantu-demo-extranet"),
        (V2, False, "cgroupfs", "/lantu-demo-extranet"),
        (V2, True, "systemd", "lantu_demo_extranet.slice"),
    ],
)
def test_the_engine_s_driver_and_parent(machine: Path, mounts: str, systemd: bool, driver: str, parent: str) -> None:
    (machine / "mounts").write_text(mounts)
    if systemd:
        (machine / "systemd").mkdir()
    location = Lab("demo").location("extranet")
    command = engine._command(location)
    assert f"native.cgroupdriver={driver}" in command
    assert command[command.index("--cgroup-parent") + 1] == parent
    started = cgroups.within(location.cgroup, ["setsid", "dockerd"])
    assert started[-2:] == ["setsid", "dockerd"]
    assert (f"--slice={parent}" in started) == (driver == "systemd")  # else in the caller's group, as before


def test_a_slice_that_systemd_would_nest_is_not_used(machine: Path) -> None:
    """`a-b.slice` lies below `a.slice`: labs would share a parent, and removing it would remove them all."""
    (machine / "mounts").write_text(V2)
    (machine / "systemd").mkdir()
    assert "-" not in Lab("demo").location("extranet").cgroup


def test_a_lab_finds_its_groups_by_either_driver_s_names_and_no_other_lab_s(machine: Path) -> None:
    others = ("lantu-demon-extranet", "lantu_demon_x.slice", "docker")
    for name in ("lantu-demo-extranet", "lantu_demo_intranet.slice", *others):
        (machine / "cgroup" / name).mkdir(parents=True)
    assert set(cgroups.named("lantu-demo-").values()) == {"lantu-demo-extranet", "lantu-demo-intranet"}


def test_apparmor_counts_only_where_the_kernel_has_it_switched_on(tmp_path: Path) -> None:
    flag = tmp_path / "enabled"
    assert not apparmor.enabled(flag)
    for text, on in (("N\n", False), ("Y\n", True)):
        flag.write_text(text)
        assert apparmor.enabled(flag) is on


def test_profiles_in_use_are_those_of_processes(tmp_path: Path) -> None:
    for pid, current in {"1": "unconfined\n", "2": "lantu-host (enforce)\n\0", "3": "docker-default (enforce)"}.items():
        (tmp_path / pid / "attr").mkdir(parents=True)
        (tmp_path / pid / "attr" / "current").write_text(current)
    (tmp_path / "4").mkdir()  # it has just ended
    assert apparmor.in_use(tmp_path) == {"lantu-host", "docker-default"}
