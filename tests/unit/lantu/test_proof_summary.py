"""The proof within `lantu check`: made once for the same rules, reported if impossible, denied if it fails."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.lantu.running import run


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTU_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "proofs"


def tools(folder: Path, **scripts: str) -> str:
    """A PATH with these shell scripts and nothing of the machine's own."""
    folder.mkdir()
    for name, body in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_the_second_proof_comes_from_the_cache(cache: Path) -> None:
    first, second = (json.loads(run("check", "--format", "json").out)["proof"] for _ in range(2))
    assert (first["verdict"], first["kept"]) == ("proven", False)
    assert second == {**first, "kept": True}
    assert first["pairs"] > 20 and first["flows"] > 5
    assert [file.stem for file in cache.iterdir()] == [first["key"]]


def test_a_proof_by_other_code_does_not_count_as_fresh(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was changed, moved or renamed: the code's hash covers paths and contents."""
    run("check")
    monkeypatch.setattr("policies.verification.network_proof.cache._code", lambda: "another version")
    assert json.loads(run("check", "--format", "json").out)["proof"]["kept"] is False
    assert len(list(cache.iterdir())) == 2


VERSION = '[ "$1" != --version ] || { echo "nftables v1.0.6"; exit; }'
"""A script's beginning: it prints the version of an nft that was compared."""


def test_a_broken_cache_is_made_again(cache: Path) -> None:
    run("check")
    (file,) = cache.iterdir()
    file.write_text('{"key": "half')
    assert json.loads(run("check", "--format", "json").out)["proof"]["kept"] is False


def test_without_nft_it_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.nftproof.scratch.SEARCHED", "")
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", unshare="exit 0"))
    ran = run("check", "--format", "json")
    proof = json.loads(ran.out)["proof"]
    assert (ran.status, proof["verdict"], proof["error"]["code"]) == (0, "not_evaluated", "EP001")
    assert "EP001" in ran.err and "nft" in ran.err
    ran = run("check", "--lang", "en")
    assert "rules not proven here" in ran.out and "rules proven" not in ran.out


def test_without_a_namespace_it_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.nftproof.scratch.SEARCHED", "")
    unable = 'echo "unshare failed: Operation not permitted" >&2; exit 1'
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", unshare=unable, nft=VERSION))
    ran = run("prove", "--format", "json", "--lang", "en")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["error"]["code"]) == (4, "not_evaluated", "EP002")
    assert "Operation not permitted" in ran.err


def test_a_version_of_nft_that_was_never_compared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policies.nftproof.scratch.SEARCHED", "")
    monkeypatch.setenv("PATH", tools(tmp_path / "bin", unshare="exit 0", nft='echo "nftables v9.9.9 (Nobody)"'))
    ran = run("prove", "--format", "json", "--lang", "en")
    assert (ran.status, json.loads(ran.out)["error"]["code"]) == (4, "EP006")
    assert "nft 9.9.9" in ran.err and "compared: 1.0.6, 1.1.3" in ran.err and "run scripts/test nftproof" in ran.err


def test_rules_are_never_loaded_into_the_present_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `unshare` that makes none: nothing is loaded."""
    loaded = tmp_path / "loaded"
    path = tools(
        tmp_path / "bin", unshare='while [ "$1" != sh ]; do shift; done; exec "$@"', nft=f"{VERSION}; touch {loaded}"
    )
    for tool in ("sh", "readlink", "touch"):
        Path(path, tool).symlink_to(str(shutil.which(tool)))
    monkeypatch.setattr("policies.nftproof.scratch.SEARCHED", "")
    monkeypatch.setenv("PATH", path)
    ran = run("prove", "--lang", "en")
    assert ran.status == 4 and "not in a namespace of its own" in ran.err
    assert not loaded.exists()


def test_rules_that_let_too_much_through_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from inventory.rendering import ruleset

    monkeypatch.setattr(ruleset, "ANSWERS", ("ct state established,related accept", *ruleset.ANSWERS[1:]))
    ran = run("check", "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["proof"]["verdict"]) == (1, "denied", "not_proven")
    found = document["proof"]["findings"][0]
    assert found["fault"] == "open" and found["packet"]["ct state"] == "related" and found["rule"]["handle"] > 0
    ran = run("prove", "--format", "json", "--cross-check", "0")
    assert (ran.status, json.loads(ran.out)["verdict"]) == (1, "not_proven")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_text_output(lang: str) -> None:
    ran = run("prove", "--lang", lang, "--cross-check", "0")
    assert ran.status == 0
    words = ("已证明", "政务内网", "交叉校验") if lang == "zh" else ("proven", "intranet", "cross-check")
    assert all(word in ran.out for word in words)


def test_a_user_namespace_does_where_there_is_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    from policies.nftproof import scratch

    monkeypatch.setattr(scratch.os, "geteuid", lambda: 1000)
    assert scratch._unshare() == ["unshare", "--map-root-user", "--net"]
    told = scratch.listings({"one": "table inet lantu {\n}\n"})
    assert '"lantu"' in told["one"]


def test_a_lab_that_is_not_there_cannot_be_proven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTU_RUN", str(tmp_path))
    ran = run("prove", "--running", "--lab", "nowhere", "--format", "json", "--lang", "zh")
    document = json.loads(ran.out)
    assert (ran.status, document["verdict"], document["mode"]) == (4, "not_evaluated", "running")
    assert document["error"]["code"] == "EP004" and "先运行 lantu up" in ran.err
