"""Errors as the page gets them from a worker."""

import pytest

from uploader.core.command_line import PlatformFlags
from uploader.core.errors import CredentialsError, UploaderError, UsageError
from uploader.web.worker import page_error

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
