"""The standard streams as they may be: closed, a pipe that nobody reads any more, on a full disk."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer


def open_all() -> None:
    """A stream that is closed is empty, and takes what is written to it; what a console can't write shows as ?."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def is_interactive() -> bool:
    """Whether a question would be seen and could be answered."""
    return sys.stdin.isatty() and (sys.stderr.isatty() or sys.stdout.isatty())


def silence(stream: TextIO) -> None:
    """Sends the rest nowhere: else the program's end would stumble over what is left, with a code of its own."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_file(text: str) -> None:
    """On standard output. Where that goes into a file it is UTF-8, whatever the console is: it is read as such."""
    typer.echo(text if sys.stdout.isatty() else text.encode(), nl=False)


def fitting(signs: dict[str, str], plain: dict[str, str]) -> dict[str, str]:
    """The signs, or what stands for them where standard output can't write them: they would all look alike."""
    try:
        "".join(signs.values()).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return plain
    return signs


def refusal(stream: TextIO) -> str:
    """Why a stream takes nothing, asked with an empty line; empty where it does."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
