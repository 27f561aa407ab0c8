"""Commands that the user pastes to go on."""

import re


def quoted(path: object) -> str:
    """A path to paste behind a command, in whatever shell: they all take these quotes."""
    return str(path) if re.fullmatch(r"[\w.,:/\\@%+-]+", str(path)) else f'"{path}"'


def same_place(*, sandbox: bool, profile: str | None) -> str:
    """The flags by which the next command speaks to the same platform."""
    return (" --sandbox" if sandbox else "") + (f" --profile {quoted(profile)}" if profile else "")
