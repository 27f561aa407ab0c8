"""Commands that messages suggest, ready to paste into a shell."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

# The commands that take --sandbox, and those that do not take --profile.
SANDBOX_COMMANDS = frozenset(
    {"upload", "check", "retry", "resume", "results", "map", "template", "forms", "links", "doctor", "ui"}
)
COMMANDS_WITHOUT_PROFILE = frozenset({"schema", "sandbox", "help"})

# Placeholders for the user's own flags: code points that Unicode reserves for use within a program.
_ALL_FLAGS, _PROFILE_FLAG = "\ufdd0", "\ufdd1"
PLACEHOLDERS = frozenset({_ALL_FLAGS, _PROFILE_FLAG})


@dataclass(frozen=True)
class PlatformFlags:
    """The flags with which the user chose the platform. Suggested commands repeat them."""

    sandbox: bool = False
    profile: str | None = None

    def fill(self, text: str) -> str:
        """Replace the placeholders of `uploader_command` in a text by these flags.

        Everything that is shown or written goes through here exactly once: terminal, JSON, reports.
        """
        if PLACEHOLDERS.isdisjoint(text):
            return text
        profile = f" --profile {shell_quote(self.profile)}" if self.profile else ""
        both = f" --sandbox{profile}" if self.sandbox else profile
        return text.replace(_ALL_FLAGS, both).replace(_PROFILE_FLAG, profile)


NO_FLAGS = PlatformFlags()


def uploader_command(name: str, *words: str) -> str:
    """Return `uploader NAME …` with a placeholder for the flags that choose the platform.

    The code that raises an error does not know those flags; `PlatformFlags.fill` puts them in when it is shown.
    """
    place = "" if name in COMMANDS_WITHOUT_PROFILE else _ALL_FLAGS if name in SANDBOX_COMMANDS else _PROFILE_FLAG
    return " ".join(["uploader", name, *filter(None, words)]) + place


_THEN_RUN = re.compile(r",? then run:? +`uploader [^`]*`(?: on this report| with [^.]*)?")


def without_commands(text: str) -> str:
    """Return what a message says to someone who has no terminal: without the sentences that name a command of ours."""
    sentences = re.split(r"(?<=[.?!]) ", _THEN_RUN.sub("", text))
    return " ".join(sentence for sentence in sentences if "`uploader " not in sentence)


def relative_to_cwd(path: Path) -> Path:
    """Return the path relative to the working directory if it is below it, else unchanged."""
    try:
        here = Path.cwd()
    except OSError:  # the folder was removed meanwhile; the report still has to be written
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path


def shell_quote(path: object) -> str:
    """Quote a path for pasting behind a command.

    Uses quotes that every shell takes. A name in which those would run something gets the quotes of POSIX shells and
    PowerShell. A name that looks like a flag is marked as a path.
    """
    text = f"./{path}" if str(path).startswith("-") else str(path)
    if re.fullmatch(r"[\w.,:/\\@%+-]+", text):
        return text
    return shlex.quote(text) if any(char in text for char in '$`"!') else f'"{text}"'
