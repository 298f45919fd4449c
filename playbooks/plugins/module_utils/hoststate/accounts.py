"""Who may log in: the named accounts, by key. No account has a password, no other one has a shell."""

from __future__ import annotations

import pwd
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .changes import Run, must

CLOSED = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false", "/bin/sync")
SHADOW = Path("/etc/shadow")


def accounts(run: Run, wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    for name in unlocked(SHADOW.read_text().splitlines()):
        run.change(f"password of {name} locked", partial(_usermod, "--lock", name), "usable", "locked")
    shells = {item.pw_name: item.pw_shell for item in pwd.getpwall()}
    for name in strangers(shells, wanted["may_log_in"]):
        run.change(f"shell of {name}", partial(_usermod, "--shell", CLOSED[0], name), shells[name], CLOSED[0])


def unlocked(shadow: Sequence[str]) -> list[str]:
    """Accounts whose password somebody could use; an empty one is usable by everybody."""
    rows = [line.split(":") for line in shadow if line.strip()]
    return [row[0] for row in rows if not row[1].startswith(("!", "*"))]


def strangers(shells: Mapping[str, str], may_log_in: Sequence[str]) -> list[str]:
    return [name for name, shell in shells.items() if name not in may_log_in and shell not in CLOSED]


def _usermod(*words: str) -> None:
    must(["usermod", *words], f"account {words[-1]}", "look at /etc/passwd and /etc/shadow")
