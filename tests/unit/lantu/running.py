"""Runs one verb of the command as a user does, in this process."""

from __future__ import annotations

import contextlib
import io
from typing import NamedTuple

from lantu.main import main


class Ran(NamedTuple):
    status: int
    out: str
    err: str


def run(*words: str) -> Ran:
    """The verb's exit status and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(list(words))
    return Ran(status, out.getvalue(), err.getvalue())
