"""Engines: start, stop, kill, repair, remove; and what of the machine itself must stay as it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Standing, settled, until
from lab import cgroups, down, engine, hosts, images, mounts, namespaces, processes, rules
from lab.commands import inside, run
from lab.engine import EngineState
from lab.errors import LabError
from lab.paths import Lab, LabLocation

New = Callable[[str], Lab]


def running(location: LabLocation) -> int:
    """The pid of the engine, which must be up."""
    pid = engine.status(location).pid
    assert pid is not None
    return pid


# ---- one empty engine


def test_a_second_start_finds_the_engine_and_leaves_it_alone(new_lab: New, machine_unchanged: None) -> None:
    location = new_lab("tstart").location("extranet")
    assert engine.status(location).state is EngineState.ABSENT
    first, second = engine.start(location), engine.start(location)
    assert first.state is EngineState.READY and first == second
    assert os.getsid(running(location)) != os.getsid(0)
    assert stat_mode(location.run) == 0o700


def stat_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_two_locations_stand_side_by_side_and_share_nothing(new_lab: New, machine_unchanged: None) -> None:
    lab = new_lab("ttwo")
    locations = [lab.location("extranet"), lab.location("intranet")]
    for location in locations:
        engine.start(location)
    one, other = (engine.client(location).info() for location in locations)
    assert one["ID"] != other["ID"] and one["DockerRootDir"] != other["DockerRootDir"]
    assert len({namespaces.inode(location.namespace) for location in locations}) == 2
    for location in locations:  # no route between them, or anywhere
        for family in ("-4", "-6"):
            assert (
                subprocess.run(
                    ["ip", "-n", location.namespace, family, "route"], capture_output=True, check=True
                ).stdout
                == b""
            )


def test_hosts_do_not_inherit_the_login_of_who_started_the_lab(new_lab: New) -> None:
    """With sudo in a session of an ordinary user: pam_loginuid in a host could not set another login id any more."""
    lab = new_lab("tlogin")
    program = (
        "import sys; from pathlib import Path; from lab import engine; from lab.paths import Lab\n"
        "print(Path('/proc/self/loginuid').read_text())\n"
        "engine.start(Lab(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])).location('extranet'))"
    )
    session = ["sh", "-c", 'echo 1000 >/proc/self/loginuid; exec "$@"', "sh"]
    started = subprocess.run(
        [*session, sys.executable, "-c", program, lab.name, str(lab.state_root), str(lab.run_root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout.strip() == "1000", "the control: who started it had logged in"
    pid = running(lab.location("extranet"))
    assert Path(f"/proc/{pid}/loginuid").read_text() == "4294967295"


def test_the_engine_host_does_not_route_nor_filter_bridged_frames(new_lab: New) -> None:
    location = new_lab("tcalm").location("extranet")
    engine.start(location)
    namespaces.sysctl(location.namespace, {"net.ipv4.ip_forward": 1})
    engine.start(location)
    assert {key: namespaces.setting(location.namespace, key) for key in engine.CALM} == engine.CALM


def test_the_rules_are_loaded_from_the_first_moment_and_also_when_they_come_one_by_one(new_lab: New) -> None:
    location = new_lab("trules").location("extranet")
    engine.start(location, (segment for segment in [rules.Management("10.1.0.0/24", ("10.1.0.9",))]))
    text = run(inside(location.namespace, "nft", "list", "table", "bridge", rules.TABLE))
    assert "10.1.0.0/24" in text and "10.1.0.9" in text


def test_a_bystander_who_reads_the_engines_files_is_not_ended_with_it(new_lab: New) -> None:
    location = new_lab("tread").location("extranet")
    engine.start(location)
    reader = subprocess.Popen(
        ["tail", "-f", str(location.exec_root / "containerd/containerd.toml")], stdout=subprocess.DEVNULL
    )
    try:
        engine.stop(location)
        assert reader.poll() is None
    finally:
        reader.kill()
        reader.wait()


def test_nothing_of_the_callers_environment_and_of_the_machines_docker_reaches_the_engine(
    new_lab: New, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("DOCKER_CONTENT_TRUST", "1")
    location = new_lab("tenv").location("extranet")
    engine.start(location)
    environment = Path(f"/proc/{running(location)}/environ").read_text()
    assert "HOME=" in environment and "PROXY" not in environment and "DOCKER_" not in environment
    assert not Path("/etc/docker/key.json").exists() and (location.data_root / "key.json").exists()
    assert engine.client(location).info()["HttpsProxy"] == ""


def test_stop_removes_all_that_a_reboot_would_and_keeps_the_data(new_lab: New) -> None:
    location = new_lab("tstop").location("extranet")
    engine.start(location)
    engine.client(location).volumes.create("kept")
    engine.stop(location)
    assert engine.status(location).state is EngineState.ABSENT
    assert (
        not namespaces.exists(location.namespace) and not location.run.exists() and not cgroups.folders(location.cgroup)
    )
    assert mounts.below(location.state) == []
    engine.start(location)
    assert [volume.name for volume in engine.client(location).volumes.list()] == ["kept"]


def test_remove_leaves_nothing_and_may_be_repeated(new_lab: New, roots: tuple[Path, Path]) -> None:
    lab = new_lab("tremove")
    engine.start(lab.location("extranet"))
    assert {line.split()[0] for line in down.leftovers(lab)} == {"process", "mount", "namespace", "folder"}
    down.remove(lab)
    down.remove(lab)
    assert down.leftovers(lab) == [] and not lab.state.exists() and not lab.run.exists()
    assert not [it for it in processes.scan() if any(f"/{lab.name}/" in part for part in it.argv)]


def test_a_lab_that_is_taken_down_takes_no_other_with_it(new_lab: New) -> None:
    stays, goes = new_lab("tab").location("extranet"), new_lab("ta")
    engine.start(stays)
    engine.start(goes.location("extranet"))
    before = engine.status(stays)
    down.remove(goes)
    assert engine.status(stays) == before


# ---- broken in the ways engines break


def kill(location: LabLocation) -> None:
    os.kill(running(location), signal.SIGKILL)
    until(lambda: processes.engine_of(location) is None)


def lose_namespace(location: LabLocation) -> None:
    subprocess.run(["ip", "netns", "delete", location.namespace], check=True)


def stop_answering(location: LabLocation) -> None:
    os.kill(running(location), signal.SIGSTOP)


def name_another_process(location: LabLocation) -> None:
    kill(location)
    location.pid_file.write_text(str(os.getpid()))


def lose_everything_but_the_data(location: LabLocation) -> None:
    for process in processes.of_location(location):
        processes.tell(process, signal.SIGKILL)
    until(lambda: not processes.of_location(location))
    mounts.remove(location.run)
    namespaces.remove(location.namespace)


@pytest.mark.parametrize(
    ("breaking", "state"),
    [
        (kill, EngineState.DEAD),
        (lose_namespace, EngineState.UNRESPONSIVE),
        (stop_answering, EngineState.UNRESPONSIVE),
        (name_another_process, EngineState.DEAD),
        (lose_everything_but_the_data, EngineState.ABSENT),
    ],
)
def test_the_next_start_repairs(
    new_lab: New, monkeypatch: pytest.MonkeyPatch, breaking: Callable[[LabLocation], None], state: EngineState
) -> None:
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(engine, "STOP_SECONDS", 1)
    location = new_lab("tbreak").location("extranet")
    engine.start(location)
    engine.client(location).volumes.create("kept")
    breaking(location)
    assert engine.status(location, 1).state is state
    said: list[str] = []
    assert engine.start(location, say=lambda text: said.append(text.en)).state is EngineState.READY
    assert said[:1] == (
        [] if state is EngineState.ABSENT else [f"the engine of extranet is {state.value}; it is started again"]
    )
    if breaking is stop_answering:
        assert said[1] == "the engine of extranet did not stop within 1 seconds; it is killed"
    assert [volume.name for volume in engine.client(location).volumes.list()] == ["kept"]
    assert len([it for it in processes.scan() if it.argv[0] == "dockerd" and str(location.data_root) in it.argv]) == 1


def test_what_a_killed_pulumi_left_running_is_found_by_its_home(tmp_path: Path) -> None:
    own, other = ({"PULUMI_HOME": str(tmp_path / lab / "extranet/pulumi/home")} for lab in ("own", "other"))
    with subprocess.Popen(["sleep", "60"], env=own) as left, subprocess.Popen(["sleep", "60"], env=other) as foreign:
        assert [item.pid for item in processes.of_pulumi(tmp_path / "own")] == [left.pid]
        for one in processes.of_pulumi(tmp_path / "own"):
            processes.tell(one, signal.SIGKILL)
        assert left.wait(10) == -signal.SIGKILL and foreign.poll() is None
        foreign.kill()


@pytest.mark.parametrize("seconds", [1, 60])
def test_what_a_dying_process_still_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """One that does not die is an error, and the mount stays."""
    monkeypatch.setattr(mounts, "BUSY_SECONDS", 3)
    held = tmp_path / "held"
    held.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", held], check=True)
    with subprocess.Popen(["sleep", str(seconds)], cwd=held) as holder:
        if seconds < mounts.BUSY_SECONDS:
            mounts.clear(tmp_path)
        else:
            with pytest.raises(LabError, match="LAB012"):
                mounts.clear(tmp_path)
            holder.kill()
            holder.wait()
            mounts.clear(tmp_path)
    assert mounts.below(tmp_path) == []


def test_an_engine_that_cannot_start_says_so_in_its_own_words_and_the_next_start_repairs(new_lab: New) -> None:
    location = new_lab("tbroken").location("extranet")
    location.data_root.mkdir(parents=True)
    (location.data_root / "overlay2").write_text("a file where a folder must be")
    with pytest.raises(LabError) as broken:
        engine.start(location)
    assert broken.value.code == "LAB010" and "overlay2" in broken.value.found
    assert str(location.log) in broken.value.text("zh")
    assert engine.status(location).state is EngineState.ABSENT and not namespaces.exists(location.namespace)
    (location.data_root / "overlay2").unlink()
    assert engine.start(location).state is EngineState.READY


def test_an_engine_that_is_not_there_is_an_error_not_a_traceback(new_lab: New) -> None:
    with pytest.raises(LabError, match="LAB011"):
        engine.client(new_lab("tnone").location("extranet"))


@pytest.mark.parametrize("moment", range(3))
def test_a_start_killed_at_any_moment_is_repaired_by_the_next(new_lab: New, moment: int) -> None:
    lab = new_lab("tkilled")
    script = (
        "import sys; from pathlib import Path; from lab import engine; from lab.paths import Lab\n"
        "print(flush=True); engine.start(Lab(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])).location('extranet'))"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", script, lab.name, str(lab.state_root), str(lab.run_root)], stdout=subprocess.PIPE
    )
    assert starter.stdout is not None and starter.stdout.readline()
    until(
        lambda: [lab.run.exists(), lab.location("extranet").log.exists(), lab.location("extranet").socket.exists()][
            moment
        ]
    )
    starter.kill()
    starter.communicate()
    assert engine.start(lab.location("extranet")).state is EngineState.READY


LOAD = """
import sys
from pathlib import Path
from lab import images
from lab.errors import LabError
from lab.paths import Lab
try:
    images.load(Lab(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])).location("extranet"), [images.ensure()["base"]])
