"""`lantu prove --ruleset`: its one JSON document, its texts, its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nftproof.test_single_rulesets import ACCEPT, DROP, V4, document


def printed(*rules: list[Any], version: str = "1.0.6") -> str:
    """The rules as a listing of this version of nft."""
    objects = json.loads(document(*rules))["nftables"]
    return json.dumps({"nftables": [{"metainfo": {"version": version}}, *objects]})


SHADOWED = printed([V4, ACCEPT], [V4, DROP])
CLEAN = printed([V4, ACCEPT])
STRANGE = printed([{"xt": None}, ACCEPT])


def prove(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "lantu.main", "prove", *words]
    return subprocess.run(command, input=text, capture_output=True, text=True)


def document_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("text", "status"), [(CLEAN, 0), (SHADOWED, 1), (STRANGE, 4), ("nonsense", 4)])
@pytest.mark.parametrize("output", ["text", "json"])
def test_exit_status(tmp_path: Path, text: str, status: int, output: str) -> None:
    path = tmp_path / "rules.json"
    path.write_text(text)
    done = prove("--ruleset", str(path), "--format", output)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if output == "json":
        assert set(document_of(done)) == {"schema", "rules", "open", "unknown"}


def test_the_document_has_this_shape_and_no_other() -> None:
    """`schema` 1 is a promise."""
    assert document_of(prove("--ruleset", "-", "--format", "json", text=SHADOWED)) == {
        "schema": 1,
        "rules": [
            {"handle": 1, "family": "inet", "table": "t", "chain": "c", "state": "live", "covered_by": []},
            {"handle": 2, "family": "inet", "table": "t", "chain": "c", "state": "shadowed", "covered_by": [1]},
        ],
        "open": [],
        "unknown": [],
    }


@pytest.mark.parametrize("words", [["--bogus"], ["--ruleset"]])
def test_wrong_usage_is_one_document_too(words: list[str]) -> None:
    done = prove("--format", "json", *words)
    assert done.returncode == 2
    assert document_of(done)


@pytest.mark.parametrize("path", ["/", "/nowhere/rules.json"])
def test_a_file_that_cannot_be_read_is_not_evaluated(path: str) -> None:
    done = prove("--ruleset", path, "--format", "json")
    assert done.returncode == 4
    assert "PR006" in done.stderr and "PR006" in document_of(done)["unknown"][0]["what"]


def test_texts_in_both_languages() -> None:
    english, chinese = (prove("--ruleset", "-", "--lang", lang, text=SHADOWED).stdout for lang in ("en", "zh"))
    assert "rule 2" in english and "shadowed" in english and "by rule 1" in english
    assert "规则 2" in chinese and "被遮蔽" in chinese
    assert "input" in prove("--ruleset", "-", "--lang", "en", text=CLEAN).stderr  # which nothing there guards


def test_a_version_of_nft_that_was_never_compared_is_refused_by_name() -> None:
    done = prove("--ruleset", "-", "--format", "json", text=printed([V4, ACCEPT], version="9.9.9"))
    assert done.returncode == 4 and "PR008" in done.stderr
    assert "nft 9.9.9" in done.stderr and "1.0.6, 1.1.3" in done.stderr and "scripts/test nftproof" in done.stderr
    assert "9.9.9" in document_of(done)["unknown"][0]["what"]


def test_a_listing_without_a_version_is_refused() -> None:
    done = prove("--ruleset", "-", text=document([V4, ACCEPT]))
    assert done.returncode == 4 and "PR009" in done.stderr
