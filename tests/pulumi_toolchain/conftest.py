"""Fixtures: the checkout's engine, projects for it, and machines that lack something."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_benches import FakeMachine, Project
from pulumi_toolchain import Toolchain, ensure, golang, prepare_home
from pulumi_toolchain.__main__ import default_cache


@pytest.fixture(scope="session")
def engine() -> Toolchain:
    """The engine of this checkout, from the cache that everything else uses."""
    return ensure(default_cache(), print)


@pytest.fixture
def project(engine: Toolchain, tmp_path: Path) -> Callable[..., Project]:
    """Make a project from the text of its program: project(program, options="…", main="…", config="…")."""

    def make(program: str, options: str = f"toolchain: pip, virtualenv: {sys.prefix}", main: str = "") -> Project:
        made = Project(engine, tmp_path / "project", tmp_path / "home")
        prepare_home(engine, made.home)
        (made.root / "state").mkdir(parents=True)
        made.write(
            "Pulumi.yaml",
            f"name: example\nruntime: {{name: python, options: {{{options}}}}}\n" + (f"main: {main}\n" if main else ""),
        )
        made.write(str(Path(main, "__main__.py")), program)
        code, printed = made.run("stack", "init", "dev")
        assert code == 0, printed
        return made

    return make


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    """A machine with nothing on PATH but /bin/sh's tools, no /usr/local/go, and a pip that reaches no index."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "mkdir", "touch", "chmod", "sleep"):
        (tools / name).symlink_to(shutil.which(name))
    for name, value in {
        "PATH": str(tools),
        "LANTU_LANG": "en",
        "HOME": str(tmp_path),
        "PULUMI_HOME": "",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tools),
        "PIP_CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(golang, "USUAL_PLACE", tmp_path / "usual" / "go")
    return FakeMachine(tmp_path, tools)
