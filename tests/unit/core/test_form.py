"""The live form, in both shapes of the platform's answer."""

import pytest

from uploader.core.errors import FormError
from uploader.core.form import read_forms, read_links


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


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'[{"formId": "x", "fields": []}]', b'[{"formId": 1}]'])
def test_other_response_is_reported(body: bytes) -> None:
    with pytest.raises(FormError, match="not a list of forms"):
        read_forms(body)
