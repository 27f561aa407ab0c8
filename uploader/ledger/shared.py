"""Opening a shared ledger, and moving the local one into it.

Only then psycopg is imported, which takes a sixth of a second.
"""

from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING

from uploader.config.keyring import kept_team_key
from uploader.config.ledger_place import LedgerPlace
from uploader.core.command_line import uploader_command
from uploader.core.errors import UsageError
from uploader.ledger.protocol import Ledger
from uploader.ledger.records import LedgerError, Moved, lock_names_of
from uploader.ledger.seen import SeenLedger, seen_place
from uploader.ledger.sqlite.ledger import SqliteLedger

if TYPE_CHECKING:
    from uploader.ledger.postgres.database import Database
    from uploader.ledger.postgres.ledger import PostgresLedger


LEAVE = (
    "Set UPLOADER_LEDGER to that ledger. To leave the team, set UPLOADER_HOME to a new folder: then leads that were "
    "accepted are not recognized."
)


def open_shared_ledger(place: LedgerPlace) -> Ledger:
    """Open a shared ledger.

    Raises:
        LedgerError: It cannot be used, or this machine has sent leads that it does not know.
        UsageError: The team's key or the library is missing.
    """
    ledger = _open(place)
    try:
        require_moved(place, ledger)
    except BaseException:  # also if the user interrupts it; it is raised again
        ledger.close()
        raise
    return ledger


def _open(place: LedgerPlace) -> "PostgresLedger":
    require_psycopg()
    key = require_team_key(place)
    from uploader.ledger.postgres.ledger import PostgresLedger  # noqa: PLC0415 - slow, and an extra
    from uploader.ledger.postgres.team import check_of  # noqa: PLC0415 - as above

    return PostgresLedger(place.url, key, SeenLedger(place.home, check_of(key).hex(), str(place)))


def team_key(place: LedgerPlace) -> bytes | None:
    """Return the team's key from the settings or the keyring, or None. Raises UsageError if the keyring is locked."""
    key = place.key or kept_team_key(str(place))
    return bytes.fromhex(key) if key else None


def require_team_key(place: LedgerPlace) -> bytes:
    """Return the team's key. Raises UsageError if it is neither in the settings nor in the keyring."""
    key = team_key(place)
    if key is None:
        raise UsageError(
            "UPLOADER_LEDGER is set, but UPLOADER_TEAM_KEY is not.",
            "Set it to the key that `uploader team init` printed; a colleague has it. To keep it in the keyring, run "
            f"`{uploader_command('team join')}` on a terminal.",
        )
    return key


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


def require_moved(place: LedgerPlace, ledger: "PostgresLedger") -> None:
    """Raise LedgerError if this machine has sent leads that the shared ledger does not know: it would send them again.

    Raises:
        LedgerError: There are such leads, or the local ledger cannot be read.
    """
    if not has_local_ledger(place):
        return
    with SqliteLedger(place.home) as local:
        if not local.has_sent_leads or (local.moved_to and ledger.has_joined(local.export().key)):
            return
    raise LedgerError(
        f"This machine has sent leads that are only in the local ledger {place.home}, so the shared one would not "
        "recognize them.",
        f"Nothing was sent. Run `{uploader_command('team join')}` once to move them into the shared ledger.",
    )


def has_local_ledger(place: LedgerPlace) -> bool:
    """Whether this machine has a ledger of its own, or a part of one."""
    return any((place.home / name).exists() for name in ("ledger.sqlite3", "fingerprint.key"))


def refuse_new_local(place: LedgerPlace, local: SqliteLedger | None = None) -> None:
    """Raise LedgerError if a local ledger would be used for the first time on a machine that has used a shared one.

    Args:
        place: The local ledger.
        local: The same, once it is open: it may have been made for a sandbox only.
    """
    if place.is_sandbox or (local.has_sent_leads if local else has_local_ledger(place)):
        return
    if shared := seen_place(place.home):
        raise LedgerError(
            f"This machine has used the shared ledger {shared}, and UPLOADER_LEDGER is not set.",
            f"Nothing was sent. {LEAVE}",
        )


def refuse_moved(place: LedgerPlace, local: SqliteLedger) -> None:
    """Raise LedgerError if a local ledger was moved into a shared one: it does not know what was sent since."""
    if local.moved_to and not place.is_sandbox:
        raise LedgerError(
            f"The ledger of this machine was moved into the shared ledger {local.moved_to}.",
            f"Nothing was sent. {LEAVE}",
        )


def move_local_ledger(place: LedgerPlace, who: str) -> Moved | None:
    """Move the local ledger of this machine into the shared one; None if nothing is left to move.

    The local ledger stays where it is, and becomes read-only. If this is interrupted, do it again.

    Args:
        place: The local ledger, which must be there, and the shared one.
        who: The user.

    Raises:
        LedgerError: A ledger cannot be used, or a run in one has the id of another run in the other.
        UsageError: A machine is sending leads of the same campaigns.
    """
    with _open(place) as shared, SqliteLedger(place.home, must_exist=True) as local, ExitStack() as held:
        export = local.export()
        if local.moved_to and shared.has_joined(export.key):
            return None
        if faults := local.damage():
            raise LedgerError(f"The local ledger {place.home} is damaged: {faults[0]}.", "Nothing was moved.")
        for run in export.unfinished():
            held.enter_context(local.lock(lock_names_of(run), f"run {run.id} of this machine"))
        with export.frozen():
            moved = shared.move_in(export, who)
            export.close(str(place))
        return moved
