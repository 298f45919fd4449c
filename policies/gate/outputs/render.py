"""Outputs of a findings document (`Findings.as_json()`): text, Markdown, SARIF, JUnit.

They read the document and nothing else, so that findings can be stored, sent and rendered elsewhere:

    document = findings.as_json()
    write(document, Path("gate.sarif"), "zh")      # by the file's ending: .json .txt .md .sarif .xml
    rendered(document, "markdown", "en")
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inventory.texts.text import Lang

Document = dict[str, Any]
ENDINGS = {".json": "json", ".txt": "text", ".md": "markdown", ".sarif": "sarif", ".xml": "junit"}
"""File ending -> form."""
FORMS = tuple(ENDINGS.values())
SHAPE = Path(__file__).parent / "findings-2.schema.json"
"""The JSON Schema of the findings document, see `policies.gate.core.findings.SCHEMA`."""


def rendered(document: Document, form: str, lang: Lang) -> str:
    """The document in one form. KeyError if there is no such form."""
    return _renderers()[form](document, lang)


def _renderers() -> dict[str, Callable[[Document, Lang], str]]:
    from policies.gate.outputs import junit, markdown, sarif, text

    return {
        "json": _json,
        "text": text.render,
        "markdown": markdown.render,
        "sarif": sarif.render,
        "junit": junit.render,
    }


def _json(document: Document, lang: Lang) -> str:
    """The document as JSON, which has both languages."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def write(document: Document, path: Path, lang: Lang) -> None:
    """Write the form of the file's extension atomically. ValueError for another extension."""
    if path.suffix not in ENDINGS:
        raise ValueError(f"{path.name}: expected one of {', '.join(ENDINGS)}")
    new = path.with_name(f".{path.name}.new")
    new.write_text(rendered(document, ENDINGS[path.suffix], lang), "utf-8")
    new.replace(path)


__all__ = ["ENDINGS", "FORMS", "SHAPE", "Document", "rendered", "write"]
