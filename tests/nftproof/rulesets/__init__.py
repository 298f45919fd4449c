"""Random rulesets, as JSON objects that nft loads and lists: one seed, one ruleset."""

from __future__ import annotations

from random import Random

from tests.nftproof.rulesets.basics import RulesetMaker
from tests.nftproof.rulesets.mixed import Mixer
from tests.nftproof.rulesets.words import Json, ct, match, meta, payload, prefix

__all__ = ["Json", "ct", "match", "meta", "mixed", "numbered", "payload", "prefix", "ruleset"]


def ruleset(seed: int, small: bool = False) -> Json:
    """The ruleset of a seed, without handles."""
    return RulesetMaker(Random(seed), small).ruleset()  # noqa: S311 - not for secrets


def mixed(seed: int) -> Json:
    """A ruleset with everything that is read of the IP layer."""
    return Mixer(Random(seed)).ruleset()  # noqa: S311 - not for secrets


def numbered(document: Json) -> Json:
    """The same with handles, as a listing has them."""
    objects = enumerate(document["nftables"], 1)
    return {"nftables": [{kind: {**body, "handle": at}} for at, one in objects for kind, body in one.items()]}
