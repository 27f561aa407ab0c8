"""The commands that the README and the pages in docs/ show, with their output."""

import re

from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text("utf-8")
DOCS = "\n".join([README, *(page.read_text("utf-8") for page in sorted((ROOT / "docs").glob("*.md")))])


def block_after(command: str) -> list[str]:
    """The output that the documentation shows below a command."""
    shown = DOCS.split(f"$ {command}\n", maxsplit=1)[1].split("```", maxsplit=1)[0]
    return shown.splitlines()


def looks_like(shown: list[str], real: str) -> bool:
    """The shown lines stand in the real output, in order; `…` stands for any lines."""
    pattern = "".join("(?:.*\n)*?" if line.strip() == "…" else re.escape(line) + "\n" for line in shown)
    return re.search(f"^{pattern}", real, re.MULTILINE) is not None


def commands_shown() -> list[str]:
    """Every `uploader …` in a block of the documentation, without its comment and what the shell does with it."""
    blocks = re.split(r"^```\w*$", DOCS, flags=re.MULTILINE)[1::2]
    lines = (re.findall(r"(?:^\$ |\.venv/bin/|- )uploader ([^\n#|]+)", block, re.MULTILINE) for block in blocks)
    return [line.strip() for found in lines for line in found]
