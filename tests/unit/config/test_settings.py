"""Where a setting comes from, and the message when it is wrong."""

from pathlib import Path

import pytest

from uploader.config.load import load_settings
from uploader.config.trust import ledger_home
from uploader.config.user import default_home
from uploader.config.value_types import Quota
from uploader.core.errors import UsageError


def test_settings_have_documented_defaults() -> None:
    settings = load_settings()
    assert settings.rate_limit == Quota(3000, 300)
    assert (settings.login_rate_limit, settings.result_rate_limit) == (Quota(100, 300), Quota(1400, 300))
    assert (settings.concurrency, settings.timeout, settings.connect_timeout) == (8, 60, 10)


def test_flag_over_environment_over_dotenv_over_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("uploader.toml").write_text(
        '[profile.acme]\nenterprise = "from-profile"\nclient_id = "from-profile"\nusername = "from-profile"\n'
        'publisher_id = 4\nendpoints.lead = "/from-profile"\n'
    )
    Path(".env").write_text("UPLOADER_CLIENT_ID=from-dotenv\nUPLOADER_USERNAME=from-dotenv\nUPLOADER_PUBLISHER_ID=3\n")
    monkeypatch.setenv("UPLOADER_USERNAME", "from-environment")
    monkeypatch.setenv("UPLOADER_PUBLISHER_ID", "2")
    monkeypatch.setenv("UPLOADER_ENDPOINTS__LINKS", "/from-environment")
    settings = load_settings({"profile": "acme", "publisher_id": 1})
    assert (settings.enterprise, settings.client_id) == ("from-profile", "from-dotenv")
    assert (settings.username, settings.publisher_id) == ("from-environment", 1)
    assert (settings.endpoints.lead, settings.endpoints.links) == ("/from-profile", "/from-environment")
    assert settings.endpoints.token == "/oauth/v2/token"


def test_profile_is_read_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    (home / "uploader.toml").write_text("[profile.acme]\nconcurrency = 3\n")
    monkeypatch.setenv("UPLOADER_HOME", str(home))
    assert load_settings({"profile": "acme"}).concurrency == 3
    with pytest.raises(UsageError, match="no profile 'other'"):
        load_settings({"profile": "other"})


def test_unknown_profile_key_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("uploader.toml").write_text("[profile.acme]\nconcurency = 3\n")
    with pytest.raises(UsageError, match="concurency"):
        load_settings({"profile": "acme"})


@pytest.mark.parametrize(("text", "quota"), [("10/2.5", Quota(10, 2.5)), ("off", None), ("OFF", None)])
def test_quota_is_parsed(text: str, quota: Quota | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", text)
    assert load_settings().rate_limit == quota


def test_all_invalid_settings_are_shown_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "many")
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3000")
    monkeypatch.setenv("UPLOADER_TIMEOUT", "-1")
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "https://acme.cvtr.io")
    monkeypatch.setenv("UPLOADER_API_KEY", "s3cret")
    with pytest.raises(UsageError) as error:
        load_settings()
    printed = "\n".join(error.value.problems)
    for name in ("CONCURRENCY", "RATE_LIMIT", "TIMEOUT", "ENTERPRISE"):
        assert f"UPLOADER_{name}" in printed
    assert "s3cret" not in printed


