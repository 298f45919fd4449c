"""Building images: the real tools, on a recipe small enough to build in seconds."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from lab import images, processes
from lab.errors import LabError
from lab.images import image as image_module
from lab.images import pack, recipe
from lab.mounts import below
from lab.paths import cache_root

SMALL = 'from = "nothing"\n[image]\ncommand = ["/bin/true"]\nstop_signal = "SIGKILL"\n'
BUILD = """
import sys
from pathlib import Path
from lab import images
images.ensure(["app"], say=lambda text: print(text.en, flush=True))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty image cache."""
    monkeypatch.setenv("LANTU_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def small_book(tmp_path: Path, text: str = SMALL) -> dict[str, Path]:
    """A recipe book with one kind, approved."""
    book = tmp_path / "book"
    (book / "small/files/bin").mkdir(parents=True, exist_ok=True)
    (book / "small/files/bin/true").write_text("#!/bin/sh\n")
    (book / "small/recipe.toml").write_text(text)
    recipe.approve(book, tmp_path / "recipes.lock")
    return {"book": book, "lock": tmp_path / "recipes.lock"}


def test_a_build_is_cached_by_its_recipe_and_found_again(tmp_path: Path, cache: Path) -> None:
    said: list[str] = []
    first = images.ensure(**small_book(tmp_path), say=lambda text: said.append(text.en))["small"]
    again = images.ensure(**small_book(tmp_path), say=lambda text: said.append(text.en))["small"]
    assert said == ["building the host image small …"] and first == again
    assert first.id == "sha256:" + hashlib.sha256(first.config).hexdigest()
    config = json.loads(first.config)
    assert config["config"]["Labels"] == {"lantu.kind": "small", "lantu.recipe": first.recipe}
    assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(first.layers[0].read_bytes()).hexdigest()]
    assert sorted(path.name for path in (cache / "images").iterdir()) == [f"small-{first.recipe[:16]}", "small.log"]


def test_two_builders_at_once_build_once(tmp_path: Path, cache: Path) -> None:
    book = small_book(tmp_path)
    script = (
        "import sys; from pathlib import Path; from lab import images\n"
        "images.ensure(book=Path(sys.argv[1]), lock=Path(sys.argv[2]), say=lambda text: print(text.en))"
    )
    argv = [sys.executable, "-c", script, str(book["book"]), str(book["lock"])]
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(item.communicate()[0] for item in both) == ["", "building the host image small …\n"]
    assert [item.returncode for item in both] == [0, 0]


def test_files_come_as_git_keeps_them_and_owned_by_root(tmp_path: Path, cache: Path) -> None:
    book = small_book(tmp_path)
    tool = book["book"] / "small/files/bin/true"
    os.chown(tool, 1000, 1000)
    tool.chmod(0o600)
    layer = images.ensure(**book)["small"].layers[0]
    with tarfile.open(layer) as tar:
        member = tar.getmember("./bin/true")
    assert (member.mode, member.uid, member.gid) == (0o644, 0, 0)


def test_only_the_kinds_that_are_asked_for_and_what_they_stand_on_are_built(tmp_path: Path, cache: Path) -> None:
    book = small_book(tmp_path)
    (book["book"] / "other").mkdir()
    (book["book"] / "other/recipe.toml").write_text(SMALL)
    recipe.approve(book["book"], book["lock"])
    assert list(images.ensure(["other"], **book)) == ["other"]
    assert sorted(path.name.partition("-")[0] for path in (cache / "images").glob("*-*")) == ["other"]


def test_an_image_as_a_stream_is_a_docker_archive(tmp_path: Path, cache: Path) -> None:
    small = images.ensure(**small_book(tmp_path))["small"]
    stream = b"".join(image_module.archive([small, small]))
    with tarfile.open(fileobj=io.BytesIO(stream)) as tar:
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
        assert manifest[0]["RepoTags"] == [f"lantu/small:{small.recipe[:12]}"]
        assert hashlib.sha256(tar.extractfile(manifest[0]["Config"]).read()).hexdigest() in small.id  # type: ignore[union-attr]
        assert len([name for name in tar.getnames() if name in manifest[0]["Layers"]]) == 1


def test_an_unapproved_recipe_is_not_built(tmp_path: Path, cache: Path) -> None:
    book = small_book(tmp_path)
    (book["book"] / "small/files/bin/true").write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(LabError, match="LAB021"):
        images.ensure(**book)
    assert not cache.exists()


def test_a_step_that_fails_is_shown_and_leaves_nothing_half_done(tmp_path: Path, cache: Path) -> None:
    book = small_book(tmp_path, SMALL + '[unpack]\n"no-such-package" = ["./bin/no"]\n')
    with pytest.raises(LabError) as failed:
        images.ensure(**book)
    assert failed.value.code == "LAB023" and "no-such-package" in failed.value.found
    assert [path.name for path in (cache / "images").iterdir()] == ["small.log"]
    assert images.ensure(**small_book(tmp_path))["small"].layers[0].exists()


def test_no_room_is_said_before_anything_is_built(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.disk.free", lambda _: 10)
    with pytest.raises(LabError, match="LAB013"):
        images.ensure(**small_book(tmp_path))


@pytest.mark.parametrize("moment", ["folders are made", "steps run", "packages come"])
def test_a_killed_build_leaves_no_process_and_no_mount_and_the_next_one_succeeds(cache: Path, moment: str) -> None:
    """SIGKILL on the builder alone: what it had started must end with it."""
    work = cache / "images/.building-now"
    seen = {
        "folders are made": lambda: work.exists(),
        "steps run": lambda: (work / "app/apt.conf").exists(),
        "packages come": lambda: (work / "lists-bookworm/partial").exists(),
    }[moment]
    builder = subprocess.Popen([sys.executable, "-c", BUILD], stdout=subprocess.DEVNULL)
    while not seen():
        assert builder.poll() is None, "the build was over before it could be killed"
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    assert processes.gone([it for it in processes.scan() if any(str(cache) in part for part in it.argv)], 5)
    assert below(cache) == []
    assert images.ensure(["app"])["app"].layers[0].exists()
    assert not list((cache / "images").glob(".building-*"))


def test_a_damaged_cache_entry_without_its_end_is_built_again(tmp_path: Path, cache: Path) -> None:
    small = images.ensure(**small_book(tmp_path))["small"]
    (small.layers[0].parent / "config.json").unlink()
    assert images.ensure(**small_book(tmp_path))["small"].layers == small.layers


def test_the_cache_keeps_this_build_of_a_kind_and_the_one_before(tmp_path: Path, cache: Path) -> None:
    for number in range(4):
        images.ensure(**small_book(tmp_path, SMALL + f'environment = ["NUMBER={number}"]\n'))
    assert len(list((cache / "images").glob("small-*"))) == 2


def test_what_a_layer_hides_is_written_as_image_layers_do(tmp_path: Path) -> None:
    for folder in ("lower/kept", "lower/emptied", "upper", "work", "all"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "lower/gone").touch()
    (tmp_path / "lower/emptied/old").touch()
    script = f"""cd {tmp_path} && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work all &&
        rm all/gone && rm -r all/emptied && mkdir all/emptied && touch all/emptied/new all/kept/new"""
    subprocess.run(["unshare", "--mount", "sh", "-euc", script], check=True)
    pack.name_what_is_hidden(tmp_path / "upper")
    pack.pack(tmp_path / "upper", tmp_path / "layer.tar")
    with tarfile.open(tmp_path / "layer.tar") as tar:
        names = sorted(member.name for member in tar if member.isfile())
    assert names == ["./.wh.gone", "./emptied/.wh..wh..opq", "./emptied/new", "./kept/new"]


# ---- what the images of the recipe book hold


def names_of(kind: str) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(images.ensure()[kind].layers[-1]) as tar:
        return {member.name: member for member in tar}


@pytest.mark.parametrize("kind", ["base", "base13"])
def test_the_base_image_carries_no_identity_and_no_way_to_the_machines_sources(kind: str) -> None:
    base = names_of(kind)
    assert "./usr/sbin/sshd" in base and "./usr/local/sbin/lantu-net" in base  # the list is a list
    assert not [name for name in base if name.startswith("./etc/ssh/ssh_host_")]
    assert base["./etc/machine-id"].size == 0
    assert not [
        name
        for name in base
        if name.startswith(("./etc/apt/sources.list", "./etc/apt/apt.conf.d/99mmdebstrap")) and base[name].isfile()
    ]
    assert not {"./etc/resolv.conf", "./etc/hostname", "./var/log/dpkg.log", "./usr/sbin/policy-rc.d"} & base.keys()


@pytest.mark.parametrize("release", recipe.SUITES)
def test_no_layer_holds_what_its_kind_does_not_need(release: str) -> None:
    base, portal, cloud = (recipe.variant(kind, release) for kind in ("base", "portal", "cloud"))
    assert not [name for name in names_of(base) if "nginx" in name or "dockerd" in name]
    for kind in (portal, cloud):
        layer = names_of(kind)
        assert not [
            name for name in layer if name.endswith((".deb", "policy-rc.d")) or "/var/lib/apt/lists/" in name
        ], kind


@pytest.mark.parametrize("kind", ["cloud", "cloud13"])
def test_the_node_carries_the_tenants_image_with_its_id(kind: str) -> None:
    cloud, app = images.ensure()[kind], images.ensure()["app"]
    with tarfile.open(cloud.layers[-1]) as tar:
        names = json.loads(tar.extractfile("./usr/share/lantu/app.json").read())  # type: ignore[union-attr]
    assert names == {"id": app.id, "reference": app.reference}


def test_the_cache_of_the_machine_is_where_it_belongs() -> None:
    assert all(layer.is_relative_to(cache_root()) for image in images.ensure().values() for layer in image.layers)
