"""The classification of answers, and the body of a lead."""

import json
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.api.hints import hint_for
from uploader.api.protocol import (
    MAX_MESSAGE_LENGTH,
    Response,
    classify,
    encode_field_names,
    encode_lead,
    fill_lead_path,
    fill_template,
    mask_secret,
)
from uploader.api.protocol import ResponseMeaning as Meaning
from uploader.core.model import Outcome, field_name
from uploader.core.redaction import MAX_REASON_LENGTH, ValueMask

CREATED = b'{"code": 201, "message": "Lead was created successfully", "data": 55907}'
SYMFONY = (
    b'{"code":400,"message":"Validation Failed","errors":{"errors":["This form should not contain extra fields."],'
    b'"children":{"firstName":[],"email":{"errors":["This value is not a valid email address."]}}}}'
)
WEBHOOK = (
    b'{"code":400,"message":"Validation failed",'
    b'"data":[{"message":"No."},{"fieldName":"form[lastName]","message":"Empty."}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (201, CREATED, Meaning.ACCEPTED),
        (
            201,
            b'{"status": 201, "message": "Model was created successfully", "data": "55907"}',
            Meaning.ACCEPTED,
        ),
        (201, b'{"code": 201, "message": "Lead was created successfully"}', Meaning.NO_LEAD_ID),
        (201, b'{"code": 201, "data": true}', Meaning.NO_LEAD_ID),
        (201, b"", Meaning.NO_LEAD_ID),
        (200, CREATED, Meaning.ACCEPTED),
        (200, b"<html>Log in</html>", Meaning.WEB_PAGE),
        (200, b"", Meaning.NO_LEAD_ID),
        (202, b"{}", Meaning.NO_LEAD_ID),
        (201, b'{"code": 201, "data": 0}', Meaning.NO_LEAD_ID),
        (201, b'{"code": 201, "data": 9223372036854775808}', Meaning.NO_LEAD_ID),
        (302, b"", Meaning.WEB_PAGE),
        (307, b"", Meaning.WRONG_ADDRESS),
        (400, SYMFONY, Meaning.REJECTED),
        (400, b"<html>Bad Request</html>", Meaning.REJECTED),
        (
            401,
            b'{"error":"invalid_grant","error_description":"The access token provided has expired."}',
            Meaning.TOKEN_EXPIRED,
        ),
        (403, b'{"code":403,"message":"Campaign is fulfilled"}', Meaning.CAMPAIGN_CLOSED),
        (404, b"<html>Not Found</html>", Meaning.WRONG_ADDRESS),
        (405, b"", Meaning.WRONG_ADDRESS),
        (408, b"", Meaning.UNKNOWN),
        (409, b"", Meaning.REJECTED),
        (413, b"", Meaning.REJECTED),
        (415, b"", Meaning.REJECTED),
        (422, b"", Meaning.REJECTED),
        (425, b"", Meaning.RATE_LIMITED),
        (429, b"", Meaning.RATE_LIMITED),
        (500, b'{"code":500,"message":""}', Meaning.UNKNOWN),
        (502, b"<html>Bad Gateway</html>", Meaning.UNKNOWN),
        (503, b"", Meaning.UNKNOWN),
        (999, b"", Meaning.UNKNOWN),
    ],
)
def test_every_response_is_classified(status: int, body: bytes, meaning: Meaning) -> None:
    assert classify(Response(status, body)).meaning is meaning


