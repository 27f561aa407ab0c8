"""`login` and `doctor`: the account, and whether everything is as it should be."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uploader.cli import options as flag
from uploader.cli import output
from uploader.cli.prompts import typed
from uploader.cli.session import run
from uploader.cli.stdio import fitting
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError, UsageError

if TYPE_CHECKING:
    from uploader.commands.doctor import Check, Shown
    from uploader.config.settings import Settings

MARKS = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "–"}
PLAIN = {"ok": "ok", "warning": "!", "failed": "FAILED", "skipped": "-"}  # where the console lacks those
ASKED = {"client_id": "Client id", "client_secret": "Client secret", "api_key": "API key"}


def login(
    profile: flag.Profile = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take them out of the keyring.")] = False,
) -> None:
    """Keep client id, client secret and API key in the system's keyring, once the platform has taken them.

    Without a terminal they are read from standard input, one a line, in that order.
    """
    from uploader.commands import connection
    from uploader.config import keyring
    from uploader.config.load import load_settings

    settings = load_settings({"profile": profile}, keyring=False)
    name, url = settings.profile, settings.url
    if remove:
        removed = keyring.remove_credentials(name, url)
        output.echo(f"{'Removed' if removed else 'There were none'}: credentials for {url}{_of(name)}.")
        return
    _require_a_login(settings)
    keyring.require_keyring()
    given = _asked() if sys.stdin.isatty() else _read()
    run(connection.sign_in(load_settings({"profile": profile, **given}, keyring=False)))
    keyring.keep_credentials(name, url, given)
    output.echo(f"The platform takes them. Kept in the keyring for {url}{_of(name)}.")
    _warn_of_others(settings)


def doctor(
    profile: flag.Profile = None,
    sandbox: flag.InSandbox = False,
    ca_bundle: flag.CaBundle = None,
    as_json: flag.Json = False,
) -> None:
    """Show every setting and where it comes from; check ledger, network, clock, credentials and quota."""
    from uploader.commands.doctor import examine, exit_code, settings_check, shown_settings, versions
    from uploader.config.load import load_settings

    async def act() -> "tuple[list[Shown], list[Check]]":
        if sandbox:
            from uploader.cli.sandbox import rehearsal

            async with rehearsal(profile) as settings:
                return shown_settings(settings, "--sandbox"), await examine(settings)
        settings = load_settings({"profile": profile, "ca_bundle": ca_bundle})
        return shown_settings(settings), await examine(settings)

    try:
        settings, checks = run(act())
    except UploaderError as error:
        if as_json:
            output.echo(json.dumps(_as_object([], settings_check(error), versions(), error.exit_code), indent=1))
        raise
    code = exit_code(checks)
    if as_json:
        output.echo(json.dumps(_as_object(settings, checks, versions(), code), indent=1))
    else:
        _show(settings, checks, versions())
    raise typer.Exit(code)


def _require_a_login(settings: "Settings") -> None:
    """Raises UsageError for an API without tokens: nothing could be tried before it is kept."""
    from uploader.config.settings import env_name

    relative = settings.relative
    if not relative.logins:
        hint = f"Set {env_name(relative.key)};  {uploader_command('forms', '--campaign ID')}  tries it."
        raise UsageError(f"{relative.name} has no login: each campaign has a key of its own.", hint)


def _asked() -> dict[str, str]:
    """Asks on the terminal; what is typed does not show, the client id apart."""
    return {name: typed(words, hidden=name != "client_id") for name, words in ASKED.items()}


def _read() -> dict[str, str]:
    """Reads standard input. Raises UsageError when it is not three lines."""
    lines = [line.strip() for line in sys.stdin.read().removeprefix("\ufeff").splitlines()]
    if len(lines) != len(ASKED) or not all(lines):
        raise UsageError(
            f"Without a terminal, standard input must be {len(ASKED)} lines: {', '.join(ASKED.values())}.",
            f"Pipe them from a secret store, or run `{uploader_command('login')}` on a terminal.",
        )
    return dict(zip(ASKED, lines, strict=True))


def _warn_of_others(settings: "Settings") -> None:
    """What is set elsewhere goes before the keyring."""
    from uploader.config.provenance import origins

    found = origins(settings)
    others = {found[name] for name in ASKED if found[name] != "default"}
    if others:
        output.say(f"note: credentials set in {' and '.join(sorted(others))} go before those in the keyring")


def _of(profile: str | None) -> str:
    return f" (profile {profile})" if profile else ""


def _show(settings: "list[Shown]", checks: "list[Check]", versions: dict[str, str]) -> None:
    width, marks = max(len(setting.name) for setting in settings), fitting(MARKS, PLAIN)
    for setting in settings:
        output.echo(f"{setting.name:<{width}}  {setting.value or marks['skipped']}  ({setting.origin})")
    output.echo()
    for check in checks:
        output.echo(f"{marks[check.status]} {check.name}: {check.message}")
        if check.hint:
            output.echo(f"    {check.hint}")
    output.echo("\n" + ", ".join(f"{name} {version}" for name, version in versions.items()))


def _as_object(settings: "list[Shown]", checks: "list[Check]", versions: dict[str, str], code: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "settings": {setting.name: {"value": setting.value, "origin": setting.origin} for setting in settings},
        "checks": [
            {"name": check.name, "status": check.status.value, "told": check.message, "hint": output.filled(check.hint)}
            for check in checks
        ],
        "versions": versions,
        "exit_code": code,
    }