@pytest.mark.parametrize(
    ("template", "words"),
    [("/leads/{lead}", "no such name in braces: lead"), ("leads", "begins with one /"), ("/{", "not a path template")]
    + [(odd, "bare names") for odd in ("/{form_id!r}", "/{form_id:>9}", "/a b", "/a#{form_id}", "/é", "/\n")],
)
def test_invalid_path_template_is_reported(template: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_ENDPOINTS__LEAD", template)
    with pytest.raises(UsageError) as error:
        load_settings()
    assert "UPLOADER_ENDPOINTS__LEAD: " in error.value.problems[0]
    assert words in error.value.problems[0]


def test_settings_hide_secrets() -> None:
    settings = load_settings({"api_key": "s3cret", "client_secret": "s3cret", "password": "s3cret"})
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_every_missing_credential_is_named() -> None:
    with pytest.raises(UsageError, match=r"UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET, UPLOADER_API_KEY"):
        load_settings().require_credentials()
    given = {"client_id": "a", "client_secret": "b", "api_key": "c", "username": "d"}
    with pytest.raises(UsageError, match="Only one of"):
        load_settings(given).require_credentials()


@pytest.mark.parametrize("url", ["http://example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "acme"])
def test_plain_http_only_for_loopback(url: str) -> None:
    with pytest.raises(UsageError, match="https only"):
        _ = load_settings({"base_url": url}).url


def test_enterprise_gives_the_base_url() -> None:
    assert load_settings({"enterprise": "acme"}).url == "https://acme.cvtr.io"
    assert load_settings({"base_url": "http://localhost:8000/"}).url == "http://localhost:8000"
    with pytest.raises(UsageError, match="No enterprise"):
        _ = load_settings().url


@pytest.mark.parametrize(
    "url",
    ["https://acme.cvtr.io:443", "HTTPS://ACME.cvtr.io/", "https://acme.cvtr.io.", " https://acme.cvtr.io//\n"],
)
def test_base_url_spellings_share_one_scope(url: str) -> None:
    """Else a lead that it accepted would be sent again, and its limits be counted twice."""
    acme, other = load_settings({"enterprise": "acme"}), load_settings({"base_url": url})
    assert (other.url, other.scope, other.account) == (acme.url, acme.scope, acme.account)


def test_enterprise_called_sandbox_is_not_taken_for_a_sandbox() -> None:
    live = load_settings({"enterprise": "sandbox"})
    local = load_settings({"enterprise": "sandbox", "base_url": "http://127.0.0.1:8000"})
    assert (live.scope, live.is_sandbox) == ("sandbox.cvtr.io", False)
    assert (local.scope, local.is_sandbox) == ("sandbox", True)


@pytest.mark.parametrize(
    "url", ["https://", "https:///x", "https://a..b", "https://a b", "https://x:99999", "https://é"]
)
def test_invalid_host_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="UPLOADER_BASE_URL"):
        _ = load_settings({"base_url": url}).url


def test_base_url_accepts_path_and_port() -> None:
    assert load_settings({"base_url": "https://gate.example:8443/acme/"}).url == "https://gate.example:8443/acme"
    assert load_settings({"base_url": "http://[::1]:80"}).url == "http://[::1]"


def test_empty_value_counts_as_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that lacks a variable sets it to nothing; the ledger would stand in whatever folder it is in."""
    Path("uploader.toml").write_text('[profile.default]\nhome = ""\nclient_id = ""\n')
    Path(".env").write_text("UPLOADER_PUBLISHER_ID=\nUPLOADER_API_KEY=from-dotenv\nUPLOADER_RATE_LIMIT=\n")
    for name in ("HOME", "API_KEY", "TIMEOUT", "API", "CA_BUNDLE", "ENDPOINTS__LEAD"):
        monkeypatch.setenv(f"UPLOADER_{name}", "")
    settings = load_settings()
    assert settings.home == ledger_home(None) == default_home()
    assert (settings.publisher_id, settings.timeout, settings.ca_bundle) == (None, 60, None)
    assert (settings.rate_limit, settings.api) == (Quota(3000, 300), "publisher-v2.5")
    assert settings.api_key.get_secret_value() == "from-dotenv"


def test_trailing_line_end_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_SECRET", "API_KEY", "ENTERPRISE", "PASSWORD"):
        monkeypatch.setenv(f"UPLOADER_{name}", " acme\r\n")
    settings = load_settings()
    assert settings.secrets["client_secret"] == settings.secrets["api_key"] == settings.enterprise == "acme"
    assert settings.secrets["password"] == " acme\r\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("concurency = 3", "concurency; did you mean 'concurrency'"),
        ('endpoints.leed = "/x"', "UPLOADER_ENDPOINTS__LEED: there is no such endpoint; did you mean 'lead'"),
        ("retention = 365", "UPLOADER_RETENTION: write it as 90d"),  # not 365 seconds: old runs would be gone
        ("rate_limit = [0, 0]", "UPLOADER_RATE_LIMIT: write it as requests/seconds"),
        ("timeout = inf", "UPLOADER_TIMEOUT: "),
        ('home = "~no-such-user/x"\napi_key = "k"', "no home folder"),
    ],
)
def test_invalid_profile_is_refused(line: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPLOADER_HOME")
    Path("uploader.toml").write_text(f"[profile.default]\n{line}\n")
    with pytest.raises(UsageError) as error:
        load_settings()
    assert words in "\n".join([error.value.message, *error.value.problems])


def test_windows_text_files_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("uploader.toml").write_bytes(b"\xef\xbb\xbf[profile.default]\r\nconcurrency = 3\r\n")
    assert load_settings().concurrency == 3
    Path("uploader.toml").write_text("[profile.default]\n", encoding="utf-16")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_settings()


def test_setting_outside_a_profile_is_reported() -> None:
    Path("uploader.toml").write_text('enterprise = "acme"\n[profiles.acme]\n')
    with pytest.raises(UsageError, match=r"enterprise, profiles must be inside a"):
        load_settings()


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
def test_unreadable_file_is_reported(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(file).write_text("")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dotenv.main.open" if file == ".env" else "pathlib.Path.read_text", refuse, raising=False)
    for read in (load_settings, lambda: ledger_home(None)):
        monkeypatch.delenv("UPLOADER_HOME", raising=False)
        with pytest.raises(UsageError, match=f"{file} cannot be read: Permission denied"):
            read()


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/uploader.toml").write_text("[profile.acme]\nconcurrency = 3\n")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("UPLOADER_HOME", "~/mine")
    assert load_settings({"profile": "acme"}).concurrency == 3
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "mine/uploader.toml/x"))
    assert load_settings().home.name == "x"


def test_missing_home_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_folder(*_: object, **__: object) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("UPLOADER_HOME")
    monkeypatch.setattr("uploader.config.user.user_data_path", no_folder)
    for read in (load_settings, lambda: ledger_home(None)):
        with pytest.raises(UsageError, match="no home folder"):
            read()


def test_undecodable_secret_is_reported_and_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_API_KEY", "zinkfink\udce9")
    with pytest.raises(UsageError) as error:
        load_settings()
    assert error.value.problems == ("UPLOADER_API_KEY: it is not valid text; write it in UTF-8",)


@pytest.mark.parametrize("text", ["zinkfink", "{zinkfink", "[]"])
def test_endpoints_can_be_set_as_a_table(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPLOADER_ENDPOINTS", text)
    with pytest.raises(UsageError) as error:
        load_settings()
    assert "UPLOADER_ENDPOINTS" in error.value.message + "".join(error.value.problems)
    assert "zinkfink" not in error.value.message + "".join(error.value.problems)


@pytest.mark.parametrize("line", ["UPLOADER_HOME: ledger", "UPLOADER_HOME 'ledger", "UPLOADER_HOME='ledger"])
def test_setting_of_dotenv_that_cannot_be_read_is_not_skipped(line: str, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"UPLOADER_CLIENT_ID=c\n{line}\n")
    with pytest.raises(UsageError, match=r"\.env, line 2: a setting cannot be read"):
        load_settings()
    Path(".env").write_text("# UPLOADER_HOME: in a comment\nOF_ANOTHER_TOOL: x\n")
    load_settings()
