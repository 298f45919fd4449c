"""Severity and status of a finding, and the verdict on a set of findings."""

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
    """The site compensates for an escape path; the running view denies until the control is observed."""


class Verdict(IntEnum):
    """The verdict on a set of findings; the value is the exit status."""

    PASSED = 0
    DENIED = 1
    WAITING = 3
    NOT_EVALUATED = 4
