"""`login`, the keyring as a source of settings, and profiles; secrets are shown by none of them."""

import io
import json
import os
import sys
from pathlib import Path
from threading import Event

import keyring
import keyring.errors
import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.keyring import MemoryKeyring
from tests.support.ran import Ran, statuses
from uploader.api.protocol import Response
from uploader.config.load import load_settings
from uploader.config.trust import ledger_home
from uploader.core.errors import UsageError
from uploader.sandbox import credentials, fixtures

NAMES = ("UPLOADER_CLIENT_ID", "UPLOADER_CLIENT_SECRET", "UPLOADER_API_KEY")
GOOD = [credentials()[name] for name in NAMES]


@pytest.fixture
def logging_in(command, platform, monkeypatch):
    """A sandbox, no credentials anywhere, and `login` with these three on standard input."""
    sandbox = platform()
    for name in NAMES:
        monkeypatch.delenv(name)

    def log_in(lines: list[str], *args: str) -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        ran = command("login", *args)
        assert not any(secret in ran.out + ran.err for secret in [fixtures.CLIENT_SECRET, fixtures.API_KEY, "zinkfink"])
        return ran

    return sandbox, log_in


def test_login_suggests_only_supported_options(command, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in GOOD)))
    ran = command("login")
    assert (ran.code, ran.err) == (
        2,
        "No enterprise is set.\nSet UPLOADER_ENTERPRISE to the name before .cvtr.io.\n",
    )


def test_login_names_everything_that_is_missing(command, monkeypatch) -> None:
    monkeypatch.setattr("uploader.config.keyring._keyring", lambda: None)
    ran = command("login")
    assert ran.code == 2, ran
    assert "No enterprise is set. Set UPLOADER_ENTERPRISE" in ran.err, ran
    assert "No keyring is installed. Run  pip install" in ran.err, ran


def test_login_creates_the_profile_it_needs(logging_in, monkeypatch, tmp_path) -> None:
    sandbox, log_in = logging_in
    monkeypatch.delenv("UPLOADER_ENTERPRISE")
    home = tmp_path / "home"
    home.mkdir()
    (home / "uploader.toml").write_text("# mine\n[profile.other]\nenterprise = 'other'\n")
    ran = log_in(GOOD, "--profile", "new one", "--enterprise", "https://acme.cvtr.io/")
    assert (ran.code, sandbox.requests["token"]) == (0, 1), ran
    assert f"Created profile new one in {home / 'uploader.toml'}." in ran.out
    assert (home / "uploader.toml").read_text() == (
        '# mine\n[profile.other]\nenterprise = \'other\'\n\n[profile."new one"]\nenterprise = "acme"\n'
    )
    assert load_settings({"profile": "new one"}).enterprise == "acme"
    again = log_in(GOOD, "--profile", "new one", "--enterprise", "acme")
    assert (again.code, "there is one already" in again.err) == (2, True)


def test_login_for_a_missing_profile_says_how_to_create_it(logging_in) -> None:
    _, log_in = logging_in
    ran = log_in(GOOD, "--profile", "acme")
    assert (ran.code, "uploader login --profile acme --enterprise NAME" in ran.err) == (2, True), ran


@pytest.mark.parametrize("name", ["", "https://", "a.b", "acme/x"])
def test_login_creates_no_profile_for_an_invalid_enterprise(logging_in, tmp_path, name) -> None:
    _, log_in = logging_in
    assert log_in(GOOD, "--profile", "acme", "--enterprise", name).code == 2
    assert not (tmp_path / "home" / "uploader.toml").exists()


