"""What a command prints: results on stdout, messages on stderr."""

import json
import re
import shutil
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any

import typer

from uploader.cli.stdio import silence
from uploader.core.command_line import NO_FLAGS, PlatformFlags
from uploader.core.errors import UploaderError
from uploader.core.unicode_text import replace_control_characters

MAX_PROBLEMS = 40  # shown of one error
MAX_MESSAGE_LINES = 8  # of one message; a cell or a header in it may have any number

_LINE_END = re.compile(r"\r\n?|\n")
_INDENT = "    "  # of lines within a message, so that no cell's text looks like a message of its own


def single_line(text: str, max_length: int = 10_000) -> str:
    """Return text from a file or from the platform as one line without control characters."""
    shown = replace_control_characters(text, keep="")
    return shown if len(shown) <= max_length else f"{shown[:max_length]}…"


@dataclass(frozen=True)
class Console:
    """The standard streams of one command.

    Attributes:
        flags: The flags that suggested commands repeat.
    """

    flags: PlatformFlags = NO_FLAGS

    def print(self, text: str = "") -> None:
        """Print a result on stdout."""
        typer.echo(self._printable(text))

    def print_json(self, data: object, indent: int | None = None) -> None:
        """Print data as JSON on stdout."""
        typer.echo(json.dumps(self._filled(data), indent=indent).replace("\x7f", r"\u007f"))

    def print_error_json(self, data: object, indent: int | None = None) -> None:
        """Print data about an error on stdout. Where it can't be written, the exit code is still the error's."""
        try:
            self.print_json(data, indent)
        except OSError as error:
            self.log_full_output(error.strerror or type(error).__name__)

    def log_full_output(self, reason: str) -> None:
        """Say why stdout cannot be written, and discard what is still written to it."""
        silence(sys.stdout)
        self.log(f"Standard output cannot be written: {reason}.")

    def log(self, text: str = "") -> None:
        """Print progress, a warning or an error on stderr."""
        typer.echo(self._printable(text), err=True)

    def log_wrapped(self, text: str) -> None:
        """Print a sentence on stderr, wrapped between words on a terminal.

        Not for lines with a command: the terminal wraps those, so that they are copied as one line.
        """
        text = self._printable(text)
        if sys.stderr.isatty():
            import textwrap

            indent = " " * (len(text) - len(text.lstrip()) + 2)
            width = shutil.get_terminal_size().columns
            text = textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        typer.echo(text, err=True)

    def log_error(self, error: UploaderError) -> None:
        """Print an error on stderr: what happened, every problem, what to do."""
        self.log(error.message)
        for problem in error.problems[:MAX_PROBLEMS]:
            self.log(f"  {problem}")
        if len(error.problems) > MAX_PROBLEMS:
            self.log(f"  … and {len(error.problems) - MAX_PROBLEMS:,} more")
        if error.hint:
            self.log(error.hint)

    def log_above_bar(self, line: str) -> None:
        """Print a line on stderr, above the progress bar if there is one."""
        from tqdm import tqdm

        tqdm.write(self._printable(line), file=sys.stderr)

    def _printable(self, text: str) -> str:
        lines = _LINE_END.split(self.flags.fill(text).replace("\t", " "))
        if len(lines) > MAX_MESSAGE_LINES:
            lines = [*lines[: MAX_MESSAGE_LINES - 2], "…", lines[-1]]
        return f"\n{_INDENT}".join(map(single_line, lines))

    def _filled(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.flags.fill(data)
        if isinstance(data, dict):
            return {key: self._filled(value) for key, value in data.items()}
        return [self._filled(value) for value in data] if isinstance(data, list) else data


def print_file(text: str) -> None:
    """Print a file's content on stdout: as UTF-8 unless that is a terminal, whatever encoding the console has."""
    if sys.stdout.isatty():
        typer.echo("\n".join(map(single_line, text.split("\n"))), nl=False)
        return
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    typer.echo(text, nl=False)
