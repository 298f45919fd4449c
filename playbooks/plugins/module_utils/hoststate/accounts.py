"""Accounts: only the listed ones may log in, by key. All passwords are locked, all other accounts have no shell."""

from __future__ import annotations

import pwd
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .changes import Run, must

CLOSED = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
SHADOW = Path("/etc/shadow")


def accounts(run: Run, state: Mapping[str, Any] | None) -> None:
    if state is None:
        return
    for name in unlocked(SHADOW.read_text().splitlines()):
        run.change(f"password of {name} locked", partial(_usermod, "--lock", name), "usable", "locked")
    shells = {item.pw_name: item.pw_shell for item in pwd.getpwall()}
    for name in other_shells(shells, state["may_log_in"]):
        run.change(f"shell of {name}", partial(_usermod, "--shell", CLOSED[0], name), shells[name], CLOSED[0])


def unlocked(shadow: Sequence[str]) -> list[str]:
    """Accounts with a usable or an empty password."""
    rows = [line.split(":") for line in shadow if line.strip()]
    return [row[0] for row in rows if not row[1].startswith(("!", "*"))]


def other_shells(shells: Mapping[str, str], may_log_in: Sequence[str]) -> list[str]:
    return [name for name, shell in shells.items() if name not in may_log_in and shell not in CLOSED]


def _usermod(*words: str) -> None:
    must(["usermod", *words], f"account {words[-1]}", "check /etc/passwd and /etc/shadow")
