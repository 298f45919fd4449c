"""What this machine's kernel can do, and how many inotify instances it has left."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest
from lab import inotify, preflight
from lab.errors import LabError


def test_this_kernel_can_do_what_the_lab_needs() -> None:
    assert preflight.try_kernel() == []


def test_a_kernel_that_cannot_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "nft", "echo 'Operation not supported' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    refusals = preflight.try_kernel()
    assert [error.code for error in refusals] == ["LAB006"]
    assert "nftables" in refusals[0].text("en") and "Operation not supported" in refusals[0].found


def test_hosts_that_would_exhaust_inotify_are_refused_before_they_fail_oddly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = tmp_path / "limit"
    monkeypatch.setattr(inotify, "LIMIT", limit)
    own = Path("/proc/self")
    before = inotify.held(own)
    watching = ctypes.CDLL(None).inotify_init()
    try:
        assert inotify.held(own) == before + 1 and inotify.used() >= 1
        limit.write_text(str(inotify.used() + 5 * inotify.A_HOST + inotify.SPARE + 20))
        inotify.require(5)
        with pytest.raises(LabError, match=r"LAB026 too few free inotify instances to start 50 more hosts"):
            inotify.require(50)
    finally:
        os.close(watching)


def program(path: Path, script: str) -> Path:
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(0o755)
    return path
