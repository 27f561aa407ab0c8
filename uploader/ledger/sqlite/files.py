"""The ledger's file and the file of its key: they are made together, and one is worth nothing without the other.

Leads are recognized by keyed hashes. With another key, or an empty ledger, every lead would look new and be sent
again. So the ledger holds a check value of its key, and neither file is ever rebuilt beside the other.
"""

import hmac
import os
import secrets
from contextlib import ExitStack
from pathlib import Path

from uploader.ledger.records import LedgerError, missing_ledger
from uploader.ledger.sqlite.database import BUSY_TIMEOUT, Database, create_private_folder, ledger_error
from uploader.ledger.sqlite.locks import lock
from uploader.ledger.sqlite.schema import LEDGER_SCHEMA

KEY_SIZE = 32  # bytes
CHECKED_TEXT = b"uploader: the key of this ledger"


class LedgerFiles:
    """The two files in a folder.

    The key is written under another name first, and gets its own when the ledger is on the disk. So a first use that
    was interrupted can be distinguished from a file that was lost: it is finished at the next start.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self.ledger = home / "ledger.sqlite3"
        self.key = home / "fingerprint.key"
        self._new_key = home / "fingerprint.key.new"

    def open(self, *, must_exist: bool) -> tuple[Database, bytes]:
        """Open the ledger and read its key; make both at first use, unless they must exist.

        Raises:
            LedgerError: A file is missing, damaged, or not the other's.
        """
        if must_exist and self._is_first_use():
            raise missing_ledger(self._home)
        try:
            create_private_folder(self._home)
            if self._is_first_use():
                # Wait while another process makes them.
                with lock(self._home, ["creation of the ledger"], str(self.ledger), patience=BUSY_TIMEOUT):
                    if self._is_first_use():  # another process may have been first
                        self._create()
            return self._open()
        except OSError as error:
            raise ledger_error(error, self._home) from None

    def mismatch(self, what: str) -> LedgerError:
        """Return the error that the files do not belong together, and the ways out."""
        return LedgerError(f"The ledger {self.ledger} cannot be trusted: {what}.", self._ways_out())

    def _ways_out(self) -> str:
        return (
            f"Nothing was sent. Restore {self.ledger.name} and {self.key.name} in {self._home} together from one "
            "backup. To start over instead, move both files away: then all earlier uploads are forgotten, leads that "
            "were accepted can be sent again, and unknown rows can no longer be resolved."
        )

    def _is_first_use(self) -> bool:
        return not self.key.exists() and (self._new_key.exists() or not self.ledger.exists())

    def _open(self) -> tuple[Database, bytes]:
        key = self._read_key()
        if not self.ledger.exists():
            raise self.mismatch(f"it is missing, and its key {self.key} is there")
        with ExitStack() as opened:
            database = self._database(key, must_exist=True)
            opened.callback(database.close)
            if not self._is_made_with(key, database):
                raise self.mismatch(f"the key {self.key} is not the one that it was made with")
            opened.pop_all()
        return database, key

    def _database(self, key: bytes, *, must_exist: bool) -> Database:
        setup = _store_check(key)
        ways_out = self._ways_out()
        return Database(self.ledger, LEDGER_SCHEMA, must_exist=must_exist, setup=setup, if_damaged=ways_out)

    def _is_made_with(self, key: bytes, database: Database) -> bool:
        stored = database.read_one("SELECT value FROM meta WHERE name = 'key_check'")
        return stored is not None and hmac.compare_digest(stored, _check(key))

    def _read_key(self) -> bytes:
        if not self.key.exists():
            raise self.mismatch(f"its key {self.key} is missing")
        if self.key.is_dir():
            raise self.mismatch(f"its key {self.key} is a folder, not a file")
        key = self.key.read_bytes()
        if len(key) < KEY_SIZE:
            raise self.mismatch(f"its key {self.key} is {'too short' if key else 'empty'}")
        return key

    def _create(self) -> None:
        """Make both files, or finish what an interrupted first use began."""
        if not self._new_key.exists():
            self._write_key()
        key = self._new_key.read_bytes()
        database = self._database(key, must_exist=False)
        try:
            if not self._is_made_with(key, database):
                raise self.mismatch(f"its key {self.key} is missing")
            database.read_all("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            database.close()
        self._new_key.rename(self.key)
        _sync_folder(self._home)

    def _write_key(self) -> None:
        """Write the new key whole or not at all."""
        part = self._home / f".{secrets.token_hex(8)}.key"
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_SIZE))
            file.flush()
            os.fsync(file.fileno())
        part.rename(self._new_key)
        _sync_folder(self._home)


def _check(key: bytes) -> bytes:
    """Return what the ledger stores of its key: enough to recognize it, nothing to make fingerprints with."""
    return hmac.digest(key, CHECKED_TEXT, "sha256")


def _store_check(key: bytes) -> str:
    """Return the SQL that stores the check; a ledger of an older version gets that of the key beside it."""
    return f"INSERT OR IGNORE INTO meta VALUES ('key_check', x'{_check(key).hex()}');"  # noqa: S608


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; not possible on Windows."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
