"""Hooks: the chains that the kernel runs on the same packet, their order, and the packets that each of them sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from policies.nftproof.fields import IPV4, IPV6, L4, NAME_BYTES
from policies.nftproof.intervals import Spans, single
from policies.nftproof.listing import UNREAD_FAMILIES, Chain, Ruleset

NO_NAME: Spans = single(0)
IP: Spans = ((IPV4, IPV4), (IPV6, IPV6))
SOME_NAME: Spans = ((1, (1 << 8 * NAME_BYTES) - 1),)
L3_OF_FAMILY: dict[str, Spans] = {"ip": single(IPV4), "ip6": single(IPV6)}
INTERFACES: dict[str, dict[str, Spans]] = {
    "prerouting": {"oif": NO_NAME},
    "input": {"oif": NO_NAME},
    "forward": {"iif": SOME_NAME, "oif": SOME_NAME},
    "output": {"iif": NO_NAME},
}
"""The packet's interfaces in a hook: an unknown interface has the empty name, which `!= "x"` matches."""


@dataclass(frozen=True, slots=True, order=True)
class Hook:
    """One list of base chains. `layer` is ip (for ip, ip6 and inet) or bridge."""

    layer: str
    name: str


PACKET_HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
FRAME_HOOKS = ("input", "forward", "output")
LATER = "another of its connection came before"
"""A connection is new until it is answered; chains of type nat see only the first of its packets."""
TRANSLATION = {"prerouting": -100, "output": -100, "input": 100, "postrouting": 100}
"""Hook -> the priority at which the kernel translates (NF_IP_PRI_NAT_DST, _SRC). All chains of type nat run there, and
their own priorities order them among themselves only (seen on kernel 6.18)."""


def hooks_of(ruleset: Ruleset) -> dict[Hook, list[Chain]]:
    """Every hook that has base chains, with them in the kernel's order.

    At equal priority the chain made last runs first (seen on kernel 6.18); the listing is in order of making.
    """
    placed: dict[Hook, list[tuple[tuple[int, ...], Chain]]] = defaultdict(list)
    chains = list(ruleset.chains.values())
    begun = next((number for number, chain in enumerate(chains) if chain.kind == "nat"), 0)
    for number, chain in enumerate(chains):
        if chain.hook and (chain.where[0], chain.where[1]) not in ruleset.dormant:
            place = (TRANSLATION.get(chain.hook, 0), -begun) if chain.kind == "nat" else (chain.priority, -number)
            if understood(chain):
                hook = Hook("bridge" if chain.family == "bridge" else "ip", chain.hook)
                placed[hook].append(((*place, chain.priority, -number), chain))
    return {hook: [item[1] for item in sorted(chains, key=lambda c: c[0])] for hook, chains in sorted(placed.items())}


def translated_before(ruleset: Ruleset, hook: Hook, chains: Sequence[Chain]) -> int:
    """How many of the hook's chains run before a packet may be translated there; -1 if it is not translated.

    Once any chain of type nat is there, the kernel translates later packets of a connection at every such place.
    """
    awake = [item for item in ruleset.chains.values() if item.where[:2] not in ruleset.dormant]
    if hook.layer != "ip" or hook.name not in TRANSLATION or not any(item.kind == "nat" for item in awake):
        return -1
    own = [number for number, chain in enumerate(chains) if chain.kind == "nat"]
    if own:
        return own[-1] + 1
    return sum(chain.priority < TRANSLATION[hook.name] for chain in chains)


def understood(chain: Chain) -> bool:
    """Whether the packets or frames of a base chain's hook are understood."""
    if chain.family == "bridge":
        return chain.hook in FRAME_HOOKS and chain.kind == "filter"
    return chain.family not in UNREAD_FAMILIES and chain.hook in PACKET_HOOKS


def not_understood(ruleset: Ruleset) -> list[Chain]:
    """Base chains for ARP, for frames at a device, and for frames on a bridge outside FRAME_HOOKS."""
    awake = (chain for chain in ruleset.chains.values() if chain.where[:2] not in ruleset.dormant)
    return [chain for chain in awake if chain.hook and not understood(chain)]


def first_values(hook: Hook) -> dict[str, Spans]:
    """Facts about every packet in this hook, for all its chains."""
    values = dict(INTERFACES.get(hook.name, {}))
    if hook.layer == "ip":
        values["l3"] = IP
        values["l4proto"] = L4.values
    return values


def packets_of(chain: Chain) -> dict[str, Spans]:
    """The packets that the kernel shows to a base chain."""
    from policies.nftproof.symbols import TABLES

    values: dict[str, Spans] = {}
    if chain.family in L3_OF_FAMILY:
        values["l3"] = L3_OF_FAMILY[chain.family]
    if chain.kind == "nat":  # only the first packet of a connection, or of a related one
        states = TABLES["ct state"]
        values[LATER] = single(0)
        values["ct state"] = tuple(sorted((single(states["related"])[0], single(states["new"])[0])))
    return values
