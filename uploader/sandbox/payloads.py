"""The response bodies of the API, to the byte where its documentation shows them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

EXPIRED = '{"error":"invalid_grant","error_description":"The access token provided has expired."}'
DENIED = '{"code":401,"message":"Access denied."}'
WRONG_CLIENT = '{"error":"invalid_client","error_description":"The client credentials are invalid"}'
WRONG_GRANT = '{"error":"invalid_grant","error_description":"Invalid username and password combination"}'
WRONG_REFRESH_TOKEN = '{"error":"invalid_grant","error_description":"Invalid refresh token"}'  # noqa: S105 - no secret
WRONG_KEY = '{"error":"invalid_grant","error_description":"Invalid API key"}'
NO_GRANT = '{"error":"unsupported_grant_type","error_description":"Invalid grant_type parameter or parameter missing"}'
MFA = (
    '{"error":"Mfa Required","error_description":"Multifactor authentication required",'
    '"mfa_token":"c2FuZGJveC1tZmEtdG9rZW4"}'
)
SERVER_ERROR = '{"code":500,"message":""}'
PENDING = "The lead has not been processed yet."
PAGE = "<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"


def token(access: str, lifetime: float, refresh: str) -> str:
    """Return the response to a request for a token."""
    seconds = int(lifetime) if lifetime == int(lifetime) else lifetime
    body = {
        "access_token": access,
        "expires_in": seconds,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": refresh,
    }
    return json.dumps(body)


def message(code: int, text: str) -> str:
    """Return `{"code":403,"message":"Campaign is fulfilled"}`."""
    return _compact({"code": code, "message": text})


def created(lead: int, *, other_wording: bool) -> str:
    """Return the confirmation of a lead. Both wordings have been seen."""
    if other_wording:
        return json.dumps({"status": 201, "message": "Model was created successfully", "data": lead})
    return json.dumps({"code": 201, "message": "Lead was created successfully", "data": lead})


def rejected(errors: Sequence[str], children: Mapping[str, Sequence[str]]) -> str:
    """Return Symfony's form errors: a valid child is `[]`, and there is no top-level `errors` without errors."""
    tree: dict[str, Any] = {"errors": list(errors)} if errors else {}
    tree["children"] = {name: {"errors": list(texts)} if texts else [] for name, texts in children.items()}
    return _compact({"code": 400, "message": "Validation Failed", "errors": tree})


def rejected_by_webhook(errors: Sequence[str], children: Mapping[str, Sequence[str]]) -> str:
    """Return the webhook's form of a rejection: a list of errors."""
    found = [{"message": text} for text in errors]
    found += [{"fieldName": f"form[{name}]", "message": text} for name, texts in children.items() for text in texts]
    return _compact({"code": 400, "message": "Validation failed", "data": found})


def closed_by_webhook(code: int, text: str) -> str:
    """Return the webhook's 403, which has `error` in place of `message`."""
    return _compact({"code": str(code), "error": text})


def invalid(jobs: Sequence[str], fields: Mapping[str, str]) -> str:
    """Return the result of an invalid lead."""
    return json.dumps({"qaReasons": "; ".join(jobs), "failedJobs": list(jobs), "leadData": dict(fields)})


def _compact(body: object) -> str:
    return json.dumps(body, separators=(",", ":"))
