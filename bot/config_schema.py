"""The shape of a settings model, walked by path: what stands where, and what it is called in Chinese."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from bot.config_yaml import Path, Value
from bot.units import format_duration

ModelT = TypeVar("ModelT", bound=BaseModel)
Schema = dict[str, Any]
SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _OwnersSchema(GenerateJsonSchema):
    """Shows defaults in the form an owner would write."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401 - as in pydantic
        """Return a default for the schema."""
        if isinstance(dft, tuple):
            return [self.encode_default(one) for one in dft]
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """Return a model's JSON Schema as editors read it, without the docstrings of classes, which are for programmers."""
    schema = model.model_json_schema(mode="validation", schema_generator=_OwnersSchema)
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("description", None)
    return schema


def schema_at(root: Schema, path: Path) -> Schema | None:
    """Return what the schema says about the value at a path; None where it knows nothing."""
    here: Schema | None = root
    for step in path:
        here = _child(_resolve(root, here), step) if here is not None else None
    return _resolve(root, here) if here is not None else None


def _resolve(root: Schema, schema: Schema) -> Schema:
    """Follow references and take the part of an alternative that is not null."""
    while True:
        if reference := schema.get("$ref"):
            schema = root["$defs"][reference.rsplit("/", 1)[1]] | {k: v for k, v in schema.items() if k != "$ref"}
        elif alternatives := [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]:
            schema = alternatives[0] | {k: v for k, v in schema.items() if k != "anyOf"}
        else:
            return schema


def _child(schema: Schema, step: str | int) -> Schema | None:
    if isinstance(step, int):
        prefixed = schema.get("prefixItems", ())
        child = prefixed[step] if step < len(prefixed) else schema.get("items")
    else:
        child = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return child if isinstance(child, dict) else None


def keys_at(root: Schema, path: Path) -> dict[str, str]:
    """Return the keys that may stand in the mapping at a path, each with its Chinese name (or itself)."""
    schema = schema_at(root, path) or {}
    names = schema.get("propertyNames", {}).get("enum", ())
    fixed = {key: str(child.get("title", key)) for key, child in schema.get("properties", {}).items()}
    return fixed | {name: name for name in names}


def find_key(root: Schema, key: str, path: Path = (), depth: int = 3) -> Path | None:
    """Return where a key would be right, outside of lists and free mappings; None when nowhere."""
    schema = schema_at(root, path) or {}
    properties = schema.get("properties", {})
    if key in properties:
        return (*path, key)
    found = (find_key(root, key, (*path, name), depth - 1) for name in properties) if depth else iter(())
    return next((place for place in found if place is not None), None)


def without_empty(root: Schema, value: Value, path: Path = ()) -> Value:
    """Drop known keys that have no value: `sending:` with nothing below it means the defaults."""
    if isinstance(value, list):
        return [without_empty(root, item, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {
        key: without_empty(root, child, (*path, key))
        for key, child in value.items()
        if child is not None or schema_at(root, (*path, key)) is None
    }


def read_strictly(model: type[ModelT], value: Value) -> ModelT:
    """Build a settings model from a file's values: no guessing of types, nothing unknown unless the model says so.

    Raises:
        pydantic.ValidationError: with paths that are paths in the file.
    """
    cleaned = without_empty(schema_of(model), value)
    extra: Literal["forbid"] | None = None if "extra" in model.model_config else "forbid"
    return model.model_validate_json(json.dumps(cleaned), strict=True, extra=extra)
