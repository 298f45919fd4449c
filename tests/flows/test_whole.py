"""The whole worked example in miniature: everything as declared, and nothing left behind however a run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from miniature import DAY, Miniature, example

from policies.verification.matrix import Matrix, run
from policies.verification.matrix.verdicts import ProbeVerdict

KILLED = """
import sys; sys.path.insert(0, sys.argv[1])
from miniature import DAY, Miniature, small
from policies.verification.matrix import run
district = Miniature(small())
district.prefix = sys.argv[2]
run(district.blueprint, district.handles(), lambda text: print(text, flush=True), day=DAY)
"""


@pytest.fixture(scope="module")
def whole() -> Iterator[Matrix]:
    with Miniature() as built:
        matrix = run(built.blueprint, built.handles(), print, day=DAY)
        print(matrix.line("en"))
        yield matrix


def ports(district: Miniature) -> set[str]:
    """Links in the engines' namespaces that are none of the district's."""
    lines = [district.run(name, "ip", "-o", "link") for name in ("extranet", "intranet")]
    names = {line.split()[1].partition("@")[0] for text in lines for line in text.splitlines()}
    return {name for name in names if name.startswith("probe")}


def test_everything_is_as_declared(whole: Matrix) -> None:
    assert whole.good, list(whole.sentences("en"))
    opened = {(item.probe.sender, item.probe.target, str(item.probe.service)) for item in whole.opened}
    assert {("vantage:internet", "host:portal1", "tcp/443"), ("host:infra1", "segment:cloud", "icmp")} <= opened
    public = {row[1:] for row in opened if row[0] == "vantage:internet"}
    assert public == {("host:portal1", "tcp/443"), ("host:portal1", "tcp/80")}


def test_what_is_open_is_open_in_both_families_unless_its_flow_names_one(whole: Matrix) -> None:
    families: dict[tuple[str, str, str], set[int]] = {}
    for item in whole.opened:
        key = (item.probe.sender, item.probe.target, str(item.probe.service))
        families.setdefault(key, set()).add(item.probe.address.version)
    single = {key for key, found in families.items() if found != {4, 6}}
    named = {service for flow in example().flows if flow.family != "both" for service in flow.service}
    assert {service for _, _, service in single} == named


def test_every_pair_of_vantage_points_is_tried_both_ways_in_both_families(whole: Matrix) -> None:
    names = {cell.sender for cell in whole.cells}
    assert {"segment:p-grid", "vantage:internet", "vantage:operator-intranet", "engine:intranet", "host:gw1"} <= names
    tried = {(cell.sender, cell.target, cell.family, cell.protocol) for cell in whole.cells}
    neighbours = {("segment:ops", "vantage:operator"), ("segment:internet", "vantage:internet")}
    neighbours |= {("segment:intranet", "vantage:operator-intranet")}
    for sender in names:
        for target in names - {sender}:
            if not {(sender, target), (target, sender)} & neighbours:
                assert {(sender, target, family, one) for family in (4, 6) for one in ("tcp", "udp", "icmp")} <= tried
    between = [cell for cell in whole.cells if _apart(cell.sender, cell.target)]
    assert between and {verdict for item in between for verdict in item.verdicts} == {ProbeVerdict.NO_ROUTE}


def _apart(sender: str, target: str) -> bool:
    inner = (
        "segment:intranet",
        "vantage:operator-intranet",
        "engine:intranet",
        "host:bastion2",
        "host:infra2",
        "host:desk2",
    )
    return (sender in inner) != (target in inner)


def test_a_killed_run_leaves_nothing_and_the_next_one_is_good(
    district: Miniature, sound: Matrix, matrix: Callable[[], Matrix]
) -> None:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", KILLED, here, district.prefix]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as started:
        assert started.stdout is not None
        while "sending" not in started.stdout.readline():
            pass
        assert ports(district), "it stands in the segments"
        os.kill(started.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while ports(district) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not ports(district)
    assert matrix().digest == sound.digest
    assert not ports(district)
