"""lantu_swarm and lantu_images with a fake docker engine."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hoststate.changes import Run, StateError

MANAGER = {
    "manager": True,
    "address": "10.70.3.10",
    "manager_address": "10.70.3.10",
    "overlays": "10.71.0.0/16",
    "nodes": ["cloud1", "cloud2"],
    "ids": [],
    "join": False,
    "token": "",
}
WORKER = MANAGER | {"manager": False, "address": "10.70.3.11"}
OUTSIDE = {"LocalNodeState": "inactive", "NodeID": "", "NodeAddr": "", "ControlAvailable": False, "Error": ""}
LEADING = {"LocalNodeState": "active", "NodeID": "n1", "NodeAddr": "10.70.3.10", "ControlAvailable": True, "Error": ""}


def node(id: str, name: str, status: str = "Ready") -> dict[str, str]:
    return {"ID": id, "Hostname": name, "Status": status}


class Engine:
    """A fake docker CLI; `after` are the commands that change its state."""

    def __init__(self, swarm: dict[str, Any], *nodes: dict[str, str]) -> None:
        self.swarm, self.nodes, self.told = swarm, list(nodes), list[str]()
        self.after: dict[str, dict[str, Any]] = {"swarm init": LEADING, "swarm leave": OUTSIDE}

    def command(self, argv: Sequence[str], **_more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(list(argv), 0, json.dumps(self.swarm), "")

    def must(self, argv: Sequence[str], *_rest: Any, **_more: Any) -> str:
        if list(argv[1:3]) == ["node", "ls"]:
            return "\n".join(map(json.dumps, self.nodes))
        self.told.append(" ".join(argv[1:]))
        for words, state in self.after.items():
            self.swarm = state if self.told[-1].startswith(words) else self.swarm
        return ""


@pytest.fixture
def swarm(plugin: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    module = plugin("modules/lantu_swarm")

    def on(engine: Engine, wanted: dict[str, Any], check: bool = False) -> tuple[Run, dict[str, Any]]:
        monkeypatch.setattr(module, "command", engine.command)
        monkeypatch.setattr(module, "must", engine.must)
        run = Run(check)
        return run, (module.manage if wanted["manager"] else module.work)(run, wanted)

    return on


def test_the_manager_creates_the_cluster_once(swarm: Any) -> None:
    engine = Engine(OUTSIDE, node("n1", "cloud1"))
    run, told = swarm(engine, MANAGER)
    assert engine.told == [
        "swarm init --advertise-addr 10.70.3.10 --listen-addr 10.70.3.10:2377 --data-path-addr 10.70.3.10 "
        "--default-addr-pool 10.71.0.0/16 --default-addr-pool-mask-length 24"
    ]
    assert told == {"node": "n1", "members": ["n1"]}
    run, _ = swarm(engine, MANAGER)
    assert run.changes == []


def test_check_mode_creates_nothing(swarm: Any) -> None:
    engine = Engine(OUTSIDE)
    run, _ = swarm(engine, MANAGER, check=True)
    assert [change.what for change in run.changes] == ["cluster begun"]
    assert engine.told == []


def test_a_worker_joins_only_if_join_is_set(swarm: Any) -> None:
    engine = Engine(OUTSIDE)
    run, told = swarm(engine, WORKER)
    assert (run.changes, told["node"], engine.told) == ([], "", [])
    swarm(engine, WORKER | {"join": True, "token": "T"})
    assert engine.told == [
        "swarm join --token T --advertise-addr 10.70.3.11 --listen-addr 10.70.3.11:2377 --data-path-addr 10.70.3.11 "
        "10.70.3.10:2377"
    ]


def test_a_worker_of_a_lost_cluster_leaves_it_first(swarm: Any) -> None:
    engine = Engine(LEADING | {"ControlAvailable": False, "NodeID": "old"})
    swarm(engine, WORKER | {"join": True, "token": "T"})
    assert [words.split(" --")[0] for words in engine.told] == ["swarm leave", "swarm join"]


def test_obsolete_nodes_are_removed_and_nodes_that_are_down_stay(swarm: Any) -> None:
    engine = Engine(
        LEADING, node("n1", "cloud1"), node("n2", "cloud2"), node("n0", "cloud2", "Down"), node("nx", "laptop")
    )
    run, _ = swarm(engine, MANAGER)
    assert sorted(engine.told) == ["node rm --force n0", "node rm --force nx"]
    engine = Engine(LEADING, node("n1", "cloud1"), node("n2", "cloud2", "Down"))
    run, _ = swarm(engine, MANAGER)
    assert run.changes == []


def test_the_old_entry_of_a_node_that_joined_again_is_removed(swarm: Any) -> None:
    """The old entry is still ready for some seconds."""
    engine = Engine(LEADING, node("n1", "cloud1"), node("n0", "cloud2"), node("n2", "cloud2"))
    swarm(engine, MANAGER | {"ids": ["n1", "n2"]})
    assert engine.told == ["node rm --force n0"]


@pytest.mark.parametrize(
    "state",
    [
        LEADING | {"ControlAvailable": False},
        LEADING | {"NodeAddr": "10.70.250.13"},
        LEADING | {"LocalNodeState": "error", "ControlAvailable": False, "Error": "lost quorum"},
    ],
)
def test_a_manager_that_is_none_or_elsewhere_is_refused_and_not_rebuilt(swarm: Any, state: dict[str, Any]) -> None:
    engine = Engine(state)
    with pytest.raises(StateError, match="its services are lost"):
        swarm(engine, MANAGER)
    assert engine.told == []


# images


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    (tmp_path / "app.tar").touch()
    (tmp_path / "app.json").write_text(json.dumps({"id": "sha256:1", "reference": "lantu/app:1"}))
    return tmp_path


@pytest.fixture
def images(plugin: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    module = plugin("modules/lantu_images")

    def on(held: dict[str, str], gives: str, folder: Path, check: bool = False) -> tuple[Run, list[str]]:
        def load(argv: Sequence[str], *_rest: Any, **_more: Any) -> str:
            held["lantu/app:1"] = gives
            return ""

        def inspect(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(list(argv), 0, held.get(argv[-1], "") + "\n", "")

        monkeypatch.setattr(module, "command", inspect)
        monkeypatch.setattr(module, "must", load)
        run = Run(check)
        return run, module.images(run, folder)

    return on


def test_an_image_is_loaded_once(images: Any, archives: Path) -> None:
    held: dict[str, str] = {}
    assert len(images(held, "sha256:1", archives)[0].changes) == 1
    run, references = images(held, "sha256:1", archives)
    assert (run.changes, references) == ([], ["lantu/app:1"])


def test_another_image_under_that_name_is_replaced(images: Any, archives: Path) -> None:
    held = {"lantu/app:1": "sha256:other"}
    assert len(images(held, "sha256:1", archives)[0].changes) == 1
    assert held == {"lantu/app:1": "sha256:1"}


def test_an_archive_that_does_not_hold_what_it_promises_is_refused(images: Any, archives: Path) -> None:
    with pytest.raises(StateError, match="the docker engine has sha256:other"):
        images({}, "sha256:other", archives)


def test_check_mode_loads_nothing(images: Any, archives: Path) -> None:
    held: dict[str, str] = {}
    assert len(images(held, "sha256:1", archives, check=True)[0].changes) == 1
    assert held == {}


def test_a_host_without_archives_needs_none(images: Any, tmp_path: Path) -> None:
    assert images({}, "", tmp_path / "none")[1] == []
