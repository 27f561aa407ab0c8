"""Checks of settings, ledger, network, clock, credentials and quota, each with what to do. Sends no lead."""

import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from pydantic import SecretStr

from uploader.api.protocol import NoResponse, NotSent, TlsError
from uploader.api.publisher import windows
from uploader.commands import connection
from uploader.commands.team import durability
from uploader.config.base_url import redact_url
from uploader.config.home_folder import HINT, risk_of
from uploader.config.settings import Settings
from uploader.config.sources import SETTING_NAMES, env_name
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError
from uploader.core.version import __version__
from uploader.ledger import LedgerError, open_ledger, sqlite_version

# Shown as "set" or "not set", like secrets: they identify the account.
HIDDEN = {"client_id", "username"}

# The clock may differ from the platform's by up to this many seconds; beyond it, times in reports mislead.
CLOCK = 60.0

KINDS = {"": "requests", "token": "token requests", "result": "result requests"}


class Status(StrEnum):
    """The result of a check. A warning does not stop an upload."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: What was checked.
        status: The result.
        message: What was found.
        hint: What to do.
        exit_code: 0 unless it failed.
    """

    name: str
    status: Status
    message: str
    hint: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Shown:
    """A setting as it may be shown to anyone, and where it comes from."""

    name: str
    value: str
    origin: str


def shown_settings(settings: Settings, given_by: str = "flag") -> list[Shown]:
    """Return all settings in their order; `given_by` is the origin of those from the command line."""
    origins = {name: settings.source_of(name) for name in SETTING_NAMES}
    return [
        Shown(env_name(name), _shown(name, settings.value_of(name)), given_by if origin == "flag" else origin)
        for name, origin in origins.items()
    ]


def versions() -> dict[str, str]:
    """Return the versions of the software in use."""
    return {
        "uploader": __version__,
        "Python": sys.version.split()[0],
        "SQLite": sqlite_version(),
        "system": platform.platform(),
    }


async def examine(settings: Settings, now: Callable[[], float] = time.time) -> list[Check]:
    """Run all checks. They ask the platform for one page and one token, or nothing if the quota is used up."""
    checks = [
        _ledger(settings),
        _asked("address", lambda: settings.url),
        _asked("credentials", settings.require_credentials),
        _publisher(settings),
        *_unknown_names(settings),
        *_home(settings),
    ]
    if any(check.exit_code for check in checks[:2]):
        return checks
    checks += _database(settings)
    checks.append(_asked("proxy", lambda: _proxy(settings)))
    try:
        if _must_wait(settings):
            hint = "Wait a few minutes, then run it again."
            checks.append(Check("platform", Status.SKIPPED, "not asked: the quota is used up for now", hint))
        else:
            checks += await _reached(settings, now)
            if not any(check.exit_code for check in checks):
                checks.append(await _token(settings))
        checks.append(_quota(settings))
    except LedgerError as error:
        checks.append(_failed("quota", error))
    return checks


def settings_check(error: UploaderError) -> list[Check]:
    """Return the check that failed where the settings themselves can't be read."""
    return [_failed("settings", error)]


def ledger_check(error: UploaderError) -> list[Check]:
    """Return the check that failed where the ledger can't be used, before anything else is checked."""
    return [_failed("ledger", error)]


def exit_code(checks: list[Check]) -> int:
    """Return the exit code of the first failed check, as later ones depend on it; 0 if none failed."""
    return next((check.exit_code for check in checks if check.exit_code), 0)


def _ledger(settings: Settings) -> Check:
    try:
        with open_ledger(settings.ledger_place) as ledger:
            faults, lacking = ledger.damage(), ledger.runs.lacking_attempts()
    except UploaderError as error:
        return _failed("ledger", error)
    if faults:
        hint = "Keep a copy, and ask for help before the next upload: it knows which leads were sent."
        message = f"{settings.ledger_place} is damaged: {faults[0]}"
        return Check("ledger", Status.FAILED, message, hint, LedgerError.exit_code)
    if lacking:
        runs = f"run {lacking[0]}" + (f" and {len(lacking) - 1:,} more" if lacking[1:] else "")
        message = f"{settings.ledger_place} lacks leads that were sent by {runs}, as after an edit of its tables"
        hint = "Restore it from a backup, or look these leads up on the platform before you upload their file again."
        return Check("ledger", Status.WARNING, message, hint)
    if settings.ledger_place.is_shared:
        return Check("ledger", Status.OK, f"{settings.ledger_place} is reachable, and has this version and this key")
    return Check("ledger", Status.OK, f"{settings.home} is writable and intact")


def _asked(name: str, ask: Callable[[], object]) -> Check:
    """Return the check of a setting that checks itself."""
    try:
        value = ask()
    except UploaderError as error:
        return _failed(name, error)
    return Check(name, Status.OK, value if isinstance(value, str) else "all set")


