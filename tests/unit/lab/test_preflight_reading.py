"""Reading single files of a machine: mounts, routes, processes, module lists, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

from lab.preflight import around, kernel, mounts
from lab.preflight.files import Files
from lab.preflight.probe import Folders, Live

FOLDERS = Folders("/var/lib/lantu", "/run/lantu", "/var/cache/lantu")


def files(root: Path, **texts: str) -> Files:
    """A machine with these files; `__` in a name stands for a slash."""
    for name, text in texts.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Files(root)


def test_a_path_lies_on_the_deepest_mount_and_on_the_last_of_two(tmp_path: Path) -> None:
    lines = (
        "/dev/vda1 / ext4 rw 0 0",
        "server:/x /var/lib nfs4 rw 0 0",
        "/dev/vdb /var/lib xfs rw,noexec 0 0",
        r"disk /srv/a\040b ext4 ro 0 0",
        "broken line",
    )
    mounted = mounts.read(files(tmp_path, proc__self__mounts="\n".join(lines)))
    assert mounts.holding("/var/lib/lantu", mounted).kind == "xfs"
    assert mounts.holding("/var/library", mounted).kind == "ext4"
    assert mounts.holding("/srv/a b/c", mounted).options == {"ro"}
    assert mounts.holding("/x", []).kind == "unknown"


def test_routes_of_both_families_without_defaults_hosts_and_link_local(tmp_path: Path) -> None:
    v4 = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT",
        "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0",
        "eth0\t0000460A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
        "eth0\t0100000A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0",
    )
    rest = "00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001"
    v6 = (
        f"fd6c616e747500010000000000000000 40 {rest}     eth0",
        f"fe800000000000000000000000000000 40 {rest}     eth0",
        f"00000000000000000000000000000000 00 {rest}       lo",
    )
    read = around.routes(files(tmp_path, proc__net__route="\n".join(v4), proc__net__ipv6_route="\n".join(v6)))
    assert read == (("10.70.0.0/16", "eth0"), ("fd6c:616e:7475:1::/64", "eth0"))


def test_engines_of_a_lab_and_inside_containers_are_not_the_machines_own(tmp_path: Path) -> None:
    machine = files(
        tmp_path,
        proc__10__comm="dockerd\n",
        proc__10__cmdline="/usr/sbin/dockerd\0-H\0fd://",
        proc__10__status="NSpid:\t10\n",
        proc__11__comm="dockerd\n",
        proc__11__cmdline="dockerd\0--data-root\0/var/lib/lantu/lab/extranet/engine",
        proc__11__status="NSpid:\t11\n",
        proc__12__comm="dockerd\n",
        proc__12__cmdline="/usr/sbin/dockerd",
        proc__12__status="NSpid:\t12\t60\n",
        proc__13__comm="bash\n",
        proc__13__cmdline="bash",
        proc__13__status="NSpid:\t13\n",
    )
    assert around.left_alone(machine, FOLDERS) == ("dockerd (10)",)


def test_a_module_is_found_under_either_spelling_and_any_compression(tmp_path: Path) -> None:
    machine = files(
        tmp_path,
        lib__modules__6__9__x="",
        proc__filesystems="nodev\toverlay\n",
    )
    (tmp_path / "lib/modules/6.1").mkdir()
    (tmp_path / "lib/modules/6.1/modules.builtin").write_text("kernel/net/bridge/bridge.ko\n")
    (tmp_path / "lib/modules/6.1/modules.dep").write_text(
        "kernel/drivers/net/veth.ko.xz:\nkernel/net/netfilter/nf-tables.ko.zst: kernel/lib/x.ko\n"
    )
    read = kernel.kernel(machine, "6.1")
    assert read.absent == ("vxlan", "nf_conntrack") and read.unloaded == ("veth", "nf_tables") and not read.gone


def test_a_file_that_cannot_be_read_is_listed_and_an_absent_one_is_not(tmp_path: Path) -> None:
    machine = Files(tmp_path)
    (tmp_path / "folder").mkdir()
    assert (machine.text("folder"), machine.text("absent"), machine.number("absent")) == ("", "", None)
    assert machine.unreadable == ["/folder"]


def test_this_machines_probe_answers_in_the_shapes_of_a_recorded_one() -> None:
    live = Live()
    assert live.user >= 0 and live.bits in (32, 64) and live.cpus >= 1 and live.architecture
    assert live.tool("sh").startswith("/") and live.owner(live.tool("sh")) == 0 and live.tool("no-such-tool") == ""
    assert live.room("/no/such/folder/yet").mb > 0
    assert "tar" in live.version("tar")
