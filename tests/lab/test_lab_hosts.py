"""The images as hosts: everything they should run runs, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFINED, Standing, answer, healthy, settled, until
from docker.models.containers import Container
from lab import inotify, vantage
from lab.images import recipe
from lab.vantage import VantageInterface, VantageNamespace
from probe import connect

LINKS = "10.199.50.5 mgmt\n10.199.51.5 web\n"
ROUTES = "route replace 203.0.113.0/24 via 10.199.51.1\nroute replace fd99:99::/64 via fd99:51::1\n"
SYSTEM_CALL = "import urllib.request as u; print(u.urlopen('http://10.199.51.7:8080/').read().decode())"


@pytest.fixture(scope="module")
def networks(standing: Standing) -> Iterator[tuple[str, str]]:
    """Named so that the engine's order of links (by the alphabet) is not that of the plan."""
    names = (standing.network("z-mgmt", 50), standing.network("a-web", 51))
    yield names
    for name in names:
        standing.client.networks.get(name).remove()


@pytest.fixture(scope="module", params=recipe.SUITES)
def release(request: pytest.FixtureRequest) -> str:
    """The Debian release of the hosts under test."""
    return str(request.param)


@pytest.fixture(scope="module")
def host(standing: Standing, networks: tuple[str, str], release: str) -> Iterator[Container]:
    made = standing.host(
        "plain",
        recipe.variant("base", release),
        {networks[0]: ("10.199.50.5", "fd99:50::5"), networks[1]: ("10.199.51.5", "fd99:51::5")},
        {"/etc/lantu/links": LINKS, "/etc/lantu/routes": ROUTES},
    )
    settled(made)
    yield made
    made.remove(force=True)


@pytest.fixture(scope="module")
def node(standing: Standing, networks: tuple[str, str], release: str) -> Iterator[Container]:
    volume = standing.client.volumes.create("node")
    volumes = {volume.name: {"bind": "/var/lib/docker", "mode": "rw"}}
    kind = recipe.variant("cloud", release)
    made = standing.host("node", kind, {networks[1]: ("10.199.51.7", "fd99:51::7")}, volumes=volumes)
    settled(made)
    yield made
    made.remove(force=True)
    volume.remove()


def units(host: Container, *state: str) -> list[str]:
    return [
        line.split()[0]
        for line in answer(host, "systemctl", "list-units", "--plain", "--no-legend", *state).splitlines()
    ]


def listeners(host: Container) -> set[str]:
    """Ports on which anything listens; not on loopback, where the engine's resolver sits."""
    rows = answer(host, "ss", "-Hltun").splitlines()
    return {row.split()[4].rsplit(":", 1)[1] for row in rows if not row.split()[4].startswith("127.")}


def test_a_plain_host_runs_with_no_failed_unit_and_only_sshd_listens(host: Container) -> None:
    healthy(host)
    assert listeners(host) == {"22"}


def test_a_host_is_of_its_release_and_sshd_has_no_other_way_in_than_its_port(host: Container, release: str) -> None:
    assert f'VERSION_ID="{release}"' in answer(host, "cat", "/etc/os-release")
    sockets = answer(host, "ss", "--no-header", "--listening", "--unix", "--vsock").splitlines()
    assert any("/run/systemd/journal/stdout" in socket for socket in sockets), "the control: sockets are seen"
    assert [socket for socket in sockets if "ssh" in socket or socket.startswith("v_str")] == []
    assert answer(host, "sh", "-c", "ls /etc/ssh/ssh_host_*").split() == ["/etc/ssh/ssh_host_ed25519_key"]


def test_links_are_known_by_their_address_and_no_route_exists_that_nobody_planned(host: Container) -> None:
    links = {row["ifname"]: row for row in json.loads(answer(host, "ip", "-json", "address"))}
    assert {
        name: {it["local"] for it in row["addr_info"] if it["scope"] == "global"} for name, row in links.items()
    } == {"lo": set(), "mgmt": {"10.199.50.5", "fd99:50::5"}, "web": {"10.199.51.5", "fd99:51::5"}}
    via = {
        row["dst"]: row.get("gateway")
        for family in ("-4", "-6")
        for row in json.loads(answer(host, "ip", family, "-json", "route"))
        if row.get("gateway") or row["dst"] == "default"
    }
    assert via == {"203.0.113.0/24": "10.199.51.1", "fd99:99::/64": "fd99:51::1"}


