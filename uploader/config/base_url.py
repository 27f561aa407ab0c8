"""The base URL, checked and written in the one way by which ledger, limits and keyring know a platform."""

import re
from urllib.parse import SplitResult, urlsplit

from uploader.core.errors import UsageError

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PORTS = {"https": 443, "http": 80}

HOST = r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|[0-9a-f]*:[0-9a-f:.]+"
HINT = "Write it as https://HOST, or leave it out and set UPLOADER_ENTERPRISE."
PLAIN = "Use https://…; plain http is taken for this machine (127.0.0.1) alone."


def address(text: str) -> str:
    """`HTTPS://Acme.cvtr.io:443/` -> `https://acme.cvtr.io`.

    Raises UsageError, which shows no more of the text than scheme and host: a login or a token may stand in the rest.
    """
    parts, host, port = _parts(text.strip())
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        told = f"is {f'{parts.scheme}://{host}'!r}" if parts.scheme and host else "has no https:// and host"
        raise UsageError(f"UPLOADER_BASE_URL {told}: leads and credentials go over https only.", PLAIN)
    if not re.fullmatch(HOST, host):
        raise UsageError("UPLOADER_BASE_URL has no host that there can be.", HINT)
    place = f"[{host}]" if ":" in host else host
    gate = "" if port in {None, PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{place}{gate}{parts.path.rstrip('/')}"


def shown(text: str) -> str:
    """A base URL for anybody's eyes, whatever stands in it: no login, query or fragment."""
    return re.sub(r"[?#].*", "?•••", re.sub(r"//.*@", "//•••@", text, flags=re.DOTALL), flags=re.DOTALL)


def _parts(text: str) -> tuple[SplitResult, str, int | None]:
    """The parts, the host in lower case, and the port. Raises UsageError for what only an address of its own has."""
    found = next((words for pattern, words in UNFIT.items() if re.search(pattern, text)), "")
    if found:
        raise UsageError(f"UPLOADER_BASE_URL holds {found}.", HINT)
    try:
        parts = urlsplit(text)
        return parts, (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise UsageError("UPLOADER_BASE_URL is no address: its host or port can't be read.", HINT) from None


# What would be sent to the wrong place, kept in the ledger, or shown.
UNFIT = {
    r"@": "a login (…@): credentials have settings of their own",
    r"[?#]": "a query or fragment (? or #): paths are put behind it",
    r"[{}]": "a name in braces that is not {enterprise}",
    r"[\s\\\x00-\x1f]": "a blank or a backslash",
}
