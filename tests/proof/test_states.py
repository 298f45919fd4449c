"""Each rule's state and who covers it, as its own comment says, over rulesets listed by the real nft."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.proof.crosscheck import crosscheck
from policies.proof.judge import Answer, judge
from policies.proof.reading import read
from tests.proof.listing import listed
from tests.proof.oracle import objections

CASES = sorted((Path(__file__).parent / "cases").glob("*.nft"))


def told(answer: Answer) -> list[str]:
    """`name state by names`, as the comments have it."""
    names = {rule.order: rule.comment.split()[0] for rule in answer.ruleset.rules}
    found = []
    for rule in answer.ruleset.rules:
        standing = answer.standings[rule.order]
        covers = " ".join(names[order] for order in sorted(standing.covers))
        by = f" by {covers}".rstrip() if " by" in rule.comment or covers else ""
        found.append(f"{names[rule.order]} {standing.state.name.lower()}{by}")
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_rule_is_what_its_comment_says(case: Path) -> None:
    answer = judge(read(listed(case.read_text("utf-8"))))
    assert answer.unknown == []
    assert told(answer) == [rule.comment for rule in answer.ruleset.rules]
    assert objections(answer) == []
    assert crosscheck(answer, 20).differences == []
