"""Access control. Loopback is not private: other users of the machine, other sites in the browser."""

import hmac
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

# Paths that need no session: they show no data.
OPEN_PATHS = frozenset({"/open", "/favicon.ico"})

NONCE = web.RequestKey("nonce", str)

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets in only the user's own browser.

    The URL's token is valid once. It is exchanged for a cookie, whose name has the port, as cookies of one host are
    shared by all its ports.
    """

    def __init__(self) -> None:
        self._token: str | None = secrets.token_urlsafe(32)
        self._sessions: set[str] = set()
        self._hosts: frozenset[str] = frozenset()
        self._origins: frozenset[str] = frozenset()
        self._cookie = ""

    @property
    def token(self) -> str:
        """The token for the URL."""
        return self._token or ""

    def set_port(self, port: int) -> None:
        """Set the hosts and origins that requests may name."""
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = frozenset(f"{name}:{port}" for name in names)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        self._cookie = f"uploader-{port}"

    def exchange(self, token: str) -> web.Response:
        """Return the redirect that sets the session's cookie. Raises HTTPForbidden for a wrong or a used token."""
        if self._token is None or not hmac.compare_digest(token.encode(), self._token.encode()):
            raise web.HTTPForbidden(text="This link has been used, or is not complete. Run `uploader ui` again.")
        self._token = None
        session = secrets.token_urlsafe(32)
        self._sessions.add(session)
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(self._cookie, session, httponly=True, samesite="Strict", path="/")
        return response

    def require_allowed(self, request: web.Request) -> None:
        """Raise HTTPForbidden or HTTPUnauthorized for a request that does not come from the user's own page."""
        if request.headers.get("Host", "").lower() not in self._hosts:
            raise web.HTTPForbidden(text="This address is not served here.")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method not in {"GET", "HEAD"}:
            if request.headers.get("Origin") not in self._origins or site not in {"same-origin", "none"}:
                raise web.HTTPForbidden(text="Requests of other sites are refused.")
        elif site not in {"same-origin", "none"} and request.headers.get("Sec-Fetch-Mode") != "navigate":
            raise web.HTTPForbidden(text="Requests of other sites are refused.")
        if request.path not in OPEN_PATHS and not self._has_session(request):
            raise web.HTTPUnauthorized(text="Open the link that `uploader ui` printed in the terminal.")

    def _has_session(self, request: web.Request) -> bool:
        given = request.cookies.get(self._cookie, "")
        return any(hmac.compare_digest(given.encode(), known.encode()) for known in self._sessions)


def middleware(guard: Guard) -> Middleware:
    """Return the one middleware: it checks every request before anything else, and sets the headers of responses."""

    @web.middleware
    async def protect(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[NONCE] = secrets.token_urlsafe(16)
        try:
            guard.require_allowed(request)
            return await handler(request)
        except web.HTTPException as error:
            return web.Response(status=error.status, text=error.text, headers=_allowed(error))

    return protect


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every response has; a file's own `Cache-Control` stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    nonce = request.get(NONCE) or ""
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)


def _allowed(error: web.HTTPException) -> dict[str, str]:
    return {name: error.headers[name] for name in ("Allow", "Location") if name in error.headers}
