"""The README's commands and the output that it shows."""

import re

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def block_after(command: str) -> list[str]:
    """The output that the README shows below a command."""
    shown = README.split(f"$ {command}\n", maxsplit=1)[1].split("```", maxsplit=1)[0]
    return shown.splitlines()


def looks_like(shown: list[str], real: str) -> bool:
    """The shown lines stand in the real output, in order; `…` stands for any lines."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == "…" else re.escape(line) + "\n" for line in shown)
    return re.search(f"^{pattern}", real, re.MULTILINE) is not None


def commands_shown() -> list[str]:
    """Every `uploader …` in a block of the README, without its comment and what the shell does with it."""
    blocks = re.split(r"^```\w*$", README, flags=re.MULTILINE)[1::2]
    lines = (re.findall(r"(?:^\$ |\.venv/bin/|- )uploader ([^\n#|]+)", block, re.MULTILINE) for block in blocks)
    return [line.strip() for found in lines for line in found]
