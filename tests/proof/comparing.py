"""One ruleset and its packets, by the kernel and by the model: where do they differ, and on how little?"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from policies.proof.hooks import Hook
from policies.proof.interpreter import Interpreter
from policies.proof.judge import judge
from policies.proof.reading import read
from policies.proof.solver import Box as Fields
from policies.proof.space import Space
from policies.proof.values import text_number
from tests.proof.namespaces import LEGS, Lab
from tests.proof.packets import ESP, ESTABLISHED, ICMP, ICMPV6, NONCE, TCP, UDP, TestPacket, way_out
from tests.proof.rulesets import Json
from tests.proof.shrinking import shrunk

QUIET = 0.03  # seconds without a packet after which all have come
HOOKS = {
    "through": ("prerouting", "forward", "postrouting"),
    "in": ("prerouting", "input"),
    "out": ("output", "postrouting"),
}


@dataclass(slots=True)
class Difference:
    """A packet that the kernel and a model treat differently."""

    packet: TestPacket
    kernel: bool
    model: str  # which one, and what it says


@dataclass(slots=True)
class Comparison:
    """`sent` counts packets, `passed` those the kernel let through."""

    sent: int = 0
    passed: int = 0
    differences: list[Difference] = field(default_factory=list)
    refused: str = ""  # nft's words, where it did not take the ruleset


class Model:
    """The listed ruleset, as the interpreter and as the flattened program see it."""

    def __init__(self, listed: str) -> None:
        self.ruleset = read(listed)
        self.interpreter = Interpreter(self.ruleset)
        self.answer = judge(self.ruleset)

    def verdicts(self, packet: TestPacket, state: int, reply: bool) -> dict[str, str]:
        """What each model says becomes of the packet on its way."""
        first = packet.fields(state, reply)
        walked, followed = dict(first), dict(first)
        verdict = {"interpreter": "accept", "program": "accept"}
        for name in HOOKS[packet.way]:
            hook = Hook("ip", name)
            known = _in_hook(packet, name)
            if verdict["interpreter"] == "accept":
                outcome = self.interpreter.outcome(hook, walked | known)
                verdict["interpreter"], walked = outcome.verdict, dict(outcome.packet)
            if verdict["program"] == "accept" and hook in self.answer.spaces:
                verdict["program"], followed = follow(self.answer.spaces[hook], followed | known)
        return verdict


def _in_hook(packet: TestPacket, hook: str) -> dict[str, int]:
    """What of a packet depends on where it is looked at."""
    known: dict[str, int] = {"oif": 0}
    if hook in ("forward", "postrouting", "output") and packet.way != "in":
        known["oif"] = text_number(way_out(packet.daddr))
    if hook in ("forward", "postrouting") and packet.way == "through":
        known |= {"ip ttl": 63, "ip6 hoplimit": 63}
    if packet.way == "out" and hook == "postrouting":
        known["iif"] = text_number(way_out(packet.daddr))  # a raw socket's packet bears its device before it leaves
    return known


def follow(space: Space, packet: dict[str, int]) -> tuple[str, dict[str, int]]:
    """Runs the flattened program on one packet: entry by entry, each box asked whether it holds the packet."""
    values = dict(_split(space, packet))
    at = 0
    while at < space.end:
        step = space.steps[at]
        held = _inside(space, values, step.box)
        for old, new, classes in step.changes:
            values[new] = _sample(space, new, classes) if held and classes is not None else values[old]
        if held and step.verdict:
            return step.verdict, packet
        onward = step.target if held else at + 1
        for passed in space.changing:
            if at < passed.at < onward:
                values |= {new: values[old] for old, new, _ in passed.changes}
        at = onward
    return "accept", packet | {"meta mark": _mark(space, values, packet.get("meta mark", 0))}


def _sample(space: Space, field: int, classes: int) -> int:
    return space.parts[field].samples[classes.bit_length() - 1][0][0]


def _split(space: Space, packet: dict[str, int]) -> Iterator[tuple[int, int]]:
    """The packet's values by the fields of the space, some of which are pieces of the packet's."""
    roots, pieces = space.program.boxer.roots, _pieces(space)
    for number, name in enumerate(space.names):
        if roots.get(name) == name:
            whole, low, size = pieces.get(name, (name, 0, 0))
            value = packet.get(whole, 0)
            yield number, value >> low & size if size and value >= 0 else value


def _pieces(space: Space) -> dict[str, tuple[str, int, int]]:
    cut = space.program.boxer.pieces
    runs = ((name, high, low) for name, parts in cut.items() for high, low in parts)
    return {f"{name}[{high}:{low}]": (name, low, (1 << high - low + 1) - 1) for name, high, low in runs}


def _inside(space: Space, values: dict[int, int], box: Fields) -> bool:
    return all(1 << space.parts[name].class_of(_value(space, values, name)) & classes for name, classes in box)


def _value(space: Space, values: dict[int, int], name: int) -> int:
    """A field's value; that of a made-up field follows from its boxes."""
    if name in values:
        return values[name]
    boxes = [space.box(raw) for raw in space.program.boxer.members[space.names[name]]]
    return int(any(box is not None and _inside(space, values, box) for box in boxes))


def _mark(space: Space, values: dict[int, int], mark: int) -> int:
    """The mark after all changes, for the next hook."""
    boxer = space.program.boxer
    pieces = {f"meta mark[{high}:{low}]": (high, low) for high, low in boxer.pieces.get("meta mark", ())}
    for name, (high, low) in (pieces or {"meta mark": (31, 0)}).items():
        if name in boxer.versions:
            size = (1 << high - low + 1) - 1
            mark = mark & ~(size << low) | values[space.index[boxer.versions[name]]] << low
    return mark


