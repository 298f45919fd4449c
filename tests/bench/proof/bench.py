"""The proof's time: the worked example, and gateways of 1,000 and 10,000 rules between six zones in both families.

Prints a table and asserts no times. CPU is this process's and its tools'; a SAT solver is the cross-check.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from ipaddress import ip_network
from itertools import islice, permutations
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

import inventory  # noqa: E402
from policies.nftproof.exact import Allowed, exactly  # noqa: E402
from policies.nftproof.hooks import Hook  # noqa: E402
from policies.nftproof.intervals import single  # noqa: E402
from policies.nftproof.lint.analyse import RulesetReport, analyse  # noqa: E402
from policies.nftproof.lint.crosscheck import Checked, crosscheck  # noqa: E402
from policies.nftproof.lint.rule_questions import RuleQuestions  # noqa: E402
from policies.nftproof.lint.rule_status import RuleStatus  # noqa: E402
from policies.nftproof.listing import Ruleset, read  # noqa: E402
from policies.nftproof.scratch import listings  # noqa: E402
from policies.nftproof.statements import steps  # noqa: E402
from policies.nftproof.values import text_number  # noqa: E402
from policies.verification.network_proof.expected_traffic import FAMILIES, NEW  # noqa: E402
from policies.verification.network_proof.prove import FIRST, FULL, prove  # noqa: E402
from tests.bench.proof.alone import document  # noqa: E402
from tests.nftproof.comparing import Box, compare  # noqa: E402
from tests.nftproof.firewalls import KINDS, firewall  # noqa: E402
from tests.nftproof.namespaces import lab  # noqa: E402
from tests.nftproof.packets import ROUTES  # noqa: E402
from tests.nftproof.packets import packets as some_packets  # noqa: E402
from tests.nftproof.rulesets import ruleset  # noqa: E402

ZONES = tuple(f"zone{number}" for number in range(6))
HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ProofMeasurement:
    """What was measured; the number of rules; wall and CPU seconds; the goal."""

    what: str
    rules: int
    wall: float
    cpu: float
    aim: str


def timed(what: str, rules: int, aim: str, work: Callable[[], object]) -> ProofMeasurement:
    """Run the work, which must end with a proof."""
    wall, cpu = perf_counter(), _cpu()
    assert work(), f"{what}: not proven"
    return ProofMeasurement(what, rules, perf_counter() - wall, _cpu() - cpu, aim)


def _cpu() -> float:
    listed = os.times()
    return process_time() + listed.children_user + listed.children_system


def example() -> Iterator[ProofMeasurement]:
    """The worked example: rules rendered, loaded, read back, proven."""
    day = date.today()
    blueprint = inventory.load(None, "lab", day).blueprint
    assert blueprint is not None
    part = blueprint.deployed_subset
    rules = sum(prove(part, day, FIRST).rules.values())
    yield timed("worked example", rules, "<= 1 s", lambda: prove(part, day, FIRST).good)
    yield timed("worked example, cross-checked", rules, "", lambda: prove(part, day, FULL).good)


def gateway(count: int, aim: str, second: bool = False) -> Iterator[ProofMeasurement]:
    """One gateway between six zones: every ordered pair, both families, its rules spread over hosts and ports.

    `second`: ask the second solver as well.
    """
    rules = list(islice(_rules(), count))
    listed = listings({"gateway": _text([text for text, _ in rules])})["gateway"]
    allowed = [right for _, right in rules] + [Allowed("answer", {"ct state": single(2)})]
    ruleset, hook = read(listed), Hook("ip", "forward")
    yield timed("6 zones, all pairs, both families", count, aim, lambda: not exactly(read(listed), hook, allowed))
    if second:
        yield timed("the same, cross-checked", count, "", lambda: not exactly(ruleset, hook, allowed, HOUR))


def alone(count: int, aim: str, peer: bool = False) -> Iterator[ProofMeasurement]:
    """Every rule's status, as `lantu prove --ruleset` reports it, and cross-checked; with `peer` by SAT alone."""
    found = read(document(count))
    yield timed("shadowed and redundant rules", count, aim, lambda: analyse(found))
    report = analyse(found)
    yield timed("these, cross-checked (SAT, walks)", count, "", lambda: not crosscheck(report, HOUR).differences)
    if peer:
        yield timed("SAT alone, rule by rule: the peer", count, "", lambda: by_second(found) == states(report))


def states(report: RulesetReport) -> dict[int, str]:
    listed = {RuleStatus.LIVE: "live", RuleStatus.REDUNDANT: "redundant"}
    return {order: listed.get(status.state, "dead") for order, status in report.statuses.items()}


