"""Plugins are loaded from their files, as Ansible does; module utilities by their own names."""

from __future__ import annotations

import getpass
import grp
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import inventory
from inventory.model.blueprint import Blueprint

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "playbooks"
PLUGINS = PLAYBOOKS / "plugins"
sys.path.insert(0, str(PLUGINS / "module_utils"))

# tests that change a lab's hosts run where a lab is named for it: LANTU_TEST_LAB=mine pytest tests/playbooks/live
collect_ignore = [] if os.environ.get("LANTU_TEST_LAB") else ["live"]


@pytest.fixture(scope="session")
def plugin() -> Callable[[str], ModuleType]:
    """The module of a plugin, by its path below playbooks/plugins."""

    def load(path: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(path.replace("/", "_"), PLUGINS / f"{path}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(autouse=True, scope="session")
def module_utilities() -> Iterator[None]:
    """On a host the utilities are `ansible.module_utils.hoststate`; here the same files go by that name too."""
    names = [f"hoststate.{path.stem}" for path in (PLUGINS / "module_utils" / "hoststate").glob("[a-z]*.py")]
    for name in ("hoststate", *names):
        sys.modules[f"ansible.module_utils.{name}"] = importlib.import_module(name)
    yield


@pytest.fixture(scope="session")
def built() -> Blueprint:
    loaded = inventory.load(site="lab", day=date(2026, 11, 22))
    assert loaded.blueprint is not None, loaded.problems
    return loaded.blueprint


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    """A file or folder as the module hands it on, owned by whoever runs the tests."""

    def make(path: Path, content: str = "", **more: Any) -> dict[str, Any]:
        usual = {
            "owner": getpass.getuser(),
            "group": grp.getgrgid(os.getgid()).gr_name,
            "mode": "0644",
            "only": None,
            "validate": None,
            "guarded": False,
            "secret": False,
        }
        return usual | {"path": str(path), "content": content} | more

    return make
