"""Questions to the user. Ctrl-C instead of an answer ends the command with exit code 130."""

import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from uploader.cli.console import single_line
from uploader.cli.stdio import discard_typed_ahead, is_interactive
from uploader.core.errors import UsageError

Answer = TypeVar("Answer")


def require_consent(yes: bool, not_done: str) -> None:
    """Require `--yes` where there is no user to ask.

    Args:
        yes: The user has given `--yes`.
        not_done: What the command leaves undone, such as "Nothing was sent".

    Raises:
        UsageError: There is neither `--yes` nor a terminal.
    """
    if not yes and not is_interactive():
        raise UsageError(
            f"{not_done}: asking for confirmation needs a terminal on both stdin and stderr.",
            "Add --yes to confirm in advance.",
        )


def confirm(question: str) -> bool:
    """Return whether the user answered yes. What was typed before the question is no answer. Raises Interrupted."""
    discard_typed_ahead()
    return _prompt(lambda: _yes_or_no(f"{single_line(question)} [y/N]"))


def _yes_or_no(question: str) -> bool:
    while True:
        answer = _read_line(question).lower()
        if answer in {"y", "yes", "n", "no", ""}:
            return answer.startswith("y")
        typer.echo("Answer y or n.", err=True)


def prompt_for(label: str, *, hidden: bool) -> str:
    """Return what the user typed, without surrounding blanks. Raises Interrupted.

    Args:
        label: What to type.
        hidden: Do not show what is typed.
    """
    return _prompt(lambda: str(typer.prompt(label, hide_input=hidden, err=_is_on_stderr()))).strip()


def ask(label: str) -> str:
    """Return the user's answer on stderr without surrounding blanks; empty for Enter alone. Raises Interrupted."""
    return _prompt(lambda: _read_line(single_line(label)))


def _read_line(question: str) -> str:
    """Ask on stderr, and return a line without surrounding blanks. Nothing is written to stdout, as typer would."""
    typer.echo(f"{question}: ", err=True, nl=False)
    return input().strip()


def _is_on_stderr() -> bool:
    """Return whether to ask on stderr: not if it goes into a file (`2> errors.txt`) and stdout is a terminal."""
    return sys.stderr.isatty() or not sys.stdout.isatty()


def _prompt(ask: Callable[[], Answer]) -> Answer:
    from uploader.pipeline.cancellation import Interrupted

    try:
        return ask()
    except (typer.Abort, EOFError, KeyboardInterrupt):
        raise Interrupted("\nInterrupted. Nothing was changed.") from None