def by_second(ruleset: Ruleset) -> dict[int, str]:
    """live, redundant or dead (shadowed, never) of every rule, with no boxes and no covers."""
    known = {rule.order: steps(ruleset, rule) for rule in ruleset.rules}
    second = RuleQuestions(ruleset, known, Hook("ip", "forward"), perf_counter() + HOUR)
    needed = {order for order in known if second.differs(order)}
    return {o: "live" if o in needed else "redundant" if second.comes(o) else "dead" for o in known}


SIZES = {"marks": 150}
"""Smaller sizes: called from many places, 150 rules that set and test marks are harder than 1,000 others."""


def hard() -> Iterator[ProofMeasurement]:
    """Firewalls in hard shapes, analysed and cross-checked; no rule may be left unknown or unchecked."""
    for kind in KINDS:
        for policy in ("drop", "accept"):
            text = firewall(kind, SIZES.get(kind, 1_000), 1, policy)
            found: list[RulesetReport] = []
            work = partial(_analysed, text, found)
            yield timed(f"{kind}, {policy} by default", len(read(text).rules), "<= 20 s", work)
            yield timed("  cross-checked", len(read(text).rules), "", partial(_confirmed, found))


def _analysed(text: str, found: list[RulesetReport]) -> bool:
    found.append(analyse(read(text)))
    return not found[0].unknown


def _confirmed(found: list[RulesetReport]) -> bool:
    return crosscheck(found[0], HOUR) == Checked()


def packets() -> Iterator[ProofMeasurement]:
    """A short run; the long one is LANTU_PACKETS=100000 pytest tests/nftproof/test_kernel.py."""
    sent = 0
    with lab(ROUTES) as made:
        box, wall, cpu = Box(made), perf_counter(), _cpu()
        for seed in range(40):
            result = compare(made, box, ruleset(seed), some_packets(seed, 24, ("through", "through", "in", "out")))
            assert not result.differences
            sent += result.sent
    yield ProofMeasurement(
        f"{sent:,} packets, kernel and model", 40, perf_counter() - wall, _cpu() - cpu, ">= 2,000 in CI"
    )


def _rules() -> Iterator[tuple[str, Allowed]]:
    for number in range(1 << 16):
        for at, (source, target) in enumerate(permutations(range(len(ZONES)), 2)):
            for family in FAMILIES:
                yield _rule(number, at, source, target, family.version)


def _rule(number: int, at: int, source: int, target: int, version: int) -> tuple[str, Allowed]:
    """From a host, now and then a network, of one zone to a host of another, on a port of its own."""
    family = FAMILIES[0 if version == 4 else 1]
    length = (28 if number % 5 == 0 else 32) + (0 if version == 4 else 96)
    begin = "10.{}.{}.{}" if version == 4 else "fd00:{}::{}:{}"
    low, high = number * 16 % 4096 // 256, number * 16 % 256
    words = [
        begin.format(zone, *((low, high) if version == 4 else (f"{low:x}", f"{high:x}"))) for zone in (source, target)
    ]
    nets = [ip_network(f"{words[0]}/{length}"), ip_network(words[1])]
    port = 1024 + (number * 31 + at) % 30000
    name = "ip" if version == 4 else "ip6"
    text = (
        f'iifname "{ZONES[source]}" oifname "{ZONES[target]}" {name} saddr {nets[0]} {name} daddr {nets[1]} '
        f"tcp dport {port} ct state new accept"
    )
    spans = [((int(net.network_address), int(net.broadcast_address)),) for net in nets]
    box = {"iif": single(text_number(ZONES[source])), "oif": single(text_number(ZONES[target])), "ct state": NEW}
    box |= {"l3": single(family.l3), family.source: spans[0], family.target: spans[1]}
    return text, Allowed(f"{at}.{number}", box | {"l4proto": single(6), "dport": single(port)})


def _text(rules: list[str]) -> str:
    lines = "\n".join(f"    {rule}" for rule in rules)
    chain = "    type filter hook forward priority filter; policy drop;\n    ct state established accept"
    return f"table inet lantu {{\n  chain forward {{\n{chain}\n{lines}\n    counter drop\n  }}\n}}\n"


ROWS: tuple[Callable[[], Iterator[ProofMeasurement]], ...] = (
    example,
    lambda: gateway(1_000, "<= 3 s", second=True),
    lambda: gateway(10_000, "<= 30 s", second=True),
    lambda: alone(1_000, "<= 20 s", peer=True),
    hard,
    packets,
)
"""Each gives rows; any may fail with a message."""


def main() -> None:
    print(f"{'':44}{'rules':>8}{'wall s':>9}{'cpu s':>9}  aim   (load {os.getloadavg()[0]:.1f})")
    for rows in ROWS:
        for row in rows():
            print(f"{row.what:44}{row.rules:>8,}{row.wall:>9.2f}{row.cpu:>9.2f}  {row.aim}", flush=True)


if __name__ == "__main__":
    main()
