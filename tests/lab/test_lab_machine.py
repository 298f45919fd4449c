"""What this machine is, what it lacks, and bringing that by apt. apt itself is played by a script that writes down
how it was called: the real one would change the machine."""

from __future__ import annotations

import ctypes
import os
import stat
from pathlib import Path

import pytest
from lab import inotify, machine, packages
from lab.errors import LabError, Text

DEBIAN = {
    "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
    "proc/meminfo": "MemTotal:       16384000 kB\n",
    "proc/self/mounts": "cgroup /sys/fs/cgroup/memory cgroup rw 0 0\n",
}


def a_machine(root: Path, changed: dict[str, str] | None = None) -> machine.Machine:
    for name, text in {**DEBIAN, **(changed or {})}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return machine.look(root)


def test_a_machine_like_the_one_that_was_tried_is_taken_as_it_is(tmp_path: Path) -> None:
    verdict = machine.judge(a_machine(tmp_path))
    assert (verdict.untested, verdict.refused) == ((), ())


def test_control_groups_v2_alone_are_told_as_untested(tmp_path: Path) -> None:
    verdict = machine.judge(a_machine(tmp_path, {"proc/self/mounts": "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"}))
    assert verdict.refused == ()
    assert (
        verdict.untested[0].en
        == "this machine (debian, 12, x86_64, v2) was never tried; tried was debian, 12, x86_64, v1"
    )
    assert "未经试验" in verdict.untested[0].zh


def test_another_distribution_and_little_memory_are_told(tmp_path: Path) -> None:
    verdict = machine.judge(
        a_machine(
            tmp_path, {"etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\n", "proc/meminfo": "MemTotal: 2048000 kB\n"}
        )
    )
    assert "ubuntu, 24.04" in verdict.untested[0].en
    assert "2000 MB of memory" in verdict.untested[1].en


def test_a_machine_without_control_groups_is_refused(tmp_path: Path) -> None:
    verdict = machine.judge(a_machine(tmp_path, {"proc/self/mounts": "tmpfs / tmpfs rw 0 0\n"}))
    assert [error.code for error in verdict.refused] == ["LAB006"]


def test_a_docker_client_alone_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "search_path", lambda: str(tmp_path))
    for tool in (*machine.TOOLS, "docker"):
        if tool not in ("dockerd", "nft"):
            program(tmp_path / tool, "exit 0")
    found = machine.look()
    assert machine.judge(found).packages == ("docker.io", "nftables") and found.engine == ""


def test_an_engine_of_another_version_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "dockerd", "echo Docker version 28.2.2, build e6534b4")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    untested = machine.judge(machine.look()).untested
    assert [text.en for text in untested] == ["the Docker engine 28.2.2 was never tried; tried was 20.10"]


def test_the_full_disk_and_the_plain_user_are_refused_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(machine.disk, "free", lambda _: 100)
    assert [error.code for error in machine.judge(a_machine(tmp_path)).refused] == ["LAB001", "LAB013"]


def test_this_kernel_can_do_what_the_lab_needs() -> None:
    assert machine.unable() == []


def test_a_kernel_that_cannot_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "nft", "echo 'Operation not supported' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    refusals = machine.unable()
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
        with pytest.raises(LabError, match=r"LAB026 too few inotify instances left to start 50 hosts more"):
            inotify.require(50)
    finally:
        os.close(watching)


# ---- apt


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Plays apt, dpkg and systemctl: `known` is apt's index, `have` is what is installed, `calls` what was asked."""
    tools = tmp_path / "tools"
    tools.mkdir()
    program(
        tools / "apt-get",
        f"""
        echo "apt-get $* policy=$(sh {tmp_path}/sbin/policy-rc.d; echo $?)" >> {tmp_path}/calls
        case $1 in
        update) echo docker.io >> {tmp_path}/known ;;
        install) for last; do :; done; [ "$last" != broken ] || {{ echo "E: it broke" >&2; exit 100; }}
                 echo "$last" >> {tmp_path}/have ;;
        esac""",
    )
    program(
        tools / "apt-cache", f'grep -qx "$2" {tmp_path}/known && echo "  Candidate: 1" || echo "  Candidate: (none)"'
    )
    program(tools / "dpkg-query", f'for last; do :; done; grep -qx "$last" {tmp_path}/have && printf installed')
    program(tools / "systemctl", f'echo "systemctl $*" >> {tmp_path}/calls')
    (tmp_path / "known").write_text("nftables\nbroken\n")
    (tmp_path / "have").touch()
    (tmp_path / "sbin").mkdir()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tmp_path


def calls(apt: Path) -> list[str]:
    return (apt / "calls").read_text().splitlines()


def test_an_engine_comes_after_saying_so_and_is_started_neither_now_nor_at_boot(apt: Path) -> None:
    said: list[Text] = []
    packages.install(["docker.io"], said.append, apt / "sbin/policy-rc.d")
    assert said[0].en == "installing by apt: docker.io (no service they bring is started)"
    assert [line.split()[1] for line in calls(apt)[:2]] == ["update", "install"]
    assert all(line.endswith("policy=101") for line in calls(apt)[:2])
    assert calls(apt)[2:] == ["systemctl disable docker.service docker.socket"]
    assert list((apt / "sbin").iterdir()) == []


def test_apt_asks_its_sources_only_where_its_index_does_not_know_the_package(apt: Path) -> None:
    packages.install(["nftables"], lambda _: None, apt / "sbin/policy-rc.d")
    assert [line.split()[1] for line in calls(apt)] == ["install"]


def test_an_engine_that_was_there_stays_switched_on(apt: Path) -> None:
    (apt / "have").write_text("docker.io\n")
    packages.install(["nftables"], lambda _: None, apt / "sbin/policy-rc.d")
    assert not [line for line in calls(apt) if line.startswith("systemctl")]


def test_what_apt_said_is_shown_and_the_machines_own_policy_comes_back(apt: Path) -> None:
    policy = program(apt / "sbin/policy-rc.d", "exit 0")
    with pytest.raises(LabError) as failed:
        packages.install(["broken"], lambda _: None, policy)
    assert (failed.value.code, failed.value.found) == ("LAB005", "E: it broke")
    assert calls(apt)[0].endswith("policy=101")
    assert policy.read_text() == "#!/bin/sh\nexit 0\n" and policy.stat().st_mode & stat.S_IXUSR
    assert [path.name for path in (apt / "sbin").iterdir()] == ["policy-rc.d"]


@pytest.mark.parametrize("own_policy", [True, False])
@pytest.mark.parametrize("killed_at", ["before the new policy", "while installing"])
def test_a_killed_install_is_repaired_by_the_next_run(tmp_path: Path, own_policy: bool, killed_at: str) -> None:
    policy = tmp_path / "policy-rc.d"
    if own_policy:
        program(tmp_path / "policy-rc.d.before-lantu", "exit 0")
    if killed_at == "while installing":
        policy.write_text(f"#!/bin/sh\n{packages.MARK}\nexit 101\n")
    packages.repair(policy)
    packages.repair(policy)
    assert policy.exists() == own_policy and not list(tmp_path.glob("*.before-lantu"))
    if own_policy:
        assert "exit 0" in policy.read_text()


def test_somebody_elses_policy_is_left_alone(tmp_path: Path) -> None:
    policy = program(tmp_path / "policy-rc.d", "exit 101")
    packages.repair(policy)
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"


def program(path: Path, script: str) -> Path:
    path.write_text("#!/bin/sh\n" + script + "\n")
    path.chmod(0o755)
    return path
