"""Three network namespaces, sender - box - receiver, made for one test run and gone with it; real packets between them.

The namespaces belong to sleeping processes with a limited life, so that nothing stays behind when a run is killed.
Nothing of the machine's own network is touched: links exist only between the three.
"""

from __future__ import annotations

import ctypes
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

LIFE = 7200  # seconds
CLONE_NEWNET = 0x40000000
INTERFACES = ("lan0", "lan1", "dmz0", "dmz1")
"""The box's interfaces: two to the sender, two to the receiver; peers have the same names."""
ETH_P_ALL = 3
LOST = "the box did not receive everything: nothing can be said of what is missing"
Result = TypeVar("Result")


class Namespace:
    """One network namespace, held by a separate process."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", str(LIFE)])
        self.path = Path(f"/proc/{self._holder.pid}/ns/net")
        own = Path("/proc/self/ns/net").readlink()
        deadline = time.monotonic() + 10
        while self.path.readlink() == own:
            if time.monotonic() > deadline:
                raise TimeoutError("no namespace of its own")
            time.sleep(0.01)

    @property
    def pid(self) -> int:
        return self._holder.pid

    def run(self, *command: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """A command in the namespace; the caller handles its failure."""
        return subprocess.run(
            ["nsenter", f"--net={self.path}", *command], input=text, capture_output=True, text=True, timeout=60
        )

    def must(self, *command: str, text: str | None = None) -> str:
        done = self.run(*command, text=text)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def inside(self, make: Callable[[], Result]) -> Result:
        """The result of `make`, called in the namespace; a socket created there stays there."""
        found: list[Result] = []
        failed: list[BaseException] = []

        def enter() -> None:
            try:
                with self.path.open() as handle:
                    if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
                        raise OSError(ctypes.get_errno(), "setns")
                found.append(make())
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if failed:
            raise failed[0]
        return found[0]

    def received(self, interfaces: Sequence[str]) -> int:
        """Packets that came in by these interfaces, as the kernel counts them."""
        lines = Path(f"/proc/{self.pid}/net/dev").read_text().splitlines()
        return sum(int(line.split()[2]) for line in lines if line.split(":")[0].strip() in interfaces)

    def stop(self) -> None:
        self._holder.kill()
        self._holder.wait()


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """This number of namespaces, removed when the block ends."""
    made: list[Namespace] = []
    try:
        for _ in range(count):
            made.append(Namespace())
        yield made
    finally:
        for item in made:
            item.stop()


def raw(interface: str) -> socket.socket:
    """A raw socket for all traffic at an interface of the current namespace."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    link.bind((interface, 0))
    link.setblocking(False)
    return link


@dataclass(slots=True)
class PacketLab:
    """The three namespaces with their links, raw sockets at both ends, and the box's hardware addresses."""

    sender: Namespace
    box: Namespace
    receiver: Namespace
    macs: dict[str, bytes] = field(default_factory=dict)  # the box's
    sockets: dict[str, socket.socket] = field(default_factory=dict)

    def load(self, document: dict[str, Any]) -> str:
        """Replace the tables by these JSON objects; nft's message, empty if it accepts them.

        `words`: what is loaded before, in nft's own language.
        """
        if words := document.get("words"):
            done = self.box.run("nft", "-f", "-", text=words)
            if done.returncode:
                return done.stderr
        done = self.box.run("nft", "-j", "-f", "-", text=json.dumps({"nftables": document["nftables"]}))
        return "" if done.returncode == 0 else (done.stderr or done.stdout or f"status {done.returncode}")

    def listed(self) -> str:
        return self.box.must("nft", "-j", "list", "ruleset")

    def forget_connections(self) -> None:
        """Empties the box's table of connections (a request of ctnetlink without any attribute)."""
        message = (20).to_bytes(4, "little") + (0x102).to_bytes(2, "little") + (0x5).to_bytes(2, "little") + bytes(12)

        def ask() -> None:
            with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as link:
                link.settimeout(5)
                link.send(message)
                error = int.from_bytes(link.recv(4096)[16:20], "little", signed=True)
                if error:
                    raise OSError(-error, "ctnetlink")

        self.box.inside(ask)

    def send(self, interface: str, frame: bytes) -> None:
        """An IP packet into the box by one of its interfaces."""
        kind = b"\x08\x00" if frame[0] >> 4 == 4 else b"\x86\xdd"
        self.sockets[interface].send(self.macs[interface] + b"\x02\0\0\0\0\x01" + kind + frame)

    def heard(self, seconds: float) -> Iterator[tuple[str, bytes]]:
        """(interface, IP packet) of what arrives outside the box, until nothing has come for `seconds`."""
        import select

        while True:
            ready, _, _ = select.select(list(self.sockets.values()), [], [], seconds)
            if not ready:
                return
            for interface, link in self.sockets.items():
                if link in ready:
                    frame, address = link.recvfrom(65535)
                    if address[2] != socket.PACKET_OUTGOING:
                        yield interface, frame[14:]