def test_login_asks_for_the_enterprise_on_a_terminal(command, logging_in, monkeypatch) -> None:
    async def refused(*_: object, **more: object) -> Response:
        return Response(401, b"{}")

    monkeypatch.delenv("UPLOADER_BASE_URL")
    monkeypatch.delenv("UPLOADER_ENTERPRISE")
    monkeypatch.setattr("uploader.cli.new_profile.ask", lambda label: "sandbox")
    monkeypatch.setattr("uploader.cli.account.prompt_for", lambda label, hidden: "x")
    monkeypatch.setattr("uploader.api.client.Client.request", refused)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)
    ran = command("login")
    assert ran.code == 4, ran
    assert "Created profile default" in ran.out, ran
    assert load_settings().url == "https://sandbox.cvtr.io"


def test_login_then_upload(command, logging_in, memory_keyring) -> None:
    sandbox, log_in = logging_in
    assert command("forms", "--campaign", 44400).code == 2
    ran = log_in(GOOD)
    assert ran.code == 0, ran
    assert "They are kept in the keyring for http://127.0.0.1" in ran.out
    assert ran.err == ""
    assert sandbox.requests["token"] == 1
    assert len(memory_keyring.kept) == 1
    Path("map.yaml").write_text(MAPPING)
    assert command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml").code == 0
    assert load_settings().source_of("api_key") == "keyring"
    ran = log_in([], "--remove")
    assert ran.code == 0, ran
    assert ran.out.startswith("Removed the credentials for http://127.0.0.1")
    assert memory_keyring.kept == {}
    assert log_in([], "--remove").out.startswith("No credentials kept for ")
    assert command("forms", "--campaign", 44400).code == 2


@pytest.mark.parametrize("wrong", range(3))
def test_refused_credentials_are_not_stored(logging_in, memory_keyring, wrong) -> None:
    sandbox, log_in = logging_in
    lines = [*GOOD]
    lines[wrong] = "zinkfink-5ecret"
    ran = log_in(lines)
    assert ran.code == 4, ran
    assert "rejected the credentials" in ran.err
    assert sandbox.requests["token"] == 1
    assert memory_keyring.kept == {}


def test_secret_quoted_by_the_platform_is_masked(logging_in, monkeypatch) -> None:
    from uploader.sandbox import payloads

    secret = "zinkfink/a b+c"
    description = f"{secret} zinkfink%2Fa%20b%2Bc zinkfink%2Fa+b%2Bc"
    monkeypatch.setattr(
        payloads, "WRONG_CLIENT", json.dumps({"error": "invalid_client", "error_description": description})
    )
    ran = logging_in[1]([GOOD[0], secret, GOOD[2]])
    assert ran.code == 4, ran
    assert "••• ••• •••" in ran.err


@pytest.mark.parametrize("lines", [[], GOOD[:2], [*GOOD, "zinkfink"], [GOOD[0], "", GOOD[2]]])
def test_login_reads_three_lines_without_a_terminal(logging_in, memory_keyring, lines) -> None:
    sandbox, log_in = logging_in
    ran = log_in(lines)
    assert ran.code == 2, ran
    assert "must be 3 lines: Client id, Client secret, API key" in ran.err
    assert (sandbox.requests["token"], memory_keyring.kept) == (0, {})


def test_terminal_does_not_show_secrets(command, logging_in, monkeypatch) -> None:
    asked: list[tuple[str, bool]] = []

    def prompt(words: str, *, hide_input: bool, err: bool) -> str:
        asked.append((words, hide_input))
        return GOOD[len(asked) - 1]

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    assert command("login").code == 0
    assert asked == [("Client id", False), ("Client secret", True), ("API key", True)]


def test_stored_credentials_are_bound_to_the_base_url(command, logging_in, monkeypatch) -> None:
    """A `.env` in some folder that points elsewhere does not get what the keyring has."""
    _, log_in = logging_in
    assert log_in(GOOD).code == 0
    monkeypatch.setenv("UPLOADER_BASE_URL", "http://127.0.0.1:9")
    assert load_settings().missing_credentials == ["client_id", "client_secret", "api_key"]
    assert command("forms", "--campaign", 44400).code == 2


