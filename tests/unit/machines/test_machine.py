"""A machine's command line, its registries and what is read back from it: all without starting one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.machines import accel, machine, progress, ratio, registries, table
from tests.machines.image import DiskImage
from tests.machines.trial import MachineTrial

SOURCES = """Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
PROGRESS = """setup: Python packages into .venv
[ 1/3] 0:00 look at this machine
        installing by apt: docker.io (no service they bring is started)
        took 12.5 s
[ 2/3] 0:12 evaluate the blueprint
[ 3/3] 0:13 get Pulumi
        took 2.0 s
"""


def test_only_ssh_on_loopback_leads_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accel, "choose", lambda: accel.EMULATION)
    argv = machine.qemu(DiskImage("debian12", Path("/image")), Path("/run/it"), 2200, machine.Size(2, 8192), machine.V1)
    networks = [argv[location + 1] for location, word in enumerate(argv) if word == "-netdev"]
    assert len(networks) == 1
    assert networks[0].count("hostfwd=") == 1
    assert "hostfwd=tcp:127.0.0.1:2200-:22" in networks[0]
    assert not {"-vnc", "-spice", "-monitor", "-qmp"} & set(argv)
    assert machine.V1 in argv[argv.index("-append") + 1]


def test_the_image_is_never_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accel, "choose", lambda: accel.EMULATION)
    argv = machine.qemu(DiskImage("debian12", Path("/image")), Path("/run/it"), 2200, machine.Size(), "")
    drives = [argv[location + 1] for location, word in enumerate(argv) if word == "-drive"]
    assert [drive.split(",")[0] for drive in drives] == ["file=/run/it/layer.qcow2", "file=/run/it/cargo.tar"]
    assert "readonly=on" in drives[1]


def test_another_release_comes_from_the_same_mirrors(tmp_path: Path) -> None:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "os-release").write_text("ID=debian\nVERSION_CODENAME=bookworm\n")
    (tmp_path / "apt/sources.list.d/debian.sources").write_text(SOURCES)
    text = registries.apt_sources("trixie", tmp_path)
    assert "Suites: trixie trixie-updates\n" in text
    assert "URIs: http://mirror.example/debian\n" in text
    assert "debian-archive-keyring.gpg" in text
    assert "bookworm" not in text


def test_settings_of_registries_and_nothing_else() -> None:
    environment = {
        "PIP_INDEX_URL": "https://mirror.example/simple",
        "PIP_FIND_LINKS": "/opt/wheels",
        "TOKEN": "x",
        "GOPROXY": "https://mirror.example/go",
        "HOME": "/root",
    }
    assert registries.settings(environment) == (
        "GOPROXY=https://mirror.example/go\nPIP_INDEX_URL=https://mirror.example/simple\n"
    )


def test_steps_are_read_back() -> None:
    told = progress.read(PROGRESS)
    assert told.complete
    assert [step.seconds for step in told.steps] == [12.5, 0, 2.0]
    assert told.seconds(2, 3) == 2.0
    assert not progress.read(PROGRESS.partition("[ 3/3")[0]).complete
    assert not progress.read("").complete


def test_a_machine_of_which_something_is_left_is_not_good() -> None:
    done = MachineTrial("debian12", "root", "small", "KVM", "2026-11-30", status={"up": 0, "verify": 0, "down": 0})
    assert done.good
    done.leftovers = ["links + br-mgmt"]
    assert not done.good
    assert not MachineTrial("debian12", "root", "small", "KVM", "2026-11-30", status={"up": 0}).good


def test_the_table_tells_failures_and_what_was_not_run(tmp_path: Path) -> None:
    done = MachineTrial(
        "debian13",
        "debian",
        "small",
        "emulation",
        "2026-11-30",
        versions={"kernel": "6.12"},
        status={"up": 4},
        seconds={"up": 61.0},
        steps=[(1, "look at this machine", 61.0)],
    )
    text = table.render([done])
    assert "| `up` | status 4, 61 s |" in text
    assert "| `verify` | not run |" in text
    page = tmp_path / "page.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.store(text, page)
    assert page.read_text() == f"before\n{table.BEGIN}\n{text}{table.END}\nafter\n"
    page.write_text("no marks\n")
    with pytest.raises(ValueError, match="no <!--"):
        table.store(text, page)


def test_the_ratio_is_a_median_with_its_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accel, "is_kvm", lambda: True)
    assert "median 1.20, from 1.00 to 1.50; target <= 1.3" in ratio.render([(10, 10), (12, 10), (15, 10)])
