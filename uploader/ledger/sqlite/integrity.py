"""Whether the ledger's indexes can be trusted: a lead that an index does not find looks new, and would be sent again.

SQLite notices a damaged page when it reads it, but not an index that lacks entries. A full check takes 3 seconds for a
million attempts, so a large ledger is checked by counting entries and by looking some attempts up.
"""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from uploader.ledger.sqlite.database import Database

# Attempts up to which everything is checked: it takes 0.2 seconds.
FULL_CHECK = 50_000

# Attempts of a larger ledger that are looked up in the indexes.
SAMPLE = 1000

# Entries in a table and in its index, for each index.
COUNTS = """
SELECT (SELECT count(*) FROM attempt NOT INDEXED),
       (SELECT count(*) FROM attempt INDEXED BY attempt_row WHERE run >= ''),
       (SELECT count(*) FROM attempt NOT INDEXED WHERE fingerprint IS NOT NULL),
       (SELECT count(*) FROM attempt INDEXED BY attempt_fingerprint WHERE fingerprint IS NOT NULL),
       (SELECT count(*) FROM answer NOT INDEXED WHERE lead_id IS NOT NULL),
       (SELECT count(*) FROM answer INDEXED BY answer_lead_id WHERE lead_id IS NOT NULL)
"""

# Attempts of a list of ids (?1) that an index does not find.
NOT_FOUND = """
SELECT count(*) FROM json_each(?1) AS wanted CROSS JOIN attempt AS stored NOT INDEXED ON stored.id = wanted.value
WHERE NOT EXISTS (SELECT 1 FROM attempt AS found INDEXED BY attempt_row
                  WHERE found.run = stored.run AND found.row = stored.row AND found.id = stored.id)
OR stored.fingerprint IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM attempt AS found INDEXED BY attempt_fingerprint
    WHERE found.fingerprint = stored.fingerprint AND found.id = stored.id)
"""


class IndexCheck:
    """Checks the indexes once, before the first question about leads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_done = False

    def run(self) -> None:
        """Raise DamagedFileError if an index does not fit its table."""
        if not self._is_done:
            self._require_none(_find_problem(self._database))
            self._is_done = True

    @contextmanager
    def run_meanwhile(self) -> Iterator[None]:
        """Check a large ledger while the block asks its questions, whose answers count only if the block ends well.

        With five million attempts the check takes half a second, in which SQLite needs no Python.

        Raises:
            DamagedFileError: At the end of the block, and in place of what else it raises.
        """
        if self._is_done or self._database.path == Path() or _count(self._database) <= FULL_CHECK:
            yield
            return
        with ThreadPoolExecutor(1) as thread:
            checked = thread.submit(self._find_problem_apart)
            self._is_done = True
            try:
                yield
            except Exception:
                self._require_none(checked.result())
                raise
            finally:
                self._is_done = False  # unless the rest says so
            self._require_none(checked.result())
            self._is_done = True

    def _find_problem_apart(self) -> str:
        with closing(self._database.reopened()) as database:
            return _find_problem(database)

    def _require_none(self, problem: str) -> None:
        if problem:
            raise self._database.damaged(problem)


def _count(database: Database) -> int:
    return int(database.read_one("SELECT coalesce(max(id), 0) FROM attempt"))


def _find_problem(database: Database) -> str:
    attempts = _count(database)
    (counts,) = database.read_all(COUNTS)
    if counts[::2] != counts[1::2]:
        return "an index lacks attempts"
    if attempts <= FULL_CHECK:
        checks = [f"PRAGMA integrity_check({table})" for table in ("attempt", "answer")]
        found = [text for check in checks for (text,) in database.read_all(check) if text != "ok"]
        return str(found[0]) if found else ""
    sample = random.sample(range(1, attempts + 1), SAMPLE)
    return "an index does not find attempts" if database.read_one(NOT_FOUND, (str(sample),)) else ""