def test_profiles_have_separate_credentials(logging_in, monkeypatch) -> None:
    _, log_in = logging_in
    url = os.environ["UPLOADER_BASE_URL"]
    Path("uploader.toml").write_text(f'[profile.acme]\nbase_url = "{url}"\n[profile.other]\nbase_url = "{url}"\n')
    monkeypatch.delenv("UPLOADER_BASE_URL")
    ran = log_in(GOOD, "--profile", "acme")
    assert ran.code == 0, ran
    assert "(profile acme)" in ran.out
    assert load_settings({"profile": "acme"}).client_id == GOOD[0]
    assert load_settings({"profile": "other"}).client_id == ""
    monkeypatch.setenv("UPLOADER_PROFILE", "acme")
    assert load_settings().client_id == GOOD[0]


def test_environment_wins_over_keyring(logging_in, monkeypatch) -> None:
    _, log_in = logging_in
    monkeypatch.setenv("UPLOADER_API_KEY", "another-zinkfink")
    ran = log_in(GOOD)
    assert ran.code == 0, ran
    assert "credentials from environment override" in ran.err
    settings = load_settings()
    assert (settings.api_key.get_secret_value(), settings.client_id) == ("another-zinkfink", GOOD[0])
    assert load_settings(keyring=False).client_id == ""


class Locked(MemoryKeyring):
    """A keyring whose owner does not unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("zinkfink")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked(password)


def test_locked_keyring_is_reported_as_unreadable(command, logging_in) -> None:
    _, log_in = logging_in
    keyring.set_keyring(Locked())
    ran = command("forms", "--campaign", 44400)
    assert ran.code == 2, ran
    assert "Credentials are not set, and the system keyring cannot be read (KeyringLocked).\nUnlock it" in ran.err
    assert "zinkfink" not in ran.err
    for lines, args in ((GOOD, ()), ([], ("--remove",))):
        ran = log_in(lines, *args)
        assert ran.code == 2, ran
        assert "cannot be used (KeyringLocked)" in ran.err


class Broken(MemoryKeyring):
    """A keyring whose backend raises what it likes."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("zinkfink")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(password)


def test_keyring_backend_errors_are_reported_as_unreadable(command, logging_in) -> None:
    _, log_in = logging_in
    keyring.set_keyring(Broken())
    ran = command("forms", "--campaign", 44400)
    assert ran.code == 2, ran
    assert "the system keyring cannot be read (RuntimeError)" in ran.err
    for lines, args in ((GOOD, ()), ([], ("--remove",))):
        ran = log_in(lines, *args)
        assert ran.code == 2, ran
        assert "cannot be used (RuntimeError)" in ran.err


def test_unresponsive_keyring_times_out(command, logging_in, memory_keyring, monkeypatch) -> None:
    _, log_in = logging_in
    monkeypatch.setattr("uploader.config.keyring.PATIENCE", 0.05)
    never = Event()
    monkeypatch.setattr(memory_keyring, "get_password", lambda *_: never.wait(60))
    monkeypatch.setattr(memory_keyring, "set_password", lambda *_: never.wait(60))
    for ran in (command("forms", "--campaign", 44400), log_in(GOOD), log_in([], "--remove")):
        assert ran.code == 2, ran
        assert "keyring does not respond" in ran.err
    never.set()


@pytest.mark.parametrize("variant", ["publisher-v2.4", "webhook-v2"])
def test_keyring_is_read_only_for_missing_credentials(command, platform, memory_keyring, monkeypatch) -> None:
    platform()
    monkeypatch.setattr(memory_keyring, "get_password", lambda *_: pytest.fail("it was asked"))
    assert command("forms", "--campaign", 44400).code == 0


