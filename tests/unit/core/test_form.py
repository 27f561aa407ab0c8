"""The live form, in both shapes of the platform's answer."""

import json

import pytest

from uploader.core.errors import FormError
from uploader.core.form import Form, FormField, read_forms, read_links


def test_both_form_shapes_are_read() -> None:
    bare, flagged = read_forms(
        b'[{"formName": "Webinar form", "formId": 75, "fields": ["form[firstName]", "form[email]"]},'
        b'{"formName": "Webinar form", "formId": 76, "fields": ['
        b'{"key": "form[firstName]", "hidden": false, "required": false},'
        b'{"key": "form[source]", "hidden": true, "required": true}]}]'
    )
    assert (bare.id, bare.keys) == (75, {"firstName": "form[firstName]", "email": "form[email]"})
    assert bare.fields[0].required is None
    assert flagged.required == ("source",)
    assert flagged.fields[1].hidden


def test_links_are_read() -> None:
    (link,) = read_links(b'[{"id": 135, "name": "Autumn", "channel": null, "destination": "https://example.com"}]')
    assert (link.id, link.channel) == (135, None)


WHOLE = Form(75, "Webinar", (FormField("form[email]", required=True), FormField("form[source]", hidden=True)))


@pytest.mark.parametrize(
    "entry",
    [
        {"formId": "75"},
        {"id": 75, "formId": None},
        {"formName": "Webinar", "name": None, "extra": [{"deep": None}]},
        {"fields": {"0": {"key": "form[email]", "required": True}, "3": {"key": "form[source]", "hidden": 1}}},
        {"fields": {"form[email]": {"required": "1"}, "form[source]": {"hidden": "true"}}},
        {
            "fields": [
                {"key": "form[email]", "hidden": None, "required": 1, "type": {}},
                {"name": "form[source]", "hidden": 1},
            ]
        },
        {"fields": [None, {"key": "form[email]", "required": "true"}, {"key": "form[source]", "hidden": "yes"}]},
    ],
)
@pytest.mark.parametrize(
    "wrap", ["{}", '{{"0": {}}}', '{{"4": {}, "7": null}}', '{{"data": [{}]}}', "[{}]", "\ufeff[{}]"]
)
def test_form_is_read_from_any_shape(entry: dict, wrap: str) -> None:
    if wrap == "{}":
        wrap = "[null, {}]"
    fields = [{"key": "form[email]", "required": True}, {"key": "form[source]", "hidden": True}]
    text = json.dumps({"formId": 75, "formName": "Webinar", "fields": fields} | entry)
    (form,) = read_forms(wrap.replace("{{", "{").replace("}}", "}").replace("{}", text).encode())
    assert (form.id, form.name, form.keys, form.problem) == (75, "Webinar", WHOLE.keys, "")
    assert [bool(field.required) for field in form.fields] == [True, False]
    assert [field.hidden for field in form.fields] == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        {"formId": 76, "formName": None, "fields": None},
        {"formId": 76, "fields": "none"},
        {"formId": 76, "fields": [{"label": "E-mail"}]},
        {"formId": 76},
        {"formName": "nothing else"},
        {},
    ],
)
def test_defect_of_another_form_is_that_forms_affair(other: dict) -> None:
    forms = read_forms(json.dumps([other, {"formId": 75, "fields": ["form[email]"]}]).encode())
    assert [form.id for form in forms if not form.problem] == [75]
    assert all(form.problem for form in forms if form.id == 76)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b"[]", []),
        (b'{"data": []}', []),
        (b'[{"id": "135"}, {"name": "no id"}, null]', [135]),
        (b'{"1": {"id": 135, "name": null, "channel": {"name": "Email"}, "destination": 7}}', [135]),
        (b'{"hydra:member": [{"id": 135}, {"id": 136}]}', [135, 136]),
    ],
)
def test_links_are_read_from_any_shape(body: bytes, ids: list[int]) -> None:
    assert [link.id for link in read_links(body)] == ids


@pytest.mark.parametrize("body", [b"[{}, {}, 7]", b'[{"name": "x"}]', b"7", b'"x"', b"null", b"[" * 5000])
def test_unreadable_links_are_not_an_empty_list(body: bytes) -> None:
    with pytest.raises(FormError, match="not a list of links"):
        read_links(body)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'[{"formId": "x", "fields": []}]', b'[{"formId": 1}]'])
def test_other_response_is_reported(body: bytes) -> None:
    with pytest.raises(FormError, match="not a list of forms"):
        read_forms(body)
