"""Image recipes as data: one folder per kind, with `recipe.toml` and `files/`, which is copied over the root.

A recipe based on Debian is read once for each Debian release: as KIND for the first release, as KIND13
for release 13. A table `[release.13]` in recipe.toml adds entries to its lists for that release.

The hash covers the recipe and the recipes that it is based on. `recipes.lock` holds the approved hashes: an image
whose recipe has changed without approval is not built.
"""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError

RECIPES = Path(__file__).parent / "recipes"
LOCK = Path(__file__).parent / "recipes.lock"
FORMAT = 1  # increase it when the builder's output for the same recipe changes
RENEW = ".venv/bin/python scripts/lab/images/approve.py"
ROOTS = ("debian", "nothing")  # a complete Debian system of the suite, or an empty folder
SUITES = {"12": "bookworm", "13": "trixie"}
"""Debian release -> its suite. Kinds of the first release have no number; images without Debian use it."""
FIRST = next(iter(SUITES))
WORDS: dict[str, type] = {
    "from": str,
    "packages": list,
    "unpack": dict,
    "archives": list,
    "mask": list,
    "enable": list,
    "commands": list,
    "image": dict,
    "release": dict,
}
IMAGE_WORDS: dict[str, type] = {"command": list, "environment": list, "ports": list, "stop_signal": str, "user": str}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of image. `base` is another kind or one of ROOTS; packages come from `suite`."""

    kind: str
    suite: str
    base: str
    packages: tuple[str, ...]
    unpack: Mapping[str, list[str]]
    archives: tuple[str, ...]
    mask: tuple[str, ...]
    enable: tuple[str, ...]
    commands: tuple[str, ...]
    image: Mapping[str, Any]
    files: Path
    hash: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The kinds that must be built before this one."""
        return (*(() if self.base in ROOTS else (self.base,)), *self.archives)


def variant(kind: str, release: str) -> str:
    """The name of `kind` for a Debian release, for example base or base13."""
    return kind if release == FIRST else f"{kind}{release}"


def release_of(kind: str) -> str:
    """The Debian release that a kind of image is based on."""
    return next((release for release in SUITES if release != FIRST and kind.endswith(release)), FIRST)


def read(folder: Path = RECIPES) -> dict[str, Recipe]:
    """All recipes by kind, each after the recipe that it is based on. LAB020 for an invalid recipe."""
    raw = {path.parent.name: _toml(path) for path in sorted(folder.glob("*/recipe.toml"))}
    recipes: dict[str, Recipe] = {}
    while waiting := [name for name in raw if name not in recipes]:
        ready = [name for name in waiting if _needs(raw[name]) <= recipes.keys()]
        if not ready:
            raise LabError(
                "LAB020",
                f"{waiting[0]}: from {sorted(_needs(raw[waiting[0]]))}",
                renew=RENEW,
                file=folder / waiting[0] / "recipe.toml",
                expected=f"from/archives: {', '.join([*ROOTS, *sorted(raw)])}, no ring",
            )
        for name in ready:
            for release in _releases(raw[name], recipes):
                recipes[variant(name, release)] = _recipe(name, release, folder / name, raw[name], recipes)
    return recipes


def _releases(words: Mapping[str, Any], known: Mapping[str, Recipe]) -> list[str]:
    """The releases that a recipe is built for: all if it is based on Debian, otherwise only the first."""
    base = words["from"]
    return [release for release in SUITES if release == FIRST or base == "debian" or variant(base, release) in known]


