"""The web application: the endpoints of every API variant over one state."""

from aiohttp import web

from uploader.sandbox.control_api import ControlApi
from uploader.sandbox.dialects import DIALECTS
from uploader.sandbox.http import Handler, html_response
from uploader.sandbox.leads import Leads
from uploader.sandbox.login import Login
from uploader.sandbox.middleware import Endpoints
from uploader.sandbox.state import State

# By this, a client knows that leads of an earlier sandbox are gone.
STARTED_HEADER = "X-Sandbox-Started"

# The largest request body, in bytes. The real limit is unknown.
MAX_BODY = 1024**2


@web.middleware
async def error_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer unknown paths and methods, and bodies that are too large, with an HTML page, as a web server does."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return html_response(error.status, f"{error.status} {error.reason}", headers)


def application(state: State, started: float | None = None) -> web.Application:
    """Return the application with all API variants over one state.

    Args:
        state: The sandbox's memory.
        started: When the sandbox was started (UNIX time), for a header of every response; None for no such header.
    """
    endpoints = Endpoints(state)
    app = web.Application(middlewares=[error_pages], client_max_size=MAX_BODY)
    app.add_routes(Login(state).routes(endpoints))
    for dialect in DIALECTS:
        app.add_routes(Leads(state, dialect).routes(endpoints))
    app.add_routes(ControlApi(state).routes())
    if started is not None:

        async def add_start(request: web.Request, response: web.StreamResponse) -> None:
            response.headers[STARTED_HEADER] = f"{started:.3f}"

        app.on_response_prepare.append(add_start)
    return app
