"""What becomes reachable by a plan, and what ceases to be: rendered rules beside those that the hosts have now."""

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


def reach(seen: LabContext, rules: Mapping[str, str]) -> dict[str, Any]:
    """`opens` and `ceases`, sentences with their packets; `error` where the two could not be compared.

    A host that does not run lets nothing pass: what it is going to let pass is all new.
    """
    part = seen.blueprint.deployed_subset
    try:
        now = listed_now(part, handles(seen.lab.name, part))
        changes = difference(part, now, listings(rules))
    except NotListedError as mistake:
        say(refused(mistake, word(seen.lang)))
        return {"error": {"code": mistake.code, **{lang: refused(mistake, lang) for lang in ("zh", "en")}}}
    return {kind: [change.as_json() for change in changes if change.kind == kind] for kind in KINDS}


def words(found: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    """One line a change; one line where there is none."""
    zh = lang is Lang.ZH
    if "error" in found:
        yield found["error"][word(lang)]
        return
    lines = [one[word(lang)] for kind in KINDS for one in found[kind]]
    yield from lines or ["可达性不变" if zh else "who may reach whom stays as it is"]
