"""docs/architecture.md names every package, and the index of decisions every decision."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
PRODUCT = ("inventory", "infra", "policies", "scripts", "playbooks")


def paths() -> set[str]:
    """Paths in code spans that start with a directory of the checkout."""
    spans = re.findall(r"`([^`\s]+)`", PAGE)
    return {span for span in spans if span.split("/")[0] in {*PRODUCT, "tests", "docs", "pyproject.toml"}}


def test_each_package_is_named() -> None:
    """A package below `playbooks/plugins`, or within a view, the solver or the like, counts as part of its parent."""
    packages = {path.parent.relative_to(ROOT) for room in PRODUCT for path in (ROOT / room).rglob("__init__.py")}
    named = {Path(path) for path in paths()}
    missing = {str(package) for package in packages if not {package, package.parent} & named}
    assert missing == set()


def test_each_decision_is_in_the_index() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = (decisions / "README.md").read_text("utf-8")
    pages = [path.name for path in decisions.glob("*.md") if path.name != "README.md"]
    assert [name for name in pages if f"({name})" not in index] == []
