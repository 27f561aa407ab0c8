"""Opening a shared ledger: only then psycopg is imported, which takes a sixth of a second."""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from uploader.config.ledger_place import LedgerPlace
from uploader.core.errors import UsageError
from uploader.ledger.protocol import Ledger
from uploader.ledger.records import LedgerError
from uploader.ledger.sqlite.ledger import SqliteLedger

if TYPE_CHECKING:
    from uploader.ledger.postgres.database import Database


def open_shared_ledger(place: LedgerPlace) -> Ledger:
    """Open a shared ledger.

    Raises:
        LedgerError: It cannot be used, or this machine has sent leads that it does not know.
        UsageError: The team's key or the library is missing.
    """
    require_psycopg()
    if not place.key:
        raise UsageError(
            "UPLOADER_LEDGER is set, but UPLOADER_TEAM_KEY is not.",
            "Set it to the key that `uploader team init` printed; a colleague has it.",
        )
    require_no_local_leads(place)
    from uploader.ledger.postgres.ledger import PostgresLedger  # noqa: PLC0415 - slow, and an extra

    return PostgresLedger(place.url, bytes.fromhex(place.key))


def connect(place: LedgerPlace) -> "Database":
    """Connect to the database of a shared ledger, whether or not it has one yet. Raises LedgerError or UsageError."""
    if not place.is_shared:
        raise UsageError(
            "UPLOADER_LEDGER is not set, so this machine has a ledger of its own.",
            "Set it to postgresql://USER@HOST/DATABASE; see docs/team.md.",
        )
    require_psycopg()
    from uploader.ledger.postgres.database import Database  # noqa: PLC0415 - slow, and an extra

    return Database(place.url)


def require_psycopg() -> None:
    """Raise UsageError if the library is not installed."""
    if find_spec("psycopg") is None:
        raise UsageError(
            "UPLOADER_LEDGER needs the package psycopg, which is not installed.",
            "Run  pip install '.[team]'  in the checkout.",
        )


def require_no_local_leads(place: LedgerPlace) -> None:
    """Raise LedgerError if this machine has sent leads that the shared ledger does not know: it would send them again.

    Raises:
        LedgerError: There are such leads, or the local ledger cannot be read.
    """
    if not any((place.home / name).exists() for name in ("ledger.sqlite3", "fingerprint.key")):
        return
    with SqliteLedger(place.home) as local:
        if not local.has_sent_leads:
            return
    raise LedgerError(
        f"This machine has sent leads that are only in the local ledger {place.home}, so the shared one would not "
        "recognize them.",
        "Nothing was sent. This version cannot move a local ledger into a shared one. Unset UPLOADER_LEDGER to "
        "continue with the local one. If none of its leads will be uploaded again, set UPLOADER_HOME to a new folder.",
    )
