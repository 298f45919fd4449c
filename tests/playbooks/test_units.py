"""hoststate.units: running units are not older than their files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hoststate import units as units_of
from hoststate.changes import Run, StateError
from hoststate.guard import Guard
from hoststate.units import units

LONG_AGO, FAR_OFF = 1_000_000_000.0, 4_000_000_000.0
State = dict[str, str]


class Systemd:
    """A fake systemctl: `show` reads `states`, and commands that change a unit are recorded."""

    def __init__(self, **states: State) -> None:
        self.states, self.told, self.fails = states, list[list[str]](), set[str]()

    def must(self, argv: Sequence[str], *_rest: Any, **_more: Any) -> str:
        if argv[1] != "show":
            self.told.append(list(argv[1:]))
            return ""
        names = [word for word in argv[2:] if not word.startswith("--")]
        return "\n\n".join("\n".join(f"{k}={v}" for k, v in self.states[n.split(".")[0]].items()) for n in names)

    def command(self, argv: Sequence[str], **_more: Any) -> subprocess.CompletedProcess[str]:
        verb = argv[1]
        if argv[0] == "journalctl":
            return subprocess.CompletedProcess(list(argv), 0, "line 3: odd word\n", "")
        if verb == "is-active":
            state = "failed" if self.fails else "active"
            return subprocess.CompletedProcess(list(argv), 0, f"{state}\n", "")
        self.told.append(list(argv[1:]))
        return subprocess.CompletedProcess(list(argv), int(verb in self.fails), "", "")


def state(active: str = "active", enabled: str = "enabled", since: float = FAR_OFF, **more: str) -> State:
    when = datetime.fromtimestamp(since, UTC).strftime("%a %Y-%m-%d %H:%M:%S.%f UTC")
    return {
        "LoadState": "loaded",
        "ActiveState": active,
        "UnitFileState": enabled,
        "NeedDaemonReload": "no",
        "StateChangeTimestamp": when,
        "ActiveEnterTimestamp": when,
    } | more


def item(name: str = "web.service", **more: Any) -> dict[str, Any]:
    usual = {"name": name, "enabled": True, "running": True, "masked": False, "reload": False, "files": []}
    return usual | more


@pytest.fixture
def converge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Run]:
    def run_on(systemd: Systemd, *wanted: dict[str, Any], check: bool = False, touched: Sequence[str] = ()) -> Run:
        monkeypatch.setattr(units_of, "must", systemd.must)
        monkeypatch.setattr(units_of, "command", systemd.command)
        run = Run(check, touched=set(touched))
        units(run, wanted, Guard(run, tmp_path / "guard"))
        return run

    return run_on


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "web.conf"
    path.write_text("x")
    return str(path)


def test_a_unit_that_is_right_is_left_alone(converge: Any, file: str) -> None:
    systemd = Systemd(web=state())
    assert converge(systemd, item(files=[file])).changes == []
    assert systemd.told == []


@pytest.mark.parametrize(("reload", "verb"), [(True, "reload"), (False, "restart")])
def test_a_unit_older_than_its_file_reads_it_again(converge: Any, file: str, reload: bool, verb: str) -> None:
    """Also if this run wrote nothing: an earlier run may have failed between the file and the unit."""
    systemd = Systemd(web=state(since=LONG_AGO))
    run = converge(systemd, item(files=[file], reload=reload))
    assert systemd.told == [[verb, "web.service"]]
    assert [change.what for change in run.changes] == [f"unit web.service {verb}ed"]


def test_a_reload_counts_for_what_is_reloaded_and_not_for_what_is_restarted(converge: Any, file: str) -> None:
    both = state(since=LONG_AGO) | {"StateChangeTimestamp": state()["StateChangeTimestamp"]}
    assert converge(Systemd(web=both), item(files=[file], reload=True)).changes == []
    assert len(converge(Systemd(web=both), item(files=[file])).changes) == 1


def test_check_mode_reports_that_a_file_would_be_written(converge: Any, file: str) -> None:
    systemd = Systemd(web=state())
    run = converge(systemd, item(files=[file]), check=True, touched=[file])
    assert len(run.changes) == 1
    assert systemd.told == []


@pytest.mark.parametrize("active", ["inactive", "failed"])
def test_a_unit_that_does_not_run_is_started(converge: Any, active: str) -> None:
    systemd = Systemd(web=state(active=active))
    converge(systemd, item())
    assert systemd.told == [["start", "web.service"]]


def test_a_unit_that_is_off_at_boot_is_enabled(converge: Any) -> None:
    systemd = Systemd(web=state(enabled="disabled"))
    converge(systemd, item())
    assert systemd.told == [["enable", "web.service"]]


def test_a_unit_that_need_not_run_is_only_enabled(converge: Any, file: str) -> None:
    systemd = Systemd(web=state(active="inactive", enabled="disabled", since=LONG_AGO))
    converge(systemd, item(running=False, files=[file]))
    assert systemd.told == [["enable", "web.service"]]


def test_a_masked_unit_is_neither_started_nor_stopped(converge: Any) -> None:
    """Debian's nftables.service flushes all tables when it stops."""
    systemd = Systemd(nftables=state(active="active"))
    converge(systemd, item("nftables.service", masked=True))
    assert systemd.told == [["mask", "nftables.service"]]
    systemd = Systemd(nftables=state(LoadState="masked"))
    assert converge(systemd, item("nftables.service", masked=True)).changes == []


def test_systemd_reads_unit_files_again_where_they_changed(converge: Any) -> None:
    systemd = Systemd(web=state())
    converge(systemd, item(), touched=["/etc/systemd/system/web.service"])
    assert systemd.told == [["daemon-reload"]]
    systemd = Systemd(web=state(NeedDaemonReload="yes"))
    converge(systemd, item())
    assert systemd.told == [["daemon-reload"]]


def test_a_unit_that_does_not_come_up_is_reported_with_its_log(converge: Any) -> None:
    systemd = Systemd(web=state(active="inactive"))
    systemd.fails.add("start")
    with pytest.raises(StateError) as refused:
        converge(systemd, item())
    assert str(refused.value) == (
        "unit web.service\n"
        "  found:    start: failed: line 3: odd word\n"
        "  expected: active\n"
        "  remedy:   see journalctl -u web.service"
    )
