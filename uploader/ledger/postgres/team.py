"""What makes a database a team's ledger: its tables, their version, and the check of the key."""

import hmac
import secrets
from importlib.resources import files

from uploader.core.command_line import uploader_command
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.roles import grant_rights
from uploader.ledger.records import LedgerError

KEY_SIZE = 32  # bytes
CHECKED_TEXT = b"uploader: the key of this team"

# Numbered SQL files, applied in order; the last number is the version.
MIGRATIONS = "schema"

# One machine at a time creates or upgrades the tables.
MIGRATION_LOCK = 0x6C656164

OLDEST_SERVER = 140_000
ENCODING = "UTF8"

CREATE = """
CREATE TABLE IF NOT EXISTS team (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version integer NOT NULL,
    key_check bytea NOT NULL            -- an HMAC of a constant: enough to recognize the key, not to make fingerprints
)
"""


def latest_version() -> int:
    """Return the version of the tables that this version of uploader uses."""
    return max(_migrations())


def found_version(database: Database) -> int:
    """Return the version of the tables; 0 if there are none."""
    if database.read_one("SELECT to_regclass('team')") is None:
        return 0
    return int(database.read_one("SELECT version FROM team") or 0)


def new_key() -> bytes:
    """Return a new key."""
    return secrets.token_bytes(KEY_SIZE)


def create_team(database: Database, key: bytes) -> bool:
    """Create the tables of a new team. Return False if they exist and have this key.

    Raises:
        LedgerError: They exist with another key, or the server cannot be used.
    """
    _require_server(database)
    with database.transaction():
        database.read_one("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        if version := found_version(database):
            _require_key(database, key)
            if version == latest_version() and _is_owner(database):
                grant_rights(database)
            return False
        database.write(CREATE)
        _apply(database, above=0)
        database.write("INSERT INTO team (version, key_check) VALUES (%s, %s)", (latest_version(), check_of(key)))
        grant_rights(database)
    return True


def upgrade_team(database: Database, key: bytes) -> tuple[int, int]:
    """Apply the migrations that are missing; return the version before and after. Raises LedgerError."""
    with database.transaction():
        database.read_one("SELECT pg_advisory_xact_lock(%s)", (MIGRATION_LOCK,))
        before = found_version(database)
        if not before:
            raise _no_team()
        _require_key(database, key)
        if before > latest_version():
            raise _too_new(before)
        _apply(database, above=before)
        if _is_owner(database):
            database.write("UPDATE team SET version = %s", (latest_version(),))
            grant_rights(database)
    return before, latest_version()


def require_team(database: Database, key: bytes) -> None:
    """Raise LedgerError unless the database has this version's tables, and this key."""
    _require_server(database)
    version = found_version(database)
    if not version:
        raise _no_team()
    if version > latest_version():
        raise _too_new(version)
    if version < latest_version():
        raise LedgerError(
            f"The team's ledger has version {version}, and this uploader needs {latest_version()}.",
            f"Nothing was sent. Run `{uploader_command('team upgrade')}` once, then update uploader on all machines.",
        )
    _require_key(database, key)


def require_own_sessions(database: Database, commits: Database) -> None:
    """Raise LedgerError if a pooler gives each transaction another session: locks would not hold.

    While the second connection has the server session that the first one has just used, the first one gets another.
    """
    before = database.read_one("SELECT pg_backend_pid()")
    with commits.transaction():
        commits.read_one("SELECT 1")
        after = database.read_one("SELECT pg_backend_pid()")
    if before != after:
        raise LedgerError(
            "UPLOADER_LEDGER leads to a connection pooler in transaction mode, in which locks do not hold.",
            "Nothing was sent. Connect to PostgreSQL directly, or set the pooler to `pool_mode = session`.",
        )


def _require_server(database: Database) -> None:
    found = int(database.read_one("SHOW server_version_num"))
    if found < OLDEST_SERVER:
        raise LedgerError(
            f"The database is PostgreSQL {found // 10_000}, and the team's ledger needs {OLDEST_SERVER // 10_000} "
            "or newer.",
            "Upgrade the server.",
        )
    if (encoding := database.read_one("SHOW server_encoding")) != ENCODING:
        raise LedgerError(
            f"The encoding of the database is {encoding}, so it cannot store every name and reason.",
            f"Nothing was sent. Create the database with  createdb --encoding={ENCODING} --template=template0",
        )
    if database.read_one("SELECT pg_is_in_recovery()"):
        raise LedgerError(
            "UPLOADER_LEDGER leads to a standby server, which cannot be written to.",
            "Nothing was sent. Set it to the primary server.",
        )


def _require_key(database: Database, key: bytes) -> None:
    stored = database.read_one("SELECT key_check FROM team")
    if stored is None or not hmac.compare_digest(bytes(stored), check_of(key)):
        raise LedgerError(
            "The team's key is not the one that this ledger was made with.",
            "Nothing was sent: with another key, leads that were accepted look new. Set UPLOADER_TEAM_KEY to the key "
            "that `uploader team init` printed; a colleague has it.",
        )


def _is_owner(database: Database) -> bool:
    """Whether the role of this session may change the tables."""
    return bool(
        database.read_one("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('team')")
    )


def check_of(key: bytes) -> bytes:
    """Return what the database stores of the key: it tells this ledger from others."""
    return hmac.digest(key, CHECKED_TEXT, "sha256")


def _apply(database: Database, above: int) -> None:
    for number, sql in sorted(_migrations().items()):
        if number > above:
            database.write(sql)


def _migrations() -> dict[int, str]:
    folder = files(__package__) / MIGRATIONS
    return {int(file.name[:4]): file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".sql")}


def _no_team() -> LedgerError:
    return LedgerError(
        "The database of UPLOADER_LEDGER has no team's ledger yet.",
        f"Nothing was sent. Create it once with `{uploader_command('team init')}`. If it was there before, restore it "
        "from a backup.",
    )


def _too_new(version: int) -> LedgerError:
    return LedgerError(
        f"The team's ledger has version {version}, which is newer than this uploader ({latest_version()}).",
        "Nothing was sent. Update uploader on this machine.",
    )
