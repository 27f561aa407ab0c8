"""A JSON Schema of mapping files: an editor that has it completes, explains and checks them as they are written.

Draft 7, which the YAML language server (VS Code and others) reads best. It is made from the models that read
mappings and says what they say; what only the spreadsheet or the live form can tell is left to `uploader check`.
"""

import inspect
import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from uploader.mapping.schema import MappingFile
from uploader.mapping.transforms import PLAIN, WITH_OPTIONS
from uploader.mapping.transforms.options import Options
from uploader.mapping.transforms.text import ReplaceOptions

DRAFT_7 = "http://json-schema.org/draft-07/schema#"

# The reader takes every scalar as its text; for an editor 2026 is a number and true a boolean.
SCALAR = ("string", "number", "boolean")

# Some are words in YAML 1.2, and booleans in YAML 1.1 and to the reader.
BOOLEANS = (True, False, "yes", "no", "on", "off")


def schema_text() -> str:
    """The schema as mappings/mapping.schema.json has it: JSON, two spaces, a newline at the end."""
    return json.dumps(mapping_schema(), indent=2, ensure_ascii=False) + "\n"


def mapping_schema() -> dict[str, Any]:
    """The schema of a mapping file, made anew."""
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
    # The model can do without, because the reader gives it the fields one by one.
    schema["required"] = [*schema["required"], "fields"]
    return {"$schema": DRAFT_7, "title": "Mapping file of uploader", **schema, "definitions": definitions}


class _AsWritten(GenerateJsonSchema):
    """What may stand in the YAML for a model's fields; without titles, which would only repeat the names.

    Alternatives become one schema where they can, so that a fault is told at its own place, and not as a value that
    fits none of them.
    """

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return {**super().str_schema(schema), "type": [*SCALAR]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"enum": [*BOOLEANS]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        numbers = [int(word) for word in schema["expected"] if str(word).isdigit()]
        return {"enum": [*numbers, *schema["expected"]]}

    def union_schema(self, schema: core_schema.UnionSchema) -> JsonSchemaValue:
        return _as_one(super().union_schema(schema))

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        if "enum" in inner:
            return {**inner, "enum": [*inner["enum"], None]}
        if "type" in inner:
            return _as_one({"anyOf": [inner, {"type": "null"}]})
        return {"if": {"type": "null"}, "else": inner}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """Before a list is read, such a validator makes one of a single value."""
        inner = super().function_before_schema(schema)
        return _as_one({"anyOf": [inner["items"], inner]}) if inner.get("type") == "array" else inner

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Editors write defaults into the file: those that say nothing are left out."""
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


def _as_one(schema: JsonSchemaValue) -> JsonSchemaValue:
    """`anyOf` as a single schema with several types, where its keywords can't get into each other's way."""
    parts = schema.get("anyOf", [])
    kinds = [kind for part in parts for kind in _kinds(part)]
    keywords = [key for part in parts for key in part if key != "type"]
    if not parts or len(set(kinds)) < len(kinds) or len(set(keywords)) < len(keywords) or not all(map(_kinds, parts)):
        return schema
    return {"type": kinds} | {key: value for part in parts for key, value in part.items() if key != "type"}


def _kinds(schema: JsonSchemaValue) -> list[str]:
    """The types that a schema names; none where an `enum` or a reference says more."""
    kinds = schema.get("type", [])
    return [] if "enum" in schema else [kinds] if isinstance(kinds, str) else list(kinds)


def _transform() -> JsonSchemaValue:
    """One transform: a name, or a name with its options."""
    bare = [*PLAIN, *(name for name, model in WITH_OPTIONS.items() if _can_do_without(model))]
    options = {name: _no_options(name) for name in PLAIN} | {
        name: _options(WITH_OPTIONS[name]) for name in WITH_OPTIONS
    }
    with_options = {"properties": options, "additionalProperties": False, "minProperties": 1, "maxProperties": 1}
    # `enumDescriptions` is a keyword of VS Code; others pass it by.
    names = {"enum": bare, "enumDescriptions": [options[name]["description"] for name in bare]}
    return _by_type("object", with_options, names)


def _no_options(name: str) -> JsonSchemaValue:
    told = _unwrapped(inspect.getdoc(PLAIN[name]) or "").split(" Raises ")[0]
    return {"description": told, "type": ["object", "null"], "maxProperties": 0}


def _options(model: type[Options]) -> JsonSchemaValue:
    schema = _of_model(model)
    if model is ReplaceOptions:  # every key is a pattern; a replacement left out means: nothing
        pairs = {"type": "object", "minProperties": 1, "additionalProperties": {"type": [*SCALAR, "null"]}}
        return {**_description_of(schema), **pairs}
    return {**schema, "type": ["object", "null"]} if _can_do_without(model) else schema


def _can_do_without(model: type[Options]) -> bool:
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
    """Paragraphs on one line each: editors show a line's end as a paragraph's."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