@dataclass(slots=True)
class Box:
    """The box as a sender and receiver of its own packets."""

    lab: Lab
    ears: list[socket.socket] = field(default_factory=list)
    mouths: dict[bool, socket.socket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for six in (False, True):
            family = socket.AF_INET6 if six else socket.AF_INET
            for proto in (TCP, UDP, ICMPV6 if six else ICMP, ESP):
                self.ears.append(self.lab.box.inside(partial(_ear, family, proto)))
            self.mouths[six] = self.lab.box.inside(partial(socket.socket, family, socket.SOCK_RAW, socket.IPPROTO_RAW))

    def say(self, packet: TestPacket) -> None:
        try:
            self.mouths[packet.six].sendto(packet.bytes(), (packet.daddr, 0))
        except PermissionError:
            return  # what a drop in output tells the sender

    def heard(self) -> Iterator[int]:
        for ear in self.ears:
            while True:
                try:
                    found = number_in(ear.recv(65535))
                except BlockingIOError:
                    break
                if found is not None:
                    yield found


def _ear(family: int, proto: int) -> socket.socket:
    ear = socket.socket(family, socket.SOCK_RAW, proto)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    ear.setblocking(False)
    return ear


def number_in(data: bytes) -> int | None:
    at = data.find(NONCE)
    return None if at < 0 or at + 9 > len(data) else int.from_bytes(data[at + 5 : at + 9], "big")


def arrivals(lab: Lab, box: Box, batch: Sequence[TestPacket]) -> set[int]:
    """Sends the packets; the numbers of those that came out, or reached the box's own sockets."""
    before = _received(lab)
    for packet in batch:
        if packet.way == "out":
            box.say(packet)
        else:
            lab.send(packet.leg, packet.bytes())
    wanted, found = before + sum(packet.way != "out" for packet in batch), set[int]()
    way = {packet.number: "" if packet.way == "in" else way_out(packet.daddr) for packet in batch}
    deadline = time.monotonic() + 5
    while True:
        for leg, data in lab.heard(QUIET):
            number = number_in(data)
            if number is not None and way.get(number) == leg:  # elsewhere it is quoted in a refusal
                found.add(number)
        if _received(lab) >= wanted or time.monotonic() > deadline:
            break
    assert _received(lab) >= wanted, "the box did not receive everything: nothing can be said of what is missing"
    return (found | set(box.heard())) & {packet.number for packet in batch}


def _received(lab: Lab) -> int:
    """Packets that came into the box from outside, as it counts them itself."""
    lines = Path(f"/proc/{lab.box.pid}/net/dev").read_text().splitlines()
    return sum(int(line.split()[2]) for line in lines if line.split(":")[0].strip() in LEGS)


def compare(lab: Lab, box: Box, document: Json, batch: Sequence[TestPacket]) -> Comparison:
    """Loads the ruleset, sends the packets (and answers, where states are tested), compares every verdict."""
    result = Comparison()
    result.refused = lab.load(replacing(document))
    if result.refused:
        return result
    model = Model(lab.listed())
    lab.forget_connections()
    passed = _round(lab, box, model, [(packet, packet.first_state, False) for packet in batch], result)
    known = [one for one in batch if one.number in passed and one.answered and one.way == "through"]
    back = [replace(one.answer(way_out(one.daddr)), way="through") for one in known]
    _round(lab, box, model, [(one, ESTABLISHED, True) for one in back], result)
    seen = [one for one in known if not _lost_early(model, one)]
    _round(lab, box, model, [(one.again(), ESTABLISHED, False) for one in seen], result)
    return result


def _lost_early(model: Model, packet: TestPacket) -> bool:
    """Whether the answer is dropped before the kernel looks up its connection: then nobody has seen one."""
    early = [chain for chain in model.ruleset.chains.values() if chain.hook == "prerouting" and chain.priority < -200]
    return bool(early)


def _round(
    lab: Lab, box: Box, model: Model, batch: Iterable[tuple[TestPacket, int, bool]], result: Comparison
) -> set[int]:
    told = list(batch)
    if not told:
        return set()
    passed = arrivals(lab, box, [packet for packet, _, _ in told])
    result.sent += len(told)
    result.passed += len(passed)
    for packet, state, reply in told:
        for name, verdict in model.verdicts(packet, state, reply).items():
            if (verdict == "accept") != (packet.number in passed):
                result.differences.append(Difference(packet, packet.number in passed, f"{name}: {verdict}"))
    return passed


def smallest(lab: Lab, box: Box, document: Json, batch: Sequence[TestPacket]) -> tuple[Json, Difference]:
    """The difference that this ruleset shows on these packets, on as little of both as still shows it."""
    difference = compare(lab, box, document, batch).differences[0]
    first = difference.packet.number // 4 * 4  # of its connection
    alone = [packet for packet in batch if packet.number == first]
    packets = alone if compare(lab, box, document, alone).differences else batch
    document = shrunk(document, lambda smaller: bool(compare(lab, box, smaller, packets).differences))
    return document, compare(lab, box, document, packets).differences[0]


def replacing(document: Json) -> Json:
    """The same ruleset in place of whatever tables the maker of rulesets may have left."""
    tables = [{"family": family, "name": name} for family, name in (("inet", "t"), ("ip", "u"), ("ip6", "u"))]
    gone = [{verb: {"table": table}} for table in tables for verb in ("add", "delete")]
    return {"nftables": [*gone, *({"add": one} for one in document["nftables"])]}
