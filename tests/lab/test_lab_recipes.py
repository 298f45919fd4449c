"""Recipes as data: approval by hash, what the hash covers, and what is refused."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from lab.errors import LabError
from lab.images import recipe


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small recipe book: `top` stands on `bottom` and carries `cargo`."""
    write(tmp_path, "bottom", 'from = "debian"\n[image]\ncommand = ["/sbin/init"]\nstop_signal = "SIGTERM"\n')
    write(tmp_path, "cargo", 'from = "nothing"\n[image]\ncommand = ["/run"]\nstop_signal = "SIGKILL"\n')
    write(tmp_path, "top", 'from = "bottom"\npackages = ["one"]\narchives = ["cargo"]\n')
    program = tmp_path / "bottom/files/usr/bin/tool"
    program.parent.mkdir(parents=True)
    program.write_text("tool\n")
    return tmp_path


def write(book: Path, kind: str, text: str) -> None:
    (book / kind).mkdir(exist_ok=True)
    (book / kind / "recipe.toml").write_text(text)


def test_the_committed_approvals_are_of_the_committed_recipes() -> None:
    now = {kind: it.hash for kind, it in recipe.read().items()}
    assert recipe.approved() == now, f"a recipe changed: review it, then renew by {recipe.RENEW}"


def test_no_recipe_holds_an_address_of_a_package_source() -> None:
    for path in recipe.RECIPES.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert not re.search(r"(https?|ftp)://", path.read_text()), path


def test_what_others_stand_on_comes_first_and_is_inherited(book: Path) -> None:
    recipes = recipe.read(book)
    assert list(recipes) == ["bottom", "bottom13", "cargo", "top", "top13"]
    assert recipes["top"].needs == ("bottom", "cargo")
    assert recipes["top"].image["command"] == ["/sbin/init"]


def test_what_stands_on_debian_has_a_kind_for_each_release_and_what_does_not_has_one(book: Path) -> None:
    recipes = recipe.read(book)
    assert {kind: it.suite for kind, it in recipes.items()} == {
        "bottom": "bookworm",
        "bottom13": "trixie",
        "cargo": "bookworm",
        "top": "bookworm",
        "top13": "trixie",
    }
    assert recipes["top13"].needs == ("bottom13", "cargo")
    assert {recipe.variant(kind, "13"): recipe.release_of(f"{kind}13") for kind in ("bottom", "top")} == {
        "bottom13": "13",
        "top13": "13",
    }
    assert recipe.release_of("bottom") == "12"


def test_entries_for_a_release_are_added_to_it_alone(book: Path) -> None:
    before = recipe.read(book)
    text = (book / "top/recipe.toml").read_text()
    write(book, "top", text + '[release.13]\npackages = ["two"]\nmask = ["some.socket"]\n')
    after = recipe.read(book)
    assert after["top"] == before["top"]
    assert (after["top13"].packages, after["top13"].mask) == (("one", "two"), ("some.socket",))
    assert after["top13"].hash != before["top13"].hash


def test_the_kinds_of_debian_12_are_what_they_were_before_there_was_a_13() -> None:
    """Their hashes: an upgrade of Lantu replaces no host."""
    assert {kind: digest[:12] for kind, digest in recipe.approved().items() if recipe.release_of(kind) == "12"} == {
        "app": "08473f6996bc",
        "base": "fa6eb4aae1b1",
        "cloud": "3050d3423869",
        "portal": "b4b85b447621",
    }


def hashes(book: Path) -> dict[str, str]:
    return {kind: it.hash for kind, it in recipe.read(book).items()}


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "word"])
def test_any_change_of_a_recipe_changes_its_hash_and_that_of_all_above_it(book: Path, change: str) -> None:
    before = hashes(book)
    tool = book / "bottom/files/usr/bin/tool"
    {
        "content": lambda: tool.write_text("other\n"),
        "mode": lambda: tool.chmod(0o755),
        "name": lambda: tool.rename(tool.with_name("other")),
        "link": lambda: (tool.unlink(), tool.symlink_to("x")),
        "word": lambda: write(book, "bottom", (book / "bottom/recipe.toml").read_text().replace("SIGTERM", "SIGINT")),
    }[change]()
    after = hashes(book)
    assert {kind for kind in before if before[kind] != after[kind]} == {"bottom", "bottom13", "top", "top13"}


def test_the_hash_is_the_same_in_another_checkout_with_another_umask(book: Path, tmp_path: Path) -> None:
    before = hashes(book)
    other = tmp_path / "elsewhere"
    shutil.copytree(book, other, ignore=shutil.ignore_patterns("elsewhere"))
    for path in other.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(path.stat().st_mode & ~0o077)
    assert hashes(other) == before


def test_a_changed_recipe_is_refused_until_it_is_approved(book: Path, tmp_path: Path) -> None:
    lock = tmp_path / "recipes.lock"
    with pytest.raises(LabError) as never:
        recipe.require_approval(recipe.read(book)["top"], lock)
    assert never.value.code == "LAB021" and "the approved hash: -" in never.value.text("en")
    recipe.approve(book, lock)
    recipe.require_approval(recipe.read(book)["top"], lock)
    (book / "bottom/files/usr/bin/tool").write_text("slipped in\n")
    with pytest.raises(LabError) as changed:
        recipe.require_approval(recipe.read(book)["top"], lock)
    assert recipe.RENEW in changed.value.text("zh")


def test_an_approval_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("base\n")
    with pytest.raises(LabError, match=r"found: base\n  expected: KIND SHA-256"):
        recipe.approved(tmp_path / "lock")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from = ", "Invalid value"),
        ('packages = ["one"]', "no `from`"),
        ('from = "bottom"\npackage = ["one"]', "package = ['one']"),
        ('from = "bottom"\npackages = "one"', "packages = 'one'"),
        ('from = "bottom"\n[image]\ncmd = ["x"]', "cmd = ['x']"),
        ('from = "nosuch"', "top: from ['nosuch']"),
        ('from = "top"', "top: from ['top']"),
        ('from = "bottom"\n[release.11]\nmask = ["x"]', "11 = {'mask': ['x']}"),
        ('from = "bottom"\n[release.12]\nmask = ["x"]', "12 = {'mask': ['x']}"),
        ('from = "bottom"\n[release.13]\nfrom = "debian"', "from = 'debian'"),
        ('from = "bottom"\n[release.13.image]\nuser = "nobody"', "image = {'user': 'nobody'}"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_file(book: Path, text: str, found: str) -> None:
    write(book, "top", text)
    with pytest.raises(LabError) as wrong:
        recipe.read(book)
    assert wrong.value.code == "LAB020" and found in wrong.value.found
    assert str(book / "top/recipe.toml") in wrong.value.text("en")


def test_a_kind_that_is_called_like_one_of_another_release_is_refused(book: Path) -> None:
    write(book, "base13", 'from = "debian"')
    with pytest.raises(LabError, match=r"found: base13\n  expected: a folder name without a release \(12, 13\)"):
        recipe.read(book)
