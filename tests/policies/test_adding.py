"""The instructions in docs/rules.md for adding a rule work, in a copy of the project."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.policies.conftest import ROOT

BLOCKS = dict(re.findall(r"   ```(\w+)\n(.*?)\n   ```", (ROOT / "docs" / "rules.md").read_text("utf-8"), re.S))
FOLDERS = ("policies", "tests", "inventory", "scripts", "docs", "infra")


def block(name: str) -> str:
    """A code block of the page, without its indentation."""
    return "\n".join(line.removeprefix("   ") for line in BLOCKS[name].splitlines()) + "\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(
            ROOT / folder, tmp_path / folder, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".venv")
        )
    return tmp_path


def python(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{copy}:{copy / 'scripts'}", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def pytests(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words)


def test_a_rule_is_one_function_one_text_entry_and_two_examples(copy: Path) -> None:
    for ending, name in (("py", "python"), ("toml", "toml")):
        with (copy / "policies" / "gate" / "rules" / f"storage.{ending}").open("a", encoding="utf-8") as file:
            file.write("\n\n" + block(name) if ending == "py" else "\n" + block(name))
    example = copy / "policies" / "gate" / "rules" / "examples" / "VOL-099.yaml"
    example.write_text(block("yaml"))
    passed = copy / "tests" / "policies" / "cases" / "VOL-099" / "passed-for-data.yaml"
    passed.parent.mkdir()
    passed.write_text(block("yaml").partition("\n")[2].replace("test1", "data"))
    renewed = pytests(copy, "tests/policies/test_cases.py", "--renew", "-k", "VOL-099")
    assert renewed.returncode == 0, renewed.stdout
    findings = yaml.safe_load(example.read_text("utf-8"))["findings"]
    assert [item["texts"]["en"]["sentence"] for item in findings] == [
        "volume test1 of engine extranet is called a test"
    ]
    assert "findings" not in yaml.safe_load(passed.read_text("utf-8"))
    page = python(copy, "-m", "policies.gate.rule_pages")
    assert "### VOL-099" in page.stdout
    (copy / "docs" / "rules.md").write_text(page.stdout, "utf-8")
    whole = pytests(
        copy, "tests/policies/test_cases.py", "tests/policies/test_texts.py", "tests/policies/test_pages.py",
        "-k", "VOL-099 or left or stale or page or examples or missing",
    )  # fmt: skip
    assert whole.returncode == 0, whole.stdout
    assert "VOL-099 [warn] A volume for tests" in python(copy, "-m", "lantu.main", "rules", "show", "VOL-099").stdout
