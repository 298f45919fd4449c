"""Build images that are not in the cache: Debian by mmdebstrap once, then one layer for each kind.

A build has its own folder, and mount and process namespaces that end with this program, even if it is killed. Only
a finished image is moved into the cache.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from inventory.texts.text import Text
from lab import disk, mounts
from lab.commands import run, tail
from lab.errors import LabError, Say, silent
from lab.images import image as images
from lab.images import recipe as recipes
from lab.images import sources
from lab.images.image import BuiltImage
from lab.images.pack import name_what_is_hidden, pack
from lab.images.recipe import Recipe
from lab.locks import held
from lab.paths import cache_root

STEPS = Path(__file__).parent / "steps.sh"
NEED_MB = 2000  # base tree, layers and packages of one Debian release: 1.2 GB measured
KEEP = 2  # builds of one kind kept in the cache: the current recipe's and the previous one
# ends with its parent, even by SIGKILL, together with every process and mount of the build
CONFINED = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def ensure(
    kinds: Iterable[str] | None = None, *, say: Say = silent, book: Path = recipes.RECIPES, lock: Path = recipes.LOCK
) -> dict[str, BuiltImage]:
    """An image for each kind (all kinds of the recipe book by default), from the cache or newly built.

    LAB021 for a recipe that is not approved, LAB022 without package sources, LAB023 for a step that failed.
    """
    known = recipes.read(book)
    needed = _closure(known, known if kinds is None else kinds)
    for recipe in needed:
        recipes.require_approval(recipe, lock)
    have = _from_cache(needed)
    if len(have) < len(needed):
        with held(cache_root() / "images.lock"):
            have = _build_missing(needed, say)
    return have if kinds is None else {kind: have[kind] for kind in kinds}


def _closure(known: dict[str, Recipe], kinds: Iterable[str]) -> list[Recipe]:
    """The recipes of these kinds and of the kinds they are based on, in build order."""
    needed, waiting = set(), list(kinds)
    while waiting:
        kind = waiting.pop()
        needed.add(kind)
        waiting += [need for need in known[kind].needs if need not in needed]
    return [recipe for kind, recipe in known.items() if kind in needed]


def _from_cache(needed: list[Recipe]) -> dict[str, BuiltImage]:
    have: dict[str, BuiltImage] = {}
    for recipe in needed:
        standing = recipe.base in recipes.ROOTS or recipe.base in have
        if standing and (image := images.cached(recipe, have.get(recipe.base))):
            have[recipe.kind] = image
    return have


def _build_missing(needed: list[Recipe], say: Say) -> dict[str, BuiltImage]:
    room = cache_root() / "images"
    for left in room.glob(".building-*"):  # this run holds the lock, so its creator has ended
        mounts.remove(left)
    have = _from_cache(needed)
    suites = {recipe.suite for recipe in needed if recipe.kind not in have}
    disk.require(room, NEED_MB * len(suites))
    work = room / ".building-now"
    work.mkdir(parents=True)
    try:
        for suite in suites:
            (work / f"{suite}.sources").write_text(sources.debian_sources(suite))
        (work / "fetching.conf").write_text(sources.fetching())
        for recipe in needed:
            if recipe.kind not in have:
                say(Text(f"制作主机镜像 {recipe.kind}……", f"building the host image {recipe.kind} …"))
                have[recipe.kind] = _build(recipe, have, work)
    finally:
        mounts.remove(work)
    return have


def _build(recipe: Recipe, have: dict[str, BuiltImage], work: Path) -> BuiltImage:
    base = have.get(recipe.base)
    home = work / recipe.kind
    home.mkdir()
    if base:
        _lower(base, work)
    _archives(recipe, have, home)
    _run_steps(recipe, work, home)
    finished = home / "finished"
    finished.mkdir()
    if base:
        name_what_is_hidden(home / "upper")
    pack(home / ("upper" if base else "tree"), finished / "layer.tar")
    architecture = run(["dpkg", "--print-architecture"]).strip()
    (finished / "config.json").write_bytes(images.configuration(recipe, base, finished / "layer.tar", architecture))
    target = images.folder_of(recipe)
    if target.exists():  # same recipe, on a base that no longer exists
        shutil.rmtree(target)
    os.sync()  # sync first: a name in the cache requires its data on the disk
    finished.rename(target)
    _forget_old(recipe)
    image = images.cached(recipe, base)
    assert image is not None
    return image


def _lower(base: BuiltImage, work: Path) -> None:
    """The tree under the layers: left by the build of the base, or unpacked from the cache."""
    tree = work / base.kind / "tree"
    if not tree.exists():
        tree.mkdir(parents=True)
        for layer in base.layers:
            run(
                [
                    "tar",
                    "--extract",
                    "--file",
                    str(layer),
                    "--xattrs",
                    "--xattrs-include=*",
                    "--numeric-owner",
                    "--preserve-permissions",
                    "-C",
                    str(tree),
                ],
                seconds=300,
            )


def _archives(recipe: Recipe, have: dict[str, BuiltImage], home: Path) -> None:
    """Write the images that this image contains in /usr/share/lantu, and a list of their names and ids."""
    folder = home / "archives"
    for kind in recipe.archives:
        folder.mkdir(exist_ok=True)
        with (folder / f"{kind}.tar").open("wb") as file:
            file.writelines(images.archive([have[kind]]))
        names = {"id": have[kind].id, "reference": have[kind].reference}
        (folder / f"{kind}.json").write_text(json.dumps(names) + "\n")


def _run_steps(recipe: Recipe, work: Path, home: Path) -> None:
    """Run steps.sh, which creates the recipe's tree (`tree`, or `upper` over a base); LAB023 with its last output."""
    (home / "commands").write_text("\n".join(recipe.commands) + "\n")
    (home / "unpack").write_text("".join(f"{name} {' '.join(paths)}\n" for name, paths in recipe.unpack.items()))
    environment = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "SUITE": recipe.suite,
        "WORK": str(work),
        "HOME_FOLDER": str(home),
        "LOWER": "" if recipe.base in recipes.ROOTS else str(work / recipe.base / "tree"),
        "ROOT": recipe.base if recipe.base in recipes.ROOTS else "layer",
        "FILES": str(recipe.files),
        "PACKAGES": " ".join(recipe.packages),
        "MASK": " ".join(recipe.mask),
        "ENABLE": " ".join(recipe.enable),
    }
    log = cache_root() / "images" / f"{recipe.kind}.log"
    with log.open("wb") as file:
        done = subprocess.run(
            [*CONFINED, "bash", str(STEPS)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=environment,
            check=False,
        )
    if done.returncode != 0:
        raise LabError("LAB023", tail(log.read_text(errors="replace")), kind=recipe.kind, log=log)


def _forget_old(recipe: Recipe) -> None:
    folders = sorted((cache_root() / "images").glob(f"{recipe.kind}-*"), key=lambda path: path.stat().st_mtime)
    for folder in folders[:-KEEP]:
        shutil.rmtree(folder)
