"""What a sender observed. Closed probes have several verdicts, because not all of them are acceptable."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class ProbeVerdict(StrEnum):
    OPEN = "OPEN"
    """The target answered."""
    CLOSED = "CLOSED"
    """The packet arrived and no process listens (RST, port unreachable): across a boundary, that is a violation."""
    REJECTED = "REJECTED"
    """Rejected on the way."""
    NO_ROUTE = "NO_ROUTE"
    """No route: the kernel refused before anything was sent."""
    FILTERED = "FILTERED"
    """No answer, or dropped by the sender's own rules."""
    TOOL_ERROR = "TOOL_ERROR"
    """The probe could not be sent. Never counts as passed."""


class ProbeAnswer(NamedTuple):
    """The verdict of a probe; `offender` (packed address) and `code` of the ICMP error, if any."""

    verdict: ProbeVerdict
    detail: str = ""
    """The error of the kernel or of a tool, if any."""
    offender: bytes = b""
    code: int = -1
