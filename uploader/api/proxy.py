"""Which proxy a request goes through: the setting, or what the system says. Never one for this machine."""

from ipaddress import ip_address
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

from aiohttp import BasicAuth
from yarl import URL

from uploader.core.errors import UsageError

OFF = "off"


class Proxy(NamedTuple):
    """A proxy without its credentials, the credentials, and where it was set."""

    url: URL
    auth: BasicAuth | None
    source: str

    @property
    def description(self) -> str:
        """The proxy and where it was set, without credentials."""
        return f"{self.url.scheme}://{self.url.host}:{self.url.port} ({self.source})"


def find_proxy(base_url: str, setting: str | None) -> Proxy | None:
    """Return the proxy for requests to a base URL, or None.

    Args:
        base_url: The platform.
        setting: UPLOADER_PROXY: a URL, `off`, or empty for what the system says (HTTPS_PROXY, NO_PROXY, or the
            system's own settings).

    Raises UsageError if the proxy is not an http or https URL.
    """
    target = URL(base_url)
    if setting == OFF or is_loopback(target.host or ""):
        return None
    if setting:
        return _parse(setting, "UPLOADER_PROXY")
    found = getproxies().get(target.scheme)
    if not found or proxy_bypass(target.authority):
        return None
    return _parse(found, f"{target.scheme.upper()}_PROXY or the system's settings")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.casefold().rstrip(".") == "localhost" or host.casefold().endswith(".localhost")


def _parse(text: str, source: str) -> Proxy:
    try:
        url = URL(text if "://" in text else f"http://{text}")
        port = url.port
    except ValueError:
        url, port = URL(), None
    if url.scheme not in {"http", "https"} or not url.host or not port:
        raise UsageError(
            f"The proxy from {source} is not an http or https URL.", "Fix it, or set UPLOADER_PROXY=off to use none."
        )
    auth = BasicAuth(url.user, url.password or "") if url.user else None
    return Proxy(url.with_user(None).origin(), auth, source)
