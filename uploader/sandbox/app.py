"""The whole of it: every API's addresses over one state, behind one web server."""

from aiohttp import web

from uploader.sandbox.control_api import ControlApi
from uploader.sandbox.dialects import DIALECTS
from uploader.sandbox.http import Handler, page
from uploader.sandbox.leads import Leads
from uploader.sandbox.login import Login
from uploader.sandbox.middleware import Endpoints
from uploader.sandbox.state import State

# The web server in front of the platform takes no larger body; ours is a guess. Bytes.
MAX_BODY = 1024**2


@web.middleware
async def pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unknown addresses and methods, and bodies that are too large, are answered by pages, as a web server does."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return page(error.status, f"{error.status} {error.reason}", headers)


def application(state: State) -> web.Application:
    """All of the APIs over one state."""
    endpoints = Endpoints(state)
    app = web.Application(middlewares=[pages], client_max_size=MAX_BODY)
    app.add_routes(Login(state).routes(endpoints))
    for dialect in DIALECTS:
        app.add_routes(Leads(state, dialect).routes(endpoints))
    app.add_routes(ControlApi(state).routes())
    return app
