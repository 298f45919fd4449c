"""Where a frame goes when no rule stops it, hook by hook, and what each hook sees of it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from policies.nftproof.fields import ABSENT, ARP, IPV4, IPV6
from policies.nftproof.hooks import Hook
from policies.nftproof.values import text_number, word_number
from tests.nftproof.headers import EXTENSIONS
from tests.nftproof.layers.frames import BOX, BRIDGE, GROUPS, LEG, MEASURED, OWN_ADDRESS, PORTS, STATION, Frame, mac
from tests.nftproof.layers.segment import WATCHED

INVALID = 1
HOST, BROADCAST, MULTICAST, OTHER = 0, 1, 2, 3
TAG = ("ether type", "vlan type", "vlan id", "vlan pcp", "vlan dei")
TRANSPORT = {
    "sport": (0, 2), "dport": (2, 2), "tcp sequence": (4, 4), "udp length": (4, 2), "igmp type": (0, 1),
    "esp spi": (0, 4), "esp sequence": (4, 4), "ah spi": (4, 4), "comp cpi": (2, 2),
    "sctp vtag": (4, 4),
}  # fmt: skip
"""Field of a transport header -> its first byte and its length."""
OPTIONS = (("exthdr", "hbh"), ("exthdr", "frag"), ("tcp option", "maxseg"))
GROUP = {PORTS[1]: 7}
"""Interfaces that belong to a group."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One hook on the way, with the interfaces that it is shown."""

    hook: Hook
    iif: str = ""
    oif: str = ""


def paths(frame: Frame) -> dict[str, list[Stop]]:
    """Every place where the frame comes out -> the hooks before it, in their order."""
    if frame.way == "arp":
        return _to_the_box(frame)
    group = frame.daddr in GROUPS
    if frame.way == "own":
        first = [Stop(Hook("netdev", "egress", BRIDGE), oif=BRIDGE)]
        return {port: [*first, Stop(Hook("bridge", "output"), oif=port), *_out(port)] for port in _ports(frame)}
    first = [Stop(Hook("netdev", "ingress", frame.leg), frame.leg), Stop(Hook("bridge", "prerouting"), frame.leg)]
    found = {port: [*first, Stop(Hook("bridge", "forward"), frame.leg, port), *_out(port)] for port in _ports(frame)}
    if group or frame.daddr == BOX:
        found[BRIDGE] = [*first, Stop(Hook("bridge", "input"), frame.leg)]
    return found


def _ports(frame: Frame) -> list[str]:
    """The ports by which the bridge sends it: the one behind which its station is known, else all."""
    if frame.daddr == BOX:
        return []
    known = [port for port, station in STATION.items() if station == frame.daddr]
    return [port for port in known or PORTS if port != frame.leg]


def _out(port: str) -> list[Stop]:
    return [Stop(Hook("bridge", "postrouting"), oif=port), Stop(Hook("netdev", "egress", port), oif=port)]


def _to_the_box(frame: Frame) -> dict[str, list[Stop]]:
    """ARP for the box is seen by those who watch, and is answered if it asks for the box's address."""
    asked = frame.query
    assert asked is not None
    into = [Stop(Hook("netdev", "ingress", LEG), LEG), Stop(Hook("arp", "input"), LEG)]
    found = {WATCHED: into}
    takes_hardware = asked.hardware in (1, 6)  # Ethernet, and IEEE 802, which the kernel takes for the same
    if takes_hardware and (asked.operation, asked.daddr, asked.protocol) == (1, OWN_ADDRESS, IPV4):
        found[LEG] = [*into, Stop(Hook("arp", "output"), oif=LEG), Stop(Hook("netdev", "egress", LEG), oif=LEG)]
    return found


def seen(frame: Frame, stop: Stop) -> dict[str, int]:
    """The frame as the proof names it, where the hook looks at it. It does not know what rules changed before."""
    fresh = {"meta mark": 0, "meta priority": 0, "ct state": INVALID, "ct state before tracking": INVALID}
    return {**fresh, **_network(frame), **_carried(frame), **_framed(frame, stop), **_where(frame, stop)}


def anew(frame: Frame, stop: Stop, before: dict[str, int]) -> dict[str, int]:
    """The frame at its next hook: what rules made of it, and what this hook sees otherwise than the one before."""
    if stop.hook == Hook("arp", "output"):  # another packet: the answer
        return seen(frame, stop)
    if stop.hook == Hook("arp", "input"):  # a tag to no VLAN is forgotten
        return (
            before | _where(frame, stop) | {name: value for name, value in _framed(frame, stop).items() if name in TAG}
        )
    return before | _where(frame, stop) | (_enveloped(frame) if frame.way == "arp" and stop.oif else {})


def _network(frame: Frame) -> dict[str, int]:
    """What nft takes for the network protocol: behind the first tag, which is taken off on receipt; not behind two."""
    told = [tag.kind for tag in frame.tags[1 if frame.way != "own" else 0 :]]
    l3 = told[0] if told else MEASURED if frame.measured and frame.way != "own" else frame.kind
    l4 = frame.packet.proto if frame.packet and l3 in (IPV4, IPV6) else ABSENT
    return {"l3": l3, "l4proto": l4}


