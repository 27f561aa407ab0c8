"""Errors as the page gets them from a worker."""

import json
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from uploader.core.command_line import PlatformFlags
from uploader.core.errors import CredentialsError, UploaderError, UsageError
from uploader.web import worker
from uploader.web.desk import OutdatedError
from uploader.web.jobs import RefusedError
from uploader.web.worker import page_error, serve

KEPT = "UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET, UPLOADER_API_KEY"


def test_rejected_credentials_are_entered_with_login() -> None:
    error = CredentialsError("The platform rejected the credentials: x.", f"Check {KEPT}, UPLOADER_GRANT_TYPE.")
    hint = page_error(error, PlatformFlags(profile="acme"))["hint"]
    assert hint == "To enter them again, run `uploader login --profile acme` in a terminal, then start the page again."


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("x", f"Check {KEPT}, UPLOADER_USERNAME, UPLOADER_PASSWORD."),
        CredentialsError("x", "Ask your campaign manager whether this user may upload to this campaign."),
        CredentialsError("x", f"Use the API key instead: set {KEPT}."),
        UsageError("x", f"Check {KEPT}."),
    ],
)
def test_other_errors_keep_their_hint(error: UploaderError) -> None:
    assert page_error(error, PlatformFlags())["hint"] == error.hint


@pytest.mark.parametrize(
    ("error", "is_outdated"),
    [
        (UsageError("Wrong.", "Fix it.", ["row 2"]), False),
        (OutdatedError("The rows were edited.", "They are shown again."), True),
    ],
)
async def test_error_of_a_worker_is_the_same_in_the_server(
    monkeypatch: pytest.MonkeyPatch, error: UploaderError, is_outdated: bool
) -> None:
    async def answer(*_: object) -> object:
        raise error

    async def open_desk(*_: object) -> tuple[Any, AsyncExitStack]:
        return SimpleNamespace(answer=answer), AsyncExitStack()

    monkeypatch.setattr(worker, "_open_desk", open_desk)
    question = {"id": 1, "folder": "x", "sandbox": None, "profile": None, "what": "edit", "given": {}}
    lines, written = [json.dumps(question), ""], list[str]()
    await serve(lambda: lines.pop(0), written.append)
    found = RefusedError(**json.loads(written[0])["error"])
    assert (found.message, found.hint, list(found.problems)) == (error.message, error.hint, list(error.problems))
    assert found.is_outdated is is_outdated
