"""The JSON Schema of mapping files, with which editors complete, explain and check them.

Draft 7, which the YAML language server (VS Code and others) supports best. It is generated from the models that read
mappings. `uploader check` does what needs the spreadsheet or the live form.
"""

import inspect
import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from uploader.mapping.schema import MappingFile
from uploader.mapping.transforms import TRANSFORMS, TRANSFORMS_WITH_OPTIONS
from uploader.mapping.transforms.options import Options
from uploader.mapping.transforms.text import ReplaceOptions

DRAFT_7 = "http://json-schema.org/draft-07/schema#"

# Our reader takes every scalar as text; for an editor 2026 is a number and true a boolean.
SCALAR = ("string", "number", "boolean")

# Some are text in YAML 1.2, but booleans in YAML 1.1 and for our reader.
BOOLEANS = (True, False, "yes", "no", "on", "off")


def schema_text() -> str:
    """Return the schema as the text of mappings/mapping.schema.json."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"


def mapping_schema() -> dict[str, Any]:
    """Return a new copy of the schema of a mapping file."""
    schema = _of_model(MappingFile)
    definitions = schema.pop("definitions")
    field = definitions["FieldSpec"]
    properties = field["properties"]
    column = properties["column"]
    short_form = {**column, "type": [kind for kind in column["type"] if kind != "null"]}
    schema["properties"]["fields"]["additionalProperties"] = _by_type("object", _ref("FieldSpec"), short_form)
    field["oneOf"] = [_given(name) for name in ("column", "template", "value")]
    steps = _by_type("array", {"items": _ref("transform")}, _ref("transform"))
    properties["transform"] = {**_description_of(properties["transform"]), **steps}
    definitions["transform"] = _transform()
    definitions["Condition"] = _condition(definitions["Condition"])
    # Optional in the model, because the reader adds the fields one by one.
    schema["required"] = [*schema["required"], "fields"]
    return {"$schema": DRAFT_7, "title": "Mapping file of uploader", **schema, "definitions": definitions}


class _AsWritten(GenerateJsonSchema):
    """Generates what the YAML may contain, without titles, which would only repeat the names.

    Alternatives become one schema where possible, so that editors show an error at its own place instead of "matches
    none of them".
    """

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return {**super().str_schema(schema), "type": [*SCALAR]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"enum": [*BOOLEANS]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        numbers = [int(word) for word in schema["expected"] if str(word).isdigit()]
        return {"enum": [*numbers, *schema["expected"]]}

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        return _merge_alternatives(super().union_schema(schema))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if "enum" in inner:
            return {**inner, "enum": [*inner["enum"], None]}
        if "type" in inner:
            return _merge_alternatives({"anyOf": [inner, {"type": "null"}]})
        return {"if": {"type": "null"}, "else": inner}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Allow a single value where a list is expected: the validators in front of lists wrap it."""
        inner = super().function_before_schema(schema)
        return _merge_alternatives({"anyOf": [inner["items"], inner]}) if inner.get("type") == "array" else inner

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Leave out empty defaults, which editors would write into the file."""
        inner = super().default_schema(schema)
        return {key: value for key, value in inner.items() if key != "default" or value not in (None, [], {})}

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        inner = super().model_schema(schema)
        description = {"description": _unwrapped(inner["description"])} if "description" in inner else {}
        return {**description, **{key: inner[key] for key in inner if key not in {"title", "description"}}}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _of_model(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_AsWritten, ref_template="#/definitions/{model}")
    return {"definitions" if key == "$defs" else key: value for key, value in schema.items()}


def _merge_alternatives(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Merge `anyOf` into a single schema with several types, if no keyword is used twice."""
    parts = schema.get("anyOf", [])
    kinds = [kind for part in parts for kind in _kinds(part)]
    keywords = [key for part in parts for key in part if key != "type"]
    if not parts or len(set(kinds)) < len(kinds) or len(set(keywords)) < len(keywords) or not all(map(_kinds, parts)):
        return schema
    return {"type": kinds} | {key: value for part in parts for key, value in part.items() if key != "type"}


def _kinds(schema: JsonSchemaValue) -> list[str]:
    """Return the types that a schema names; none if it has an `enum` or a reference."""
    kinds = schema.get("type", [])
    return [] if "enum" in schema else [kinds] if isinstance(kinds, str) else list(kinds)


def _condition(schema: JsonSchemaValue) -> JsonSchemaValue:
    """Return the schema of a condition of `where`: a text, a list, or a table in which nothing is left empty."""
    keys = {name: _without_null(key) for name, key in schema["properties"].items()}
    keys["not"] = {**_description_of(keys["not"]), **_ref("Condition")}
    table = {"properties": keys, "additionalProperties": False, "minProperties": 1}
    short = {"type": [*SCALAR, "array"], "items": {"type": [*SCALAR]}, "minItems": 1}
    return {**_description_of(schema), **_by_type("object", table, short)}


def _without_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    if "enum" in schema:
        return {**schema, "enum": [value for value in schema["enum"] if value is not None]}
    return {**schema, "type": [kind for kind in _kinds(schema) if kind != "null"]}


def _transform() -> JsonSchemaValue:
    """Return the schema of one transform: a name, or a name with its options."""
    bare = [*TRANSFORMS, *(name for name, model in TRANSFORMS_WITH_OPTIONS.items() if _has_no_required(model))]
    options = {name: _no_options(name) for name in TRANSFORMS} | {
        name: _options(model) for name, model in TRANSFORMS_WITH_OPTIONS.items()
    }
    with_options = {"properties": options, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    # `enumDescriptions` is a keyword of VS Code; other editors ignore it.
    names = {"enum": bare, "enumDescriptions": [options[name]["description"] for name in bare]}
    return _by_type("object", with_options, names)


def _no_options(name: str) -> JsonSchemaValue:
    description = _unwrapped(inspect.getdoc(TRANSFORMS[name]) or "").split(" Raises ")[0]
    return {"description": description, "type": ["object", "null"], "maxProperties": 0}


def _options(model: type[Options]) -> JsonSchemaValue:
    schema = _of_model(model)
    if model.bare_option:
        return {**_description_of(schema), "enum": schema["properties"][model.bare_option]["enum"]}
    if model is ReplaceOptions:  # every key is a pattern; a replacement left out is an empty text
        pairs = {"type": "object", "minProperties": 1, "additionalProperties": {"type": [*SCALAR, "null"]}}
        return {**_description_of(schema), **pairs}
    return {**schema, "type": ["object", "null"]} if _has_no_required(model) else schema


def _has_no_required(model: type[Options]) -> bool:
    return not any(field.is_required() for field in model.model_fields.values())


def _given(name: str) -> JsonSchemaValue:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def _by_type(kind: str, then: JsonSchemaValue, otherwise: JsonSchemaValue) -> JsonSchemaValue:
    return {"if": {"type": kind}, "then": then, "else": otherwise}


def _ref(definition: str) -> JsonSchemaValue:
    return {"$ref": f"#/definitions/{definition}"}


def _description_of(schema: JsonSchemaValue) -> JsonSchemaValue:
    return {key: value for key, value in schema.items() if key == "description"}


def _unwrapped(text: str) -> str:
    """Put each paragraph on one line: editors show every line break."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
