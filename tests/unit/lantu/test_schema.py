"""`lantu schema`: the schemas accept exactly what `load` accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from inventory import EXAMPLE
from inventory.loading.files import read
from inventory.loading.schema import FOLDER, schemas
from tests.conftest import Golden
from tests.unit.lantu.running import run

SCHEMAS = schemas()
UNIT = Path(__file__).parent.parent
KEYWORDS = {
    *("$schema", "$defs", "$ref", "title", "description", "default", "patternErrorMessage"),
    *("type", "enum", "anyOf", "properties", "required", "additionalProperties", "patternProperties", "propertyNames"),
    *("minProperties", "items", "minItems", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum"),
}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def wrong(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value does not fit its schema. Knows the words that our schemas use, and fails on any other."""
    assert set(schema) <= KEYWORDS, set(schema) - KEYWORDS
    if "$ref" in schema:
        yield from wrong(value, root["$defs"][schema["$ref"].rsplit("/", 1)[-1]], root, path)
    if "anyOf" in schema and all(list(wrong(value, item, root, path)) for item in schema["anyOf"]):
        yield f"{path}: none of the choices"
    if value not in schema.get("enum", [value]):
        yield f"{path}: not in the vocabulary"
    if not _is(value, schema.get("type")):
        yield f"{path}: not of type {schema['type']}"
    elif isinstance(value, dict):
        yield from _wrong_mapping(value, schema, root, path)
    elif isinstance(value, list):
        yield from [f"{path}: too few"] * (len(value) < schema.get("minItems", 0))
        for index, entry in enumerate(value):
            yield from wrong(entry, schema.get("items", {}), root, f"{path}[{index}]")
    else:
        yield from [f"{path}: {word}" for word, fits in _limits(value, schema) if not fits]


def _limits(value: Any, schema: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    if isinstance(value, str):
        yield "length", schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        yield "pattern", re.search(schema.get("pattern", ""), value) is not None
    elif isinstance(value, int | float):
        yield "range", schema.get("minimum", value) <= value <= schema.get("maximum", value)
        yield "above", value > schema.get("exclusiveMinimum", value - 1)


def _wrong_mapping(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    if len(value) < schema.get("minProperties", 0):
        yield f"{path}: too few"
    for key in set(schema.get("required", ())) - set(value):
        yield f"{path}.{key}: missing"
    for key, entry in value.items():
        yield from wrong(key, schema.get("propertyNames", {}), root, f"{path}.{key} (key)")
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)]
        fitting = schema.get("properties", {}).get(key) or next(iter(patterns), schema.get("additionalProperties", {}))
        if fitting is False:
            yield f"{path}.{key}: unknown"
        else:
            yield from wrong(entry, fitting, root, f"{path}.{key}")


def _is(value: Any, kind: str | None) -> bool:
    if kind is None:
        return True
    if kind in ("integer", "number"):
        return not isinstance(value, bool) and isinstance(value, int if kind == "integer" else int | float)
    return isinstance(value, TYPES[kind])


def mistakes(directory: Path, file: str, data: Any) -> list[str]:
    topic = "site" if file.startswith("sites/") else file.removesuffix(".yaml")
    schema = SCHEMAS[f"{topic}.schema.json"]
    return list(wrong(data, schema, schema))


def files(directory: Path) -> list[tuple[Path, str]]:
    return [(directory, str(path.relative_to(directory))) for path in sorted(directory.rglob("*.yaml"))]


@pytest.mark.parametrize(("directory", "file"), [*files(UNIT / "inventory" / "blueprint"), *files(EXAMPLE)])
def test_what_is_right_fits_its_schema(directory: Path, file: str) -> None:
    if file.startswith("decisions/"):
        pytest.skip("decisions have schemas of their own")
    assert mistakes(directory, file, read(directory / file, file, []).data) == []


SHAPES = ("BP006", "BP007", "BP008", "BP009", "BP010", "BP034")


@pytest.mark.parametrize(
    "case",
    sorted(p for p in (UNIT / "inventory" / "wrong").glob("*.yaml") if p.stem[:5] in SHAPES),
    ids=lambda p: p.stem,
)
def test_what_is_wrong_in_shape_does_not_fit(case: Path, tmp_path: Path) -> None:
    """Every mistake of shape that `load` tells, an editor shows as well, save what a pattern cannot say."""
    from tests.unit.inventory.test_wrong import changed

    change = yaml.safe_load(case.read_text("utf-8"))["change"]
    directory = changed(tmp_path, change)
    found = [one for file in change for one in mistakes(directory, file, read(directory / file, file, []).data)]
    beyond_patterns = {"BP009-kind-of-host", "BP010-date", "BP010-host-bits", "BP010-overlays", "BP010-empty-name"}
    assert bool(found) != (case.stem in beyond_patterns), found


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_files_beside_the_example_are_up_to_date(name: str, golden: Golden) -> None:
    golden(FOLDER / name, json.dumps(SCHEMAS[name], ensure_ascii=False, indent=2) + "\n")


def descriptions(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for thing in (schema, *schema.get("$defs", {}).values()):
        for name, field in thing.get("properties", {}).items():
            reference = field.get("$ref", "").rsplit("/", 1)[-1]
            yield name, field.get("description") or schema["$defs"].get(reference, {}).get("description", "")


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_key_is_explained_in_both_languages(name: str) -> None:
    for key, text in descriptions(SCHEMAS[name]):
        assert re.search("[\u4e00-\u9fff]", text), (key, text)
        assert re.search("[a-z]{2}", text), (key, text)


def test_the_subcommand_writes_them_and_says_how_to_use_them(tmp_path: Path) -> None:
    ran = run("schema", "--into", str(tmp_path / "s"), "--lang", "en")
    assert ran.status == 0
    assert f"# yaml-language-server: $schema={tmp_path}/s/zones.schema.json" in ran.out
    assert {path.name for path in (tmp_path / "s").iterdir()} == set(SCHEMAS)
    document = json.loads(run("schema", "--into", str(tmp_path / "s"), "--format", "json").out)
    assert document["files"] == list(SCHEMAS)
