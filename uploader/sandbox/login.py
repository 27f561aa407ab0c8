"""The endpoints that give a token: both grants of `/oauth/v2/token`, and `/api/login` of version 2.4."""

from aiohttp import web

from uploader.sandbox import fixtures, payloads
from uploader.sandbox.http import has_secret, json_response, parameters
from uploader.sandbox.middleware import Endpoints
from uploader.sandbox.state import State

EXPIRED_TOKEN = "token-of-a-user-with-an-expired-password"  # noqa: S105 - no secret
GRANTS = frozenset({"https://convertr.cvtr.io/grants/api_key", "http://convertr.cvtr.io/grants/api_key"})


class Login:
    """The handlers of the token endpoints."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self, endpoints: Endpoints) -> list[web.RouteDef]:
        """Return the routes. All of them count as the endpoint `token` and share its limit."""
        return [
            web.get("/oauth/v2/token", endpoints.of("token", self._by_grant)),
            web.post("/oauth/v2/token", endpoints.of("token", self._by_grant)),
            web.post("/api/login", endpoints.of("token", self._by_password)),
        ]

    async def _by_grant(self, request: web.Request) -> web.Response:
        given = await parameters(request)
        grant = given.get("grant_type", "")
        if grant not in {*GRANTS, "password", "refresh_token"}:
            return json_response(400, payloads.NO_GRANT)
        client = {"client_id": fixtures.CLIENT_ID, "client_secret": fixtures.CLIENT_SECRET}
        if not all(has_secret(given, name, secret) for name, secret in client.items()):
            return json_response(400, payloads.WRONG_CLIENT)
        if grant == "refresh_token":
            is_known = self._state.use_refresh_token(given.get("refresh_token", ""))
            return self._token() if is_known else json_response(400, payloads.WRONG_REFRESH_TOKEN)
        if grant == "password":
            user = {"username": fixtures.USERNAME, "password": fixtures.PASSWORD}
            if not all(has_secret(given, name, secret) for name, secret in user.items()):
                return json_response(400, payloads.WRONG_GRANT)
        needs_key = grant in GRANTS or "api_key" in given  # the password grant works without one
        if needs_key and not has_secret(given, "api_key", fixtures.API_KEY):
            return json_response(400, payloads.WRONG_KEY)
        return self._token()

    async def _by_password(self, request: web.Request) -> web.Response:
        given = await parameters(request)
        if not has_secret(given, "password", fixtures.PASSWORD):
            return json_response(400, payloads.WRONG_GRANT)
        if has_secret(given, "username", fixtures.MFA_USERNAME):
            return json_response(400, payloads.MFA)  # the code goes to a person's phone
        if has_secret(given, "username", fixtures.EXPIRED_USERNAME):  # this token is good for nothing
            token = payloads.token(EXPIRED_TOKEN, self._state.options.token_lifetime, EXPIRED_TOKEN)
            return json_response(200, token.replace("{", '{"password_expired": true, ', 1))
        if not has_secret(given, "username", fixtures.USERNAME):
            return json_response(400, payloads.WRONG_GRANT)
        return self._token()

    def _token(self) -> web.Response:
        access, refresh = self._state.new_token(), self._state.new_refresh_token()
        return json_response(200, payloads.token(access, self._state.options.token_lifetime, refresh))
