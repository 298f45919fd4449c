"""SARIF 2.1.0 for code scanning: every rule is declared, also those without findings; results have fingerprints.

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
BASE = "BLUEPRINT"
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
        "originalUriBaseIds": {BASE: {"description": {"text": "folder of the blueprint"}}},
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


def _result(finding: dict[str, Any], index: dict[str, int], lang: Lang) -> dict[str, Any]:
    text = f"{said(finding, 'sentence', lang)}\n{said(finding, 'remedy', lang)}\n{clauses(finding, lang)}"
    return {
        "ruleId": finding["rule"],
        "ruleIndex": index[finding["rule"]],
        "kind": "review" if finding["status"] == "to-be-observed" else "fail",
        "level": LEVEL[finding["level"]] if finding["status"] != "to-be-observed" else "none",
        "rank": RANK[finding["level"]],
        "message": {"text": text},
        "locations": [_location(finding)],
        "relatedLocations": [_at(location) for location in finding["see"]],
        "partialFingerprints": {"lantu/v1": finding["fingerprint"]},
        "suppressions": _suppressions(finding, lang),
        "properties": {
            "level": finding["level"],
            "state": finding["status"],
            "subject": finding["subject"],
            "view": finding["view"],
            "drift": finding["drift"],
        },
    }


def _location(finding: dict[str, Any]) -> dict[str, Any]:
    """The source location in the blueprint, if any, and the object."""
    location = _at(finding["at"]) if finding["at"] else {}
    return {**location, "logicalLocations": [{"fullyQualifiedName": finding["subject"], "kind": finding["kind"]}]}


def _at(location: str) -> dict[str, Any]:
    match = LOCATION.match(location)
    if match is None:
        return {"logicalLocations": [{"fullyQualifiedName": location, "kind": "resource"}]}
    region = {"startLine": max(int(match["line"]), 1), "startColumn": max(int(match["column"]), 1)}
    return {"physicalLocation": {"artifactLocation": {"uri": match["file"], "uriBaseId": BASE}, "region": region}}


def _suppressions(finding: dict[str, Any], lang: Lang) -> list[dict[str, Any]]:
    """An empty list means that nothing suppresses the result."""
    if finding["status"] == "to-be-observed":
        reason = said(finding, "sentence", lang)
        return [{"kind": "external", "status": "underReview", "justification": reason}]
    given = finding["waiver"].get("given")
    if given is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": given["reason"], "properties": given}]
