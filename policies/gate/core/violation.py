"""The raw result of a rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Violation = Mapping[str, Any]
"""Values for the rule's texts. `see` (a list of locations) is evidence and `status` a status: neither is a value."""
