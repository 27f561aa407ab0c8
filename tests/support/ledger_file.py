"""The ledger's file, read and edited behind the ledger's back: to age runs, or to see what is stored."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw


def query_ledger(
    home: Path, sql: str, values: Sequence[Any] = (), file: str = "ledger.sqlite3"
) -> list[tuple[Any, ...]]:
    """Run one statement on the file of a ledger, open or not, and return its rows."""
    with closing(apsw.Connection(str(home / file))) as connection:
        connection.set_busy_timeout(5000)
        return connection.execute(sql, values).fetchall()


def restore_ledger(home: Path, dump: Path) -> None:
    """Make a ledger from a dump: its second line has the key of the fingerprints in hexadecimal digits."""
    text = dump.read_text("utf-8")
    home.mkdir(mode=0o700)
    (home / "fingerprint.key").write_bytes(bytes.fromhex(text.splitlines()[1].removeprefix("-- key: ")))
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        connection.execute(text)
