"""Names, errors, locks: what needs no engine."""

from __future__ import annotations

import ast
import signal
import string
import subprocess
import sys
import time
from pathlib import Path

import lab
import pytest
from lab.errors import LabError
from lab.locks import held
from lab.paths import Lab

from inventory.texts.errors import PARTS
from inventory.texts.text import Text

CATALOGUE = LabError.CATALOGUE
RAISED = [
    (path, call)
    for path in Path(lab.__file__).parent.rglob("*.py")
    for call in ast.walk(ast.parse(path.read_text()))
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "LabError"
]


@pytest.mark.parametrize("name", ["", "Lab", "a-b", "1lab", "政务", "a" * 13, "a/b", ".."])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(LabError) as wrong:
        Lab(name)
    assert wrong.value.code == "LAB002"
    assert "invalid lab name" in wrong.value.text("en")
    assert "实验环境名称无效" in wrong.value.text("zh")


def test_two_labs_and_two_locations_share_no_name_and_no_folder() -> None:
    locations = [Lab(name).location(location) for name in ("one", "two") for location in ("extranet", "intranet")]
    for names in (
        [it.namespace for it in locations],
        [it.socket for it in locations],
        [it.data_root for it in locations],
        [it.cgroup for it in locations],
        [it.log for it in locations],
    ):
        assert len(set(names)) == len(locations)


def test_a_socket_path_that_the_kernel_would_cut_is_refused(tmp_path: Path) -> None:
    Lab("tlab", run_root=Path("/run/lantu")).location("extranet")
    with pytest.raises(LabError, match="LAB003"):
        Lab("tlab", run_root=tmp_path / ("long" * 25)).location("extranet")


def test_folders_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTU_STATE", "/srv/state")
    monkeypatch.setenv("LANTU_RUN", "/srv/run")
    location = Lab("tlab").location("intranet")
    assert (location.data_root, location.socket) == (
        Path("/srv/state/tlab/intranet/engine"),
        Path("/srv/run/tlab/intranet/docker.sock"),
    )


@pytest.mark.parametrize("code", list(CATALOGUE))
def test_every_error_speaks_both_languages(code: str) -> None:
    error = LabError(code, "evidence", **dict.fromkeys(fields(code), Text("某物", "something")))
    for language in ("zh", "en"):
        text = error.text(language)
        assert text.startswith(code) and "evidence" in text and "{" not in text
    assert "something" not in error.text("zh") and "某物" not in error.text("en")


def fields(code: str) -> set[str]:
    """What the sentences of that code want to be filled with."""
    texts = (text for part in PARTS for text in CATALOGUE.text(code, part))
    return {field for text in texts for _, field, _, _ in string.Formatter().parse(text) if field}


def test_the_catalogue_holds_exactly_the_codes_that_are_raised() -> None:
    assert {ast.literal_eval(call.args[0]) for _, call in RAISED} == set(CATALOGUE)


def test_every_raise_fills_the_sentences_of_its_code() -> None:
    """A misspelt name would show as a KeyError in front of the user."""
    for path, call in RAISED:
        code = ast.literal_eval(call.args[0])
        assert {word.arg for word in call.keywords} == fields(code), (path.name, call.lineno)


def test_a_lock_is_held_by_one_and_leaves_no_file(tmp_path: Path) -> None:
    with held(tmp_path / "lock"), pytest.raises(LabError, match="LAB008"), held(tmp_path / "lock", seconds=0.3):
        pass
    with held(tmp_path / "lock", seconds=0.3):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    script = (
        "import sys,time; from pathlib import Path; from lab.locks import held\n"
        "with held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, tmp_path / "lock"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(LabError, match="LAB008"), held(tmp_path / "lock", seconds=0.2):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    begin = time.monotonic()
    with held(tmp_path / "lock", seconds=5):
        assert time.monotonic() - begin < 1