def _proxy(settings: Settings) -> str:
    return redact_url(settings.proxy_url or "") or "none"


def _publisher(settings: Settings) -> Check:
    if settings.publisher_id is None:
        hint = "Set UPLOADER_PUBLISHER_ID, or write `publisher:` into each mapping."
        return Check("publisher", Status.WARNING, "no publisher id is set", hint)
    return Check("publisher", Status.OK, str(settings.publisher_id))


def _unknown_names(settings: Settings) -> list[Check]:
    """Warn of misspelled names: they set nothing, and no other message would say so."""
    hint = "It has no effect. Fix its name, or remove it."
    return [Check("name", Status.WARNING, f"unknown setting: {name}", hint) for name in settings.unknown_names]


def _home(settings: Settings) -> list[Check]:
    """Warn of a folder that is not on a disk of this machine alone."""
    risk = risk_of(settings.home)
    return [Check("home", Status.WARNING, f"{settings.home} {risk}", HINT)] if risk else []


def _database(settings: Settings) -> list[Check]:
    """Warn of what can lose commits of a shared ledger."""
    if not settings.ledger_place.is_shared:
        return []
    hint = "See docs/team.md."
    return [Check("database", Status.WARNING, one, hint) for one in durability(settings.ledger_place)]


async def _reached(settings: Settings, now: Callable[[], float]) -> list[Check]:
    """Check DNS, TLS and HTTP at once, and the clock by the response's date."""
    try:
        answer = await connection.reach(settings)
    except (NotSent, NoResponse) as error:
        hint = "Check the network, UPLOADER_ENTERPRISE, UPLOADER_BASE_URL and UPLOADER_PROXY."
        if isinstance(error, TlsError):
            hint = "Give the certificates of your network with --ca-bundle FILE (or UPLOADER_CA_BUNDLE)."
        return [Check("connection", Status.FAILED, f"{settings.url}: {error}", hint, 5)]
    except UploaderError as error:
        return [_failed("connection", error)]
    message = f"{settings.url} responds (HTTP {answer.status})"
    return [Check("connection", Status.OK, message), _clock(answer.date, now())]


def _clock(date: str, now: float) -> Check:
    """Compare with the `Date` of a response (RFC 9110, 6.6.1: to the second)."""
    try:
        ahead = now - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return Check("clock", Status.SKIPPED, "the platform does not say what time it is")
    if abs(ahead) <= CLOCK:
        return Check("clock", Status.OK, f"within {CLOCK:.0f} s of the platform's")
    where = "ahead of" if ahead > 0 else "behind"
    message = f"this machine is {abs(ahead):.0f} s {where} the platform"
    return Check("clock", Status.WARNING, message, "Set the clock: reports and `reconcile` use it.")


async def _token(settings: Settings) -> Check:
    if not settings.api_variant.logins:
        hint = f"To try the key, run `{uploader_command('forms', '--campaign ID')}`."
        return Check("token", Status.SKIPPED, f"{settings.api} has none: it uses one key per campaign", hint)
    try:
        await connection.sign_in(settings)
    except UploaderError as error:
        return _failed("token", error)
    return Check("token", Status.OK, "the platform accepts the credentials")


def _must_wait(settings: Settings) -> bool:
    """Whether a page and a token would have to wait for a permit."""
    with open_ledger(settings.ledger_place) as ledger, ledger.permits(settings.account, settings.timeout) as permits:
        needed = (window for window in windows(settings) if window.kind in {"", "token"})
        return permits.paused() > 0 or any(permits.used(window) >= window.requests for window in needed)


def _quota(settings: Settings) -> Check:
    with open_ledger(settings.ledger_place) as ledger, ledger.permits(settings.account, settings.timeout) as permits:
        used = [(window, permits.used(window)) for window in windows(settings)]
    left = [
        f"{max(0, window.requests - count):,} of {window.requests:,} {KINDS[window.kind]} in {window.seconds:g} s"
        for window, count in used
    ]
    where = "on all machines of the team" if settings.ledger_place.is_shared else "on this machine"
    message = f"left: {'; '.join(left)} (counting what this account used {where})"
    return Check("quota", Status.OK, message if left else "no limits are set")


def _failed(name: str, error: UploaderError) -> Check:
    return Check(name, Status.FAILED, " ".join([error.message, *error.problems]), error.hint, error.exit_code)


def _shown(name: str, value: object) -> str:
    if name in {"base_url", "proxy", "ledger"}:
        return redact_url(value.get_secret_value() if isinstance(value, SecretStr) else str(value))
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
        return "set" if value else "not set"
    if name in HIDDEN:
        return "set" if value else "not set"
    if value is None:
        return "off" if name.endswith("rate_limit") else "everything" if name == "retention" else ""
    if isinstance(value, timedelta):
        return f"{value.days}d"
    return f"{value:g}" if isinstance(value, float) else str(value)
