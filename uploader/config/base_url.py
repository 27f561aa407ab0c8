"""The base URL: checked, and normalized so that ledger, rate limits and keyring have one name for a platform."""

import re
from urllib.parse import SplitResult, urlsplit

from uploader.core.errors import UsageError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
DEFAULT_PORTS = {"https": 443, "http": 80}

HOST = r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f]*:[0-9a-f:.]+"
HINT = "Write it as https://HOST, or remove it and set UPLOADER_ENTERPRISE."
HTTPS_HINT = "Use https://. Plain http is only for this machine (127.0.0.1)."

# What would be sent to the wrong place, kept in the ledger, or shown.
FORBIDDEN = {
    r"@": "a login (…@). Credentials have their own settings",
    r"[?#]": "a query or fragment (? or #). Paths are appended to it",
    r"[{}]": "a name in braces other than {enterprise}",
    r"[\s\\\x00-\x1f]": "a blank or a backslash",
}


def normalize_base_url(text: str) -> str:
    """Normalize a base URL: `HTTPS://Acme.cvtr.io:443/` -> `https://acme.cvtr.io`.

    Raises:
        UsageError: It is not a valid base URL. The message shows only scheme and host: the rest may hold a secret.
    """
    parts, host, port = _split(text.strip())
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        found = f"is {f'{parts.scheme}://{host}'!r}" if parts.scheme and host else "has no https:// and host"
        raise UsageError(f"UPLOADER_BASE_URL {found}: leads and credentials are sent over https only.", HTTPS_HINT)
    if not re.fullmatch(HOST, host):
        raise UsageError("UPLOADER_BASE_URL has an invalid host name.", HINT)
    address = f"[{host}]" if ":" in host else host
    port_suffix = "" if port in {None, DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{address}{port_suffix}{parts.path.rstrip('/')}"


def is_loopback(text: str) -> bool:
    """Return whether a base URL leads to this machine; an invalid one leads nowhere."""
    try:
        return _split(text.strip())[1] in LOOPBACK
    except UsageError:
        return False


def redact_url(text: str) -> str:
    """Return a URL without login, query and fragment, to show it to anyone."""
    return re.sub(r"[?#].*", "?•••", re.sub(r"//.*@", "//•••@", text, flags=re.DOTALL), flags=re.DOTALL)


def _split(text: str) -> tuple[SplitResult, str, int | None]:
    """Split a base URL into parts, host and port. Raises UsageError if it is not a valid base URL."""
    found = next((words for pattern, words in FORBIDDEN.items() if re.search(pattern, text)), "")
    if found:
        raise UsageError(f"UPLOADER_BASE_URL contains {found}.", HINT)
    try:
        parts = urlsplit(text)
        return parts, (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise UsageError("UPLOADER_BASE_URL is not a valid URL: its host or port cannot be read.", HINT) from None
