"""The bodies of the API's answers, to the byte where its documentation gives them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

EXPIRED = '{"error":"invalid_grant","error_description":"The access token provided has expired."}'
DENIED = '{"code":401,"message":"Access denied."}'
WRONG_CLIENT = '{"error":"invalid_client","error_description":"The client credentials are invalid"}'
WRONG_GRANT = '{"error":"invalid_grant","error_description":"Invalid username and password combination"}'
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
    """The answer to a request for a token."""
    seconds = int(lifetime) if lifetime == int(lifetime) else lifetime
    said = {
        "access_token": access,
        "expires_in": seconds,
        "token_type": "bearer",
        "scope": None,
        "refresh_token": refresh,
    }
    return json.dumps(said)


def message(code: int, text: str) -> str:
    """`{"code":403,"message":"Campaign is fulfilled"}` and its like."""
    return _compact({"code": code, "message": text})


def created(lead: int, *, other_wording: bool) -> str:
    """A lead was taken; the other wording has been seen too."""
    if other_wording:
        return json.dumps({"status": 201, "message": "Model was created successfully", "data": lead})
    return json.dumps({"code": 201, "message": "Lead was created successfully", "data": lead})


def refused(errors: Sequence[str], children: Mapping[str, Sequence[str]]) -> str:
    """Symfony's form errors: a child is `[]` when it is fine; no `errors` at the top when there are none."""
    told: dict[str, Any] = {"errors": list(errors)} if errors else {}
    told["children"] = {name: {"errors": list(faults)} if faults else [] for name, faults in children.items()}
    return _compact({"code": 400, "message": "Validation Failed", "errors": told})


def refused_by_webhook(errors: Sequence[str], children: Mapping[str, Sequence[str]]) -> str:
    """The same from the webhook: a list of what is wrong."""
    told = [{"message": text} for text in errors]
    told += [{"fieldName": f"form[{name}]", "message": fault} for name, faults in children.items() for fault in faults]
    return _compact({"code": 400, "message": "Validation failed", "data": told})


def closed_by_webhook(code: int, text: str) -> str:
    """The webhook's 403 puts `error` where others put `message`."""
    return _compact({"code": str(code), "error": text})


def invalid(jobs: Sequence[str], fields: Mapping[str, str]) -> str:
    """The result of a lead that was found invalid."""
    return json.dumps({"qaReasons": "; ".join(jobs), "failedJobs": list(jobs), "leadData": dict(fields)})


def _compact(said: object) -> str:
    return json.dumps(said, separators=(",", ":"))
