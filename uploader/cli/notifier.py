"""`--notify`: report to a chat or a monitor how a command ended. If it fails, that is a warning, not an exit code."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from uploader.cli.console import Console
from uploader.cli.session import run_async

if TYPE_CHECKING:
    from uploader.config.settings import Settings


class Notifier:
    """Sends the summary of a command. Without a URL, it does nothing.

    Args:
        url: Where to send it, or None.
        console: Where to warn.

    Attributes:
        settings: The command's settings, as soon as they are known: they say which proxy to use.

    Raises:
        UsageError: No notification may be sent to this URL.
    """

    def __init__(self, url: str | None, console: Console) -> None:
        from uploader.commands.notify import require_notifiable

        self._url = url
        self._console = console
        self.settings: Settings | None = None
        if url is not None:
            require_notifiable(url)

    def send(self, summary: Mapping[str, object]) -> None:
        """Send a summary, and warn if it was not delivered."""
        from uploader.commands.notify import notify

        if self._url is None:
            return
        try:
            problem = run_async(notify(self._url, summary, self.settings))
        except KeyboardInterrupt:
            problem = "interrupted"
        if problem:
            self._console.log(f"Warning: --notify was not delivered: {problem}.")
