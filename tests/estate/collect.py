"""Prints facts of the host on which it runs as one JSON document. Uses the standard library only.

Argument: a JSON object with `ruleset` (the rendered ruleset of this host) and `routes_to` (addresses to look up in the
routing table). A command with an unexpected exit status fails the whole collection.
"""

from __future__ import annotations

import json
import platform
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

UNREACHABLE = 2  # `ip route get`: no route; any other status except 0 is an error


def run(*argv: str, allowed: tuple[int, ...] = (0,)) -> str:
    process = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    if process.returncode not in allowed:
        sys.exit(f"{' '.join(argv)} exited with {process.returncode}: {process.stderr}{process.stdout}")
    return process.stdout


def run_json(*argv: str) -> Any:
    return json.loads(run(*argv) or "[]")


def listeners() -> list[dict[str, str]]:
    """Listening sockets: protocol, address, port."""
    sockets = []
    for line in run("ss", "--no-header", "--listening", "--tcp", "--udp", "--numeric").splitlines():
        protocol, _, _, _, local = line.split()[:5]
        address, _, port = local.rpartition(":")
        sockets.append({"protocol": protocol, "address": address.strip("[]").partition("%")[0], "port": port})
    return sockets


def offered() -> dict[str, list[str]]:
    """Algorithms that the running sshd offers: the lists of its KEXINIT packet (RFC 4253, 7.1)."""
    with socket.create_connection(("127.0.0.1", 22), timeout=10) as line:
        stream = line.makefile("rwb")
        stream.write(b"SSH-2.0-lantu_proof\r\n")
        stream.flush()
        while not stream.readline().startswith(b"SSH-2.0"):
            pass
        length, padding = struct.unpack(">IB", stream.read(5))
        payload = stream.read(length - 1)[: length - 1 - padding]
    assert payload[0] == 20, "not a KEXINIT"
    names = ["kex", "host_key", "cipher_in", "cipher_out", "mac_in", "mac_out"]
    lists, at = {}, 17
    for name in names:
        size = struct.unpack_from(">I", payload, at)[0]
        lists[name] = payload[at + 4 : at + 4 + size].decode().split(",")
        at += 4 + size
    return lists


def rules(text: str) -> dict[str, Any]:
    """The loaded table, and the table that the text creates in an empty network namespace."""
    with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
        file.write(text)
        file.flush()
        script = f"nft -f {file.name} && nft -j list table inet lantu"
        rendered = json.loads(run("unshare", "--net", "sh", "-c", script))
    return {"loaded": run_json("nft", "-j", "list", "table", "inet", "lantu"), "rendered": rendered}


def route_to(address: str) -> dict[str, str] | None:
    """Gateway and link of an address in the routing table; None if it has no route."""
    done = subprocess.run(["ip", "-json", "route", "get", address], capture_output=True, text=True, check=False)
    if done.returncode == UNREACHABLE and "unreachable" in done.stderr:
        return None
    if done.returncode:
        sys.exit(f"ip route get {address}: {done.stderr}")
    row = json.loads(done.stdout)[0]
    return {"via": row.get("gateway", ""), "dev": row["dev"]}


def usable_passwords() -> list[str]:
    rows = [line.split(":") for line in Path("/etc/shadow").read_text().splitlines()]
    return [row[0] for row in rows if not row[1].startswith(("!", "*"))]


def main() -> None:
    request = json.loads(sys.argv[1])
    keys = sorted(Path("/etc/ssh").glob("ssh_host_*.pub"))
    document = {
        "hostname": socket.gethostname(),
        "time": time.time(),
        "release": platform.freedesktop_os_release()["VERSION_ID"],
        "machine_id": Path("/etc/machine-id").read_text().strip(),
        "system": run("systemctl", "is-system-running", allowed=(0, 1)).strip(),
        "failed": run("systemctl", "list-units", "--failed", "--plain", "--no-legend").split("\n"),
        "reload_needed": run("systemctl", "show", "--property=Id,NeedDaemonReload", "*.service"),
        "listeners": listeners(),
        "sockets": run("ss", "--no-header", "--listening", "--unix", "--vsock").splitlines(),
        "offered": offered(),
        "host_keys": [path.read_text().split()[1] for path in keys],
        "passwords": usable_passwords(),
        "shells": [line.rsplit(":", 1) for line in Path("/etc/passwd").read_text().splitlines()],
        "authorized": sorted(path.name for path in Path("/etc/ssh/authorized_keys.d").iterdir()),
        "resolv_conf": Path("/etc/resolv.conf").read_text(),
        "public_name": run("getent", "hosts", "www.example.org", allowed=(0, 2)),
        "names": [line.split() for line in Path("/etc/hosts").read_text().splitlines() if line[:1] not in ("", "#")],
        "links": run_json("ip", "-json", "address", "show"),
        "routes": {address: route_to(address) for address in request["routes_to"]},
        "rules": rules(request["ruleset"]),
        "forwards": [
            Path("/proc/sys/net", key).read_text().strip() for key in ("ipv4/ip_forward", "ipv6/conf/all/forwarding")
        ],
        "packages": run("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n").splitlines(),
        "unconfirmed": Path("/var/lib/lantu/guard").exists(),
    }
    json.dump(document, sys.stdout)


main()
