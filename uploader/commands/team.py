"""The shared ledger itself: creating it, upgrading it, and what is in it."""

from contextlib import closing
from dataclasses import dataclass

from uploader.config.home_folder import HINT, risk_of
from uploader.config.keyring import keep_team_key
from uploader.config.ledger_place import LedgerPlace, parse_team_key
from uploader.config.user import user_name
from uploader.core.errors import UsageError
from uploader.ledger import Moved, Removal, RunFilter, SqliteLedger, open_ledger
from uploader.ledger.shared import connect, has_local_ledger, move_local_ledger, require_team_key, team_key

SHOWN_REMOVALS = 3


@dataclass(frozen=True)
class Created:
    """What `init` did.

    Attributes:
        is_new: Whether the ledger was created; False if it was there, with the same key.
        key: The new key, to be shown once; empty if the settings have one.
        is_kept: Whether the keyring keeps the new key.
        has_group: Whether the database has the role `uploaders`, whose members may send leads.
    """

    is_new: bool
    key: str
    is_kept: bool
    has_group: bool


@dataclass(frozen=True)
class Status:
    """What a shared ledger has.

    Attributes:
        version: The version of its tables.
        server: The version of PostgreSQL.
        running: Unfinished runs that a machine is working on, as (run, machine).
        interrupted: Unfinished runs that no machine is working on, as (run, machine that worked on it).
        removals: What was removed last, newest first.
        warnings: What can break a promise of the ledger, on this machine or in the database.
    """

    version: int
    server: str
    running: tuple[tuple[str, str], ...]
    interrupted: tuple[tuple[str, str], ...]
    removals: tuple[Removal, ...]
    warnings: tuple[str, ...]


def init(place: LedgerPlace) -> Created:
    """Create the shared ledger, with the key of the settings or a new one, which the keyring keeps if there is one.

    Raises:
        LedgerError: The database cannot be used, or it has a ledger with another key.
        UsageError: UPLOADER_LEDGER is not set, or there is a ledger already and no key to compare.
    """
    with closing(connect(place)) as database:
        from uploader.ledger.postgres.roles import has_group  # noqa: PLC0415 - slow
        from uploader.ledger.postgres.team import create_team, found_version, new_key  # noqa: PLC0415 - slow

        known = team_key(place)
        if known is None and found_version(database):
            raise UsageError(
                f"{place} has a shared ledger already.",
                "Run `uploader team join` on a terminal, or set UPLOADER_TEAM_KEY to its key; a colleague has it.",
            )
        key = known or new_key()
        is_new = create_team(database, key)
        is_kept = known is None and keep_team_key(str(place), key.hex())
        return Created(is_new, "" if known else key.hex(), is_kept, has_group(database))


def lacks_key(place: LedgerPlace) -> bool:
    """Whether this machine does not have the key of the shared ledger. Raises LedgerError or UsageError."""
    connect(place).close()
    return team_key(place) is None


def keep_key(place: LedgerPlace, key: str) -> bool:
    """Keep the key of the shared ledger in the keyring; return False if there is none.

    Raises:
        LedgerError: It is another ledger's key, or the database cannot be used.
        UsageError: It is not a key.
    """
    with closing(connect(place)) as database:
        from uploader.ledger.postgres.team import require_team  # noqa: PLC0415 - slow

        try:
            valid = parse_team_key(key)
        except ValueError as error:
            raise UsageError(f"This is not the team's key: {error}.") from None
        require_team(database, bytes.fromhex(valid))
        return keep_team_key(str(place), valid)


def join(place: LedgerPlace) -> Moved | None:
    """Move this machine's local ledger into the shared one; None if nothing is left to move.

    Raises:
        LedgerError: A ledger cannot be used, or they do not fit together.
        UsageError: UPLOADER_LEDGER or its key is not set, or someone is sending leads of the same campaigns.
    """
    connect(place).close()
    if not has_local_ledger(place):
        with open_ledger(place):  # raises what is wrong with the shared one
            return None
    with SqliteLedger(place.home, must_exist=True) as local:
        if local.runs.without_identity():
            from uploader.pipeline.identity import record_older_identities  # noqa: PLC0415 - takes long to load

            record_older_identities(local)
    return move_local_ledger(place, user_name())


def upgrade(place: LedgerPlace) -> tuple[int, int]:
    """Upgrade the tables; return the version before and after. Raises LedgerError or UsageError."""
    with closing(connect(place)) as database:
        from uploader.ledger.postgres.team import upgrade_team  # noqa: PLC0415 - slow

        return upgrade_team(database, require_team_key(place))


def durability(place: LedgerPlace) -> list[str]:
    """Return what can lose commits that the database has confirmed. Raises LedgerError or UsageError."""
    with closing(connect(place)) as database:
        from uploader.ledger.postgres.durability import durability_warnings  # noqa: PLC0415 - slow

        return durability_warnings(database)


def status(place: LedgerPlace) -> Status:
    """Return what the shared ledger has. Raises LedgerError or UsageError."""
    with closing(connect(place)) as database, open_ledger(place) as ledger:
        from uploader.ledger.postgres.durability import durability_warnings  # noqa: PLC0415 - slow
        from uploader.ledger.postgres.retention import PostgresRetention  # noqa: PLC0415 - slow
        from uploader.ledger.postgres.team import found_version  # noqa: PLC0415 - slow

        server, risk = str(database.read_one("SHOW server_version")), risk_of(place.home)
        unfinished = ledger.runs.history(None, RunFilter(is_unfinished=True))
        return Status(
            found_version(database),
            server,
            tuple((past.run.id, past.host) for past in unfinished if past.is_running),
            tuple((past.run.id, past.host) for past in unfinished if not past.is_running),
            tuple(PostgresRetention(database).removals(SHOWN_REMOVALS)),
            (*durability_warnings(database), *([f"UPLOADER_HOME {risk}. {HINT}"] if risk else [])),
        )
