"""Is everything as it should be? One check after the other, each with what to do about it. Sends no lead."""

import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from pydantic import SecretStr

from uploader import __version__
from uploader.api.protocol import NoResponse, NotSent
from uploader.api.publisher import windows
from uploader.commands import connection
from uploader.config.base_url import shown
from uploader.config.provenance import NAMES, origins, unknown_variables, value_of
from uploader.config.settings import PREFIX, Settings
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError
from uploader.ledger import LedgerError, open_ledger, sqlite_version

# Shown as "set" or "not set": secrets, and what says whose account it is.
HIDDEN = {"client_id", "username"}

# The clock may differ from the platform's by so much, seconds: more, and the times in reports mislead.
CLOCK = 60.0

KINDS = {"": "requests", "token": "token requests", "result": "result requests"}


class Status(StrEnum):
    """How a check came out; a warning is nothing that stops an upload."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and what to do. `exit_code` is 0 unless it failed."""

    name: str
    status: Status
    told: str
    hint: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Shown:
    """A setting as it may be shown to anybody, and where it comes from."""

    name: str
    value: str
    origin: str


def shown_settings(settings: Settings, given_by: str = "flag") -> list[Shown]:
    """All settings in their order; `given_by` names what stands behind those of the command line."""
    found = {name: given_by if origin == "flag" else origin for name, origin in origins(settings).items()}
    return [Shown(PREFIX + name.upper(), _shown(name, value_of(settings, name)), found[name]) for name in NAMES]


def versions() -> dict[str, str]:
    """Of what runs here."""
    return {
        "uploader": __version__,
        "Python": sys.version.split()[0],
        "SQLite": sqlite_version(),
        "system": platform.platform(),
    }


async def examine(settings: Settings, now: Callable[[], float] = time.time) -> list[Check]:
    """All checks; the platform is asked for one page and one token, and not even that where the quota is used up."""
    checks = [
        _ledger(settings),
        _asked("address", lambda: settings.url),
        _asked("credentials", settings.require_credentials),
        _publisher(settings),
        *_names(),
    ]
    if any(check.exit_code for check in checks[:2]):
        return checks
    try:
        if _must_wait(settings, now()):
            hint = "Wait a few minutes, and ask again."
            checks.append(Check("platform", Status.SKIPPED, "not asked: the limits leave no room now", hint))
        else:
            checks += await _reached(settings, now)
            if not any(check.exit_code for check in checks):
                checks.append(await _token(settings))
        checks.append(_quota(settings, now()))
    except LedgerError as error:
        checks.append(_failed("quota", error))
    return checks


def unsettled(error: UploaderError) -> list[Check]:
    """What there is to tell where the settings themselves can't be read."""
    return [_failed("settings", error)]


def exit_code(checks: list[Check]) -> int:
    """That of the first check that failed: the later ones hang on it. 0 if none did."""
    return next((check.exit_code for check in checks if check.exit_code), 0)


def _ledger(settings: Settings) -> Check:
    try:
        with open_ledger(settings.home) as ledger:
            faults = ledger.damage()
    except LedgerError as error:
        return _failed("ledger", error)
    if faults:
        hint = "Keep a copy of it, and ask for help before the next upload: it knows which leads were sent."
        return Check("ledger", Status.FAILED, f"{settings.home} is damaged: {faults[0]}", hint, LedgerError.exit_code)
    return Check("ledger", Status.OK, f"{settings.home} can be written, and is sound")


def _asked(name: str, ask: Callable[[], object]) -> Check:
    """What a setting's own check says."""
    try:
        told = ask()
    except UploaderError as error:
        return _failed(name, error)
    return Check(name, Status.OK, told if isinstance(told, str) else "all set")


def _publisher(settings: Settings) -> Check:
    if settings.publisher_id is None:
        hint = "Set UPLOADER_PUBLISHER_ID, or write `publisher:` into each mapping."
        return Check("publisher", Status.WARNING, "no publisher id is set", hint)
    return Check("publisher", Status.OK, str(settings.publisher_id))


def _names() -> list[Check]:
    """A name that is misspelt sets nothing, and nothing else would say so."""
    hint = "Nothing reads it."
    return [Check("name", Status.WARNING, f"no such setting: {stranger}", hint) for stranger in unknown_variables()]


async def _reached(settings: Settings, now: Callable[[], float]) -> list[Check]:
    """Name, TLS and HTTP in one; and the clock, by what the answer says of the time."""
    try:
        answer = await connection.reach(settings)
    except (NotSent, NoResponse) as error:
        hint = "Look at the network, UPLOADER_ENTERPRISE and UPLOADER_BASE_URL; behind a proxy at UPLOADER_CA_BUNDLE."
        return [Check("connection", Status.FAILED, f"{settings.url}: {error}", hint, 5)]
    except UploaderError as error:
        return [_failed("connection", error)]
    told = f"{settings.url} answers (HTTP {answer.status})"
    return [Check("connection", Status.OK, told), _clock(answer.date, now())]


def _clock(date: str, now: float) -> Check:
    """Compares with the `Date` of an answer (RFC 9110, 6.6.1: to the second)."""
    try:
        ahead = now - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return Check("clock", Status.SKIPPED, "the platform does not say what time it is")
    if abs(ahead) <= CLOCK:
        return Check("clock", Status.OK, f"within {CLOCK:.0f} s of the platform's")
    where = "ahead of" if ahead > 0 else "behind"
    told = f"this machine is {abs(ahead):.0f} s {where} the platform"
    return Check("clock", Status.WARNING, told, "Set the clock: reports and `reconcile` go by it.")


async def _token(settings: Settings) -> Check:
    if not settings.relative.logins:
        hint = f"{uploader_command('forms', '--campaign ID')}  tries it."
        return Check("token", Status.SKIPPED, f"{settings.api} has none, and a key is for one campaign alone", hint)
    try:
        await connection.sign_in(settings)
    except UploaderError as error:
        return _failed("token", error)
    return Check("token", Status.OK, "the platform takes the credentials")


def _must_wait(settings: Settings, now: float) -> bool:
    """Whether a page and a token would have to wait for a permit."""
    with open_ledger(settings.home) as ledger, ledger.permits(settings.account, settings.timeout) as permits:
        needed = (window for window in windows(settings) if window.kind in {"", "token"})
        return permits.paused(now) > 0 or any(permits.used(window, now) >= window.requests for window in needed)


def _quota(settings: Settings, now: float) -> Check:
    with open_ledger(settings.home) as ledger, ledger.permits(settings.account, settings.timeout) as permits:
        used = [(window, permits.used(window, now)) for window in windows(settings)]
    told = [
        f"{max(0, window.requests - count):,} of {window.requests:,} {KINDS[window.kind]} in {window.seconds:g} s"
        for window, count in used
    ]
    left = f"left are {'; '.join(told)} (by what this account used on this machine)"
    return Check("quota", Status.OK, left if told else "no limits are set")


def _failed(name: str, error: UploaderError) -> Check:
    return Check(name, Status.FAILED, " ".join([error.message, *error.problems]), error.hint, error.exit_code)


def _shown(name: str, value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
        return "set" if value else "not set"
    if name in HIDDEN:
        return "set" if value else "not set"
    if value is None:
        return "off" if name.endswith("rate_limit") else "everything" if name == "retention" else ""
    if isinstance(value, timedelta):
        return f"{value.days}d"
    return f"{value:g}" if isinstance(value, float) else shown(str(value)) if name == "base_url" else str(value)
