"""What a run left behind is found, whatever it is; what is explained is named with its reason."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.machines import state

BEFORE: dict[str, set[str]] = {name: {f"a {name}"} for name in state.SECTIONS}


def text(sections: dict[str, set[str]]) -> str:
    return "".join(f"== {name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in sections.items())


def compared(section: str, line: str) -> list[state.MachineDifference]:
    before = state.parse(text(BEFORE))
    after = state.parse(text({**BEFORE, section: {*BEFORE[section], line}}))
    assert [item.sign for item in state.compare(after, before)] == ["-"]  # and what is gone is a difference, too
    return state.compare(before, after)


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("processes", "dockerd --data-root /var/lib/lantu/lab/extranet/engine"),
        ("mounts", "/run/netns/lantu-lab-extranet nsfs nsfs rw"),
        ("namespaces", "named lantu-lab-extranet"),
        ("cgroups", "/sys/fs/cgroup/lantu-lab-extranet"),
        ("apparmor", "lantu-host (enforce)"),
        ("nft", "inet lantu_engine: table inet lantu_engine {"),
        ("sysctl", "net.ipv4.ip_forward = 1"),
        ("links", "br-mgmt"),
        ("units", "docker.service active"),
        ("enabled", "docker.service enabled"),
        ("accounts", "lantu:x:998:"),
        ("files", "/var/lib/lantu/lab"),
    ],
)
def test_a_leftover(section: str, line: str) -> None:
    assert [leftover.what for leftover in state.leftovers(compared(section, line))] == [line]


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("packages", "docker.io 20.10.24+dfsg1-1+deb12u1"),
        ("modules", "overlay"),
        ("sysctl", "net.bridge.bridge-nf-call-iptables = 1"),
        ("accounts", "docker:x:104:"),
    ],
)
def test_what_is_explained_has_a_reason(section: str, line: str) -> None:
    (only,) = compared(section, line)
    assert only.reason
    assert str(only).endswith(f"({only.reason})")


def test_a_removed_package_is_not_explained() -> None:
    before = state.parse(text(BEFORE))
    after = state.parse(text({**BEFORE, "packages": {"another"}}))
    assert [str(leftover) for leftover in state.leftovers(state.compare(before, after))] == ["packages - a packages"]


def test_a_section_without_an_answer_is_no_state() -> None:
    with pytest.raises(ValueError, match="nft"):
        state.parse(text({name: lines for name, lines in BEFORE.items() if name != "nft"}))
    with pytest.raises(ValueError, match="enabled"):
        state.parse(text({**BEFORE, "enabled": set()}))


def test_the_script_asks_about_every_section() -> None:
    subprocess.run(["bash", "-n", str(state.SCRIPT)], check=True, timeout=10)
    script = state.SCRIPT.read_text()
    assert all(f"section {name}\n" in script for name in state.SECTIONS)


def asked(folder: Path, systemctl: str) -> subprocess.CompletedProcess[str]:
    """The script on this machine, with stand-ins for what an ordinary user may not ask, and for systemctl."""
    for name, last in {"cat": "true", "nft": "true", "dpkg-query": "echo tool 1", "systemctl": systemctl}.items():
        tool = folder / name
        tool.write_text(f"#!/bin/sh\n{last}\n")
        tool.chmod(0o755)
    script = state.SCRIPT.read_text().replace("PATH=/usr", f"PATH={folder}:/usr", 1)
    return subprocess.run(["bash", "-s"], input=script, capture_output=True, text=True, timeout=120, check=False)


def test_a_tool_that_fails_fails_the_script(tmp_path: Path) -> None:
    """systemctl that times out on a slow machine would otherwise look like a machine without units."""
    answered = asked(tmp_path, "echo ssh.service enabled")
    assert answered.returncode == 0, answered.stderr
    assert "== enabled\nssh.service enabled\n" in answered.stdout
    failed = asked(tmp_path, "exit 1")
    assert failed.returncode != 0
    assert "== packages\n" not in failed.stdout
