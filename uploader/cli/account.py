"""`login` and `doctor`: the credentials, and whether everything works."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console
from uploader.cli.new_profile import create_missing_profile
from uploader.cli.prompts import prompt_for
from uploader.cli.session import command_settings, run_async
from uploader.cli.stdio import supported_symbols
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import UploaderError, UsageError

if TYPE_CHECKING:
    from uploader.commands.doctor import Check, Shown
    from uploader.config.settings import Settings

SYMBOLS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
PLAIN_SYMBOLS = {"ok": "ok", "warning": "!", "failed": "FAILED", "skipped": "-"}
CREDENTIALS = {"client_id": "Client id", "client_secret": "Client secret", "api_key": "API key"}


def login(
    profile: flag.Profile = None,
    enterprise: Annotated[
        Optional[str],
        typer.Option(help="Create the profile for this enterprise, the name before .cvtr.io.", metavar="NAME"),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the credentials from the keyring.")] = False,
) -> None:
    """Check client id, client secret and API key with the platform, and keep them in the system keyring.

    A profile that does not exist yet is created. Without a terminal the credentials are read from standard input, one
    per line, in this order.
    """
    from uploader.commands import connection
    from uploader.config import keyring
    from uploader.config.load import load_settings

    console = Console(PlatformFlags(profile=profile))
    if not remove:
        create_missing_profile(profile, enterprise, console)
    settings = load_settings({"profile": profile}, keyring=False)
    if not remove:
        _require_all(lambda: settings.url, lambda: _require_token_login(settings), keyring.require_keyring)
    name, url = settings.profile, settings.url
    place = f"{url} (profile {name})" if name else url
    if remove:
        is_removed = keyring.remove_credentials(name, url)
        console.print(f"Removed the credentials for {place}." if is_removed else f"No credentials kept for {place}.")
        return
    given = _prompt_credentials() if sys.stdin.isatty() else _read_credentials()
    run_async(connection.sign_in(load_settings({"profile": profile, **given}, keyring=False)))
    keyring.keep_credentials(name, url, given)
    console.print(f"The platform accepted the credentials. They are kept in the keyring for {place}.")
    _warn_of_overrides(settings, console)


def doctor(
    profile: flag.Profile = None,
    sandbox: flag.Sandbox = False,
    as_json: flag.Json = False,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Show every setting and its source; check ledger, network, clock, credentials and quota."""
    from uploader.commands.doctor import examine, exit_code, settings_check, shown_settings, versions

    flags = PlatformFlags(sandbox, profile)
    console = Console(flags)

    async def act() -> "tuple[list[Shown], list[Check]]":
        async with command_settings(flags, ca_bundle, must_be_complete=False) as settings:
            return shown_settings(settings, "--sandbox" if sandbox else "flag"), await examine(settings)

    try:
        settings, checks = run_async(act())
    except UploaderError as error:
        if as_json:
            console.print_error_json(_checks_json([], settings_check(error), versions(), error.exit_code), indent=1)
        raise
    code = exit_code(checks)
    if as_json:
        console.print_json(_checks_json(settings, checks, versions(), code), indent=1)
    else:
        _print_checks(settings, checks, versions(), console)
    raise typer.Exit(code)


def _require_all(*needs: Callable[[], object]) -> None:
    """Raise UsageError that names everything missing at once."""
    missing = []
    for need in needs:
        try:
            need()
        except UsageError as error:
            missing.append(error)
    if len(missing) > 1:
        raise UsageError("`login` needs more than is set up here.", problems=[f"{e.message} {e.hint}" for e in missing])
    if missing:
        raise missing[0]


def _require_token_login(settings: "Settings") -> None:
    """Raise UsageError for an API variant without tokens: its key cannot be checked before it is kept."""
    from uploader.config.sources import env_name

    variant = settings.api_variant
    if not variant.logins:
        forms = uploader_command("forms", "--campaign ID")
        hint = f"Set {env_name(variant.key)}, then test it with  {forms}"
        raise UsageError(f"{variant.name} has no login: each campaign has its own key.", hint)


def _prompt_credentials() -> dict[str, str]:
    """Ask for the credentials; only the client id is shown while it is typed."""
    return {name: prompt_for(label, hidden=name != "client_id") for name, label in CREDENTIALS.items()}


def _read_credentials() -> dict[str, str]:
    """Read the credentials from standard input. Raises UsageError if it is not three lines."""
    lines = [line.strip() for line in sys.stdin.read().removeprefix("\ufeff").splitlines()]
    if len(lines) != len(CREDENTIALS) or not all(lines):
        raise UsageError(
            f"Without a terminal, standard input must be {len(CREDENTIALS)} lines: {', '.join(CREDENTIALS.values())}.",
            f"Pipe them from a secret store, or run `{uploader_command('login')}` on a terminal.",
        )
    return dict(zip(CREDENTIALS, lines, strict=True))


def _warn_of_overrides(settings: "Settings", console: Console) -> None:
    """Warn about credentials from another source, which override those in the keyring."""
    others = {settings.source_of(name) for name in CREDENTIALS} - {"default"}
    if others:
        console.log(f"note: credentials from {' and '.join(sorted(others))} override those in the keyring")


def _print_checks(settings: "list[Shown]", checks: "list[Check]", versions: dict[str, str], console: Console) -> None:
    width, symbols = max(len(setting.name) for setting in settings), supported_symbols(SYMBOLS, PLAIN_SYMBOLS)
    for setting in settings:
        console.print(f"{setting.name:<{width}}  {setting.value or symbols['skipped']}  ({setting.origin})")
    console.print()
    for check in checks:
        console.print(f"{symbols[check.status]} {check.name}: {check.message}")
        if check.hint:
            console.print(f"    {check.hint}")
    console.print()
    console.print(", ".join(f"{name} {version}" for name, version in versions.items()))


def _checks_json(settings: "list[Shown]", checks: "list[Check]", versions: dict[str, str], code: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "settings": {setting.name: {"value": setting.value, "origin": setting.origin} for setting in settings},
        "checks": [
            {"name": check.name, "status": check.status.value, "told": check.message, "hint": check.hint}
            for check in checks
        ],
        "versions": versions,
        "exit_code": code,
    }
