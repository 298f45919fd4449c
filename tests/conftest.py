"""What all tests share: expected files that say how to renew themselves."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Golden = Callable[[Path, str], None]


def pytest_configure() -> None:
    """Where tests are started in the background, SIGINT is ignored, and so it would be in all that they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew",
        action="store_true",
        help="Write the expected files of these tests anew from what the code gives now. Then read the difference.",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with its expected file; where they differ, tells the command that renews it."""

    def compare(expected: Path, actual: str) -> None:
        if request.config.getoption("--renew"):
            expected.write_text(actual, "utf-8")
        before = expected.read_text("utf-8") if expected.exists() else ""
        if before != actual:
            name, test = expected.relative_to(ROOT), request.node.path.relative_to(ROOT)
            lines = difflib.unified_diff(before.splitlines(), actual.splitlines(), str(name), "now", lineterm="")
            pytest.fail("\n".join([*lines, "", f"renew: scripts/test --renew {test}"]), pytrace=False)

    return compare
