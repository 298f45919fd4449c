"""docs/drills.md: one line for each drill, the last result of it."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "drills.md"
HEAD = """# Drills 演练

Tests that take too long for every run, with their last result. `scripts/test drills` writes this page.
耗时较长、不随每次测试执行的演练及其最近一次结果；本页由 `scripts/test drills` 生成。

| drill 演练 | last run 最近 | result 结果 | with 版本 | took 用时 |
| --- | --- | --- | --- | --- |
"""


def keep(drill: str, passed: bool, versions: str, seconds: float) -> None:
    """Put the drill's line in its place, the others stay as they are."""
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in _lines()}
    day = datetime.now(UTC).date().isoformat()
    result = "passed 通过" if passed else "FAILED 失败"
    took = f"{seconds / 60:.0f} min"
    python = f"Python {platform.python_version()}"
    lines[drill] = f"| {drill} | {day} | {result} | {versions}, {python} | {took} |"
    PAGE.write_text(HEAD + "".join(f"{lines[name]}\n" for name in sorted(lines)))


def _lines() -> list[str]:
    if not PAGE.exists():
        return []
    return [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][2:]
