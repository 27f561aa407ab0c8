"""The APIs as data: what each of them carries, needs and lacks."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.api.protocol import fill_template
from uploader.config.api_variants import (
    API_VARIANTS,
    KEY_GRANT,
    PASSWORD_GRANT,
    PASSWORD_GRANT_WITHOUT_KEY,
    PASSWORD_LOGIN,
    PLACEHOLDERS,
    PUBLISHER_V2_4,
    PUBLISHER_V2_5,
    WEBHOOK_V2,
    Access,
    ApiVariant,
    Login,
)
from uploader.config.load import load_settings
from uploader.core.errors import UsageError
from uploader.sandbox import APIS

KEY = {"client_id": "a", "client_secret": "b", "api_key": "c"}
USER = {"username": "d", "password": "e"}
NOTHING = dict.fromkeys([*KEY, *USER, "campaign_api_key"], "") | {"grant_type": "x"}


def test_sandbox_supports_every_variant() -> None:
    assert list(APIS) == list(API_VARIANTS)


@pytest.mark.parametrize("variant", API_VARIANTS.values(), ids=API_VARIANTS)
def test_lead_path_has_all_ids(variant: ApiVariant) -> None:
    for name, template in variant.endpoints:
        ids = {known: 900 + number for number, known in enumerate(sorted(PLACEHOLDERS[name]))}
        assert template is None or "{" not in fill_template(template, **ids)
    lead = fill_template(variant.endpoints.lead or "", campaign_id=901, form_id=902, link_id=903, publisher_id=904)
    campaign = {"901"} if "/links/" not in lead else set()  # there the form says which campaign it is
    assert all(number in lead for number in {"902", "903", "904"} | campaign)


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1))
def test_secret_is_sent_unchanged_and_hidden(secret: str) -> None:
    for variant, name in ((PUBLISHER_V2_5, "access_token"), (WEBHOOK_V2, "apikey")):
        access = variant.access(secret)
        assert parse_qsl(access.query, keep_blank_values=True) == [(name, secret)]
        assert not access.headers
    bearer = PUBLISHER_V2_4.access(secret)
    assert (bearer.query, bearer.headers) == ("", {"Authorization": f"Bearer {secret}"})
    assert "s3cret" not in repr(Access("apikey=s3cret", {"Authorization": "Bearer s3cret"}))


@pytest.mark.parametrize(
    ("variant", "credentials", "login"),
    [
        (PUBLISHER_V2_5, KEY, KEY_GRANT),
        (PUBLISHER_V2_5, KEY | USER, PASSWORD_GRANT),
        (PUBLISHER_V2_5, {**KEY, "api_key": ""} | USER, PASSWORD_GRANT_WITHOUT_KEY),
        (PUBLISHER_V2_4, KEY, KEY_GRANT),
        (PUBLISHER_V2_4, KEY | USER, KEY_GRANT),
        (PUBLISHER_V2_4, USER, PASSWORD_LOGIN),
    ],
)
def test_login_is_chosen_by_credentials(variant: ApiVariant, credentials: dict[str, str], login: Login) -> None:
    given = NOTHING | credentials
    assert variant.login(given) is login
    assert variant.missing(given) == []
    said = dict(parse_qsl(login.parameters(given)))
    assert said == {**dict(login.fixed), **{name: given[name] for name in login.needs}}


@pytest.mark.parametrize(
    ("api", "credentials", "missing"),
    [
        ("publisher-v2.5", {}, "Missing: UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET, UPLOADER_API_KEY; or "),
        (
            "publisher-v2.5",
            {},
            "; or UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET, UPLOADER_USERNAME, UPLOADER_PASSWORD.",
        ),
        ("publisher-v2.5", USER, "CLIENT_ID, UPLOADER_CLIENT_SECRET."),
        ("publisher-v2.4", {"client_id": "a"}, "CLIENT_SECRET, UPLOADER_API_KEY; or UPLOADER_USERNAME, UPLOADER_PASS"),
        ("publisher-v2.4", {"username": "d"}, "UPLOADER_API_KEY; or UPLOADER_PASSWORD."),
        ("webhook-v2", KEY | USER, "Missing: UPLOADER_CAMPAIGN_API_KEY."),
    ],
)
def test_missing_credentials_are_named_per_api(api: str, credentials: dict[str, str], missing: str) -> None:
    with pytest.raises(UsageError) as error:
        load_settings({"api": api, **credentials}).require_credentials()
    assert missing in error.value.message


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(UsageError) as error:
        load_settings().require_complete()
    message = error.value.message
    assert message.startswith(
        "Missing: UPLOADER_ENTERPRISE (the name before .cvtr.io). Also missing: UPLOADER_CLIENT_ID,"
    )
    assert message.index("UPLOADER_API_KEY") < message.index("UPLOADER_PASSWORD")
    assert all(words in error.value.hint for words in ("uploader doctor", "uploader login", "docs/settings.md"))
    with pytest.raises(UsageError, match=r"^Missing: UPLOADER_ENTERPRISE \(the name before \.cvtr\.io\)\.$"):
        load_settings(KEY).require_complete()
    load_settings(KEY | {"base_url": "https://acme.cvtr.io"}).require_complete()


def test_account_identity_follows_the_api() -> None:
    def account(api: str, **more: str) -> tuple[str, ...]:
        return load_settings({"api": api, "enterprise": "acme", **KEY, **more}).account

    assert account("publisher-v2.5") == account("publisher-v2.4") == account("publisher-v2.5", campaign_api_key="k")
    assert account("publisher-v2.5") != account("publisher-v2.5", api_key="other")
    assert account("webhook-v2", campaign_api_key="k") == account("webhook-v2", campaign_api_key="k", api_key="other")
    assert account("webhook-v2", campaign_api_key="k") != account("webhook-v2", campaign_api_key="l")


def test_endpoint_overrides_replace_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_API", "webhook-v2")
    assert load_settings().endpoint("lead") == WEBHOOK_V2.endpoints.lead
    with pytest.raises(UsageError, match="webhook-v2 does not report validation results"):
        load_settings().endpoint("result")
    monkeypatch.setenv("UPLOADER_ENDPOINTS__RESULT", "/mine/{lead_id}")
    assert load_settings().endpoint("result") == "/mine/{lead_id}"
    assert load_settings().endpoint("lead") == WEBHOOK_V2.endpoints.lead
    assert WEBHOOK_V2.endpoints.result is None
    monkeypatch.setenv("UPLOADER_ENDPOINTS__RESULT", "/mine/{link_id}")
    with pytest.raises(UsageError) as error:
        load_settings()
    assert "UPLOADER_ENDPOINTS__RESULT: no such name in braces: link_id" in error.value.problems[0]
