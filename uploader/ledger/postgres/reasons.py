"""Reasons and hints: each is stored once, as few of them stand for many rows."""

from collections.abc import Iterable
from hashlib import sha256

from uploader.ledger.postgres.database import storable

# Stores those of a list (digests, texts, hints) that are new. Sorted, so that two transactions do not wait for each
# other. Together with what refers to them in one transaction: a purge drops reasons without a reference.
STORE = """
INSERT INTO reason (digest, text, hint)
SELECT * FROM unnest(%s::bytea[], %s::text[], %s::text[]) AS new (digest, text, hint) ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET text = excluded.text
"""

# The id of a reason by its digest; NULL for NULL.
ID = "(SELECT id FROM reason WHERE digest = %s)"

Reason = tuple[str, str]


def digest(text: str, hint: str) -> bytes:
    """Return what a reason is stored under."""
    return sha256(f"{storable(text)}\x1f{storable(hint)}".encode()).digest()[:16]


def columns(reasons: Iterable[Reason]) -> tuple[list[bytes], list[str], list[str]]:
    """Return the values of `STORE`."""
    stored = {digest(text, hint): (storable(text), storable(hint)) for text, hint in reasons}
    return list(stored), [text for text, _ in stored.values()], [hint for _, hint in stored.values()]
