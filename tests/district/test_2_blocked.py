"""What nobody approved is stopped by a real preview, and the README shows exactly what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.district import blocked
from tests.district.conftest import ROOT, containers, networks

README = ROOT / "README.md"
CASES: dict[str, Callable[[Path, str], blocked.PreviewResult]] = {
    "rogue_network": lambda folder, lang: blocked.previewed("rogue_network", folder, lang),
    "duplicate_system": blocked.duplicate_system,
    "two_zones": lambda folder, lang: blocked.previewed("two_zones", folder, lang),
}
NAMED = {
    "rogue_network": ["survey-net", "NET-001", "art. 9"],
    "duplicate_system": ["Street event platform", "grid", "网格中心运行科"],
    "two_zones": ["reports", "extranet", "portal", "ZONE-001"],
}


@pytest.mark.parametrize("case", CASES)
def test_a_real_preview_denies_it_and_names_it(case: str, tmp_path: Path, renew: bool) -> None:
    before = containers(), networks()
    found = CASES[case](tmp_path, "en")
    assert found.status != 0
    assert not [word for word in NAMED[case] if word not in found.says], found.says
    assert (containers(), networks()) == before, "nothing was built"
    if renew:
        README.write_text(with_output(README.read_text(), case, found.says))
    assert output(README.read_text(), case) == found.says, "renew: scripts/test --renew tests/district"


@pytest.mark.parametrize("case", CASES)
def test_it_is_denied_in_chinese_too(case: str, tmp_path: Path) -> None:
    found = CASES[case](tmp_path, "zh")
    assert found.status != 0
    assert re.search("[\u4e00-\u9fff]{6}", found.says), found.says


def test_the_same_program_without_the_addition_passes(tmp_path: Path) -> None:
    """The control: what denies is the addition, not the way it is run."""
    assert blocked.previewed("as_it_is", tmp_path).status == 0


def output(readme: str, case: str) -> str:
    """What the README shows for a case."""
    match = re.search(rf"<!-- output: {case} -->\n```text\n(.*?)```\n<!-- end -->", readme, re.S)
    assert match, f"README.md has a place for the output of {case}"
    return match[1].rstrip("\n")


def with_output(readme: str, case: str, text: str) -> str:
    block = f"<!-- output: {case} -->\n```text\n{text}\n```\n<!-- end -->"
    return re.sub(rf"<!-- output: {case} -->\n```text\n.*?```\n<!-- end -->", lambda _: block, readme, flags=re.S)
