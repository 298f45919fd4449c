"""Renaming replaced keys: only the key's characters change."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.loading.files import read
from inventory.loading.migration import migrate
from inventory.model.base import Model
from inventory.model.hosts import HostsFile
from inventory.model.sites import Site
from inventory.model.zones import ZonesFile
from inventory.texts.problems import Problem

CASES: dict[str, tuple[type[Model], str, str]] = {
    "comments and order": (
        HostsFile,
        "# legs: 注释\nhosts:\n  - place:   extranet   # place: legs\n    legs:\n      mgmt: 2 # legs\n    id: legs\n",
        "# legs: 注释\nhosts:\n  - location:   extranet   # place: legs\n    interfaces:\n      mgmt: 2 # legs\n"
        "    id: legs\n",
    ),
    "flow style, several keys on a line": (
        HostsFile,
        "hosts: [{name_zh: 网关, place: extranet, legs: {place: 2}}, {legs: {}, place: x}]\nvantages: [{place: y}]\n",
        "hosts: [{name_zh: 网关, location: extranet, interfaces: {place: 2}}, {interfaces: {}, location: x}]\n"
        "vantages: [{location: y}]\n",
    ),
    "CRLF, byte order mark, no last line end": (
        ZonesFile,
        "\ufeffzones:\r\n  - id: portal\r\n    place: extranet\r\n\r\n  - {place: intranet}",
        "\ufeffzones:\r\n  - id: portal\r\n    location: extranet\r\n\r\n  - {location: intranet}",
    ),
    "line separators that only YAML counts": (
        ZonesFile,
        "zones:\n  - name_zh: '一\u2028 二'\n    place: a\r    id: b\n",
        "zones:\n  - name_zh: '一\u2028 二'\n    location: a\r    id: b\n",
    ),
    "quoted keys": (
        HostsFile,
        "'hosts':\n  - \"legs\" : {'mgmt': 1}\n    'place': \"extranet\"\n  - {\"\\x6cegs\": {}, 'place':x}\n",
        "'hosts':\n  - \"interfaces\" : {'mgmt': 1}\n    'location': \"extranet\"\n"
        "  - {\"interfaces\": {}, 'location':x}\n",
    ),
    "keys after question marks": (
        HostsFile,
        "hosts:\n  - ? legs\n    : {mgmt: 1}\n    ? |- # why\n      place\n    : extranet\n",
        "hosts:\n  - ? interfaces\n    : {mgmt: 1}\n    ? location\n    : extranet\n",
    ),
    "the same words elsewhere": (
        HostsFile,
        "place: x\nhosts:\n  - interfaces: {legs: 2}\n    location: place\nvantages:\n  - {legs: 1}\n",
        "place: x\nhosts:\n  - interfaces: {legs: 2}\n    location: place\nvantages:\n  - {legs: 1}\n",
    ),
    "a key of the file itself": (
        Site,
        "id: lab\ncompensations: # below\n  - {covers: [S15], compensations: x}\n",
        "id: lab\ncompensating_controls: # below\n  - {covers: [S15], compensations: x}\n",
    ),
}


def migrated(folder: Path, model: type[Model], content: bytes) -> tuple[bytes, int, list[Problem]]:
    (folder / "file.yaml").write_bytes(content)
    problems = list[Problem]()
    document = read(folder / "file.yaml", "file.yaml", problems)
    assert problems == []
    after, renamed, conflicts = migrate(document, model)
    return after, len(renamed), conflicts


@pytest.mark.parametrize("name", CASES)
def test_only_the_key_changes(name: str, tmp_path: Path) -> None:
    model, before, expected = CASES[name]
    after, renamed, problems = migrated(tmp_path, model, before.encode())
    assert (after.decode(), problems) == (expected, [])
    assert (renamed > 0) == (before != expected)
    assert migrated(tmp_path, model, after) == (after, 0, [])


def test_an_entry_with_both_keys_is_left_alone_and_reported(tmp_path: Path) -> None:
    before = "hosts:\n  - {legs: {a: 1}, interfaces: {a: 2}}\n  - legs: {}\n"
    after, renamed, problems = migrated(tmp_path, HostsFile, before.encode())
    assert after.decode() == before.replace("- legs", "- interfaces")
    assert renamed == 1
    assert [problem.line("en") for problem in problems] == [
        "file.yaml:2:6 BP082 key legs was renamed to interfaces, and both keys are present; "
        "expected only the key interfaces (see file.yaml:2:20)"
    ]
