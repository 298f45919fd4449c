"""How serious a finding is, whether its rule could be evaluated, and what a set of findings amounts to."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Severity(StrEnum):
    """Worst first."""

    DENY = "deny"
    """Blocks; only a signed decision lifts it."""
    MAJOR = "major"
    """Waits for a named approver's decision."""
    WARN = "warn"
    INFO = "info"


class Status(StrEnum):
    VIOLATED = "violated"
    """The rule is broken."""
    NOT_EVALUATED = "not-evaluated"
    """The rule could not be evaluated, which denies as well."""
    TO_BE_OBSERVED = "to-be-observed"
    """The site compensates for what its engine leaves open; the running view denies until that is seen at work."""


class Verdict(IntEnum):
    """The exit status that a set of findings asks for."""

    PASSED = 0
    DENIED = 1
    WAITING = 3
    NOT_EVALUATED = 4
