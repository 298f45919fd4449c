"""One ruleset and its frames, by the kernel and by the model: where do they differ, and on how little?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from policies.nftproof.conditions import own_name
from policies.nftproof.hooks import Hook, hooks_of
from policies.nftproof.interpreter import Interpreter
from policies.nftproof.listing import Ruleset, read
from policies.nftproof.program import program
from policies.nftproof.space import Space, space
from policies.nftproof.statements import Unread, steps
from tests.nftproof.following import follow
from tests.nftproof.layers.frames import Frame
from tests.nftproof.layers.paths import Stop, anew, paths, seen
from tests.nftproof.layers.rulesets import TABLES, Json
from tests.nftproof.layers.segment import Segment
from tests.nftproof.shrinking import shrunk


@dataclass(slots=True)
class Difference:
    """A frame that the kernel and a model treat differently on its way to `place`."""

    frame: Frame
    place: str
    kernel: bool
    model: str  # which one, and what it says


@dataclass(slots=True)
class Comparison:
    """`judged` counts ways of frames (a group's frame has several), `passed` those that the kernel let through."""

    sent: int = 0
    judged: int = 0
    passed: int = 0
    differences: list[Difference] = field(default_factory=list)
    refused: str = ""  # nft's words where it did not take the ruleset, or what the reader does not know


class Model:
    """The listed ruleset, as the interpreter and as the flattened program see it."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.interpreter = Interpreter(ruleset)
        known = {rule.order: steps(ruleset, rule) for rule in ruleset.rules}
        hooks = hooks_of(ruleset)
        self.spaces: dict[object, Space] = {
            hook: space(program(ruleset, hook, chains, known)) for hook, chains in hooks.items()
        }
        known_of = dict(chances(ruleset))
        names = {name for made in self.spaces.values() for name in made.names} | known_of.keys()
        self.chances = {name: known_of[stem] for name in names if (stem := name.partition(" by ")[0]) in known_of}
        self.unread = [step.what for item in known.values() for step in item if isinstance(step, Unread)]

    def shown(self, frames: Sequence[Frame]) -> Iterator[tuple[Hook, dict[str, int]]]:
        """Each frame as every hook sees it that no earlier hook changes it for."""
        for frame in frames:
            for stop in (stop for way in paths(frame).values() for stop in way):
                yield stop.hook, seen(frame, stop) | self.chances

    def verdicts(self, frame: Frame, way: Sequence[Stop]) -> dict[str, str]:
        """What each model says becomes of the frame on its way, hook by hook."""
        told = seen(frame, way[0]) | self.chances
        verdicts = {"interpreter": "accept", "program": "accept"}
        for stop in way:
            told = anew(frame, stop, told) | self.chances
            if stop.hook not in self.spaces:
                continue
            if verdicts["program"] == "accept":
                verdicts["program"], _ = follow(self.spaces[stop.hook], told)
            if verdicts["interpreter"] == "accept":
                outcome = self.interpreter.outcome(stop.hook, told)
                verdicts["interpreter"], told = outcome.verdict, dict(outcome.packet)
        return verdicts


def chances(ruleset: Ruleset) -> Iterator[tuple[str, int]]:
    """Whether the rates, amounts and updates of these rulesets match: they are far from any border."""
    for rule in ruleset.rules:
        for at, statement in enumerate(rule.expr):
            ((kind, body),) = statement.items()
            if kind in ("limit", "quota"):
                yield f"{kind} ({own_name(rule, at)})", int(not body.get("inv"))
            elif kind == "set":
                yield f"set {body['set']} ({own_name(rule, at)})", 1


def load(segment: Segment, document: Json) -> str:
    """Loads the tables in place of what was there; what nft says, empty where it took them.

    Chains are told in words: nft 1.0.6 takes several devices from its JSON neither in nor out.
    """
    bodies = [(kind, body) for item in document["nftables"] for kind, body in item.items()]
    words = [f"add table {family} {name}\ndelete table {family} {name}" for family, name in TABLES]
    words += [line for kind, body in bodies if kind in ("table", "chain") for line in [_words(kind, body)]]
    done = segment.box.run("nft", "-f", "-", text="\n".join(words))
    rest = [{"add": {kind: body}} for kind, body in bodies if kind not in ("table", "chain")]
    if done.returncode == 0 and rest:
        done = segment.box.run("nft", "-j", "-f", "-", text=json.dumps({"nftables": rest}))
    return "" if done.returncode == 0 else (done.stderr or done.stdout or f"status {done.returncode}")


def _words(kind: str, body: Json) -> str:
    if kind == "table":
        return f"add table {body['family']} {body['name']}"
    where = f"add chain {body['family']} {body['table']} {body['name']}"
    if "hook" not in body:
        return where
    devices = f"devices = {{ {', '.join(body['dev'])} }} " if "dev" in body else ""
    return f"{where} {{ type filter hook {body['hook']} {devices}priority {body['prio']}; policy {body['policy']}; }}"


def listed(segment: Segment, document: Json) -> Ruleset | str:
    """What the kernel has, with the devices that nft 1.0.6 leaves out; what nft says where it breaks down on that."""
    devices = {
        (body["family"], body["table"], body["name"]): body["dev"]
        for item in document["nftables"] for body in item.values() if "dev" in body
    }  # fmt: skip
    done = segment.box.run("nft", "-j", "list", "ruleset")
    if done.returncode:
        return done.stderr or f"status {done.returncode}"
    objects = [
        item for item in json.loads(done.stdout)["nftables"] if next(iter(item.values())).get("table") != "watch"
    ]
    for one in objects:
        if "chain" in one:
            chain = one["chain"]
            chain |= {"dev": found} if (found := devices.get((chain["family"], chain["table"], chain["name"]))) else {}
    return read(
        json.dumps({"nftables": [object_ for object_ in objects if object_.get("table", {}).get("name") != "watch"]})
    )


def compare(segment: Segment, document: Json, frames: Sequence[Frame]) -> Comparison:
    """Loads the ruleset, sends the frames, compares every verdict at every place where a frame may come out."""
    result = Comparison(sent=len(frames))
    result.refused = load(segment, document)
    ruleset = result.refused or listed(segment, document)
    if isinstance(ruleset, str):
        return Comparison(refused=ruleset)
    model = Model(ruleset)
    if model.unread:
        return Comparison(refused=f"not read: {model.unread[0]}")
    arrived = segment.arrivals(frames)
    for frame in frames:
        for place, way in paths(frame).items():
            came = (frame.number, place) in arrived
            result.judged, result.passed = result.judged + 1, result.passed + came
            for name, verdict in model.verdicts(frame, way).items():
                if (verdict == "accept") != came:
                    result.differences.append(Difference(frame, place, came, f"{name}: {verdict}"))
    return result


def smallest(segment: Segment, document: Json, frames: Sequence[Frame]) -> tuple[Json, Difference]:
    """The difference that this ruleset shows on these frames, on as little of both as still shows it."""
    found = compare(segment, document, frames).differences[0]
    alone = [found.frame]
    few = alone if compare(segment, document, alone).differences else frames
    document = shrunk(document, lambda smaller: bool(compare(segment, smaller, few).differences))
    return document, compare(segment, document, few).differences[0]
