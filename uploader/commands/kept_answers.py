"""The answers about a mapping, kept until it is written: an interruption loses none of them."""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uploader.config.settings import Settings

FOLDER = "answers"
MAX_AGE = 30 * 86_400  # seconds for which answers are kept


@dataclass(frozen=True)
class KeptAnswers:
    """The answers about one spreadsheet and campaign. They name columns and fixed values, and have no row's cells.

    Attributes:
        path: Where they are kept.
    """

    path: Path

    def read(self) -> dict[str, Any]:
        """Return the kept answers; none if there are none. Raises ValueError or OSError if they can't be read."""
        try:
            found = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        if not isinstance(found, dict):
            raise ValueError("they are damaged")
        return found

    def write(self, answers: dict[str, Any]) -> None:
        """Keep the answers. Raises OSError if they can't be written."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self.path.with_suffix(".part")
        with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(answers, file)
        part.replace(self.path)
        _remove_old(self.path.parent)

    def remove(self) -> None:
        """Remove the answers, as the mapping has been written. Raises OSError."""
        self.path.unlink(missing_ok=True)


def kept_answers(file: Path, campaign: int, settings: Settings) -> KeptAnswers:
    """Return the answers that are kept about a spreadsheet and a campaign."""
    name = hashlib.sha256(f"{settings.scope}\n{campaign}\n{file.resolve()}".encode()).hexdigest()[:16]
    return KeptAnswers(settings.home / FOLDER / f"{name}.json")


def _remove_old(folder: Path) -> None:
    """Remove answers that no one has continued with. Raises OSError."""
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - MAX_AGE:
            path.unlink(missing_ok=True)
