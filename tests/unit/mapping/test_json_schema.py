"""The JSON Schema of mapping files accepts what the reader of mappings accepts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from tests.support.paths import ROOT
from uploader.mapping.json_schema import mapping_schema, schema_text
from uploader.mapping.load import parse_mapping
from uploader.mapping.schema import FieldSpec, MappingFile
from uploader.mapping.transforms import TRANSFORMS, TRANSFORMS_WITH_OPTIONS, build

SCHEMA = mapping_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def as_an_editor_reads(text: str) -> Any:
    """YAML 1.2 with numbers and booleans, and keys that are text."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def places(data: Any) -> list[str]:
    """Return where the errors are."""
    return sorted("/".join(map(str, error.absolute_path)) for error in VALIDATOR.iter_errors(data))


def reader_errors(data: Any) -> list[str]:
    """Return the errors that our reader finds, transforms included. JSON is YAML."""
    mapping = parse_mapping(json.dumps(data), Path("map.yaml"))
    errors = [error.message for error in mapping.document.errors]
    for spec in mapping.fields.values():
        for step in spec.transform:
            try:
                build(*((step,) if isinstance(step, str) else next(iter(step.items()))))
            except ValueError as error:
                errors.append(str(error))
    return errors


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from subschemas(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from subschemas(value)


def test_committed_schema_is_current() -> None:
    copy = ROOT / "mappings" / "mapping.schema.json"
    assert copy.read_text("utf-8") == schema_text(), "renew it: uploader schema > mappings/mapping.schema.json"


def test_schema_is_valid_draft_7() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    keys = {key for schema in subschemas(SCHEMA) for key in schema}
    assert keys.isdisjoint({"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired"})
    references = {str(schema["$ref"]) for schema in subschemas(SCHEMA) if "$ref" in schema}
    assert {name.rpartition("/")[2] for name in references} == set(SCHEMA["definitions"])


def test_each_call_returns_a_new_copy() -> None:
    mapping_schema()["properties"].clear()
    assert mapping_schema() == SCHEMA


def test_schema_has_exactly_the_keys_of_the_models() -> None:
    assert set(SCHEMA["properties"]) == set(MappingFile.model_fields)
    assert set(SCHEMA["definitions"]["FieldSpec"]["properties"]) == set(FieldSpec.model_fields)
    assert not any("title" in schema for schema in subschemas(SCHEMA["definitions"]["FieldSpec"]["properties"]))


def test_schema_describes_every_transform() -> None:
    step = SCHEMA["definitions"]["transform"]
    options, names = step["then"]["properties"], step["else"]
    assert list(options) == [*TRANSFORMS, *TRANSFORMS_WITH_OPTIONS]
    assert set(options) - set(names["enum"]) == {"replace", "name"}  # these do nothing without options
    assert all(description for description in names["enumDescriptions"])
    assert len(names["enumDescriptions"]) == len(names["enum"])
    words = [option["description"] for option in options.values()]
    assert all(words)
    assert not any("Raises" in text or re.search(r"[^\n]\n[^\n]", text) for text in words)


@pytest.mark.parametrize("name", ["leads.yaml", "tidy.yaml"])
def test_included_mappings_match_the_schema(name: str) -> None:
    assert places(as_an_editor_reads((ROOT / "mappings" / name).read_text("utf-8"))) == []


def test_documented_mappings_match_the_schema() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    blocks = re.findall(r"(?ms)^```yaml\n(version: 1\n.*?)^```", text)
    assert blocks
    assert [places(as_an_editor_reads(block)) for block in blocks] == [[] for _ in blocks]


def test_unquoted_scalars_match_the_schema() -> None:
    text = """\
version: "1"
campaign:
sheet: 2026
where: {Status: Won, Score: 1, Day: [2, yes], Test: {not: [Yes, true]}, Note: {empty: yes, contains: 1, not: {in: [a]}}}
fields:
  terms: {column: 7, values: {1: yes, 2: true}, default: 0, allowed: [1, 2.5, no], required: yes}
  form[year]: {value: 2026, pattern: 2026, min_length: 4, transform: {replace: {1: 2, x: }}}
  day: {column: [1, Day], transform: [upper, {date: {from: "%d/%m/%Y"}}, {phone: }], allowed: lists/days.csv}
  city: [Town, City]
  count: 12
  first: {column: Name, transform: {name: first}, must_be: 1}
  consent: {column: Consent, transform: [boolean], must_be: [1, 0]}
  optIn: true
ignore: [1, Notes]
duplicates: [year]
"""
    assert places(as_an_editor_reads(text)) == []
    assert parse_mapping(text, Path("map.yaml")).document.errors == []


@pytest.mark.parametrize(
    ("error", "place"),
    [
        ("colour: red", ""),
        ("version: 2", "version"),
        ("campaign: spring", "campaign"),
        ("link: 0", "link"),
        ("ignore: Notes", "ignore"),
        ("duplicates: [[email]]", "duplicates/0"),
        ("where: Status", "where"),
        ("where: {Status: }", "where/Status"),
        ("where: {Status: []}", "where/Status"),
        ("where: {Status: {}}", "where/Status"),
        ("where: {Status: {not: }}", "where/Status/not"),
        ("where: {Status: {not: {contians: x}}}", "where/Status/not"),
        ("where: {Status: {empty: perhaps}}", "where/Status/empty"),
        ("where: {Status: {in: x}}", "where/Status/in"),
        ("fields: [email]", "fields"),
        ("fields: {email: {column: E, must_be: []}}", "fields/email/must_be"),
        ("fields: {email: {column: E, must_be: }}", "fields/email/must_be"),
        ("fields: {email: {column: E, transform: [name]}}", "fields/email/transform/0"),
        ("fields: {email: {column: E, transform: [{name: middle}]}}", "fields/email/transform/0/name"),
        ("fields: {email: }", "fields/email"),
        ("fields: {email: {colum: Email}}", "fields/email fields/email"),
        ("fields: {email: {required: true}}", "fields/email"),
        ("fields: {email: {column: }}", "fields/email"),
        ("fields: {email: {column: Email, value: x}}", "fields/email"),
        ("fields: {email: {column: [Email, {a: b}]}}", "fields/email/column/1"),
        ("fields: {email: {column: E, required: perhaps}}", "fields/email/required"),
        ("fields: {email: {column: E, type: mail}}", "fields/email/type"),
        ("fields: {email: {column: E, max_length: 0}}", "fields/email/max_length"),
        ("fields: {email: {column: E, values: {a: [b]}}}", "fields/email/values/a"),
        ("fields: {email: {column: E, allowed: {a: b}}}", "fields/email/allowed"),
        ("fields: {email: {column: E, transform: lowr}}", "fields/email/transform"),
        ("fields: {email: {column: E, transform: [lower, lowr]}}", "fields/email/transform/1"),
        ("fields: {email: {column: E, transform: [{date: {form: x}}]}}", "fields/email/transform/0/date"),
        ("fields: {email: {column: E, transform: [{lower: {to: x}}]}}", "fields/email/transform/0/lower"),
        ("fields: {email: {column: E, transform: [{phone: {regin: GB}}]}}", "fields/email/transform/0/phone"),
        ("fields: {email: {column: E, transform: {country: {to: A}}}}", "fields/email/transform/country/to"),
        ("fields: {email: {column: E, transform: [{lower: , upper: }]}}", "fields/email/transform/0"),
    ],
)
def test_error_is_reported_at_its_place(error: str, place: str) -> None:
    good = {"version": 1, "fields": {"email": "Email"}}
    assert places(good) == []
    data = {**good, **as_an_editor_reads(error)}
    assert places(data) == place.split(" ")
    assert reader_errors(data)


@pytest.mark.parametrize("missing", ["version", "fields"])
def test_missing_key_is_reported(missing: str) -> None:
    data = {key: value for key, value in {"version": 1, "fields": {}}.items() if key != missing}
    assert [error.message for error in VALIDATOR.iter_errors(data)] == [f"{missing!r} is a required property"]


# For every key what is right and what is wrong, as JSON. Not here, because the schema is the stricter one and
# wants them as they are usually written: numbers in quotes, and 1 and 0 for true and false. Nor the other way round:
# what regular expressions, templates and date formats hold inside.
STEPS: list[Any] = [
    "lower", "phone", "date", "lowr", 5, None, [], {}, ["lower"], {"lower": None}, {"lower": {}}, {"lower": {"a": 1}},
    {"lower": None, "upper": None}, {"phone": None}, {"phone": {"region": "GB", "column": 7}}, {"phone": "GB"},
    {"phone": {"regin": "GB"}}, {"phone": {"format": "e165"}}, {"date": None}, {"date": {"from": "%d/%m/%Y"}},
    {"date": {"from": ["%d/%m/%Y", "%Y-%m-%d"], "to": "%d.%m.%Y"}}, {"date": {"from": [None]}},
    "name", {"name": None}, {"name": "rest"}, {"name": "middle"}, {"name": {"part": "first"}}, {"name": 1},
    {"country": {"to": "x"}}, {"replace": None}, {"replace": {}}, {"replace": {"a": None, "b": 1}},
    {"replace": {"a": []}}, {"unknown": {}},
]  # fmt: skip
FIELD: dict[str, list[Any]] = {
    "column": ["A", 7, True, None, ["A", 7], ["A", None], [["A"]], {}],
    "template": ["{A} {B}", None, [], {}],
    "value": ["x", 2026, 2.5, False, None, [], {}],
    "default": ["x", 0, True, None, [], {}],
    "required": [True, False, "yes", "no", "on", "off", "perhaps", None, [], {}],
    "values": [{}, {"1": True, "UK": "United Kingdom", "x": 5}, {"UK": None}, {"UK": []}, None, "x", []],
    "transform": [*STEPS, *([step] for step in STEPS), ["title", *STEPS[-2:]]],
    "allowed": ["list.csv", 5, ["a", 1, True], [], [None], None, {}],
    "must_be": [1, "yes", True, [1, "x"], [], [None], [["a"]], None, {}],
    "pattern": ["[A-Z]+", 2026, None, [], {}],
    "min_length": [0, 3, -1, 1.5, "x", True, None, [], {}],
    "max_length": [1, 3, 0, 1.5, "x", True, None, [], {}],
    "type": ["email", "mail", 1, None, []],
    "colum": ["A"],
}
CONDITIONS: list[Any] = [
    "x", 1, True, None, [], ["x", 1], [None], [["x"]], {}, {"equals": 2}, {"equals": None}, {"equals": []},
    {"in": ["x"]}, {"in": []}, {"in": "x"}, {"in": None}, {"not": "x"}, {"not": ["x", True]}, {"not": {}},
    {"not": None}, {"not": {"contains": "x"}}, {"not": {"nto": "x"}}, {"contains": "x"}, {"contains": ["x", 1]},
    {"contains": []}, {"contains": {}}, {"empty": True}, {"empty": "no"}, {"empty": "x"}, {"empty": None},
    {"not": "x", "contains": "y"}, {"nto": "x"},
]  # fmt: skip
HEAD: dict[str, list[Any]] = {
    "version": [1, "1", 2, True, None, [], {}],
    "campaign": [1, 44400, 0, -1, 1.5, True, "x", None, [], {}],
    "sheet": ["Leads", 2026, None, [], {}],
    "where": [*({"A": condition} for condition in CONDITIONS), {}, {"A": "x", "B": {"not": [1]}}, "A", ["A"], None],
    "ignore": [[], ["A", 7], [None], [["A"]], "A", None, {}],
    "duplicates": [[], ["email"], [None], "email", None, {}],
    "colour": ["red"],
}
FIELDS = st.one_of(
    st.sampled_from(["A", 7, True, None, ["A", "B"], [None], [["A"]]]),
    st.fixed_dictionaries({}, optional={key: st.sampled_from(values) for key, values in FIELD.items()}),
    # Most fields are right in most things: else nearly every example is wrong, and nothing is learned of the rest.
    st.sampled_from(list(FIELD)).flatmap(
        lambda key: st.fixed_dictionaries({"column": st.just("A"), key: st.sampled_from(FIELD[key])})
    ),
)
FILES = st.one_of(
    st.fixed_dictionaries({"version": st.just(1), "fields": st.dictionaries(st.sampled_from("abc"), FIELDS)}),
    st.fixed_dictionaries(
        {},
        optional={
            "fields": st.sampled_from([{}, {"a": "A"}, None, [], "x"]),
            **{key: st.sampled_from(values) for key, values in HEAD.items()},
        },
    ),
)


@settings(max_examples=400)
@given(FILES)
@example({"version": 1, "fields": {"a": {"column": None, "value": 1}}})
def test_editor_and_reader_agree(data: dict[str, Any]) -> None:
    assert bool(places(data)) == bool(reader_errors(data)), (places(data), reader_errors(data))


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in FIELD.items() for value in values])
def test_editor_and_reader_agree_on_every_single_value(key: str, value: Any) -> None:
    source = {} if key in {"column", "template", "value"} else {"column": "A"}
    data = {"version": 1, "fields": {"a": {**source, key: value}}}
    assert bool(places(data)) == bool(reader_errors(data)), (places(data), reader_errors(data))


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in HEAD.items() for value in values])
def test_editor_and_reader_agree_on_every_single_value_of_the_head(key: str, value: Any) -> None:
    data = {"version": 1, "fields": {}, key: value}
    assert bool(places(data)) == bool(reader_errors(data)), (places(data), reader_errors(data))
