"""`--notify`: one POST with what a run has done, for a chat or a monitor. It has no lead's values."""

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import urlsplit

from uploader.api.client import JSON, Client
from uploader.api.protocol import NoResponse, NotSent
from uploader.config.base_url import HOST, LOOPBACK
from uploader.config.settings import Settings
from uploader.core.errors import UploaderError, UsageError
from uploader.pipeline.events import Result

TIMEOUT, CONNECT_TIMEOUT = 10.0, 5.0  # seconds; a run never waits longer for a notification


def require_notifiable(url: str) -> None:
    """Raises UsageError unless a notification may be sent to this URL. The message shows only its host: it is secret.

    Args:
        url: An https URL; plain http is only for this machine.
    """
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        is_host = re.fullmatch(HOST, (parts.hostname or "").removesuffix(".")) and not {*"{}"} & {*parts.netloc}
        is_valid = bool(is_host) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        is_safe = is_valid = False
    if not (is_safe and is_valid) or parts.username is not None:
        raise UsageError(
            "--notify is not a URL that a notification may be sent to.",
            "Write it as https://HOST/PATH, without a login. Plain http is only for this machine (127.0.0.1).",
        )


def summary_of_run(result: Result, scope: str) -> dict[str, object]:
    """Return what to send about a run that has ended; `scope` is the enterprise."""
    counts = {outcome.value: count for outcome, count in result.counts.items()}
    stopped = result.flags.fill(result.stopped.message) if result.stopped else None
    shown = " · ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    report = result.report.name if result.report else None
    facts = {"run": result.run, "file": result.file.name, "report": report, "counts": counts}
    return _summary(f"{result.file.name} → {scope}: {shown}", facts, stopped, result.exit_code)


def summary_of_error(error: UploaderError, file: object) -> dict[str, object]:
    """Return what to send about a command that ended without a result. Leads may have been sent before the error."""
    name = PurePath(str(file)).name
    facts: dict[str, object] = {"run": None, "file": name, "report": None, "counts": {}}
    return _summary(f"{name}: ended with an error", facts, error.message, error.exit_code)


async def notify(url: str, summary: Mapping[str, object], settings: Settings | None) -> str:
    """Send a summary, once.

    Args:
        url: Where to, as `require_notifiable` accepts it.
        summary: What to send, as JSON.
        settings: Say which proxy and which certificates to use; None if they can't be read.

    Returns:
        Why it was not delivered, without the URL's path; empty if it was.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = {"base_url": f"{parts.scheme}://{parts.netloc}", "timeout": TIMEOUT, "connect_timeout": CONNECT_TIMEOUT}
    body = json.dumps(summary).encode()
    try:
        async with asyncio.timeout(TIMEOUT), Client((settings or Settings()).model_copy(update=target)) as client:
            response = await client.request("POST", path, body=body, content_type=JSON)
    except (NotSent, NoResponse, UploaderError) as error:
        return f"{parts.hostname}: {error}"
    except TimeoutError:
        return f"{parts.hostname}: no response within {TIMEOUT:g} s"
    return "" if 200 <= response.status < 300 else f"{parts.hostname} responds with HTTP {response.status}"


def _summary(title: str, facts: Mapping[str, object], stopped: str | None, exit_code: int) -> dict[str, object]:
    """Return the object that is sent; `text` is what Slack shows."""
    text = f"{title}. Exit code {exit_code}." + (f" {stopped}" if stopped else "")
    return {"text": _escaped(text), "schema": 1, **facts, "stopped": stopped, "exit_code": exit_code}


def _escaped(text: str) -> str:
    """Return text in which Slack finds no mention and no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
