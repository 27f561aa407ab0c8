"""`ui`: the web page on this machine."""

from typing import Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console
from uploader.cli.session import run_async
from uploader.core.command_line import PlatformFlags


def ui(
    sandbox: flag.Sandbox = False,
    port: Annotated[Optional[int], typer.Option(help="Port; 0 for a free one.", min=0, max=65535, metavar="N")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    profile: flag.Profile = None,
) -> None:
    """Open a web page on this machine: drop a spreadsheet, fix its rows, send, and see what became of the leads."""
    from uploader.web.server import serve

    console = Console(PlatformFlags(sandbox, profile))

    def show_url(url: str) -> None:
        console.print(url)
        console.log("Open this link in your browser. It works once. Ctrl-C ends the page; sending continues.")

    run_async(serve(sandbox=sandbox, profile=profile, port=port, show_url=show_url, opens_browser=browser))
