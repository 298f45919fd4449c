"""JUnit XML for CI servers: a case for each finding, and a passed case for each rule without findings.

What blocks is a failure, what could not be evaluated an error, what is still to be seen skipped; a warning is a passed
case that says so in its output, because JUnit knows no warnings.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from xml.etree import ElementTree as Xml

from inventory.texts.text import Lang
from policies.gate.core.texts import word
from policies.gate.outputs.common import clauses, counted, said


def render(document: dict[str, Any], lang: Lang) -> str:
    root = Xml.Element("testsuites", name="lantu")
    by_topic: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for rule in document["rules"]:
        by_topic[rule["topic"]].append(rule)
    findings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in document["findings"]:
        findings[item["rule"]].append(item)
    for topic, rules in by_topic.items():
        suite = Xml.SubElement(root, "testsuite", name=word("topic", topic, lang))
        for rule in rules:
            for item in findings[rule["id"]]:
                _context(suite, item, lang)
            if not findings[rule["id"]]:
                Xml.SubElement(suite, "testcase", classname=rule["id"], name=rule["title"][lang])
        _sum(suite)
    _sum(root)
    properties = Xml.SubElement(root, "properties")
    for level, number in counted(document).items():
        Xml.SubElement(properties, "property", name=level, value=str(number))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _context(suite: Xml.Element, finding: dict[str, Any], lang: Lang) -> None:
    context = Xml.SubElement(
        suite, "testcase", classname=finding["rule"], name=f"{said(finding, 'title', lang)}: {finding['subject']}"
    )
    detail = "\n".join(
        [
            said(finding, "sentence", lang),
            *(f"{word('label', part, lang)}{said(finding, part, lang)}" for part in ("expected", "actual", "remedy")),
            f"{word('label', 'basis', lang)}{clauses(finding, lang)}",
            f"{word('label', 'at', lang)}{finding['at']}",
            finding["fingerprint"],
        ]
    )
    kind = _kind(finding)
    if kind == "system-out":
        Xml.SubElement(context, kind).text = f"{finding['level']}: {_legal(detail)}"
        return
    Xml.SubElement(context, kind, message=_legal(said(finding, "sentence", lang)), type=finding["level"]).text = _legal(
        detail
    )


def _kind(finding: dict[str, Any]) -> str:
    if finding["status"] == "not-evaluated":
        return "error"
    if finding["status"] == "to-be-observed":
        return "skipped"
    return "failure" if finding["level"] in ("deny", "major") else "system-out"


def _sum(element: Xml.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(sum(context.find(tag) is not None for context in cases)))


def _legal(text: str) -> str:
    """Text without control characters that XML 1.0 does not allow."""
    return "".join(letter for letter in text if letter in "\t\n\r" or ord(letter) >= 32)
