"""Random rulesets of everything that the proof understands, rare constructs beside common ones."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from policies.nftproof.symbols import CONNTRACK
from tests.nftproof.rulesets.basics import HOOKS, RulesetMaker
from tests.nftproof.rulesets.known import ALL, Known
from tests.nftproof.rulesets.topics import counting, effects, endings
from tests.nftproof.rulesets.topics.connections import CONNECTIONS
from tests.nftproof.rulesets.topics.metas import METAS
from tests.nftproof.rulesets.topics.objects import objects
from tests.nftproof.rulesets.topics.options import OPTIONS
from tests.nftproof.rulesets.topics.rare import RARE
from tests.nftproof.rulesets.topics.routes import ROUTES
from tests.nftproof.rulesets.topics.translation import PRIORITIES, translation
from tests.nftproof.rulesets.words import Json, ct, match, meta, payload

KNOWN: tuple[Known, ...] = (*ROUTES, *CONNECTIONS, *METAS, *OPTIONS, *RARE)
PRIORITY = {"prerouting": (-300, -150, -110, -100, 0), "output": (-300, -150, -100, 0), "input": (-10, 0, 100, 120),
            "forward": (-10, 0, 10), "postrouting": (-10, 0, 100, 120)}  # fmt: skip


UNLISTED = ({"ct": {"key": "l3proto"}}, {"ct": {"key": "protocol"}})
"""Tests that nft 1.0.6 omits from its listing if a later test depends on the same protocol."""


@dataclass(slots=True)
class Mixer(RulesetMaker):
    """Generates one ruleset. `hook` is empty for a chain that several hooks may call."""

    hook: str = ""
    table: str = ""
    early: bool = False
    unequal: bool = False  # nft 1.0.6 makes one of two neighbouring tests by `!=`
    nat: bool = False

    def ruleset(self) -> Json:
        self.family = self.pick("inet", "inet", "inet", "ip", "ip6")
        self.table = "t" if self.family == "inet" else "u"
        self._put("table", name=self.table)
        calls = ["s1", "s2"][: self.random.randint(0, 2)]
        for name in calls:
            self._put("chain", table=self.table, name=name)
        self.l3 = "ip6" if self.family == "ip6" else "ip"
        self._sets(self.table)
        bases = {f"b{number}": self.pick(*HOOKS) for number in range(self.pick(1, 2, 3))}
        self.refuses = "postrouting" not in bases.values()
        for name, hook in bases.items():
            body = {"type": "filter", "hook": hook, "prio": self.pick(*PRIORITY[hook])}
            self._put("chain", table=self.table, name=name, **body, policy=self.pick("accept", "accept", "drop"))
        priorities = {
            name: object_["chain"]["prio"] for object_ in self.objects for name in bases if _is(object_, name)
        }
        if self.random.random() < 0.35:
            self._translating()
        for name in [*bases, *calls]:
            self.hook = bases.get(name, "")
            self.early = bool(self.hook) and priorities[name] < CONNTRACK
            later = calls[calls.index(name) + 1 :] if name in calls else calls
            for _ in range(self.random.randint(1, 5)):
                self._put("rule", table=self.table, chain=name, expr=self._rule(later))
        return {"words": objects(self.family, self.table), "nftables": self.objects}

    def _translating(self) -> None:
        """One or two chains of type nat with a few rules."""
        self.nat = True
        for number in range(self.pick(1, 2, 2)):
            hook = self.pick("prerouting", "prerouting", "postrouting", "postrouting", "input", "output")
            name = f"n{number}"
            body = {"type": "nat", "hook": hook, "prio": self.pick(*PRIORITIES[hook])}
            policy = self.pick("accept", "accept", "accept", "drop")
            self._put("chain", table=self.table, name=name, **body, policy=policy)
            for _ in range(self.random.randint(1, 3)):
                self._start(hook)
                self.l3 = self.l3 or self.pick("ip", "ip6")
                self.l4 = self.pick("", "tcp")
                tests = [self._address(), *([self._transport()] if self.l4 else [])][: self.pick(0, 1, 2)]
                ends = translation(self.random, self.family, hook, self.l3)
                if self.random.random() < 0.15:
                    ends = [self.pick({"accept": None}, {"drop": None})]
                self._put("rule", table=self.table, chain=name, expr=[*tests, *ends])

    def _start(self, hook: str) -> None:
        self.hook, self.ordered, self.unequal = hook, False, False
        self.l3 = {"ip": "ip", "ip6": "ip6"}.get(self.family) or self.pick("", "ip", "ip6")
        self.l4 = self.pick("", "", "tcp", "tcp", "udp", "icmp")

    def _op(self) -> str:
        if self.unequal:
            return "=="
        op = self.pick("==", "==", "==", "!=")
        self.unequal = op == "!="
        return str(op)

    def _rule(self, calls: list[str]) -> list[Json]:
        self._start(self.hook)
        tests = [self._condition() for _ in range(self.pick(0, 0, 1, 1, 2))]
        tests.append(self._asked())
        self.random.shuffle(tests)
        alone = [test for test in tests if test.get("match", {}).get("left") in UNLISTED]
        if alone:
            return [*alone[:1], endings.verdict(self.random, calls)]
        return [*tests, *self._rest(calls)]

    def _rest(self, calls: list[str]) -> list[Json]:
        """What comes after the tests."""
        how = self.random.random()
        if how < 0.25:
            found = self._effect()
            return found if self.random.random() < 0.4 else [*found, endings.verdict(self.random, calls)]
        if how < 0.4:
            l4, ending = endings.choice(self.random, self._family_of_rule(), calls)
            named = isinstance(ending["vmap"]["data"], str)
            if named and self.l3 != ("ip6" if self.family == "ip6" else "ip"):
                return [endings.verdict(self.random, calls)]
            if not l4 or self.l4 in ("", l4):
                return [ending]
        if how < 0.48 and self.refuses and self.hook not in ("prerouting", "postrouting"):
            return endings.refusal(self.random, self.family, self.l3)
        if how < 0.52 and self.early:
            return [{"notrack": None}]
        if how < 0.55 and self.l4 == "tcp" and self.hook in ("prerouting", "input", "forward") and not self.early:
            found = [match(meta("l4proto"), "tcp")]
            found += effects.proxied(self.random, self.hook, self._family_of_rule(), self.family)
            return [*found, *([{"accept": None}] if "tproxy" in found[1] else [])]
        return [endings.verdict(self.random, calls)]

    def _effect(self) -> list[Json]:
        first = self.hook == "prerouting"
        found = effects.effect(self.random, self._family_of_rule(), self.family, self.l4 == "tcp", first)
        return found if self.l4 != "tcp" or "mangle" not in found[0] else [match(meta("l4proto"), "tcp"), *found]

    def _family_of_rule(self) -> str:
        self.l3 = self.l3 or self.pick("ip", "ip6")
        return self.l3

    def _asked(self) -> Json:
        """One of the rarer conditions."""
        how = self.random.random()
        if how < 0.15:
            l3 = "ip6" if self.family == "ip6" else "ip"
            if self.l3 in ("", l3):
                self.l3 = l3
                return counting.counting(self.random, l3)
        if how < 0.25:
            return self._connection()
        if how < 0.32:
            return self._named()
        fit = [item for item in KNOWN if self._fits(item)]
        return self._known(self.random.choice(fit))

    def _fits(self, known: Known) -> bool:
        placed = self.hook in known.hooks if self.hook else known.hooks == ALL
        if self.early and "ct" in known.left:
            return False
        return placed and known.l3 in ("", self.l3 or known.l3) and known.l4 in ("", self.l4 or known.l4)

    def _known(self, known: Known) -> Json:
        self.l3, self.l4 = self.l3 or known.l3, self.l4 or known.l4
        op = self.random.choice(known.ops)
        if (op in "<>" or op in ("<=", ">=")) and self.ordered:
            op = "=="
        if op == "!=" and self.unequal:
            op = "=="
        right = self.random.choice(known.rights)
        if op not in ("==", "!="):
            numbers = [value for value in known.rights if isinstance(value, int)]
            op, right = (op, numbers[0]) if numbers else ("==", right)
            self.ordered = True
        self.unequal |= op == "!="
        left = {"&": [known.left, known.mask]} if known.mask else known.left
        return match(left, right, op)

    def _connection(self) -> Json:
        """A test of the connection's bit fields."""
        if self.early:
            return match(ct("state"), "untracked", "in")
        if self.random.random() < 0.3:
            return match({"&": [ct("mark"), self.pick(1, 2)]}, self.pick(0, 1, 2), self._op())
        choices = [
            match(ct("mark"), self.pick(0, 1, 3, {"range": [1, 2]}), self._op()),
            match(ct("status"), self.pick("seen-reply", "confirmed", "assured", "dnat", "snat"), self.pick("in", "!")),
            match(ct("status"), ["snat", "dnat"], self.pick("in", "!")),
            match(ct("status"), self.pick("confirmed", 0), "=="),
            match({"ct": {"key": "label"}}, self.pick(1, 2), "in"),
        ]
        return self.random.choice(choices)

    def _named(self) -> Json:
        """A lookup in a named set, or a test of raw payload."""
        if self.random.random() < 0.4:
            return self._raw()
        left, name = self.pick(
            (payload("tcp", "dport"), "@ports"), (meta("iifname"), "@interfaces"), (meta("mark"), "@labels"),
            (meta("l4proto"), "@protocols"),
        )  # fmt: skip
        if name == "@ports":
            if self.l4 not in ("", "tcp"):
                return match(meta("mark"), "@labels", self._op())
            self.l4 = "tcp"
        return match(left, name, self._op())

    def _raw(self) -> Json:
        """Bits of a header by their place: both ports, or an address."""
        if self.family == "inet" or self.random.random() < 0.5:
            ports = (20_000 + 4 * self.random.randrange(6)) << 16 | self.pick(22, 80, 443)
            return match({"payload": {"base": "th", "offset": 0, "len": 32}}, ports, self._op())
        address = int(ip_address(self.pick("10.0.0.1", "10.1.0.1") if self.family == "ip" else "fd00::1"))
        place = (self.pick(96, 128), 32) if self.family == "ip" else (self.pick(64, 192), 128)
        return match({"payload": {"base": "nh", "offset": place[0], "len": place[1]}}, address, self._op())


def _is(json: Json, name: str) -> bool:
    return json.get("chain", {}).get("name") == name and "hook" in json["chain"]
