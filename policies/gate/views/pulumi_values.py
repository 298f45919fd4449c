"""Pulumi's values -> plain ones. Unknown and secret values become `Unknown`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.gate.model.unknown import Unknown, mapping

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # Pulumi's mark of a secret
UNKNOWNS = {
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
    "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # mapping
}
"""Pulumi's marks of unknown values in messages, events and state (sdk/go/common/resource/plugin/rpc.go)."""
HIDDEN = "[secret]"
"""The event log's placeholder of a secret."""
MARKS = UNKNOWNS | {HIDDEN}
WHY_NEW = "not-computed-yet"
WHY_ID = "by-id"
WHY_SECRET = "secret"  # noqa: S105  # a key
"""Reasons in `common.toml`, table `why`."""


def plain(value: Any, path: str) -> Any:
    """The value with `Unknown` in place of unknown parts; `path` names them in findings.

    Values without unknown parts are returned unchanged.
    """
    return _with_unknowns(value, path) if _marked(value) else value


def _marked(value: Any) -> bool:
    """Whether Pulumi marked anything below the value as unknown or secret."""
    if value.__class__ is str:
        return value in MARKS
    if value.__class__ is dict:
        return SIGNATURE in value or any(map(_marked, value.values()))
    return value.__class__ is list and any(map(_marked, value))


def _with_unknowns(value: Any, path: str) -> Any:
    if isinstance(value, str):
        if value in UNKNOWNS:
            return Unknown(path, WHY_NEW)
        return Unknown(path, WHY_SECRET) if value == HIDDEN else value
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return Unknown(path, WHY_SECRET)
        return mapping({key: _with_unknowns(item, f"{path}.{key}") for key, item in value.items()})
    if isinstance(value, list | tuple):
        return [_with_unknowns(item, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


def is_secret(value: Any) -> bool:
    return isinstance(value, Unknown) and value.why == WHY_SECRET


def has_unknowns(value: Any) -> bool:
    """Whether anything below the value, as Pulumi's wire has it, is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknowns(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknowns(item) for item in value)
    return isinstance(value, str) and value in UNKNOWNS