def test_the_network_plan_may_be_applied_again_also_after_a_change_of_names(host: Container) -> None:
    swapped = LINKS.replace("mgmt", "tmp").replace("web", "mgmt").replace("tmp", "web")
    before = answer(host, "ip", "-o", "address"), answer(host, "ip", "route"), answer(host, "ip", "-6", "route")
    for links in (swapped, LINKS):
        answer(host, "sh", "-c", f"printf '{links}' > /etc/lantu/links && lantu-net && lantu-net")
    for part, family in ((1, "-4"), (2, "-6")):
        assert sorted(answer(host, "ip", family, "route").splitlines()) == sorted(before[part].splitlines())
    assert answer(host, "ip", "-4", "-br", "address", "show", "mgmt").split()[2] == "10.199.50.5/24"
    assert "fd99:50::5/64" in answer(host, "ip", "-6", "-br", "address", "show", "mgmt")


def test_the_engine_still_finds_its_links_by_its_own_names(host: Container) -> None:
    assert host.stats(stream=False)["memory_stats"]["usage"] > 0


@pytest.mark.parametrize(
    ("file", "text", "word"),
    [
        ("links", "10.199.50.99 mgmt\\n", "no link carries 10.199.50.99, planned as mgmt"),
        ("routes", "route replace 203.0.113.0/24 via 192.0.2.1\\n", "Nexthop has invalid gateway"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_a_failed_unit_with_the_reason(
    standing: Standing, networks: tuple[str, str], file: str, text: str, word: str
) -> None:
    made = standing.host(
        "lost", "base", {networks[0]: ("10.199.50.8", "fd99:50::8")}, {f"/etc/lantu/{file}": text.replace("\\n", "\n")}
    )
    try:
        assert settled(made) == "degraded"
        assert units(made, "--failed") == ["lantu-net.service"]
        assert word in answer(made, "journalctl", "--no-pager", "-u", "lantu-net")
    finally:
        made.remove(force=True)


def test_ssh_answers_from_outside_and_takes_no_password(
    standing: Standing, host: Container, networks: tuple[str, str]
) -> None:
    point = VantageNamespace(
        standing.lab.vantage_namespace("operator"),
        (VantageInterface(standing.location, networks[0], "ops", ("10.199.50.9/24",)),),
    )
    vantage.ensure(point)
    try:
        until(lambda: connect(point.namespace, "10.199.50.5", 22) == "connected")
    finally:
        vantage.remove(point)
    setting = dict(line.split(" ", 1) for line in answer(host, "sshd", "-T").splitlines())
    assert setting["passwordauthentication"] == setting["kbdinteractiveauthentication"] == setting["usedns"] == "no"
    assert setting["authorizedkeysfile"] == "/etc/ssh/authorized_keys.d/%u"
    assert setting["hostkey"] == "/etc/ssh/ssh_host_ed25519_key" and setting["permitrootlogin"] == "without-password"


def test_a_host_takes_no_more_of_the_machines_inotify_instances_than_is_counted(
    host: Container, node: Container
) -> None:
    for made in (host, node):
        processes = [Path(f"/proc/{row[1]}") for row in made.top()["Processes"]]
        assert 0 < sum(inotify.held(process) for process in processes) <= inotify.A_HOST


def test_a_host_stops_within_three_seconds_and_cleanly(
    standing: Standing, networks: tuple[str, str], release: str
) -> None:
    made = standing.host("brief", recipe.variant("base", release), {networks[0]: ("10.199.50.6", "fd99:50::6")})
    try:
        settled(made)
        begin = time.monotonic()
        made.stop()
        assert time.monotonic() - begin < 3
        made.reload()
        assert made.attrs["State"]["ExitCode"] == 0
    finally:
        made.remove(force=True)


def test_two_hosts_of_one_image_have_identities_of_their_own(
    standing: Standing, host: Container, networks: tuple[str, str], release: str
) -> None:
    other = standing.host("other", recipe.variant("base", release), {networks[0]: ("10.199.50.7", "fd99:50::7")})
    try:
        settled(other)
        ids = {answer(it, "cat", "/etc/machine-id") for it in (host, other)}
        assert len(ids) == 2 and "\n" not in ids
    finally:
        other.remove(force=True)


def test_a_portal_runs_a_web_server_that_listens_nowhere_yet(
    standing: Standing, networks: tuple[str, str], release: str
) -> None:
    made = standing.host("portal", recipe.variant("portal", release), {networks[1]: ("10.199.51.6", "fd99:51::6")})
    try:
        healthy(made)
        assert "nginx.service" in units(made, "--state=running")
        assert listeners(made) == {"22"}
    finally:
        made.remove(force=True)


def test_the_kernel_is_not_the_hosts_to_set(host: Container, node: Container) -> None:
    """Most of all where /proc/sys may be written: systemd would set kernel.* for the whole machine."""
    for it in (host, node):
        assert answer(it, "systemctl", "show", "-P", "LoadState", "systemd-sysctl").strip() == "masked"


def test_a_node_runs_an_engine_below_its_own_control_group(node: Container, standing: Standing) -> None:
    healthy(node)
    info = json.loads(answer(node, "docker", "info", "--format", "{{json .}}"))
    driver, parent = ("systemd", "lantu.slice") if CONFINED.version == 2 else ("cgroupfs", groups_of(node, standing))
    assert (info["Driver"], info["CgroupDriver"]) == ("overlay2", driver)
    assert answer(node, "pgrep", "-af", "^/usr/sbin/dockerd").split(" --cgroup-parent ")[1].split()[0] == parent


def groups_of(node: Container, standing: Standing) -> str:
    """Where a node's containers have their control groups on v1."""
    return f"{standing.location.cgroup}/{node.id}/docker"


def test_limits_of_a_container_on_a_node_reach_the_kernel(node: Container) -> None:
    names = json.loads(answer(node, "cat", "/usr/share/lantu/app.json"))
    answer(node, "docker", "load", "--input", "/usr/share/lantu/app.tar")
    try:
        answer(
            node,
            "docker",
            "run",
            "--detach",
            "--name",
            "limited",
            "--memory",
            "32m",
            "--cpus",
            "0.25",
            names["reference"],
        )
        pid = answer(node, "docker", "inspect", "limited", "--format", "{{.State.Pid}}").strip()
        groups = dict(row.split(":")[1:] for row in answer(node, "cat", f"/proc/{pid}/cgroup").splitlines())
        if CONFINED.version == 2:
            folder = f"/sys/fs/cgroup{groups['']}"
            assert folder.startswith("/sys/fs/cgroup/lantu.slice/docker-")
            assert answer(node, "cat", f"{folder}/memory.max", f"{folder}/cpu.max").split() == [
                str(32 << 20),
                "25000",
                "100000",
            ]
        else:
            cpu = next(name for name in groups if "cpu" in name.split(","))
            assert answer(
                node,
                "cat",
                f"/sys/fs/cgroup/memory{groups['memory']}/memory.limit_in_bytes",
                *(f"/sys/fs/cgroup/{cpu}{groups[cpu]}/cpu.cfs_{what}_us" for what in ("quota", "period")),
            ).split() == [str(32 << 20), "25000", "100000"]
    finally:
        node.exec_run(["docker", "rm", "--force", "limited"])


def test_a_tenants_system_runs_on_the_node_and_shows_configuration_and_secret(node: Container, host: Container) -> None:
    names = json.loads(answer(node, "cat", "/usr/share/lantu/app.json"))
    answer(node, "docker", "load", "--input", "/usr/share/lantu/app.tar")
    assert json.loads(answer(node, "docker", "image", "inspect", names["reference"]))[0]["Id"] == names["id"]
    answer(
        node,
        "sh",
        "-c",
        'printf \'{"name": "一网通办"}\' > /root/config; printf hidden > /root/secret; chmod 644 /root/secret',
    )
    answer(
        node,
        "docker",
        "run",
        "--detach",
        "--name",
        "system",
        "--hostname",
        "replica1",
        "--publish",
        "8080:8080",
        "--env",
        'LANTU_SYSTEM=service "one"',
        "--volume",
        "/root/config:/etc/lantu/system.json:ro",
        "--volume",
        "/root/secret:/run/secrets/lantu:ro",
        names["reference"],
    )
    until(lambda: node.exec_run(["python3", "-c", SYSTEM_CALL]).exit_code == 0)
    seen: dict[str, Any] = json.loads(answer(host, "python3", "-c", SYSTEM_CALL))
    assert seen == {
        "system": 'service "one"',
        "replica": "replica1",
        "client": "10.199.51.5",
        "config": {"name": "一网通办"},
        "secret_sha256": "e564b4081d7a9ea4b00dada53bdae70c99b87b6fce869f0c3dd4d2bfa1e53e1c",
    }
    inner = answer(node, "sh", "-c", "cat /proc/$(docker inspect system -f '{{.State.Pid}}')/cgroup /proc/self/cgroup")
    assert ("/lantu.slice/docker-" if CONFINED.version == 2 else f"/{node.id}/docker/") in inner
    assert answer(
        node, "docker", "exec", "system", "/bin/sh", "-c", "busybox id -u; busybox grep ^nameserver /etc/resolv.conf"
    ).split() == ["65534", "nameserver", "127.0.0.1"]
    begin = time.monotonic()
    answer(node, "docker", "rm", "--force", "system")
    assert time.monotonic() - begin < 3
