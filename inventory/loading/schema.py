"""The blueprint's shapes as JSON Schema, one a file, so that editors complete and check while somebody types."""

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
"""Where the schemas stand that the example's files name."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """pydantic's schema without titles that only repeat a key, and with open mappings closed to keys of other forms."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the base class decides by it
        return False

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


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
    """Gives the properties of a model's schema the docstrings of its fields.

    pydantic could do that while the class is made, but then every start of every verb would pay for it.
    """
    for name, text in _docstrings(model):
        key = model.model_fields[name].alias or name
        if key in schema.get("properties", {}):
            schema["properties"][key]["description"] = text


@cache
def _docstrings(model: type[Model]) -> tuple[tuple[str, str], ...]:
    """Field, docstring: of its bases first, so that its own come last."""
    return tuple(_all_docstrings(model))


def _all_docstrings(model: type[Model]) -> Iterator[tuple[str, str]]:
    for item in reversed([base for base in model.__mro__ if issubclass(base, Model) and base is not Model]):
        (tree,) = ast.parse(inspect.getsource(item)).body
        for field, text in pairwise(getattr(tree, "body", [])):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    yield name, inspect.cleandoc(words)


def _in_words(schema: Any) -> Any:
    """Beside each pattern what it looks like, which editors show instead of it."""
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
    """Writes all schemas into the folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas().items():
        paths.append(folder / name)
        paths[-1].write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return paths


def modeline(folder: Path, file: Path) -> str:
    """The comment that tells an editor which schema a blueprint's file has; `folder` as seen from the file."""
    topic = "site" if file.parent.name == SITES else file.stem
    return f"# yaml-language-server: $schema={folder.as_posix()}/{topic}.schema.json"


__all__ = ["FOLDER", "modeline", "schemas", "write"]