def _toml(path: Path) -> dict[str, Any]:
    try:
        words = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as wrong:
        raise LabError("LAB020", str(wrong), file=path, expected="TOML", renew=RENEW) from wrong
    _check(path, words, WORDS)
    _check(path, words.get("image", {}), IMAGE_WORDS)
    _check(path, words.get("release", {}), dict.fromkeys(list(SUITES)[1:], dict))
    for added in words.get("release", {}).values():
        _check(path, added, {word: kind for word, kind in WORDS.items() if kind is list})
    if path.parent.name.endswith(tuple(SUITES)):
        expected = f"a folder name without a release ({', '.join(SUITES)})"
        raise LabError("LAB020", path.parent.name, file=path, expected=expected, renew=RENEW)
    if "from" not in words:
        raise LabError("LAB020", "no `from`", file=path, expected='from = "…"', renew=RENEW)
    return words


def _check(path: Path, words: Mapping[str, Any], known: Mapping[str, type]) -> None:
    for word, value in words.items():
        if word not in known or not isinstance(value, known[word]):
            expected = ", ".join(f"{name}: {kind.__name__}" for name, kind in known.items())
            raise LabError("LAB020", f"{word} = {value!r}", file=path, expected=expected, renew=RENEW)


def _needs(words: Mapping[str, Any]) -> set[str]:
    return {words["from"], *words.get("archives", [])} - set(ROOTS)


def _recipe(name: str, release: str, folder: Path, raw: Mapping[str, Any], known: Mapping[str, Recipe]) -> Recipe:
    words = {word: value for word, value in raw.items() if word != "release"}
    for word, added in raw.get("release", {}).get(release, {}).items():
        words[word] = [*words.get(word, []), *added]
    files, suite = folder / "files", SUITES[release]
    needs = {need: variant(need, release) if variant(need, release) in known else need for need in _needs(words)}
    content = {
        "format": FORMAT,
        "suite": suite,
        "words": words,
        "files": list(_tree(files)),
        "needs": {needs[need]: known[needs[need]].hash for need in sorted(needs)},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    base = needs.get(words["from"], words["from"])
    lists = {word: tuple(words.get(word, [])) for word in ("packages", "mask", "enable", "commands")}
    return Recipe(
        kind=variant(name, release),
        suite=suite,
        base=base,
        files=files,
        unpack=words.get("unpack", {}),
        archives=tuple(needs[need] for need in words.get("archives", [])),
        hash=hashlib.sha256(text.encode()).hexdigest(),
        # a layer inherits its base's start command unless its recipe sets one
        image={**(known[base].image if base in known else {}), **words.get("image", {})},
        **lists,
    )


def _tree(folder: Path) -> list[tuple[str, str, str]]:
    """Path, kind and digest of every file; of the mode, only the bits that git stores."""
    rows = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            rows.append((name, "link", str(path.readlink())))
        elif path.is_file():
            kind = "program" if os.access(path, os.X_OK) else "file"
            rows.append((name, kind, hashlib.sha256(path.read_bytes()).hexdigest()))
    return rows


def approved(lock: Path = LOCK) -> dict[str, str]:
    """The approved hash of each kind; empty if the file does not exist. LAB020 for a malformed line."""
    lines = lock.read_text().splitlines() if lock.exists() else []
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    for row in rows:
        if len(row) != 2:
            raise LabError("LAB020", " ".join(row), file=lock, expected="KIND SHA-256", renew=RENEW)
    return {row[0]: row[1] for row in rows}


def require_approval(recipe: Recipe, lock: Path = LOCK) -> None:
    """LAB021 unless this exact recipe is approved."""
    known = approved(lock).get(recipe.kind, "-")
    if known != recipe.hash:
        raise LabError("LAB021", recipe.hash, kind=recipe.kind, approved=known, renew=RENEW)


def approve(folder: Path = RECIPES, lock: Path = LOCK) -> str:
    """Write the current hashes of all recipes, and return that text. Committing it is the approval."""
    rows = [f"{recipe.kind} {recipe.hash}" for recipe in sorted(read(folder).values(), key=lambda it: it.kind)]
    text = f"# Approved image recipes: kind, SHA-256. Renew: {RENEW}\n" + "\n".join(rows) + "\n"
    lock.write_text(text)
    return text
