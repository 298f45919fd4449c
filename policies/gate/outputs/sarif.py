"""SARIF 2.1.0 for code scanning: every rule is declared, also those that found nothing; results have fingerprints.

What a site compensates for, and later what a signed waiver covers, is a suppression with its reason, never left out.
Its states are the standard's own (oasis-tcs/sarif-spec, 3.35): accepted, underReview.
"""

from __future__ import annotations

import json
import re
from typing import Any

from inventory.texts.text import Lang
from policies.gate.outputs.common import clauses, said

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVEL = {"deny": "error", "major": "error", "warn": "warning", "info": "note", "to-be-observed": "note"}
RANK = {"deny": 100.0, "major": 75.0, "warn": 40.0, "info": 10.0, "to-be-observed": 10.0}
LOCATION = re.compile(r"^(?P<file>[^:]+\.ya?ml):(?P<line>\d+):(?P<column>\d+)$")
SNAPSHOT = "ESTATE"
"""The base of the blueprint's file paths."""


def render(document: dict[str, Any], lang: Lang) -> str:
    return json.dumps(log(document, lang), ensure_ascii=False, indent=1) + "\n"


def log(document: dict[str, Any], lang: Lang) -> dict[str, Any]:
    """The whole file as data."""
    index = {rule["id"]: number for number, rule in enumerate(document["rules"])}
    run = {
        "tool": {"driver": {"name": "lantu", "rules": [_rule(rule, lang) for rule in document["rules"]]}},
        "language": "zh-CN" if lang == "zh" else "en-US",
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {SNAPSHOT: {"description": {"text": "folder of the blueprint"}}},
        "results": [_result(item, index, lang) for item in document["findings"]],
        "properties": {
            key: document[key] for key in ("verdict", "views", "site", "location", "blueprint", "evaluated", "counts")
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: dict[str, Any], lang: Lang) -> dict[str, Any]:
    basis = "\n".join(f"- {item}" for item in rule["basis"][lang])
    return {
        "id": rule["id"],
        "shortDescription": {"text": rule["title"][lang]},
        "help": {"text": rule["remedy"][lang], "markdown": f"{rule['remedy'][lang]}\n\n{basis}"},
        "defaultConfiguration": {"level": LEVEL[rule["severity"]], "rank": RANK[rule["severity"]]},
        "properties": {"tags": [rule["topic"]], "severity": rule["severity"], "waiver": rule["waiver"]},
    }


def _result(one: dict[str, Any], index: dict[str, int], lang: Lang) -> dict[str, Any]:
    text = f"{said(one, 'sentence', lang)}\n{said(one, 'remedy', lang)}\n{clauses(one, lang)}"
    return {
        "ruleId": one["rule"],
        "ruleIndex": index[one["rule"]],
        "kind": "review" if one["status"] == "to-be-observed" else "fail",
        "level": LEVEL[one["level"]] if one["status"] != "to-be-observed" else "none",
        "rank": RANK[one["level"]],
        "message": {"text": text},
        "locations": [_location(one)],
        "relatedLocations": [_at(location) for location in one["see"]],
        "partialFingerprints": {"lantu/v1": one["fingerprint"]},
        "suppressions": _suppressions(one, lang),
        "properties": {
            "level": one["level"],
            "state": one["status"],
            "subject": one["subject"],
            "view": one["view"],
            "drift": one["drift"],
        },
    }


def _location(one: dict[str, Any]) -> dict[str, Any]:
    """The source location in the blueprint, if any, and the object."""
    location = _at(one["at"]) if one["at"] else {}
    return {**location, "logicalLocations": [{"fullyQualifiedName": one["subject"], "kind": one["kind"]}]}


def _at(location: str) -> dict[str, Any]:
    found = LOCATION.match(location)
    if found is None:
        return {"logicalLocations": [{"fullyQualifiedName": location, "kind": "resource"}]}
    region = {"startLine": max(int(found["line"]), 1), "startColumn": max(int(found["column"]), 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": found["file"], "uriBaseId": SNAPSHOT}, "region": region}}


def _suppressions(one: dict[str, Any], lang: Lang) -> list[dict[str, Any]]:
    """An empty list means that nothing suppresses the result."""
    if one["status"] == "to-be-observed":
        reason = said(one, "sentence", lang)
        return [{"kind": "external", "status": "underReview", "justification": reason}]
    given = one["waiver"].get("given")
    if given is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": given["reason"], "properties": given}]
