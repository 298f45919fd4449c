"""What a sender experienced. Six answers and not two: how a thing is closed decides whether it is closed enough."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class ProbeVerdict(StrEnum):
    OPEN = "OPEN"
    """The target answered in kind."""
    CLOSED = "CLOSED"
    """The packet arrived and nobody listened (RST, port unreachable): across a boundary that is a leak."""
    REJECTED = "REJECTED"
    """Somebody on the way said no."""
    NO_ROUTE = "NO_ROUTE"
    """There is no way to go: the kernel refused before anything was sent."""
    FILTERED = "FILTERED"
    """No answer, or kept in by the sender's own rules."""
    TOOL_ERROR = "TOOL_ERROR"
    """The question could not be asked. Never a pass."""


class ProbeAnswer(NamedTuple):
    """One probe's verdict; `offender` (packed address) and `code` of the ICMP error where one came."""

    verdict: ProbeVerdict
    detail: str = ""
    """What exactly, where the verdict alone does not say: the kernel's error, or a tool's."""
    offender: bytes = b""
    code: int = -1