@pytest.mark.parametrize("variant", ["webhook-v2"])
def test_untested_credentials_are_not_reported_as_accepted(command, platform, memory_keyring, monkeypatch) -> None:
    sandbox = platform()
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in GOOD)))
    ran = command("login")
    assert ran.code == 2, ran
    assert "UPLOADER_CAMPAIGN_API_KEY" in ran.err
    assert memory_keyring.kept == {}
    monkeypatch.setenv("UPLOADER_CAMPAIGN_API_KEY", "wrong")
    ran = command("doctor", "--json")
    assert (ran.code, statuses(ran)["token"], sum(sandbox.requests.values())) == (0, "skipped", 0)


def test_login_accepts_windows_line_ends(logging_in) -> None:
    _, log_in = logging_in
    assert log_in([f"\ufeff{GOOD[0]}\r", *GOOD[1:]]).code == 0


def test_foreign_keyring_entry_is_reported_as_unreadable(logging_in, memory_keyring) -> None:
    for text in ("zinkfink", "[]", "3"):
        memory_keyring.get_password = lambda *_, text=text: text
        with pytest.raises(UsageError, match=r"^What the system keyring has as credentials cannot be read\.$"):
            load_settings()


def test_empty_keyring_entry_counts_as_missing(logging_in, memory_keyring) -> None:
    for text in ("", '{"client_id": ""}'):
        memory_keyring.get_password = lambda *_, text=text: text
        assert load_settings().client_id == ""


def test_missing_keyring_names_the_extra(logging_in, monkeypatch) -> None:
    import keyring.backends.fail

    sandbox, log_in = logging_in
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert load_settings().client_id == ""
    assert "no usable keyring" in log_in(GOOD).err
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert load_settings().client_id == ""
    ran = log_in(GOOD)
    assert ran.code == 2, ran
    assert "pip install '.[keyring]'" in ran.err
    assert sandbox.requests["token"] == 0


@pytest.mark.parametrize(
    "args", [("runs",), ("report", "x"), ("purge", "--older-than", "1d"), ("forget", "--email", "a@example.com"),
             ("login",), ("doctor",), ("doctor", "--json"), ("forms", "--campaign", 1)],
)  # fmt: skip
def test_unknown_profile_lists_known_ones(command, args) -> None:
    Path("uploader.toml").write_text("[profile.acme]\n[profile.zenith]\n")
    ran = command(*args, "--profile", "acne")
    assert ran.code == 2
    assert "no profile 'acne'" in ran.err
    assert "did you mean 'acme'?\n" in ran.err
    assert "Existing profiles: acme, zenith." in ran.err


@pytest.mark.parametrize("profile", [None, "acme", "other"])
@pytest.mark.parametrize("where", ["nowhere", "environment", ".env", "profile", "profile in .env"])
def test_ledger_commands_use_the_same_home(where, profile, monkeypatch) -> None:
    monkeypatch.delenv("UPLOADER_HOME")
    Path("uploader.toml").write_text("[profile.acme]\n[profile.other]\nhome = 'of-profile'\napi_key = 'k'\n")
    if where == "environment":
        monkeypatch.setenv("UPLOADER_HOME", "of-environment")
        Path(".env").write_text("UPLOADER_HOME=of-dotenv\n")
    elif where == ".env":
        Path(".env").write_text("UPLOADER_HOME=~/of-dotenv\nUPLOADER_API_KEY=k\n")
    elif where == "profile in .env":
        Path(".env").write_text("UPLOADER_PROFILE=other\n")
    elif where == "profile":
        monkeypatch.setenv("UPLOADER_PROFILE", "other")
    assert ledger_home(profile) == load_settings({"profile": profile}, keyring=False).home


def test_invalid_toml_is_reported(command) -> None:
    Path("uploader.toml").write_text("[profile")
    assert "not valid TOML" in command("runs", "--profile", "acme").err
    Path("uploader.toml").write_text("profile = 3")
    assert "a profile must be a table" in command("runs", "--profile", "acme").err
    Path(".env").write_bytes(b"UPLOADER_HOME=\xff\xfe\n")
    assert ".env is not UTF-8 text" in command("runs").err
