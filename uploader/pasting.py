"""Commands that the user pastes to go on."""

import re
import shlex


def quoted(path: object) -> str:
    """A path to paste behind a command: in the quotes that every shell takes, or where those would let it run a part
    of the name, in those of POSIX shells and PowerShell. What looks like a flag is marked as a path."""
    text = f"./{path}" if str(path).startswith("-") else str(path)
    if re.fullmatch(r"[\w.,:/\\@%+-]+", text):
        return text
    return shlex.quote(text) if any(char in text for char in '$`"!') else f'"{text}"'


def same_place(*, sandbox: bool, profile: str | None) -> str:
    """The flags by which the next command speaks to the same platform."""
    return (" --sandbox" if sandbox else "") + (f" --profile {quoted(profile)}" if profile else "")
