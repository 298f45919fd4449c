"""Every path and link in a page for people leads to a file of the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
ROOMS = {"inventory", "infra", "policies", "scripts", "playbooks", "tests", "docs"}
PLACEHOLDER = re.compile(r"\*|\b[A-Z]{3,}\b")
PAGES = sorted(
    path
    for pattern in (
        "README.md",
        "docs/**/*.md",
        "playbooks/*.md",
        "policies/**/*.md",
        "scripts/**/*.md",
        "tests/**/*.md",
    )
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_path_and_link_exists(page: Path) -> None:
    text = page.read_text("utf-8")
    spans = [span for span in re.findall(r"`([^`\s]+/[^`\s]*)`", text) if span.split("/")[0] in ROOMS]
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    missing = [span for span in spans if not PLACEHOLDER.search(span) and not (ROOT / span).exists()]
    assert missing + [link for link in links if not (page.parent / link).exists()] == []
