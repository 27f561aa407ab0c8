"""A file in the working directory never decides where secrets from another source are sent."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.config.load import load_settings
from uploader.config.settings import Settings
from uploader.config.sources import SECRETS, SETTING_NAMES, Source
from uploader.config.trust import CREDENTIALS, ledger_home, require_trusted
from uploader.core.errors import UsageError

KEYS = {"client_id": "c", "client_secret": "zinkfink-s", "api_key": "zinkfink-k"}

ELSEWHERE = {
    "home": ["./elsewhere", "/tmp/elsewhere", "~/elsewhere", "."],
    "ca_bundle": ["evil.pem"],
    "proxy": ["http://evil.example:3128", "off"],
    "base_url": [
        "https://evil.example",
        "https://cvtr.io",
        "https://evilcvtr.io",
        "https://acme.cvtr.io.evil.example",
        "https://acme.cvtr.io@evil.example",
        "https://evil.example/acme.cvtr.io",
        "https://evil.example#.cvtr.io",
        "https://evil.example?.cvtr.io",
        "https://evil.example\\.cvtr.io",
        "https://{enterprise}.evil.example",
        "//evil.example",
        "http://127.0.0.1.evil.example",
        "http://127.0.0.1@evil.example",
        "https://acme.cvtr.io。evil.example",
        "https://ⅽvtr.io",
        "https://[::2]",
        "evil.example",
    ],
    "endpoints__token": ["//evil.example/oauth", "https://evil.example/oauth", "/\\evil.example", "@evil.example/x"],
    "endpoints__lead": ["//evil.example/{lead_id}", ".evil.example/leads", ":8443/leads"],
}
HARMLESS = {
    "enterprise": ["acme"],
    "base_url": [
        "https://acme.cvtr.io",
        "https://ACME.CVTR.IO:443/",
        "https://a.b.cvtr.io.",
        "https://{enterprise}.cvtr.io",
        "http://127.0.0.1:9421",
        "http://localhost:1",
        "http://[::1]:8000",
    ],
    "endpoints__token": ["/oauth/v3/token"],
    "api": ["publisher-v2.4"],
    "concurrency": ["3"],
    "rate_limit": ["10/10"],
    "retention": ["90d"],
}
BAD = [(name, value) for name, values in ELSEWHERE.items() for value in values]
GOOD = [(name, value) for name, values in HARMLESS.items() for value in values]


def write(file: str, values: dict[str, str]) -> None:
    if file == ".env":
        lines = [f"UPLOADER_{name.upper()}='{value}'" for name, value in values.items()]
    else:
        lines = ["[profile.default]", *(f"{name.replace('__', '.')} = {json.dumps(v)}" for name, v in values.items())]
    Path(file).write_text("\n".join(lines) + "\n")


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPLOADER_HOME")
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")


def in_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(f"UPLOADER_{name.upper()}", value)


def in_keyring(memory_keyring) -> None:
    for url in ("https://acme.cvtr.io", "https://evil.example"):
        memory_keyring.kept["uploader", f"default {url}"] = json.dumps(KEYS)


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
@pytest.mark.parametrize(("name", "value"), BAD)
def test_local_file_leads_no_secret_elsewhere(file, name, value, monkeypatch) -> None:
    in_environment(monkeypatch)
    write(file, {name: value})
    with pytest.raises(UsageError) as error:
        load_settings()
    assert error.value.exit_code == 2
    assert f"UPLOADER_{name.upper()}" in error.value.message
    assert file in error.value.message
    assert "zinkfink" not in str(error.value) + error.value.hint


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
@pytest.mark.parametrize("place", ["keyring", "nowhere", "prompt"])
@pytest.mark.parametrize(("name", "value"), [("base_url", "https://evil.example"), ("home", "x"), ("proxy", "off")])
def test_credentials_of_other_sources_count_too(file, place, name, value, memory_keyring) -> None:
    if place == "keyring":
        in_keyring(memory_keyring)
    write(file, {name: value})
    with pytest.raises(UsageError, match="not in the same file"):
        load_settings(KEYS if place == "prompt" else {})


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
@pytest.mark.parametrize("others", [["api_key"], ["client_secret"], ["client_id"], ["password"], ["campaign_api_key"]])
def test_dummy_credentials_do_not_help(file, others, monkeypatch) -> None:
    """The environment's secret would win over the file's, and be sent to the file's address."""
    write(file, {**KEYS, "base_url": "https://evil.example"})
    for name in others:
        monkeypatch.setenv(f"UPLOADER_{name.upper()}", "zinkfink")
    with pytest.raises(UsageError, match="not in the same file"):
        load_settings()


