"""Descriptions of expected values, derived from the JSON Schema that editors use."""

from __future__ import annotations

from functools import cache
from typing import Any

from inventory.model.base import Model
from inventory.model.forms import words_of
from inventory.source.document import Steps
from inventory.texts.text import Text, listed, one_of

Schema = dict[str, Any]


def expected_at(model: type[Model], path: Steps) -> Text:
    """Description of the value at `path` of `model`, in full."""
    return _words(_node(model, path), _root(model), brief=False)


def expected_key(model: type[Model], path: Steps) -> Text:
    """Description of the keys of the open mapping at `path`."""
    return _keys(_node(model, path), _root(model), brief=False)


def brief_expected_at(model: type[Model], path: Steps) -> Text:
    """Brief description of the value at `path` of `model`."""
    return _words(_node(model, path), _root(model), brief=True)


def keys_at(model: type[Model], path: Steps) -> list[str]:
    """Allowed keys of the mapping at `path` of `model`, in the order of the model."""
    return list(_node(model, path).get("properties", {}))


@cache
def _root(model: type[Model]) -> Schema:
    return model.model_json_schema(by_alias=True)


def _node(model: type[Model], path: Steps) -> Schema:
    root = _root(model)
    here: Schema = _resolved(root, root)
    for step in path:
        here = _resolved(_below(here, step), root)
    return here


def _below(schema: Schema, step: str | int) -> Schema:
    if isinstance(step, int):
        lists = [item for item in schema.get("anyOf", [schema]) if "items" in item]
        return dict(lists[0]["items"]) if lists else {}
    values = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    child = schema.get("properties", {}).get(step) or next((value for value in values if isinstance(value, dict)), {})
    return dict(child)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with references resolved, without the `null` of optional fields."""
    choices = [item for item in schema.get("anyOf", []) if item.get("type") != "null"]
    if len(choices) == 1:
        return _resolved(choices[0], root)
    reference = schema.get("$ref")
    return root["$defs"][reference.rsplit("/", 1)[-1]] if reference else schema


def _words(schema: Schema, root: Schema, brief: bool) -> Text:
    schema = _resolved(schema, root)
    if "anyOf" in schema:
        first, second = (_words(choice, root, brief=True) for choice in schema["anyOf"])
        return Text(f"{first.zh}；或{_spaced(second.zh)}", f"{first.en}; or {second.en}")
    if "enum" in schema:
        return one_of(schema["enum"])
    match schema.get("type"):
        case "string":
            return _string(schema, brief)
        case "array":
            return _array(schema, root)
        case "object":
            return _object(schema, root)
        case "boolean":
            return Text("true 或 false", "true or false")
        case _:
            return _number(schema)


def _string(schema: Schema, brief: bool) -> Text:
    text, least, most = words_of(schema["pattern"], brief), schema.get("minLength"), schema.get("maxLength")
    if most is None or brief:
        return text
    if least is None:
        return Text(f"{text.zh}（最多 {most} 个字符）", f"{text.en} (at most {most} characters)")
    return Text(f"{text.zh}（{least} 至 {most} 个字符）", f"{text.en} ({least} to {most} characters)")


def _array(schema: Schema, root: Schema) -> Text:
    entry = _words(schema["items"], root, brief=True)
    if schema.get("minItems"):
        return Text(
            f"至少一项的列表，每项为{_spaced(entry.zh)}", f"a list of at least one entry; each entry is {entry.en}"
        )
    return Text(f"列表，每项为{_spaced(entry.zh)}", f"a list; each entry is {entry.en}")


def _object(schema: Schema, root: Schema) -> Text:
    if "properties" in schema:
        keys = listed(schema.get("required") or schema["properties"])
        return Text(f"含 {keys.zh} 的映射", f"a mapping with the keys {keys.en}")
    keys, value = _keys(schema, root, brief=True), _words(_below(schema, ""), root, brief=True)
    least = schema.get("minProperties")
    kind = Text("至少一项的映射", "a mapping of at least one entry") if least else Text("映射", "a mapping")
    zh = f"{kind.zh}，键为{_spaced(keys.zh)}，值为{_spaced(value.zh)}"
    return Text(zh, f"{kind.en}; each key is {keys.en}, each value is {value.en}")


def _spaced(zh: str) -> str:
    """Chinese text with a blank before it if it begins with a Latin letter or a digit."""
    return f" {zh}" if zh[0].isascii() else zh


def _keys(schema: Schema, root: Schema, brief: bool) -> Text:
    """Description of the keys of an open mapping."""
    names = schema.get("propertyNames", {})
    patterns = list(schema.get("patternProperties", {}))
    return _string({**names, "pattern": patterns[0]}, brief) if patterns else _words(names, root, brief)


def _number(schema: Schema) -> Text:
    kind = Text("整数", "a whole number") if schema.get("type") == "integer" else Text("数字", "a number")
    least, above, most = (schema.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    zh, en = kind.zh, kind.en
    if least is not None and most is not None:
        return Text(f"{least} 至 {most} 的{zh}", f"{en} from {least} to {most}")
    if least is not None:
        zh, en = f"不小于 {least} 的{zh}", f"{en}, {least} or more"
    if above is not None:
        zh, en = f"大于 {above} 的{zh}", f"{en} above {above}"
    return Text(zh, en) if most is None else Text(f"{zh}，最大 {most}", f"{en}, at most {most}")
