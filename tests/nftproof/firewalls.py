"""Random firewalls in shapes that are hard to analyse, as `nft -j list ruleset` lists them; any number of rules.

Rules overlap a lot on purpose: prefixes nest, ports are ranges, marks are set in one place and asked in another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from tests.nftproof.rulesets import Json, ct, match, meta, payload, prefix

FORWARD = {"type": "filter", "hook": "forward", "prio": 0}
ENDS = ({"accept": None}, {"accept": None}, {"drop": None})


class Firewall:
    """A table under construction: chains and rules with handles."""

    def __init__(self, seed: int, family: str = "inet") -> None:
        self.random = Random(seed)  # noqa: S311 - not for secrets
        self._place = {"family": family, "table": "filter"}
        self.objects: list[Json] = [{"table": {"family": family, "name": "filter", "handle": 1}}]
        self.rules = 0

    def chain(self, name: str, **base: Any) -> None:
        self.objects.append({"chain": {**self._place, "name": name, "handle": len(self.objects) + 1, **base}})

    def rule(self, chain: str, *expr: Json) -> None:
        self.rules += 1
        self.objects.append({"rule": {**self._place, "chain": chain, "handle": len(self.objects) + 1, "expr": [*expr]}})

    def end(self) -> Json:
        return self.random.choice(ENDS)

    def sorted(self, chain: str, rules: Sequence[Sequence[Json]]) -> None:
        """Most specific first, as people and generators write rules, with exceptions."""
        for expr in sorted(rules, key=lambda expr: self.random.gauss(0, 12) - _tightness(expr)):
            self.rule(chain, *expr)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def text(self) -> str:
        return json.dumps({"nftables": self.objects})


def _tightness(expr: Sequence[Json]) -> float:
    """About how many bits of a packet the tests fix."""
    text = json.dumps(expr)
    lengths = [int(item) for item in re.findall(r'"len": (\d+)', text)]
    return (
        sum(min(length, 128 - length // 2) for length in lengths) / 2
        + 8 * text.count('"match"')
        + 4 * text.count('port"')
    )


def tuples(wall: Firewall, rules: int) -> None:
    """Five-tuples as ClassBench draws them: nested prefixes, wildcards, port ranges, both families."""
    wall.rule("forward", match(ct("state"), ["established", "related"], "in"), {"accept": None})
    wall.sorted("forward", [_tuple(wall) for _ in range(rules - 1)])


def _tuple(wall: Firewall) -> list[Json]:
    six = wall.often(0.4)
    tests = [_address(wall, six, name) for name in ("saddr", "daddr") if wall.often(0.9)]
    return [*tests, *_transport(wall), wall.end()]


def concatenations(wall: Firewall, rules: int) -> None:
    """Sets of two to fifty concatenated intervals: addresses, or addresses and ports, from the same small world."""
    wall.sorted("forward", [_concatenation(wall) for _ in range(rules)])


def _concatenation(wall: Firewall) -> list[Json]:
    six, header = wall.often(0.3), wall.random.choice(("tcp", "udp"))
    names = wall.random.choice((("saddr", "daddr"), ("saddr", "dport"), ("saddr", "daddr", "dport")))
    left = [payload(header if name == "dport" else "ip6" if six else "ip", name) for name in names]
    count = min(50, max(2, int(wall.random.expovariate(1 / 8))))
    members = {json.dumps([_member(wall, six, name) for name in names]) for _ in range(count)}
    elements = {"set": [{"concat": json.loads(member)} for member in sorted(members)]}
    return [match({"concat": left}, elements, "!=" if wall.often(0.02) else "=="), wall.end()]


def marks(wall: Firewall, rules: int) -> None:
    """Chains that set and test single bits of the mark, and the connection's state, called from many places."""
    names = [f"mark{number}" for number in range(max(2, min(9, rules // 12)))]
    for name in names:
        wall.chain(name)
    for name in names:
        wall.rule("forward", _address(wall, False, "daddr"), _marking(wall, []))
        wall.rule("forward", *([_marked(wall)] if wall.often(0.5) else []), _call(wall, name))
    while wall.rules < rules:
        at = wall.random.randint(-1, len(names) - 1)
        later = names[max(at + 1, len(names) // 2) :]
        tests = [_marked(wall)] if wall.often(0.7) else [_address(wall, False, "daddr")]
        tests += [_address(wall, False, "saddr")] if wall.often(0.6) else []
        tests += _transport(wall) if wall.often(0.6) else []
        wall.rule(names[at] if at >= 0 else "forward", *tests, _marking(wall, names if at < 0 else later))


def trees(wall: Firewall, rules: int) -> None:
    """Jumps and verdict maps that lead by network and port to chains of chains; some leaves are called from all."""
    shared = [f"common{number}" for number in range(6)]
    for name in shared:
        wall.chain(name)
    for name in shared:
        for _ in range(min(6, rules // 30 + 1)):
            end = wall.random.choice((*ENDS, {"return": None}))
            wall.rule(name, *_transport(wall), match(ct("state"), wall.random.choice(("new", "established"))), end)
    _branch(wall, ["forward"], rules, shared)


def _branch(wall: Firewall, path: list[str], rules: int, shared: list[str], within: tuple[int, ...] = (10,)) -> None:
    """Fill a chain and those that it calls, while rules remain. `within`: the network of the chain."""
    fan = 8 if len(path) == 1 else 4
    share = max(4, (rules - wall.rules) // fan)
    for number in range(fan):
        if wall.rules + 4 > rules:
            break
        inner, until = f"{path[-1]}.{number}", min(rules, wall.rules + share)
        wall.chain(inner)
        deeper = _forked(wall, path[-1], inner, within)
        if len(path) < 4 and share > 10:
            _branch(wall, [*path, inner], until - 2, shared, deeper)
        while wall.rules < until:
            target = match(payload("ip", "daddr"), _network_of(wall, False, (20, 24, 28, 32), deeper))
            tests = [*([target] if wall.often(0.7) else []), _address(wall, False, "saddr"), *_transport(wall)]
            wall.rule(inner, *tests, _call(wall, wall.random.choice(shared)) if wall.often(0.3) else wall.end())


def _forked(wall: Firewall, chain: str, inner: str, within: tuple[int, ...]) -> tuple[int, ...]:
    """A rule that leads from a chain to another, by a network or by a map of ports; the network behind it."""
    if wall.often(0.6) and len(within) < 3:
        deeper = (*within, wall.random.randint(0, 3 if len(within) == 1 else 7))
        net = prefix(".".join(map(str, (*deeper, 0, 0, 0)[:4])), 8 * len(deeper))
        wall.rule(chain, match(payload("ip", "daddr"), net), _call(wall, inner))
        return deeper
    ports = sorted(wall.random.sample(range(1, 9000), 4))
    pairs = [[{"range": ports[:2]}, {"jump": {"target": inner}}], [{"range": ports[2:]}, {"return": None}]]
    wall.rule(chain, {"vmap": {"key": payload("tcp", wall.random.choice(("sport", "dport"))), "data": {"set": pairs}}})
    return within


def services(wall: Firewall, rules: int) -> None:
    """In the shape of a cluster's node: KUBE-, DOCKER- and f2b- chains, as iptables-nft writes them."""
    for name in ("KUBE-MARK-DROP", "KUBE-MARK-MASQ", "KUBE-SERVICES", "KUBE-FORWARD", "DOCKER-USER", "f2b-sshd"):
        wall.chain(name)
    for name, bit in (("KUBE-MARK-DROP", 0x8000), ("KUBE-MARK-MASQ", 0x4000)):
        wall.rule(name, {"mangle": {"key": meta("mark"), "value": {"|": [meta("mark"), bit]}}})
    for name in ("DOCKER-USER", "f2b-sshd", "KUBE-SERVICES", "KUBE-FORWARD"):
        wall.rule("forward", *([match(payload("tcp", "dport"), 22)] if name[0] == "f" else []), _call(wall, name))
    wall.rule("KUBE-FORWARD", match(ct("state"), "invalid", "in"), {"drop": None})
    for bit, end in ((0x8000, "drop"), (0x4000, "accept")):
        wall.rule("KUBE-FORWARD", match({"&": [meta("mark"), bit]}, bit), {end: None})
    number = 0
    while wall.rules < rules - 3:
        number += 1
        _service(wall, number) if wall.often(0.5) else _banned(wall)
    for name in ("f2b-sshd", "DOCKER-USER"):
        wall.rule(name, {"return": None})
    wall.rule("KUBE-FORWARD", match(ct("state"), ["related", "established"], "in"), {"accept": None})


def _service(wall: Firewall, number: int) -> None:
    chain, outside = f"KUBE-SVC-{number}", match(payload("ip", "saddr"), prefix("10.244.0.0", 16), "!=")
    wall.chain(chain)
    where = match(payload("ip", "daddr"), f"10.96.{wall.random.randint(0, 3)}.{wall.random.randint(1, 60)}")
    port = match(payload("tcp", "dport"), wall.random.choice((80, 443, 5432, 8080)))
    wall.rule("KUBE-SERVICES", where, port, _call(wall, chain))
    wall.rule(chain, outside, where, port, _call(wall, "KUBE-MARK-MASQ"))
    if wall.often(0.3):
        wall.rule(chain, match(payload("ip", "saddr"), prefix("192.168.0.0", 16)), _call(wall, "KUBE-MARK-DROP"))
    wall.rule(
        chain, *([_marked(wall)] if wall.often(0.1) else []), {"accept": None} if wall.often(0.4) else {"return": None}
    )


def _banned(wall: Firewall) -> None:
    source = match(payload("ip", "saddr"), f"203.0.113.{wall.random.randint(1, 254)}")
    if wall.often(0.5):
        wall.rule("f2b-sshd", source, {"reject": {"type": "icmp", "expr": "port-unreachable"}})
    else:
        wall.rule(
            "DOCKER-USER", match(meta("iifname"), f"eth{wall.random.randint(0, 1)}", "!="), source, {"drop": None}
        )


def negations(wall: Firewall, rules: int) -> None:
    """Negations: addresses outside of networks, ports outside of sets, connections in other states."""
    wall.sorted("forward", [_negation(wall) for _ in range(rules)])


def _negation(wall: Firewall) -> list[Json]:
    six, header = wall.often(0.3), wall.random.choice(("tcp", "udp"))
    tests = [_address(wall, six, "saddr"), _address(wall, six, "daddr", "!=" if wall.often(0.6) else "==")]
    if wall.often(0.6):
        several = sorted(wall.random.sample(range(1, 200), wall.random.randint(1, 12)))
        tests.append(match(payload(header, "dport"), {"set": several}, "!="))
    else:
        tests.append(match(payload(header, "dport"), _port(wall), "!=" if wall.often(0.3) else "=="))
    if wall.often(0.4):
        tests.append(match(meta("iifname"), {"set": [f"lan{item}" for item in wall.random.sample(range(6), 3)]}, "!="))
    if wall.often(0.4):
        tests.append(match(ct("state"), wall.random.choice((["new"], ["established", "related"])), "!"))
    return [*tests, wall.end()]


def _call(wall: Firewall, name: str) -> Json:
    return {"goto" if wall.often(0.1) else "jump": {"target": name}}


LENGTHS = (8, 16, 20, 24, 24, 26, 28, 32, 32)


def _network_of(wall: Firewall, six: bool, lengths: Sequence[int] = LENGTHS, within: tuple[int, ...] = ()) -> Any:
    """A network from a small address space, so that networks nest and repeat."""
    drawn = (10, wall.random.randint(0, 3), wall.random.randint(0, 7), wall.random.randint(0, 255))
    parts = (*within, *drawn[len(within) :])
    length = wall.random.choice(lengths)
    number = int.from_bytes(bytes(parts), "big") >> (32 - length) << (32 - length)
    shown = number.to_bytes(4, "big")
    if six:
        text = f"fd{shown[0]:02x}:{shown[1]:x}:{shown[2]:x}:{shown[3]:x}::"
        groups = {8: 16, 16: 32, 20: 44, 24: 48, 26: 58, 28: 60, 32: 64}
        return prefix(text, groups[length])
    text = ".".join(map(str, shown))
    return text if length == 32 else prefix(text, length)


def _address(wall: Firewall, six: bool, name: str, op: str = "==") -> Json:
    left = payload("ip6" if six else "ip", name)
    if wall.often(0.1) and not six:
        low = wall.random.randint(0, 200)
        net = f"10.{wall.random.randint(0, 3)}.{wall.random.randint(0, 7)}"
        return match(left, {"range": [f"{net}.{low}", f"{net}.{low + wall.random.randint(1, 55)}"]}, op)
    return match(left, _network_of(wall, six), op)


def _port(wall: Firewall) -> Any:
    low = wall.random.randint(1, 9000)
    known = wall.random.choice((22, 53, 80, 443, 8080))
    wide = wall.random.choice(({"range": [0, 1023]}, {"range": [1024, 65535]}, {"range": [low, low + low % 3000]}))
    return wall.random.choice((known, known, low, wide, wide))


def _transport(wall: Firewall) -> list[Json]:
    kind = wall.random.choice(("tcp", "tcp", "udp", "any", ""))
    if not kind:
        return []
    if kind == "any":
        return [match(meta("l4proto"), {"set": ["tcp", "udp"]})]
    names = wall.random.choice((("dport",), ("dport",), ("sport", "dport")))
    return [match(payload(kind, name), _port(wall)) for name in names]


def _member(wall: Firewall, six: bool, name: str) -> Any:
    """A narrow element, so that large sets do not cover each other."""
    if name == "dport":
        return wall.random.choice((_port(wall), wall.random.randint(1, 999)))
    return _network_of(wall, six, (20, 24, 26, 28, 32))


def _marked(wall: Firewall) -> Json:
    bit = 1 << wall.random.randint(0, 7)
    if wall.often(0.2):
        op = "!=" if wall.often(0.5) else "=="
        return match(meta("mark"), wall.random.choice((0, bit, {"range": [bit, 2 * bit]})), op)
    return match({"&": [meta("mark"), bit]}, wall.random.choice((0, bit)))


def _marking(wall: Firewall, calls: list[str]) -> Json:
    bit, mark = 1 << wall.random.randint(0, 7), meta("mark")
    if wall.often(0.4):
        value = wall.random.choice(({"|": [mark, bit]}, {"&": [mark, 0xFFFFFFFF & ~bit]}, bit, 0))
        return {"mangle": {"key": mark, "value": value}}
    if calls and wall.often(0.4):
        return _call(wall, wall.random.choice(calls))
    return wall.random.choice((*ENDS, {"return": None}))


KINDS: dict[str, Callable[[Firewall, int], None]] = {
    item.__name__: item for item in (tuples, concatenations, marks, trees, services, negations)
}


def firewall(kind: str, rules: int, seed: int = 1, policy: str = "drop") -> str:
    """A listing of that kind with about this many rules."""
    wall = Firewall(seed)
    wall.chain("forward", **FORWARD, policy=policy)
    KINDS[kind](wall, rules)
    return wall.text()


def firewalls(rules: int, seeds: range) -> Iterator[tuple[str, str, int, str]]:
    """(kind, policy, seed, listing) of each kind with both policies."""
    for seed in seeds:
        for kind in KINDS:
            for policy in ("drop", "accept"):
                yield kind, policy, seed, firewall(kind, rules, seed, policy)
