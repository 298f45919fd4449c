"""A district's life, in order: built, built again, proven, looked at, rebooted, repaired."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from lab import mounts, namespaces, processes
from lab.paths import Lab

from tests.district.conftest import LAB, LANTU, ROOT, containers, engine, lantu, networks

STATE = Path(os.environ.get("LANTU_STATE", "/var/lib/lantu")) / LAB
SHORTEST_SECRET = 16


def test_from_caches_to_proven() -> None:
    done = lantu("up", "--format", "json")
    assert done.status == 0, done.err
    assert done.json["verdict"] == "proven"
    running = done.json["proof"]["running"]
    assert (running["verdict"], running["findings"], running["unseen"]) == ("passed", [], [])
    assert running["seen"] == ["engine-tables", "engine-without-network"]
    matrix = done.json["proof"]["matrix"]
    assert matrix["good"] is True
    assert 0 < matrix["counts"]["open"] < matrix["counts"]["closed"]
    assert matrix["surprises"] == [] and matrix["controls"]["failed"] == []


def test_a_second_run_changes_nothing() -> None:
    before = containers(), networks()
    done = lantu("up", "--format", "json")
    assert done.status == 0, done.err
    assert (containers(), networks()) == before
    log = (STATE / "logs" / "up.log").read_text()
    assert not re.findall(r"^ +[+~-]+ +\d+ (?:created|updated|deleted|replaced)", log, re.M)
    recap = re.findall(r"^\S+ +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", log, re.M)
    assert len(recap) == len(before[0]), "every host has a line in Ansible's recap"
    assert set(recap) == {("0", "0", "0")}


def test_the_plan_of_an_unchanged_blueprint_is_empty() -> None:
    done = lantu("plan", "--format", "json")
    assert done.status == 0, done.err
    assert {name: len(stack["steps"]) for name, stack in done.json["stacks"].items()} == {
        f"{LAB}-extranet": 0,
        f"{LAB}-intranet": 0,
        f"{LAB}-grid-centre": 0,
    }
    assert set(done.json["rulesets"]) == set(containers())
    assert done.json["reach"] == {"opens": [], "ceases": []}


def test_status_is_good_and_names_what_runs() -> None:
    done = lantu("status", "--format", "json")
    assert done.status == 0, done.err
    assert {host["id"] for location in done.json["locations"] for host in location["hosts"]} == set(containers())
    assert done.json["proof"]["good"] is True


def test_status_is_bad_where_a_host_is_down() -> None:
    client = engine("extranet")
    client.containers.get("infra1").stop(timeout=5)
    try:
        done = lantu("status", "--format", "json")
        assert done.status == 1
        assert done.json["good"] is False
    finally:
        client.containers.get("infra1").start()
        client.close()


def test_no_secret_occurs_in_both_locations() -> None:
    """Keys, certificates, states and passphrases of the two places are compared by their bytes."""
    extranet, intranet = secrets_of("extranet"), secrets_of("intranet")
    assert extranet and intranet, "both places have something to compare"
    assert [(extranet[item], intranet[item]) for item in extranet.keys() & intranet.keys()] == []


def secrets_of(location: str) -> dict[bytes, str]:
    """Content of every file that the place's operators keep, by path; the engine's own data and programs aside."""
    files = [path for folder in ("ssh", "pulumi", "ca") for path in (STATE / location / folder).rglob("*")]
    kept = [path for path in files if path.is_file() and not path.is_symlink() and "home" not in path.parts]
    kept = [path for path in kept if not path.name.startswith("meta.yaml")]  # says that it is a state, the same for all
    return {path.read_bytes(): str(path) for path in kept if path.stat().st_size > SHORTEST_SECRET}


def test_no_secret_reaches_a_log_or_a_plan() -> None:
    told = [path.read_text(errors="replace") for path in (*STATE.glob("logs/*"), *STATE.glob("plans/*/*"))]
    passphrases = [
        (STATE / location / "pulumi" / "passphrase").read_text().strip() for location in ("extranet", "intranet")
    ]
    assert told
    assert not [secret for secret in passphrases if any(secret in text for text in told)]
    assert not [text for text in told if "BEGIN OPENSSH PRIVATE KEY" in text]


@pytest.mark.parametrize("location", ["extranet", "intranet"])
def test_ssh_goes_through_the_bastion_of_the_location(location: str) -> None:
    host = {"extranet": "portal1", "intranet": "desk2"}[location]
    done = lantu("ssh", host, "hostname")
    assert (done.status, done.out.strip()) == (0, host)


def test_the_portal_opens_in_both_languages() -> None:
    """Through the operator's vantage point, its certificate checked; what the page says comes from the blueprint."""
    process = subprocess.Popen(
        [LANTU, "open", "portal", "--port", "0", "--lab", LAB], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        assert process.stderr
        url = process.stderr.readline().split()[0]
        assert url.startswith("http://localhost:")
        for path, words in (("", "蓬江区"), ("en/", "Pengjiang")):
            with urllib.request.urlopen(url + path, timeout=20) as answer:  # noqa: S310  # loopback
                assert answer.status == 200
                assert words in answer.read().decode()
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{url}nothing-here", timeout=20)  # noqa: S310  # loopback
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def test_after_a_reboot_the_same_directory_comes_back() -> None:
    """What a reboot leaves: data roots and state; engines, hosts, namespaces, mounts and run files are gone."""
    before = containers(), networks()
    lab = Lab(LAB)
    for location in (lab.location("extranet"), lab.location("intranet")):
        running = processes.of_location(location)
        assert running
        for process in running:
            processes.tell(process, signal.SIGKILL)
        assert processes.gone(running, 20)
    for name in namespaces.named(lab.prefix):
        namespaces.remove(name)
    for folder in (lab.run, lab.state):
        for point in reversed(mounts.below(folder)):
            subprocess.run(["umount", str(point)], check=True)
    shutil.rmtree(lab.run)
    done = lantu("up", "--format", "json")
    assert done.status == 0, done.err
    assert (containers(), networks()) == before