def test_missing_credentials_are_not_taken_from_the_keyring(memory_keyring) -> None:
    in_keyring(memory_keyring)
    write(".env", {"api_key": "dummy", "base_url": "https://evil.example"})
    with pytest.raises(UsageError, match="not in the same file"):
        load_settings()


@pytest.mark.parametrize(("with_keys", "with_address"), [(".env", "uploader.toml"), ("uploader.toml", ".env")])
def test_two_local_files_do_not_trust_each_other(with_keys, with_address) -> None:
    write(with_keys, KEYS)
    write(with_address, {"base_url": "https://evil.example"})
    with pytest.raises(UsageError, match="not in the same file"):
        load_settings()


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
@pytest.mark.parametrize(("name", "value"), [pair for pair in BAD if pair[0] in {"home", "ca_bundle", "proxy"}])
def test_file_with_its_own_credentials_is_followed(file, name, value) -> None:
    write(file, {**KEYS, name: value})
    assert load_settings().source_of(name).startswith(file)


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
@pytest.mark.parametrize(("name", "value"), GOOD)
def test_harmless_settings_are_followed(file, name, value, monkeypatch) -> None:
    in_environment(monkeypatch)
    if name == "enterprise":
        monkeypatch.delenv("UPLOADER_ENTERPRISE")
    write(file, {name: value})
    assert load_settings().source_of(name).startswith(file)


@pytest.mark.parametrize("name", ["home", "base_url", "proxy", "ca_bundle"])
def test_environment_and_home_may_set_anything(name, monkeypatch, tmp_path) -> None:
    in_environment(monkeypatch)
    value = {"home": str(tmp_path / "mine"), "proxy": "http://proxy.example:1", "ca_bundle": "own.pem"}
    monkeypatch.setenv(f"UPLOADER_{name.upper()}", value.get(name, "https://gate.example"))
    assert load_settings().source_of(name) == "environment"
    if name != "home":
        monkeypatch.delenv(f"UPLOADER_{name.upper()}")
        (tmp_path / "mine").mkdir()
        monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "mine"))
        text = json.dumps(value.get(name, "https://gate.example"))
        (tmp_path / "mine/uploader.toml").write_text(f"[profile.default]\n{name} = {text}\n")
        assert load_settings().source_of(name).endswith("[profile.default]")


def test_profile_in_the_users_own_home_is_trusted(monkeypatch, tmp_path) -> None:
    in_environment(monkeypatch)
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path))  # which is the working directory, too
    write("uploader.toml", {"base_url": "https://gate.example"})
    assert load_settings().url == "https://gate.example"


@pytest.mark.parametrize("file", [".env", "uploader.toml"])
def test_commands_that_need_only_the_ledger_refuse_it_too(file, command) -> None:
    write(file, {"home": "elsewhere"})
    for args in (("runs",), ("forget", "--email", "joe@example.com"), ("purge", "--older-than", "1d")):
        ran = command(*args)
        assert ran.code == 2, ran
        assert "UPLOADER_HOME" in ran.err
    with pytest.raises(UsageError):
        ledger_home(None)
    assert not Path("elsewhere").exists()


def test_sandbox_follows_the_users_own_files(command) -> None:
    write(".env", {**KEYS, "home": "mine", "base_url": "https://gate.example", "proxy": "http://proxy.example:1"})
    ran = command("forms", "--campaign", 44400, "--sandbox")
    assert ran.code == 0, ran


@pytest.mark.parametrize("name", ["ENTERPRISE", "GRANT_TYPE", "PUBLISHER_ID", "BASE_URL"])
def test_dotenv_takes_no_value_from_elsewhere(name, monkeypatch, command) -> None:
    """`${UPLOADER_API_KEY}` would show a secret, or ask the network for it as a host name."""
    in_environment(monkeypatch)
    monkeypatch.delenv("UPLOADER_ENTERPRISE")
    prefix = "https://" if name == "BASE_URL" else ""
    Path(".env").write_text(f"UPLOADER_{name}={prefix}${{UPLOADER_API_KEY}}\n")
    ran = command("doctor", "--json")
    assert "zinkfink" not in ran.out + ran.err