@contextmanager
def lab(routes: Sequence[tuple[str, str]]) -> Iterator[PacketLab]:
    """A lab whose box sends packets to (prefix, interface) without asking for neighbours first."""
    with namespaces(3) as spaces:
        made = PacketLab(*spaces)
        _wire(made)
        _route(made, routes)
        made.box.must("nft", "-f", "-", text=TRACKING)
        for interface in INTERFACES:
            end = made.sender if interface.startswith("lan") else made.receiver
            made.sockets[interface] = end.inside(partial(raw, interface))
        yield made


QUIET = """
net.ipv4.ip_forward=1
net.ipv4.conf.all.rp_filter=0
net.ipv4.conf.default.rp_filter=0
net.ipv4.icmp_ratelimit=0
net.ipv4.conf.all.send_redirects=0
net.ipv4.conf.default.send_redirects=0
net.ipv6.conf.all.forwarding=1
net.ipv6.conf.default.accept_dad=0
net.ipv6.conf.default.addr_gen_mode=1
net.ipv6.icmp.ratelimit=0
net.netfilter.nf_conntrack_tcp_loose=0
net.netfilter.nf_conntrack_tcp_be_liberal=1
"""


TRACKING = "table inet tracking { chain never { ct state new accept; }; }"
"""The kernel tracks connections of a family only while a rule tests them, even one that no packet reaches."""


def _wire(made: PacketLab) -> None:
    made.box.must("sysctl", "-q", "-p", "-", text=QUIET)
    for number, interface in enumerate(INTERFACES):
        end = made.sender if interface.startswith("lan") else made.receiver
        end.must("sysctl", "-q", "-w", "net.ipv6.conf.default.disable_ipv6=1")
        peer = ("peer", "name", interface, "netns", str(end.pid))
        made.box.must("ip", "link", "add", interface, "address", f"02:00:00:00:01:0{number}", "type", "veth", *peer)
        made.box.must("ip", "link", "set", interface, "up")
        end.must("ip", "link", "set", interface, "up")
        made.box.must("sysctl", "-q", "-w", f"net.ipv4.conf.{interface}.rp_filter=0")
        made.macs[interface] = bytes([2, 0, 0, 0, 1, number])
    made.box.must("ip", "link", "set", "lo", "up")


def _route(made: PacketLab, routes: Sequence[tuple[str, str]]) -> None:
    """Every interface has one permanent neighbour behind which the routes lie."""
    for number, interface in enumerate(INTERFACES):
        made.box.must("ip", "addr", "add", f"192.0.2.{number * 4 + 1}/30", "dev", interface)
        made.box.must("ip", "addr", "add", f"2001:db8:{number}::1/64", "dev", interface, "nodad")
        for gate in (f"192.0.2.{number * 4 + 2}", f"2001:db8:{number}::2"):
            made.box.must(
                "ip", "neigh", "replace", gate, "lladdr", "02:00:00:00:02:00", "dev", interface, "nud", "permanent"
            )
    for prefix, interface in routes:
        number = INTERFACES.index(interface)
        gate = f"2001:db8:{number}::2" if ":" in prefix else f"192.0.2.{number * 4 + 2}"
        made.box.must("ip", "route", "add", prefix, "via", gate, "dev", interface)