@pytest.mark.parametrize("words", ["ab ", "campaign ", "campaign not ", "not yet ", " ", "closed "])
@pytest.mark.parametrize("status", [200, 400, 403, 404, 500])
def test_message_of_a_megabyte_is_classified_in_linear_time(words: str, status: int) -> None:
    """With the square of its length it would take hours, and the event loop stands still meanwhile."""
    body = json.dumps({"message": words * (1_000_000 // len(words))}).encode()
    found = classify(Response(status, body), ValueMask(["ab", "campaign"]))
    assert len(found.reason) <= MAX_REASON_LENGTH + 20
    assert len(found.message) <= MAX_MESSAGE_LENGTH


def test_texts_that_do_not_fit_into_the_reason_are_not_masked() -> None:
    masked = []
    errors = [{"field": "form[a]", "message": f"{'x' * 90} {number}"} for number in range(200)]
    found = classify(Response(400, json.dumps({"errors": errors}).encode()), lambda text: masked.append(text) or text)
    assert len(found.field_errors) == 200
    assert len([text for text in masked if text != "a"]) < 10


@pytest.mark.parametrize("rest", range(8))
@pytest.mark.parametrize("length", [3, 100])
def test_texts_are_joined_as_far_as_they_fit(length: int, rest: int) -> None:
    """Texts of the same length, behind one that moves the place where the reason ends."""
    texts = ["f" * (length + rest + 1), *(str(number).zfill(length) for number in range(199))]
    found = classify(Response(400, json.dumps({"errors": texts}).encode()))
    joined = "; ".join(texts)  # a separator at the end does not matter
    assert found.reason.rstrip("; ") == joined[:MAX_REASON_LENGTH].rstrip("; ")
    assert found.message.rstrip("; ") == joined[:MAX_MESSAGE_LENGTH].rstrip("; ")


WRONG_ADDRESS = {307, 308, 404, 405, 407, 410}
REFUSED = {400, 409, 413, 415, 422}
BY_STATUS = {401: Meaning.TOKEN_EXPIRED, 403: Meaning.BLOCKED, 408: Meaning.UNKNOWN} | dict.fromkeys(
    (425, 429), Meaning.RATE_LIMITED
)


@pytest.mark.parametrize("is_page", [False, True])
def test_status_and_kind_of_body_decide_together(is_page: bool) -> None:
    """Every status, with a body that says nothing and with a page: the same rules written a second time."""
    for status in [*range(100, 600), 999]:
        if status in WRONG_ADDRESS:
            meaning = Meaning.WRONG_ADDRESS
        elif status in REFUSED:
            meaning = Meaning.REJECTED
        elif status in BY_STATUS:
            meaning = Meaning.BLOCKED if is_page and status == 401 else BY_STATUS[status]
        elif 200 <= status < 300:
            meaning = Meaning.WEB_PAGE if is_page else Meaning.NO_LEAD_ID
        elif 300 <= status < 400:
            meaning = Meaning.WEB_PAGE
        elif 400 <= status < 500:
            meaning = Meaning.BLOCKED if is_page else Meaning.REJECTED
        else:
            meaning = Meaning.UNKNOWN
        found = classify(Response(status, b" \n<html>" if is_page else b"{}"))
        assert (found.meaning, found.status, found.lead_id) == (meaning, status, None)
        says_page = meaning in {Meaning.WEB_PAGE, Meaning.BLOCKED, Meaning.WRONG_ADDRESS} and is_page
        assert ("the response is a web page" in found.reason) is says_page
        assert str(status) in found.reason


@pytest.mark.parametrize("status", [200, 202, 299, 201])
@pytest.mark.parametrize("stated", [None, 200, 201, 202])
@pytest.mark.parametrize("lead_id", [None, 7])
def test_success_needs_a_201_and_an_id(status: int, stated: int | None, lead_id: int | None) -> None:
    body = json.dumps({"code": stated, "data": lead_id}).encode()
    is_accepted = lead_id is not None and 201 in {status, stated}
    assert classify(Response(status, body)).meaning is (Meaning.ACCEPTED if is_accepted else Meaning.NO_LEAD_ID)


@pytest.mark.parametrize(
    ("response", "reason", "message"),
    [
        (Response(500, b"", problem="it is too long"), "HTTP 500; it is too long", None),
        (Response(201, b"", problem="it is too long"),
         "the platform answered 201 without a readable lead id: it is too long", ""),
        (Response(400, b"{}"), "HTTP 400", None),
        (Response(403, b'"No, ann."'), "No, ***. (HTTP 403)", "No, ann. (HTTP 403)"),
        (Response(403, b'["No ann.", "Campaign is closed."]'), "No ***.; Campaign is closed. (HTTP 403)",
         "No ann.; Campaign is closed. (HTTP 403)"),
        (Response(403, b"Blocked by\n policy 7"), "Blocked by policy 7 (HTTP 403)", None),
        (Response(500, "überlastet".encode()), "überlastet (HTTP 500)", None),
        (Response(403, b"\xff\xfe\x00"), "HTTP 403", None),
        (Response(403, b"[]"), "HTTP 403", None),
        (Response(400, b'{"message": "No ann."}'), "No ***. (HTTP 400)", "No ann. (HTTP 400)"),
        (Response(400, b'{"errors": {"ann": ["No ann."], "": ["All."]}}', problem="cut"),
         "***: No ***.; All.", "ann: No ann.; All."),
    ],
)  # fmt: skip
def test_reason_is_masked_and_message_is_not(response: Response, reason: str, message: str | None) -> None:
    classification = classify(response, lambda text: text.replace("ann", "***"))
    assert (classification.reason, classification.message) == (reason, reason if message is None else message)


@pytest.mark.parametrize("body", [b'"Campaign is fulfilled"', b'["Campaign is fulfilled"]', b"Campaign is fulfilled"])
def test_text_alone_does_not_close_a_campaign(body: bytes) -> None:
    """It may come from anything in between; only the campaign's own JSON messages close a run."""
    assert classify(Response(403, body)).meaning is Meaning.BLOCKED


def test_accepted_lead_has_its_id() -> None:
    classification = classify(Response(201, CREATED))
    assert (classification.outcome, classification.lead_id) == (Outcome.ACCEPTED, 55907)


def test_both_shapes_of_a_400_name_the_field() -> None:
    assert classify(Response(400, SYMFONY)).field_errors == (
        ("", "This form should not contain extra fields."),
        ("email", "This value is not a valid email address."),
    )
    assert classify(Response(400, WEBHOOK)).reason == "No.; lastName: Empty."


def test_webhook_field_without_message_is_reported() -> None:
    body = b'{"code":"400","data":[{"fieldName":"form[lastName]","message":""},{"message":""},{}]}'
    assert classify(Response(400, body)).reason == "lastName: This value was not accepted."


SECRETS = st.text("abcXYZ019-_.~+/=&% ", min_size=3, max_size=12)


@given(secret=SECRETS, status=st.sampled_from([200, 400, 401, 404, 500]))
def test_secrets_are_masked_in_responses(secret: str, status: int) -> None:
    in_an_address, by_php = quote(secret, safe=""), secret.replace("/", "\\/")
    for written in (secret, in_an_address, by_php):
        assert mask_secret(Response(status, f"<{written}>".encode()), secret).body == "<•••>".encode()


@given(secret=SECRETS, lead_id=st.integers(1, 2**62))
def test_success_response_is_never_masked(secret: str, lead_id: int) -> None:
    response = Response(201, b'{"code": 201, "data": %d}' % lead_id)
    assert mask_secret(response, secret) is mask_secret(response, str(lead_id)) is response


def test_rejection_names_the_column_to_fix() -> None:
    hint = hint_for(classify(Response(400, SYMFONY)), {"email": "Email Address"})
    assert "'Email Address'" in hint
    assert "uploader forms" in hint


@given(status=st.integers(100, 599), body=st.binary(max_size=200) | st.just(CREATED) | st.just(SYMFONY))
def test_only_success_with_an_id_is_accepted(status: int, body: bytes) -> None:
    classification = classify(Response(status, body))
    assert (classification.outcome is Outcome.ACCEPTED) == (status // 100 == 2 and body == CREATED)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["errors", "children", "data", "message", "a"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_400_is_a_rejection(said: object) -> None:
    assert classify(Response(400, json.dumps(said).encode())).outcome is Outcome.REJECTED


NAMES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=8)
VALUES = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=20)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_encoded_body_has_exactly_the_fields(fields: dict[str, str]) -> None:
    body = encode_lead(tuple(fields.items()), encode_field_names({name: f"form[{name}]" for name in fields}))
    assert parse_qsl(body.decode("ascii"), keep_blank_values=True) == [(f"form[{n}]", v) for n, v in fields.items()]


def test_every_ascii_character_is_encoded() -> None:
    text = "".join(map(chr, range(128)))
    body = encode_lead((("a", text),), {"a": "a"})
    assert parse_qsl(body.decode("ascii")) == [("a", text)]
    assert all(32 < char < 127 for char in body)


def test_field_name_forms_are_equal() -> None:
    assert field_name("form[firstName]") == field_name(" firstName ") == "firstName"


def test_path_template_needs_its_ids() -> None:
    assert fill_template("/a/{campaign_id}", campaign_id=7, form_id=8) == "/a/7"
    with pytest.raises(KeyError):
        fill_template("/a/{campaign}", campaign_id=7)


@pytest.mark.parametrize(
    ("template", "ids", "path"),
    [
        ("/p/{publisher_id}/l/{link_id}", {"publisher_id": 7, "link_id": 8}, "/p/7/l/8"),
        ("/p?l={link_id}&p={publisher_id}&x=1", {"publisher_id": 7, "link_id": 8}, "/p?l=8&p=7&x=1"),
        ("/p?l={link_id}&p={publisher_id}&x=1", {"publisher_id": 7, "link_id": None}, "/p?p=7&x=1"),
        ("/p?l={link_id}&p={publisher_id}", {"publisher_id": None, "link_id": 0}, "/p?l=0"),
        ("/p?l={link_id}&p={publisher_id}", {"publisher_id": None, "link_id": None}, "/p"),
        ("/p?&l={link_id}", {"link_id": 8}, "/p?l=8"),
    ],
)
def test_lead_path_leaves_out_parameters_without_an_id(template: str, ids: dict[str, int | None], path: str) -> None:
    assert fill_lead_path(template, **ids) == path


def test_own_words_and_field_names_are_not_masked() -> None:
    """Some lead has `HTTP`, `lead` or a field's name for a value."""
    hide = {"email": "email"}.get
    answer = Response(400, b'{"errors": {"children": {"email": {"errors": ["No."]}, "ann": {"errors": ["ann"]}}}}')
    classification = classify(answer, lambda text: hide(text) or "•••")
    assert (classification.reason, classification.field_errors) == (
        "email: •••; •••: •••",
        (("email", "No."), ("•••", "ann")),
    )
    assert classify(Response(500, b'{"message": "ann"}'), lambda text: "•••").reason == "••• (HTTP 500)"
    assert "without a readable lead id" in classify(Response(201, b"{}"), lambda text: "•••").reason


def test_unprintable_text_is_made_writable() -> None:
    classification = classify(Response(400, rb'{"errors": {"children": {"a\ud83d": {"errors": ["b\udc00"]}}}}'))
    assert classification.reason.encode() == b"a?: b?"
