"""Fields that rules test: their notation, the values they are compared with, and their true value for a packet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from policies.nftproof.conditions import words_of
from policies.nftproof.fields import ABSENT
from policies.nftproof.values import number_text, word_number
from tests.nftproof.namespaces import INTERFACES
from tests.nftproof.packets import TestPacket, way_out
from tests.nftproof.rulesets.words import Json

ALL = ("prerouting", "input", "forward", "output", "postrouting")
LATE = ("input", "forward", "output", "postrouting")


@dataclass(frozen=True, slots=True)
class Moment:
    """A packet as a hook sees it. `age`: 0 the first of its connection, 1 the answer, 2 the first side's next one."""

    packet: TestPacket
    hook: str
    now: Mapping[str, int]
    state: int = 8
    age: int = 0
    first: TestPacket | None = None
    nat: bool = False  # chains of type nat are there
    zone: int = 0

    @property
    def tracked(self) -> bool:
        return self.state in (2, 4, 8)

    @property
    def six(self) -> bool:
        return self.packet.six

    def address(self, end: str) -> str:
        """`saddr` or `daddr` as it is now."""
        return str(ip_address(self.now[f"{'ip6' if self.six else 'ip'} {end}"]))

    def name(self, field: str) -> str:
        """`iif` or `oif` as a text, empty where there is none."""
        return number_text(self.now.get(field, 0)) if self.now.get(field, 0) else ""


Value = int | str
Truth = Callable[[Moment], Value]


@dataclass(frozen=True, slots=True)
class Known:
    """`rights`: the compared values, or a truth value if its presence is tested. `value` None: unknown."""

    left: Json
    rights: tuple[object, ...]
    value: Value | Truth | None = None
    hooks: tuple[str, ...] = ALL
    l3: str = ""  # only in rules about this family: ip, ip6
    l4: str = ""  # and this protocol
    ops: tuple[str, ...] = ("==", "==", "!=")
    mask: int = 0  # of the tested bits, if not all are

    @property
    def name(self) -> str:
        """The proof's name of the field."""
        if "payload" in self.left:
            return f"{self.left['payload']['protocol']} {self.left['payload']['field']}"
        return words_of(self.left) + (" exists" if isinstance(self.rights[0], bool) else "")

    def number(self, moment: Moment) -> int | None:
        """The true value in the proof's notation; None if it is left open."""
        if self.value is None:
            return None
        found = self.value(moment) if callable(self.value) else self.value
        return word_number(found) if isinstance(found, str) else int(found)


def absent_unless(there: Callable[[Moment], bool], value: Value | Truth) -> Truth:
    """A value that only some packets have."""
    return lambda moment: (value(moment) if callable(value) else value) if there(moment) else ABSENT


def interface_of(address: str) -> str:
    """The interface behind which an address lies; empty for the box's own."""
    return "" if own(address) else way_out(address)


def own(address: str) -> bool:
    return address in OWN_ADDRESSES


OWN_ADDRESSES = {str(ip_address(one)) for at in range(4) for one in (f"192.0.2.{4 * at + 1}", f"2001:db8:{at}::1")}
"""The box's, one of each family on each interface."""


def interface_number(interface: str) -> int:
    return INTERFACES.index(interface)
