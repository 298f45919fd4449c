"""Whatever stands in the files, reading them ends with a blueprint or with problems, never with an exception.

And a blueprint that is accepted can be built: its paths and rulesets can be written for every day.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import inventory
from inventory import Loaded
from inventory.loading.files import LARGEST
from inventory.rendering.ruleset import ruleset
from inventory.source.document import lines_of
from inventory.texts.text import LANGS
from tests.unit.inventory.conftest import DIRECTORY, TODAY

FILES = sorted(str(path.relative_to(DIRECTORY)) for path in DIRECTORY.rglob("*.yaml"))
TEXTS = {name: (DIRECTORY / name).read_text("utf-8") for name in FILES}
EVERY_WORD = sorted({word for text in TEXTS.values() for word in text.split()})
NASTY = [
    *["\t", ":", ": ", "- ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "!x ", "---\n", "...\n", "%YAML 9\n", "? "],
    *["'", '"', "|", ">", "%", "@", "`", "#", ",", "\n", "\r\n", "\r", "\\", "\x00", "\x07", "\x85", "\u2028"],
    *["null", "~", "yes", "true", "0", "-1", "255", "65536", "9" * 30, "9" * 5000, "1.5", "1e999", "0x10", ".nan"],
    *["2027-02-30", "0000-01-01", "9999-12-31", "10.9.1.1/24", "::/0", "0.0.0.0/0", "fd00:9:0:1::/64", "127.0.0.0/8"],
    *["kind:nobody", "segment:p-river", "host:gw", "system:platform", "vantage:public", "[key]", "{value}", "%s"],
    *["\ufeff", "<<: ", "河", "😀", "\u202e", "\u200b", "Ⅷ", "x" * 300, "[" * 200, "{a: " * 50, "- " * 100],
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(NASTY + EVERY_WORD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(EVERY_WORD), inner, max_size=3),
    max_leaves=6,
)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("any") / "blueprint"
    shutil.copytree(DIRECTORY, path)
    return path


def loaded_with(folder: Path, changes: dict[str, bytes]) -> Loaded:
    """The blueprint with these files replaced; they are restored afterwards."""
    try:
        for name, content in changes.items():
            (folder / name).write_bytes(content)
        loaded = inventory.load(folder, day=TODAY)
        assert_reported(folder, loaded)
        return loaded
    finally:
        for name in changes:
            (folder / name).write_text(TEXTS[name], "utf-8", newline="")


def assert_reported(folder: Path, loaded: Loaded) -> None:
    """Either a blueprint that can be built, or problems that people can read and find."""
    if loaded.blueprint is not None:
        assert loaded.problems == []
        built = loaded.blueprint.deployed_subset
        for host in built.hosts:
            assert "policy drop" in ruleset(built, host, TODAY)
        return
    assert loaded.problems
    lines_in = cache(lambda name: lines_of((folder / name).read_bytes().decode("utf-8", "replace")))
    for problem in loaded.problems:
        for lang in LANGS:
            line = problem.line(lang) + problem.remedy(lang)
            assert line.isprintable(), line
            assert len(line) < 3000
        lines = lines_in(problem.at.file)
        assert 1 <= problem.at.line <= len(lines), problem
        assert 1 <= problem.at.column <= len(lines[problem.at.line - 1]) + 1, problem


@st.composite
def damaged_texts(draw: st.DrawFn) -> tuple[str, str]:
    """One file with up to three damages anywhere."""
    name = draw(st.sampled_from(FILES))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        missing = draw(st.sampled_from([0, 0, 1, 1, 2, 5, 20, 200]))
        text = text[:at] + draw(st.sampled_from([*NASTY, *EVERY_WORD, ""])) + text[at + missing :]
    return name, text


@QUICK
@given(damaged_texts())
def test_damaged_text(folder: Path, damage: tuple[str, str]) -> None:
    name, text = damage
    loaded_with(folder, {name: text.encode()})


@QUICK
@given(st.sampled_from(FILES), st.binary(max_size=60), st.integers(0, 400))
def test_any_bytes(folder: Path, name: str, noise: bytes, at: int) -> None:
    content = TEXTS[name].encode()
    loaded_with(folder, {name: content[:at] + noise + content[at + len(noise) :]})


def locations(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict | list):
        for step, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from locations(child, (*path, step))


@st.composite
def damaged_data(draw: st.DrawFn) -> dict[str, bytes]:
    """One or two files with data removed, replaced, repeated, renamed or taken from elsewhere, once or twice."""
    names = draw(st.sets(st.sampled_from(FILES), min_size=1, max_size=2))
    documents = {name: yaml.load(TEXTS[name], yaml.CSafeLoader) for name in names}
    for name in sorted(documents) * draw(st.integers(1, 2)):
        document = documents[name]
        path = draw(st.sampled_from(list(locations(document))))
        if not path:
            documents[name] = draw(ANYTHING | st.just(document))
            continue
        holder = _at(document, path[:-1])
        _damage(draw, holder, path[-1], [_at(document, other) for other in locations(document)])
    return {name: yaml.dump(data, Dumper=yaml.CSafeDumper).encode() for name, data in documents.items()}


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _damage(draw: st.DrawFn, holder: Any, step: Any, others: list[Any]) -> None:
    kind = draw(st.sampled_from(["remove", "replace", "elsewhere", "repeat", "rename"]))
    if kind == "remove":
        del holder[step]
    elif kind == "replace":
        holder[step] = draw(ANYTHING)
    elif kind == "elsewhere":
        holder[step] = deepcopy(draw(st.sampled_from(others)))
    elif isinstance(holder, list):
        holder.append(deepcopy(holder[step]))
    else:
        holder[draw(st.sampled_from(EVERY_WORD))] = holder.pop(step)


@QUICK
@given(damaged_data())
def test_damaged_data(folder: Path, changes: dict[str, bytes]) -> None:
    loaded_with(folder, changes)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_causes_no_problems_elsewhere(folder: Path, name: str) -> None:
    (folder / name).unlink()
    try:
        problems = inventory.load(folder, day=TODAY).problems
    finally:
        (folder / name).write_text(TEXTS[name], "utf-8")
    missing = {problem.at.file for problem in problems if problem.code == "BP001"}
    assert (
        missing == ({"sites"} if name == "sites/lab.yaml" else {name})
        if name != "sites/production.yaml"
        else not missing
    )
    assert {problem.code for problem in problems} <= {"BP001"}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(folder: Path) -> None:
    changes = {name: b"\xef\xbb\xbf" + TEXTS[name].replace("\n", "\r\n").encode() for name in FILES}
    assert loaded_with(folder, changes).problems == []


def test_a_file_without_permission(folder: Path) -> None:
    """Runs as another user if the tests run as root, who may read every file."""
    path = folder / "flows.yaml"
    path.chmod(0)
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.name.startswith(("pytest", "popen", "any")):
            parent.chmod(0o755)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        lines = [problem.line("en") for problem in inventory.load(folder, day=TODAY).problems]
    finally:
        if root:
            os.seteuid(0)
        path.chmod(0o644)
    assert lines == [
        "flows.yaml:1:1 BP001 cannot be read: permission denied; expected a readable file of at most 4 MiB"
    ]


def test_a_pipe_is_not_opened(folder: Path) -> None:
    path = folder / "flows.yaml"
    path.unlink()
    os.mkfifo(path)
    try:
        lines = [problem.line("en") for problem in inventory.load(folder, day=TODAY).problems]
    finally:
        path.unlink()
        path.write_text(TEXTS["flows.yaml"], "utf-8")
    assert lines == [
        "flows.yaml:1:1 BP001 cannot be read: it is not a regular file; expected a readable file of at most 4 MiB"
    ]


def test_other_errors_of_the_system_are_reported(folder: Path) -> None:
    path = folder / "flows.yaml"
    path.unlink()
    path.symlink_to(path.name)  # a link to itself
    try:
        (problem,) = inventory.load(folder, day=TODAY).problems
    finally:
        path.unlink()
        path.write_text(TEXTS["flows.yaml"], "utf-8")
    assert problem.code == "BP001"
    assert "the system reports" in problem.sentence("en")


def test_a_blueprint_that_is_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", Path(__file__)):
        (problem,) = inventory.load(path).problems
        assert (problem.code, problem.at.file) == ("BP001", str(path))


def test_all_problems_of_a_large_file_are_reported(folder: Path) -> None:
    entry = "  - {id: Agency, kind: nothing, colour: red}\n"
    content = "agencies:\n" + entry * 2_000
    assert len(content) < LARGEST
    problems = loaded_with(folder, {"agencies.yaml": content.encode()}).problems
    assert len(problems) > 12_000
