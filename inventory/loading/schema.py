"""JSON Schema of each file of a blueprint, for completion and validation in editors."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from inventory.loading.blueprint import FILES, SITES
from inventory.model.base import Model
from inventory.model.forms import words_of
from inventory.model.sites import Site

FOLDER = Path(__file__).parents[1] / "schemas"
"""Directory of the schemas that the example's files refer to."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """pydantic's schema without titles that repeat a key; open mappings allow no keys outside their pattern."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the base class decides by it
        return False

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        mapping = super().dict_schema(schema)
        return {**mapping, "additionalProperties": False} if "patternProperties" in mapping else mapping


def schemas() -> dict[str, dict[str, Any]]:
    """File name -> JSON Schema: zones.schema.json for zones.yaml, site.schema.json for sites/*.yaml."""
    models: dict[str, type[Model]] = {**FILES, "site": Site}
    return {f"{topic}.schema.json": _schema(topic, model) for topic, model in models.items()}


def _schema(topic: str, model: type[Model]) -> dict[str, Any]:
    shape = _in_words(model.model_json_schema(by_alias=True, schema_generator=_Plain))
    for item in [model, *_models(Model)]:
        _describe(shape if item is model else shape.get("$defs", {}).get(item.__name__, {}), item)
    return {"$schema": DIALECT, **shape, "title": f"{topic}.yaml"}


def _models(base: type[Model]) -> Iterator[type[Model]]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _models(subclass)


def _describe(schema: dict[str, Any], model: type[Model]) -> None:
    """Adds the docstrings of a model's fields to its schema.

    pydantic can do this when the class is created, but that would slow down the start of every subcommand.
    """
    for name, text in _docstrings(model):
        key = model.model_fields[name].alias or name
        if key in schema.get("properties", {}):
            schema["properties"][key]["description"] = text


@cache
def _docstrings(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """Pairs of field and docstring; those of base classes come first, so that its own override them."""
    return tuple(_all_docstrings(model))


def _all_docstrings(model: type[Model]) -> Iterator[tuple[str, str]]:
    for item in reversed([base for base in model.__mro__ if issubclass(base, Model) and base is not Model]):
        (tree,) = ast.parse(inspect.getsource(item)).body
        for field, text in pairwise(getattr(tree, "body", [])):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    yield name, inspect.cleandoc(words)


def _in_words(schema: Any) -> Any:
    """Adds the description of each pattern, which editors show instead of the pattern."""
    if isinstance(schema, list):
        return [_in_words(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    words = {key: _in_words(value) for key, value in schema.items()}
    if isinstance(schema.get("pattern"), str):
        form = words_of(schema["pattern"])
        words["patternErrorMessage"] = f"expected {form.en} / 应为{form.zh}"
    return words


def write(folder: Path) -> list[Path]:
    """Writes all schemas to the directory; creates the directory if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas().items():
        paths.append(folder / name)
        paths[-1].write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return paths


def modeline(folder: Path, file: Path) -> str:
    """The comment that names the schema of a blueprint's file for editors; `folder` is relative to the file."""
    topic = "site" if file.parent.name == SITES else file.stem
    return f"# yaml-language-server: $schema={folder.as_posix()}/{topic}.schema.json"


__all__ = ["FOLDER", "modeline", "schemas", "write"]
