"""What the response to a login means: a token and its lifetime, or an error that says what to fix."""

import math
from typing import Any

from uploader.api.protocol import Response
from uploader.api.response_body import describe_error, parse_json
from uploader.config.api_variants import Login
from uploader.config.settings import Settings
from uploader.config.sources import env_name
from uploader.core.errors import CredentialsError, UploaderError, UsageError
from uploader.core.redaction import redact

DEFAULT_LIFETIME = 3600.0  # seconds; "it will expire after 60 minutes" (v2.5, section 3.2)


def read_token(response: Response, login: Login, settings: Settings) -> tuple[str, float]:
    """Return the token and its lifetime in seconds.

    Raises:
        CredentialsError: The platform rejected the credentials, or this user cannot log in with them alone.
        UsageError: The address is not the Publisher API.
    """
    body = parse_json(response.body)
    token = body.get("access_token") if isinstance(body, dict) else None
    if isinstance(body, dict) and str(body.get("password_expired")).casefold() in {"true", "1"}:
        raise CredentialsError(
            f"The password of {env_name('username')} has expired: the platform refuses every request until it is "
            "changed.",
            f"Change it in the platform, then set {env_name('password')}.",
        )
    if response.status == 200 and isinstance(token, str) and token:
        return token, token_lifetime(body)
    raise _login_error(response, body, login, settings)


def token_lifetime(body: dict[str, Any]) -> float:
    """Return `expires_in` in seconds, or the default if it is not a positive number.

    Otherwise every lead would request its own token.
    """
    try:
        seconds = float(body["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        seconds = 0
    return seconds if 0 < seconds < math.inf else DEFAULT_LIFETIME


def _login_error(response: Response, body: Any, login: Login, settings: Settings) -> UploaderError:
    """Return the error for a response without a token."""
    if isinstance(body, dict) and "mfa_token" in body:
        return CredentialsError(
            "This user logs in with multi-factor authentication (MFA): the platform sends a code to a person.",
            "Use the API key instead: set UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET and UPLOADER_API_KEY.",
        )
    if isinstance(body, dict) and response.status in {400, 401, 403}:
        error = describe_error(body, response.status, lambda text: redact(text, settings.secrets.values()))
        return CredentialsError(
            f"The platform rejected the credentials: {error}.", f"Check {', '.join(map(env_name, login.needs))}."
        )
    return UsageError(
        f"{settings.url} is not the Publisher API: its token address answers HTTP {response.status} without a token"
        f"{f' ({response.problem})' if response.problem else ''}.",
        "Check UPLOADER_ENTERPRISE or UPLOADER_BASE_URL, UPLOADER_API, and "
        f"{env_name('endpoints')}__{login.endpoint.upper()}.",
    )
