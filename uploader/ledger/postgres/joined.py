"""The local ledgers that were moved into the team's: their leads have fingerprints of other keys.

Every machine must recognize these leads, so every machine needs these keys. They are in the database, but only
encrypted with the team's key, which is not: whoever has the database alone can make no fingerprint of any lead.
"""

import hmac

from uploader.ledger.postgres.database import Database
from uploader.ledger.records import LedgerError

KEY_SIZE = 32  # bytes; also the size of an HMAC-SHA256, which is what a key is encrypted with
CHECKED_TEXT = b"uploader: a key that was moved in"
SEALED_TEXT = b"uploader: seals the key "


class JoinedLedgers:
    """The table of these ledgers."""

    def __init__(self, database: Database, team_key: bytes) -> None:
        self._database = database
        self._team_key = team_key

    def numbers(self) -> list[int]:
        """Return the numbers of all of them."""
        return [number for (number,) in self._database.read_all("SELECT id FROM joined ORDER BY id")]

    def find(self, key: bytes) -> int | None:
        """Return the number of the ledger with this key, or None if it was not moved in."""
        found: int | None = self._database.read_one("SELECT id FROM joined WHERE key_check = %s", (check_of(key),))
        return found

    def add(self, key: bytes, host: str, who: str) -> int:
        """Record the ledger with this key, and return its number."""
        number = self._database.read_one(
            "INSERT INTO joined (key_check, sealed_key, host, who) VALUES (%s, %s, %s, %s) RETURNING id",
            (check_of(key), seal(self._team_key, key), host, who),
        )
        return int(number)

    def key(self, number: int) -> bytes:
        """Return the key of a ledger. Raises LedgerError if it cannot be decrypted: a guess would recognize nothing."""
        for check, sealed in self._database.read_all(
            "SELECT key_check, sealed_key FROM joined WHERE id = %s", (number,)
        ):
            return unseal(self._team_key, bytes(check), bytes(sealed))
        raise _unreadable()


def seal(team_key: bytes, key: bytes) -> bytes:
    """Return a key, encrypted: combined with an HMAC that only the team's key gives, and that no other key shares."""
    return _combine(key, _pad(team_key, check_of(key)))


def unseal(team_key: bytes, check: bytes, sealed: bytes) -> bytes:
    """Return the key that was sealed. Raises LedgerError if it is not the one that the check was made of."""
    if len(sealed) == KEY_SIZE:
        key = _combine(sealed, _pad(team_key, check))
        if hmac.compare_digest(check_of(key), check):
            return key
    raise _unreadable()


def _pad(team_key: bytes, check: bytes) -> bytes:
    return hmac.digest(team_key, SEALED_TEXT + check, "sha256")


def check_of(key: bytes) -> bytes:
    """Return what a key is recognized by; no fingerprint can be made with it."""
    return hmac.digest(key, CHECKED_TEXT, "sha256")


def _combine(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _unreadable() -> LedgerError:
    return LedgerError(
        "The team's ledger has a key of a moved ledger that cannot be read, so its leads cannot be recognized.",
        "Nothing was sent. Restore the team's ledger from a backup.",
    )
