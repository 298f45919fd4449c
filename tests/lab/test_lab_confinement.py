"""What a host must not do to the machine it runs on, tried from inside. Each refusal has its control beside it.

Without AppArmor a host that sets out to can mount the machine's file systems and change its settings, and on control
groups v1 write another host's groups: docs/decisions/host-confinement.md says so, and nothing here claims otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CONFINED, Standing, answer, settled
from docker.models.containers import Container

OWN_TREE = pytest.mark.skipif(CONFINED.version == 1, reason="control groups v1: hosts share the machine's hierarchy")
CONFINES = pytest.mark.skipif(not CONFINED.apparmor, reason="this machine has no AppArmor")
LOAD_MODULE = """
import ctypes, os
ctypes.CDLL(None, use_errno=True).syscall(175, None, 0, b"")  # init_module(2) on x86_64, with no module at all
print(os.strerror(ctypes.get_errno()))
"""


@pytest.fixture(scope="module", params=["base", "cloud", "base13", "cloud13"])
def host(request: pytest.FixtureRequest, standing: Standing) -> Iterator[Container]:
    number = 61 if request.param.startswith("cloud") else 60
    network = standing.network(f"confined{number}", number)
    made = standing.host(f"confined{number}", request.param, {network: (f"10.199.{number}.5", f"fd99:{number}::5")})
    settled(made)
    yield made
    made.remove(force=True, v=True)
    standing.client.networks.get(network).remove()


def refused(host: Container, script: str) -> str:
    """What the shell said when it could not; fails where it could."""
    code, output = host.exec_run(["sh", "-c", script])
    assert code != 0, f"the host could: {script}"
    return str(output.decode())


@CONFINES
def test_a_host_runs_under_its_own_profile(host: Container) -> None:
    kind = "node" if host.name.endswith("61") else "host"
    assert answer(host, "cat", "/proc/1/attr/current").strip() == f"lantu-{kind} (enforce)"


def test_no_device_of_the_machine_can_be_mounted_or_read(host: Container) -> None:
    answer(host, "sh", "-c", "mkdir -p /mnt/t && mount -t tmpfs none /mnt/t && umount /mnt/t")  # it can mount
    device = Path("/").stat().st_dev
    if os.major(device) == 0:  # the machine's root is an overlay or the like; take any disk
        device = next(os.makedev(*map(int, path.read_text().split(":"))) for path in Path("/sys/block").glob("*/dev"))
    node = f"/root/disk b {os.major(device)} {os.minor(device)}"
    host.exec_run(["sh", "-c", f"mknod {node}"])  # a cloud node can; others cannot
    refused(host, "head -c 1 /root/disk")
    if CONFINED.apparmor:  # device rules alone do not stop the mount of a file system that the machine has mounted
        refused(host, "mount -t ext4 /root/disk /mnt/t")


def test_no_module_can_be_loaded(host: Container) -> None:
    if CONFINED.version == 1 and not CONFINED.apparmor and host.name.endswith("61"):
        pytest.skip("a cloud node on control groups v1 has SYS_MODULE")
    refusals = {"Operation not permitted", "Function not implemented"}  # the latter by a kernel without modules
    assert answer(host, "python3", "-c", LOAD_MODULE).strip() in refusals


@OWN_TREE
def test_no_other_host_s_control_group_can_be_written(host: Container) -> None:
    answer(host, "sh", "-c", "mkdir /sys/fs/cgroup/own && rmdir /sys/fs/cgroup/own")  # its own tree it can
    assert answer(host, "cat", "/proc/1/cgroup").strip() == "0::/init.scope"
    seen = "mkdir -p /mnt/c && mount -t cgroup2 none /mnt/c && find /mnt/c -name 'docker-*' -o -name 'lantu_*'"
    assert answer(host, "sh", "-c", f"{seen}; umount /mnt/c").split() == []  # also by a mount of its own


@CONFINES
@pytest.mark.parametrize("setting", ["kernel/panic", "vm/swappiness", "fs/file-max", "user/max_user_namespaces"])
def test_no_setting_of_the_machine_can_be_changed(host: Container, setting: str) -> None:
    file = f"/proc/sys/{setting}"
    before = Path(file).read_text()
    answer(host, "mount", "-o", "remount,rw", "/proc/sys")
    answer(host, "sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/lo/forwarding")  # what is its own it can
    refused(host, f"cat {file} > /tmp/same && cat /tmp/same > {file}")
    assert Path(file).read_text() == before


@CONFINES
def test_the_kernel_s_triggers_and_profiles_are_out_of_reach(host: Container) -> None:
    refused(host, "echo h > /proc/sysrq-trigger")  # h prints a help text, should it ever get through
    refused(host, "mkdir -p /mnt/s && mount -t securityfs none /mnt/s")
