"""What this machine has seen of shared ledgers, to notice when one is older than it was: restored, or failed over.

A file in UPLOADER_HOME has the last checkpoint of each ledger. Every checkpoint has a random mark, so that those made
after a restore are not taken for the ones that are gone.
"""

import json
import time
from pathlib import Path
from typing import Any, NamedTuple

from uploader.core.private_file import write_private
from uploader.ledger.records import LedgerError

FILE = "shared-ledgers.json"

Entries = dict[str, dict[str, Any]]


class Checkpoint(NamedTuple):
    """A moment in the life of a shared ledger."""

    number: int
    mark: str


class SeenLedger:
    """The last checkpoint that this machine has seen of one shared ledger."""

    def __init__(self, home: Path, ledger: str, place: str) -> None:
        """Read the file.

        Args:
            home: The folder of this machine's files.
            ledger: What tells the ledger from others, wherever its database is.
            place: The address of its database, without user and password.
        """
        self.path = home / FILE
        self._ledger = ledger
        self._place = place

    def last(self) -> Checkpoint | None:
        """Return the last checkpoint, or None if the machine has not seen this ledger. Raises LedgerError."""
        found = _read(self.path).get(self._ledger)
        return None if found is None else Checkpoint(int(found["number"]), str(found["mark"]))

    def remember(self, checkpoint: Checkpoint) -> None:
        """Record the last checkpoint, unless another process has recorded a later one. Raises LedgerError."""
        known = _read(self.path)
        entry = {**checkpoint._asdict(), "place": self._place}
        before = known.get(self._ledger, {})
        if {name: before.get(name) for name in entry} == entry:
            return
        if int(before.get("number", 0)) > checkpoint.number:
            return
        known[self._ledger] = {**entry, "at": time.time()}
        _write(self.path, known)

    def gone(self) -> LedgerError:
        """Return the error that the last checkpoint is missing in the ledger."""
        at = _read(self.path).get(self._ledger, {}).get("at", 0.0)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(at)))
        return LedgerError(
            f"The team's ledger in {self._place} is older than it was on {when}, when this machine used it: a backup "
            "was restored, or a standby without the last commits took over. Leads sent since are not recognized.",
            "Nothing was sent. Restore the newest state of the database. To continue with this one even so, delete "
            f"{self.path}: then leads that the missing part knew can be sent again.",
        )


def seen_place(home: Path) -> str | None:
    """Return where a shared ledger is that this machine has used, or None. Raises LedgerError."""
    return next((str(entry.get("place")) for entry in _read(home / FILE).values()), None)


def _read(path: Path) -> Entries:
    try:
        found = json.loads(path.read_text("utf-8"))
        entries = {
            str(name): {**entry, "number": int(entry["number"]), "mark": str(entry["mark"])}
            for name, entry in found.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise LedgerError(
            f"{path} cannot be read, so it is not known whether the team's ledger is as new as it was.",
            "Nothing was sent. Restore the file, or delete it if no backup of the database was restored.",
        ) from None
    return entries


def _write(path: Path, entries: Entries) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, json.dumps(entries), is_durable=True)
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}.", "Nothing was sent. Check the disk.") from None