def _carried(frame: Frame) -> dict[str, int]:
    if frame.packet is None:
        return _asked(frame)
    packet = frame.packet
    family = "ip6" if packet.six else "ip"
    length = len(packet.bytes())
    return {
        f"{family} saddr": int(ip_address(packet.saddr)),
        f"{family} daddr": int(ip_address(packet.daddr)),
        f"{family} dscp": packet.dscp,
        "ip ttl": 64,
        "ip6 hoplimit": 64,
        "ip6 nexthdr": EXTENSIONS.get(packet.option, packet.proto),
        **{f"{kind} {name} exists": int(packet.option == name) for kind, name in OPTIONS},
        "ip version": 4,
        "ip6 version": 6,
        "ip length": length,
        "ip id": 1,
        "ip6 length": length - 40,
        "tcp flags": packet.flags,
        "icmpv6 type" if packet.six else "icmp type": packet.kind,
        "icmpv6 code" if packet.six else "icmp code": 0,
        **{name: int.from_bytes(packet.transport[at : at + size], "big") for name, (at, size) in TRANSPORT.items()},
    }


def _asked(frame: Frame) -> dict[str, int]:
    query = frame.query
    if query is None:
        return {}
    return {
        "arp operation": query.operation,
        "arp htype": query.hardware,
        "arp ptype": query.protocol,
        "arp hlen": 6,
        "arp plen": 4,
        "arp saddr ether": number(query.saddr_ether),
        "arp saddr ip": int(ip_address(query.saddr)),
        "arp daddr ether": number(query.daddr_ether),
        "arp daddr ip": int(ip_address(query.daddr)),
    }


def _enveloped(frame: Frame) -> dict[str, int]:
    """The Ethernet header of an answer."""
    assert frame.query is not None
    return {"ether saddr": number(BOX), "ether daddr": number(frame.query.saddr_ether), "ether type": ARP}


def number(address: str) -> int:
    return int.from_bytes(mac(address), "big")


def _framed(frame: Frame, stop: Stop) -> dict[str, int]:
    """The Ethernet headers, in which nft sees the first tag whether or not it was taken off."""
    tags = frame.tags if stop.hook.layer != "arp" else ()
    kinds = [*(tag.kind for tag in tags), frame.kind]
    tag = tags[0] if tags else None
    if stop.hook.name == "output" and stop.hook.layer == "arp":
        return _answer(frame)
    return {
        "ether saddr": number(frame.saddr),
        "ether daddr": number(frame.daddr),
        "ether type": kinds[0],
        "vlan type": kinds[1] if tag else 0,
        "vlan id": tag.vlan if tag else 0,
        "vlan pcp": tag.priority if tag else ABSENT,
        "vlan dei": 0 if tag else ABSENT,
    }


def _answer(frame: Frame) -> dict[str, int]:
    """What the box answers; it has no Ethernet header yet."""
    query = frame.query
    assert query is not None
    back = {
        "arp operation": 2,
        "arp htype": 1,
        "arp saddr ether": number(BOX),
        "arp saddr ip": int(ip_address(query.daddr)),
        "arp daddr ether": number(query.saddr_ether),
        "arp daddr ip": int(ip_address(query.saddr)),
    }
    ends = dict.fromkeys(("ether saddr", "ether daddr", "ether type", "vlan pcp", "vlan dei"), ABSENT)
    return {**_asked(frame), **back, **ends}


def _where(frame: Frame, stop: Stop) -> dict[str, int]:
    """What depends on the place where the frame is looked at."""
    return {
        "iif": text_number(stop.iif),
        "oif": text_number(stop.oif),
        "meta iiftype": 1,  # where a frame comes from nowhere, it is the leaving one's
        "meta oiftype": 1 if stop.oif else ABSENT,
        "meta iifgroup": GROUP.get(stop.iif, 0) if stop.iif else ABSENT,
        "meta oifgroup": GROUP.get(stop.oif, 0) if stop.oif else ABSENT,
        "meta iifkind": _kind(stop.iif),
        "meta oifkind": _kind(stop.oif),
        "meta length": _length(frame, stop),
        "ip option rr exists": int(_recorded(frame) and stop.hook.name != "egress"),
        "meta pkttype": _type(frame, stop),
        "meta skuid": _user(frame, stop),
        "meta skgid": _user(frame, stop),
    }


def _kind(name: str) -> int:
    return word_number("bridge" if name == BRIDGE else "veth") if name else ABSENT


def _recorded(frame: Frame) -> bool:
    """Whether it has the option; where frames leave, kernel 6.18 looks for it in the Ethernet header."""
    return frame.packet is not None and frame.packet.option == "rr"


def _user(frame: Frame, stop: Stop) -> int:
    """Who sent it: root, of what the box sends; copies for several ports have no sender, the last port has no copy."""
    copied = frame.daddr not in STATION.values() and stop.oif in PORTS[1:]
    return 0 if frame.way == "own" and not copied else ABSENT


def _length(frame: Frame, stop: Stop) -> int:
    """Without the Ethernet header, but where the frame leaves; a tag that was taken off does not count."""
    if frame.way == "arp" and stop.oif:
        return 42  # an answer is written with its Ethernet header
    taken = 4 if frame.tags and frame.way != "own" else 0
    return len(frame.bytes()) - taken - (0 if stop.hook.name == "egress" else 14)


def _type(frame: Frame, stop: Stop) -> int:
    """For whom the frame is, as it was received; what the box sends itself is for the box."""
    if frame.way == "own" or (frame.way == "arp" and stop.oif):
        return HOST
    if frame.daddr in GROUPS:
        return BROADCAST if frame.daddr == GROUPS[0] else MULTICAST
    own = frame.way == "arp" or (frame.daddr == BOX and stop.hook.name != "ingress")
    return HOST if own else OTHER