@pytest.mark.parametrize(
    "enterprise", ["evil.com/", "evil.com#", "a@evil.com", "a.b", "é", "a b", "a\\b", "a/b", "a:1"]
)
def test_enterprise_is_a_single_name(enterprise, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_ENTERPRISE", enterprise)
    with pytest.raises(UsageError):
        _ = load_settings().url


@given(st.dictionaries(st.sampled_from(SETTING_NAMES), st.text("az/.:@", max_size=20), max_size=8))
def test_no_local_file_gets_another_sources_secret(values) -> None:
    """Whatever a file sets: either it is refused, or secrets go to the platform or this machine by the user's route."""
    sources = [Source("environment", dict(KEYS)), Source(".env", values, is_local=True)]
    try:
        require_trusted(sources)
    except UsageError:
        return
    assert not {"home", "ca_bundle", "proxy", "ledger"} & set(values)
    assert "base_url" not in values
    assert all(values[name].startswith("/") for name in values if name.startswith("endpoints__"))
    assert not any(values[name].startswith("//") for name in values if name.startswith("endpoints__"))


def test_names_are_those_of_the_settings() -> None:
    names = {name.partition("__")[0] for name in SETTING_NAMES}
    assert names == set(Settings.model_fields)
    secrets = {name for name, value in Settings() if type(value).__name__ == "SecretStr"}
    assert secrets - {"proxy", "ledger", "team_key"} == set(SECRETS)
    assert set(SECRETS) < set(CREDENTIALS) < set(SETTING_NAMES)


@pytest.mark.parametrize("file", ["environment", ".env"])
@pytest.mark.parametrize(
    ("name", "near"),
    [("CONCURENCY", "CONCURRENCY"), ("CLIENTID", "CLIENT_ID"), ("RATELIMIT", "RATE_LIMIT"), ("PROXXY", "PROXY")],
)
def test_unknown_name_is_reported_by_every_command(file, name, near, command, platform, monkeypatch) -> None:
    platform()
    if file == ".env":
        Path(".env").write_text(f"UPLOADER_{name}=zinkfink\nOTHER=1\n")
    else:
        monkeypatch.setenv(f"UPLOADER_{name}", "zinkfink")
    ran = command("forms", "--campaign", 44400)
    assert ran.code == 0, ran
    assert f"note: unknown setting UPLOADER_{name} ({file}); did you mean 'UPLOADER_{near}'?\n" in ran.err
    assert "zinkfink" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("", "http://system.example:3128"),
        ("off", None),
        ("OFF", None),
        ("http://own.example:1", "http://own.example:1"),
    ],
)
def test_proxy_setting(proxy, expected, monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://system.example:3128")
    monkeypatch.setenv("UPLOADER_PROXY", proxy)
    assert load_settings().proxy_url == expected
    monkeypatch.setenv("UPLOADER_BASE_URL", "http://127.0.0.1:8000")
    assert load_settings().proxy_url is None


def test_no_proxy_is_followed(monkeypatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://system.example:3128")
    monkeypatch.setenv("NO_PROXY", ".cvtr.io")
    assert load_settings().proxy_url is None


@pytest.mark.parametrize("proxy", ["proxy.example", "socks5://proxy.example:1", "http://", "http://a:b", "//x:1"])
def test_invalid_proxy_is_refused_without_its_password(proxy, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_PROXY", proxy.replace("//", "//joe:zinkfink@"))
    with pytest.raises(UsageError) as error:
        load_settings()
    assert "UPLOADER_PROXY: write it as" in error.value.problems[0]
    assert "zinkfink" not in "".join(error.value.problems)


def test_proxy_password_is_hidden(command, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_PROXY", "http://joe:zinkfink@proxy.example:1")
    assert "zinkfink" not in repr(load_settings())
    ran = command("doctor", "--json")
    assert "zinkfink" not in ran.out + ran.err
    assert json.loads(ran.out)["settings"]["UPLOADER_PROXY"]["value"] == "http://•••@proxy.example:1"


def test_environment_is_left_as_it_is(monkeypatch) -> None:
    Path(".env").write_text("UPLOADER_CONCURRENCY=3\nHTTPS_PROXY=http://evil.example:1\n")
    load_settings()
    assert "HTTPS_PROXY" not in os.environ or os.environ["HTTPS_PROXY"] != "http://evil.example:1"


@pytest.mark.parametrize(
    "words",
    [
        ("forms", "--campaign", "44400", "--sandbox"),
        ("check", "none.csv", "--mapping", "none.yaml", "--sandbox"),
        ("upload", "none.csv", "--mapping", "none.yaml"),
        ("runs",),
        ("doctor", "--json"),
        ("schema",),
    ],
)
@pytest.mark.parametrize("concurrency", ["8", "invalid"])
def test_every_command_reports_misspelled_settings(command, monkeypatch, words, concurrency) -> None:
    monkeypatch.setenv("UPLOADER_PUBLISHERID", "3")
    monkeypatch.setenv("UPLOADER_CONCURRENCY", concurrency)
    note = "note: unknown setting UPLOADER_PUBLISHERID (environment); did you mean 'UPLOADER_PUBLISHER_ID'?\n"
    assert command(*words).err.count(note) == 1
