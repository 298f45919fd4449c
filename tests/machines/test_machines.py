"""`scripts/up`, `lantu verify` and `lantu down` on machines with Debian's own kernels, and what they leave behind."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.machines import accel, image, machine, state, table, tools, trial

WHO = {"debian12": "root", "debian13": "debian"}  # an ordinary user with sudo
MINUTES = {True: 120, False: 600}  # with KVM, emulated: then the machine ends by itself
PARTS = "lint unit lab"
ASKED = "LANTU_MACHINES_PARTS"


@pytest.fixture(scope="module", autouse=True)
def told() -> Iterator[None]:
    """The table of all machines, at the end."""
    if os.geteuid() != 0:
        pytest.fail("machines are built and started by root")
    tools.ensure(print)
    machine.sweep()
    yield
    if done := trial.saved():
        text = table.render(done)
        print(f"\n{text}")
        table.store(text)


@pytest.fixture(scope="module", params=sorted(WHO))
def guest(request: pytest.FixtureRequest) -> Iterator[machine.VirtualMachine]:
    size = machine.Size(minutes=MINUTES[accel.is_kvm()])
    made = machine.boot(image.ensure(request.param), f"test-{request.param}", size, owned=True)
    yield made
    made.stop()


def test_the_machine_is_an_ordinary_one(guest: machine.VirtualMachine) -> None:
    """Control groups v2 alone, AppArmor with profiles in enforce mode, no failed unit, nothing of a lab."""
    found = state.record(guest)
    assert guest.run("stat -fc %T /sys/fs/cgroup").stdout.strip() == "cgroup2fs"
    assert any(line.endswith("(enforce)") for line in found["apparmor"])
    assert guest.run("systemctl is-system-running", check=False).stdout.strip() == "running"
    assert not [line for line in found["files"] if "lantu" in line]


def test_a_change_is_seen(guest: machine.VirtualMachine) -> None:
    """What the comparison below stands on: one thing of each kind is made, seen, and gone again."""
    before = state.record(guest)
    made = state.compare(before, _with_traces(guest))
    seen = {leftover.section for leftover in state.leftovers(made)}
    assert seen >= {"processes", "mounts", "namespaces", "cgroups", "apparmor", "nft", "sysctl", "links", "files"}
    again = state.leftovers(state.compare(before, state.record(guest)))
    assert [str(item) for item in again] == []


TRACES = {  # what makes a trace, and what takes it away
    "ip netns add trace": "ip netns del trace",
    "ip link add trace type dummy": "ip link del trace",
    "mkdir /sys/fs/cgroup/trace": "rmdir /sys/fs/cgroup/trace",
    "nft add table inet trace": "nft delete table inet trace",
    "mkdir /run/trace && mount -t tmpfs trace /run/trace": "umount /run/trace && rmdir /run/trace",
    "sysctl -qw kernel.panic=77": "sysctl -qw kernel.panic=0",
    "printf 'profile trace {}' | apparmor_parser -a": "printf 'profile trace {}' | apparmor_parser -R",
    "setsid sleep 900 </dev/null >/dev/null 2>&1 &\necho $! >/run/trace.pid":  # one process
    "kill $(cat /run/trace.pid); rm /run/trace.pid",
}


def _with_traces(guest: machine.VirtualMachine) -> state.State:
    guest.run("\n".join(["set -e", *TRACES]))
    try:
        return state.record(guest)
    finally:
        guest.run("\n".join(TRACES.values()))


def test_up_verify_down_leave_the_machine_as_it_was(guest: machine.VirtualMachine) -> None:
    done = trial.run(guest, WHO[guest.image], trial.blueprint())
    assert done.status == {"up": 0, "verify": 0, "down": 0}, done.last_words
    assert done.leftovers == []


def test_parts_of_the_test_suite(guest: machine.VirtualMachine) -> None:
    if not (accel.is_kvm() or ASKED in os.environ):
        pytest.skip(f"an emulated CPU needs hours for them: set {ASKED} to run them all the same")
    home = "/root" if WHO[guest.image] == "root" else f"/home/{WHO[guest.image]}"
    seconds = trial.HOURS[accel.is_kvm()] * 3600
    done = guest.run(f"cd {home}/lantu && scripts/test {PARTS} 2>&1", WHO[guest.image], seconds, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
