"""One process per network namespace: it sends, answers and watches there, controlled over a pipe.

A bare namespace belongs to its process and has no name: when the process ends for any reason, the kernel removes the
namespace with its links and routes, so a killed run leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import selectors
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from inventory.model.flows import Protocol
from policies.verification.matrix import listeners
from policies.verification.matrix.messages import (
    LOOPBACKS,
    Batch,
    NextHop,
    SegmentLink,
    WorkerReady,
    WorkerResults,
    WorkerSpec,
)
from policies.verification.matrix.packets import CALL_TYPE, Key
from policies.verification.matrix.sender import Sender
from policies.verification.matrix.surroundings import links, neighbours, routes, run_tool
from policies.verification.matrix.verdicts import ProbeAnswer
from policies.verification.matrix.witness import Witness

BROADCAST = b"\xff" * 6
NEW_NETWORK = 0x40000000
DIE_WITH_PARENT = 1
BURST = 40
TABLES = 1000
QUIET = {  # a probe's namespace has one interface, answers without rate limits, and forwards nothing
    "ipv4/ip_forward": "0",
    "ipv6/conf/all/forwarding": "0",
    "ipv6/conf/default/accept_ra": "0",
    "ipv6/conf/default/accept_dad": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv6/icmp/ratelimit": "0",
}


class Worker:
    """The event loop of one namespace: commands from the pipe, answers, received packets and requests."""

    def __init__(self, spec: WorkerSpec, pipe: Connection) -> None:
        self.spec = spec
        self.pipe = pipe
        self.selector = selectors.DefaultSelector()
        self.witness: Witness | None = None
        self.senders: list[Sender] = []

    def enter(self) -> None:
        """Enter the namespace, or create a bare one."""
        if self.spec.namespace is None:
            _check(_libc().unshare(NEW_NETWORK))
            for key, value in QUIET.items():
                Path("/proc/sys/net", key).write_text(value)
            return
        with self.spec.namespace.open("rb") as file:
            _check(_libc().setns(file.fileno(), NEW_NETWORK))

    def connect(self, interface: SegmentLink) -> None:
        """Connect a bare namespace to its segment; OSError with the tool's message if that fails."""
        with contextlib.suppress(OSError):  # a link of an earlier run that the kernel has not yet removed
            run_tool([*interface.inside, "ip", "link", "delete", interface.port])
        port = ["link", "add", interface.port, "master", interface.segment, "up", "type", "veth"]
        run_tool([*interface.inside, "ip", *port, "peer", "name", interface.segment, "netns", str(os.getpid())])
        run_tool(["ip", "-batch", "-"], "\n".join(interface.lines))

    def resolve_bridge(self, interface: SegmentLink) -> None:
        """Set the link address of the segment's bridge, because the engine does not answer neighbour requests.

        Only after all workers are connected: each new port can change the bridge's address.
        """
        bridge = json.loads(run_tool([*interface.inside, "ip", "-j", "link", "show", "dev", interface.segment]))[0][
            "address"
        ]
        hidden = [
            f"neighbour replace {item} lladdr {bridge} dev {interface.segment} nud permanent"
            for item in interface.hidden
        ]
        run_tool(["ip", "-batch", "-"], "\n".join(hidden))

    def start(self) -> WorkerReady:
        """Open witness and listeners. Returns the state of the namespace."""
        self.witness = Witness(self.spec.numbers, self.spec.devices, self.spec.admitted)
        for item in self.witness.sockets():
            self.selector.register(item, selectors.EVENT_READ, self._reader(item))
        listeners.open_all(self.spec.serves, self.selector)
        loopback = {
            (protocol, 6 if ":" in address else 4): listeners.open_one(protocol, address, 0, self.selector)
            for protocol in (Protocol.TCP, Protocol.UDP)
            for address in LOOPBACKS
        }
        return WorkerReady(loopback, links(), neighbours(), routes())

    def next_hop(self, next_hops: tuple[NextHop, ...]) -> None:
        """Add a route through each of these neighbours, for packets with its mark."""
        for family in ("-4", "-6"):
            lines = [f"rule add fwmark {hop.mark} lookup {TABLES + hop.mark}" for hop in next_hops]
            for item in next_hops:
                via = item.gateway4 if family == "-4" else item.gateway6
                lines.append(f"route add default via {via} dev {item.segment} table {TABLES + item.mark}")
            run_tool(["ip", family, "-batch", "-"], "\n".join(lines))

    def send(self, batches: list[Batch]) -> None:
        """Send all orders in bursts, and serve incoming packets in between."""
        self.senders = [Sender(item.number, self.selector, item.mark) for item in batches]
        for sender, batch in zip(self.senders, batches, strict=True):
            for at in range(0, len(batch.orders), BURST):
                for order in batch.orders[at : at + BURST]:
                    sender.send(order)
                self.turn(0)

    def collect(self, patience: float) -> tuple[dict[Key, ProbeAnswer], float]:
        """Wait for pending answers. Returns all answers, and the seconds until the slowest successful one."""
        started = time.monotonic()
        while any(sender.waiting for sender in self.senders) and time.monotonic() < started + patience:
            self.turn(0.05)
        while self.turn(0) and time.monotonic() < started + 2 * patience:
            pass  # packets that arrived in time count even if this process was busy
        answers = {key: answer for sender in self.senders for key, answer in sender.finish().items()}
        return answers, max((sender.slowest for sender in self.senders), default=0.0)

    def call(self, number: int, device: str) -> None:
        """Send one broadcast frame without IP on an interface, which no address, route or IP rule affects."""
        with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as link:
            link.sendto(number.to_bytes(2) + bytes(44), (device, CALL_TYPE, 0, 0, BROADCAST))

    def results(self) -> WorkerResults:
        """Everything seen since `start`."""
        assert self.witness is not None
        self.witness.finish()
        return WorkerResults(self.witness.seen, self.witness.lost)

    def turn(self, seconds: float | None) -> int:
        """Serve ready sockets, waiting at most `seconds`. Returns their number; a command stays in the pipe."""
        due = [key.data for key, _ in self.selector.select(seconds) if key.data is not None]
        for serve in due:
            serve()
        return len(due)

    def serve(self) -> None:
        """Execute commands until the pipe closes."""
        self.selector.register(self.pipe, selectors.EVENT_READ, None)
        while True:
            self.turn(None)
            if self.pipe.poll():
                name, arguments = self.pipe.recv()
                self.pipe.send(getattr(self, name)(*arguments))

    def _reader(self, sniffer: socket.socket) -> Callable[[], object]:
        assert self.witness is not None
        witness = self.witness
        return lambda: witness.read(sniffer)


def work(spec: WorkerSpec, pipe: Connection) -> None:
    """Run a worker process. It sends an error as its last message and prints no traceback."""
    _libc().prctl(DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    worker = Worker(spec, pipe)
    try:
        worker.enter()
        pipe.send(None)
        worker.serve()
    except (EOFError, BrokenPipeError):
        pass
    except Exception as failure:
        with contextlib.suppress(OSError):
            pipe.send(failure if isinstance(failure, OSError) else OSError(f"{type(failure).__name__}: {failure}"))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