except LabError as error:
    print(error.code)
"""


@pytest.mark.parametrize("victim", ["the loader", "the engine"])
def test_a_load_killed_half_way_is_repaired_by_the_next(new_lab: New, standing: Standing, victim: str) -> None:
    lab = new_lab("tload")
    location = lab.location("extranet")
    engine.start(location)
    loader = subprocess.Popen(
        [sys.executable, "-c", LOAD, lab.name, str(lab.state_root), str(lab.run_root)],
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: any((location.data_root / "tmp").glob("docker-import-*/*")))
    os.kill(loader.pid if victim == "the loader" else running(location), signal.SIGKILL)
    assert loader.communicate()[0] == ("" if victim == "the loader" else "LAB011\n")
    engine.start(location)
    assert [image.kind for image in images.load(location, [standing.images["base"]])] == ["base"]
    until(lambda: not any((location.data_root / "tmp").iterdir()))


# ---- a full disk: a small file system of the test's own stands for it


@pytest.fixture
def small_disk(new_lab: New) -> Iterator[LabLocation]:
    location = new_lab("tfull").location("extranet")
    location.data_root.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", location.data_root], check=True)
    yield location
    engine.remove(location)
    assert list(location.data_root.iterdir()) == [] and mounts.is_disk(
        location.data_root
    )  # the disk itself is not ours
    subprocess.run(["umount", location.data_root], check=True)


def test_a_full_disk_is_said_before_the_start_and_room_repairs(small_disk: LabLocation) -> None:
    with pytest.raises(LabError) as full:
        engine.start(small_disk)
    assert (
        full.value.code == "LAB013"
        and "64 MB" in full.value.found
        and str(small_disk.data_root) in full.value.text("en")
    )
    subprocess.run(["mount", "-o", "remount,size=300m", small_disk.data_root], check=True)
    assert engine.start(small_disk).state is EngineState.READY


def test_a_disk_that_fills_up_during_a_load_is_said_and_the_next_load_repairs(
    small_disk: LabLocation, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["mount", "-o", "remount,size=300m", small_disk.data_root], check=True)
    engine.start(small_disk)
    base = standing.images["base"]
    with pytest.raises(LabError, match="LAB013"):
        images.load(small_disk, [base])
    with monkeypatch.context() as blind, pytest.raises(LabError) as full:  # somebody else takes the room meanwhile
        blind.setattr("lab.disk.free", lambda _: 10_000)
        images.load(small_disk, [base])
    assert full.value.code in ("LAB013", "LAB024") and "no space left" in full.value.found
    subprocess.run(["mount", "-o", "remount,size=1g", small_disk.data_root], check=True)
    assert [image.kind for image in images.load(small_disk, [base])] == ["base"]


# ---- with hosts: what a reboot takes away comes back, and nothing is replaced


def identity(standing: Standing) -> dict[str, object]:
    standing.reconnect()
    return {
        "networks": {it.name: it.id for it in standing.client.networks.list()},
        "hosts": {it.name: (it.id, it.status) for it in standing.client.containers.list(all=True)},
        "images": sorted(it.id for it in standing.client.images.list()),
    }


@pytest.mark.parametrize("breaking", [kill, lose_everything_but_the_data])
def test_hosts_networks_and_images_come_back_as_they_were(
    standing: Standing, breaking: Callable[[LabLocation], None]
) -> None:
    network = standing.network(f"reboot{breaking.__name__[:4]}", 10)
    host = standing.host(
        "survivor", "base", {network: ("10.199.10.5", "fd99:10::5")}, {"/etc/lantu/links": "10.199.10.5 mgmt\n"}
    )
    try:
        assert settled(host) == "running"
        before = identity(standing)
        breaking(standing.location)
        engine.start(standing.location)
        assert identity(standing) == before
        host = standing.client.containers.get("survivor")
        assert settled(host) == "running"
        links = host.exec_run(["ip", "-br", "address"]).output.decode()
        assert "mgmt" in links and "10.199.10.5/24" in links and "fd99:10::5/64" in links
    finally:
        host.remove(force=True)
        standing.client.networks.get(network).remove()


def test_a_host_that_somebody_stopped_is_woken(standing: Standing) -> None:
    network = standing.network("waking", 11)
    host = standing.host("sleeper", "base", {network: ("10.199.11.5", "fd99:11::5")})
    try:
        host.stop()
        assert hosts.wake(standing.location) == ["sleeper"] and hosts.wake(standing.location) == []
        host.reload()
        assert host.status == "running"
    finally:
        host.remove(force=True)
        standing.client.networks.get(network).remove()


def test_a_host_that_cannot_start_is_named(standing: Standing) -> None:
    host = standing.client.containers.create(standing.images["base"].id, ["/no/such/program"], name="broken")
    try:
        with pytest.raises(LabError, match=r"LAB025[^\n]*\n  found: broken: .*no such file"):
            hosts.wake(standing.location)
    finally:
        host.remove(force=True)


def test_an_earlier_build_of_a_kind_goes_once_no_host_stands_on_it(standing: Standing) -> None:
    base = standing.images["base"]
    old = {name: standing.client.containers.create(base.id).commit("old", name) for name in ("used", "unused")}
    host = standing.client.containers.create("old:used")
    for made in standing.client.containers.list(all=True, filters={"ancestor": base.id}):
        if made.id != host.id:
            made.remove()
    images.load(standing.location, [base])
    left = {image.id for image in standing.client.images.list(filters={"label": "lantu.kind=base"})}
    assert left == {base.id, old["used"].id}
    host.remove()
    images.load(standing.location, [base])
    assert [it.id for it in standing.client.images.list(filters={"label": "lantu.kind=base"})] == [base.id]


def test_an_image_has_the_id_that_was_known_before_the_engine_saw_it(standing: Standing) -> None:
    for kind in ("base", "portal", "cloud"):
        image = standing.images[kind]
        assert standing.client.images.get(image.reference).id == image.id
    assert images.load(standing.location, [standing.images["base"]]) == []
