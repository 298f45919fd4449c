"""Each rule's status and covering rules, as its comment states, over rulesets listed by the real nft."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from policies.nftproof.lint.analyse import RulesetReport, analyse
from policies.nftproof.lint.crosscheck import crosscheck
from policies.nftproof.lint.report import as_text
from policies.nftproof.lint.rule_status import RuleStatus
from policies.nftproof.listing import read
from tests.conftest import Golden
from tests.nftproof.listing import listed
from tests.nftproof.oracle import objections
from tests.nftproof.rulesets import numbered, ruleset

CASES = sorted((Path(__file__).parent / "cases").glob("*.nft"))


def described(report: RulesetReport) -> list[str]:
    """`name state by names`, as the comments have it."""
    names = {rule.order: rule.comment.split()[0] for rule in report.ruleset.rules}
    lines = []
    for rule in report.ruleset.rules:
        standing = report.statuses[rule.order]
        covers = " ".join(names[order] for order in sorted(standing.covers))
        by = f" by {covers}".rstrip() if " by" in rule.comment or covers else ""
        lines.append(f"{names[rule.order]} {standing.state.name.lower()}{by}")
    return lines


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_rule_is_what_its_comment_says(case: Path) -> None:
    report = analyse(read(listed(case.read_text("utf-8"))))
    assert report.unknown == []
    assert described(report) == [rule.comment for rule in report.ruleset.rules]
    assert objections(report) == []
    assert crosscheck(report, 20).differences == []


@pytest.mark.parametrize("name", ["docker", "firewalld"])
def test_listings_of_others(name: str, golden: Golden) -> None:
    """As iptables-nft lists the engine's tables, and in the shape that firewalld gives its own."""
    folder = Path(__file__).parent / "listings"
    report = analyse(read((folder / f"{name}.json").read_text("utf-8")))
    assert objections(report) == []
    assert crosscheck(report, 20).differences == []
    golden(folder / f"{name}.txt", as_text(report, "en") + "\n")


@pytest.mark.parametrize("small", [True, False])
def test_states_of_random_rulesets_hold_on_trial(small: bool) -> None:
    """Every rule's status, against walking packets with and without it, and the cross-check."""
    seen = Counter[RuleStatus]()
    for seed in range(16):
        report = analyse(read(json.dumps(numbered(ruleset(seed, small)))))
        seen.update(standing.state for standing in report.statuses.values())
        assert objections(report, seed) == [], seed
        assert crosscheck(report, 20).differences == [], seed
    assert min(seen[state] for state in RuleStatus) >= 5
