"""The process that reads files, checks rows and edits cells: one for each open workspace, which stays running.

It reads one JSON object a line from standard input, and writes one for each to standard output, with progress between.
It ends when standard input does.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from uploader.commands.session import open_settings
from uploader.config.keyring import KEPT
from uploader.config.settings import Settings
from uploader.config.sources import env_name
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import CredentialsError, UploaderError, error_json
from uploader.ledger import LedgerError
from uploader.sandbox import APIS, credentials
from uploader.web.desk import Desk, OutdatedError
from uploader.web.workspace import Workspace

LOGIN_HINT = f"To enter them again, run `{uploader_command('login')}` in a terminal, then start the page again."


@asynccontextmanager
async def settings_for(sandbox: str | None, profile: str | None) -> AsyncIterator[Settings]:
    """Yield the settings of a platform.

    Args:
        sandbox: The URL of a sandbox that is running; None for the platform of the user's settings.
        profile: The profile in the settings.

    Raises:
        UsageError: Settings are invalid or missing.
    """

    @asynccontextmanager
    async def running() -> AsyncIterator[dict[str, str]]:
        variables = {name: value for api in APIS for name, value in credentials(api).items()}
        yield {**variables, "UPLOADER_BASE_URL": sandbox or ""}

    async with open_settings(PlatformFlags(sandbox is not None, profile), running) as settings:
        yield settings


def page_error(error: UploaderError, flags: PlatformFlags) -> dict[str, object]:
    """Return an error for the page, which can't ask for credentials."""
    facts = error_json(error, flags.fill)
    return {**facts, "hint": flags.fill(LOGIN_HINT)} if _is_about_kept_credentials(error) else facts


def _is_about_kept_credentials(error: UploaderError) -> bool:
    """Return whether the platform has rejected the credentials that `uploader login` asks for."""
    is_check = isinstance(error, CredentialsError) and error.hint.startswith("Check ")
    return is_check and all(env_name(name) in error.hint for name in KEPT) and env_name("password") not in error.hint


async def _open_desk(
    stack: AsyncExitStack, folder: str, sandbox: str | None, profile: str | None
) -> tuple[Desk, AsyncExitStack]:
    """Open a workspace until the stack ends, or the one that is returned. Raises UploaderError."""
    own = await stack.enter_async_context(AsyncExitStack())
    settings = await own.enter_async_context(settings_for(sandbox, profile))
    return own.enter_context(Desk(Workspace(Path(folder)), settings)), own


async def serve(read: Callable[[], str], write: Callable[[str], None]) -> None:
    """Answer requests until there are no more."""
    async with AsyncExitStack() as stack:
        desks: dict[tuple[str, str | None, str | None], tuple[Desk, AsyncExitStack]] = {}
        while line := await asyncio.to_thread(read):
            request = json.loads(line)
            key = request["folder"], request["sandbox"], request["profile"]

            def progress(facts: dict[str, object], number: int = request["id"]) -> None:
                write(json.dumps({"id": number, "progress": facts}))

            answer: dict[str, object]
            try:
                if key not in desks:
                    desks[key] = await _open_desk(stack, *key)
                answer = {"result": await desks[key][0].answer(request["what"], request["given"], progress)}
            except UploaderError as error:
                if isinstance(error, LedgerError) and key in desks:  # it may work again over a new connection
                    await desks.pop(key)[1].aclose()
                shown = page_error(error, PlatformFlags(key[1] is not None, key[2]))
                answer = {"error": {**shown, "is_outdated": isinstance(error, OutdatedError)}}
            write(json.dumps({"id": request["id"], **answer}))


def main() -> None:
    """Serve on the standard streams."""

    def write(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with asyncio.Runner() as runner:
        runner.run(serve(sys.stdin.readline, write))


if __name__ == "__main__":
    main()
