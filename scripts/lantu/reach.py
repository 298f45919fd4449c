"""What a plan makes reachable, and what no longer is: rendered rules compared with those that the hosts have now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantu.console import Lang, say, word
from lantu.context import LabContext
from policies.nftproof.scratch import NotListedError, listings
from policies.verification.matrix.lab_namespaces import handles
from policies.verification.network_proof.live_rules import listed_now
from policies.verification.network_proof.reachability_diff import difference
from policies.verification.network_proof.report import refused

KINDS = ("opens", "ceases")


def reach(context: LabContext, rules: Mapping[str, str]) -> dict[str, Any]:
    """`opens` and `ceases`, sentences with their packets; `error` if the two could not be compared.

    A host that does not run passes nothing: everything that it will pass is new.
    """
    part = context.blueprint.deployed_subset
    try:
        now = listed_now(part, handles(context.lab.name, part))
        changes = difference(part, now, listings(rules))
    except NotListedError as error:
        say(refused(error, word(context.lang)))
        return {"error": {"code": error.code, **{lang: refused(error, lang) for lang in ("zh", "en")}}}
    return {kind: [change.as_json() for change in changes if change.kind == kind] for kind in KINDS}


def words(changes: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """One line for each change, or one line if there is none."""
    zh = lang is Lang.ZH
    if "error" in changes:
        yield changes["error"][word(lang)]
        return
    lines = [change[word(lang)] for kind in KINDS for change in changes[kind]]
    yield from lines or ["可达性无变化" if zh else "reachability does not change"]
