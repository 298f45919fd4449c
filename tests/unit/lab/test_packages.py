"""Bringing packages by apt without starting what they bring. apt itself is played by a script that writes down how it
was called: the real one would change the machine."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from lab import packages
from lab.errors import LabError

from inventory.texts.text import Text


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
    assert " --no-remove " in calls(apt)[1]
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
