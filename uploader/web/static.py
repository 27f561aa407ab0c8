"""The page's own files, from a fixed list: a name in a request is never joined into a path."""

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

HERE = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript"}

FILES = (
    "page.css",
    "page.js",
    "columns.js",
    "grid.js",
    "run.js",
    "vendor/slick.core.js",
    "vendor/slick.interactions.js",
    "vendor/slick.grid.js",
    "vendor/slick.grid.css",
)


def routes() -> list[web.RouteDef]:
    """Return the routes of all files."""
    return [*(web.get(f"/static/{name}", _handler(HERE / name)) for name in FILES), web.get("/favicon.ico", _no_icon)]


def _handler(path: Path) -> Handler:
    content = path.read_bytes()

    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=content, content_type=TYPES[path.suffix], charset="utf-8", headers=headers)

    return answer


async def _no_icon(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)
