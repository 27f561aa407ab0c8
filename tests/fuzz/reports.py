"""Reports that are mutated: as they were written, and as spreadsheet programs save them."""

import csv
import io
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

from tests.corpus.formats import write_ods
from uploader.core.model import Outcome, RowState
from uploader.report import HEAD, TAIL
from uploader.report.reader import PastReport
from uploader.spreadsheet import Table

RUN = "20261123-174501-3f9a"
_OUTCOMES = ("accepted", "rejected", "unknown", "invalid", "duplicate", "failed", "unsent", "skipped")
_AGAIN = frozenset(outcome for outcome in Outcome if outcome.is_retried)
_ACCEPTED = frozenset(range(2, 42, 8))


class Ledger:
    """Knows one run, of whose rows every eighth was accepted."""

    family = RUN

    def is_foreign(self, run: str) -> bool:
        return bool(run) and run != RUN

    def is_known(self, run: str) -> bool:
        return run == RUN

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        accepted = {row for row in rows if row in _ACCEPTED} if run == RUN else set()
        return {row: RowState(Outcome.ACCEPTED, lead_id=55_900 + row, status=201, attempts=1) for row in accepted}

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        found = [one - 55_900 for one in lead_ids if one - 55_900 in _ACCEPTED]
        return found[0] if run == RUN and len(found) == 1 else None

    def possibly_accepted(self, rows: Sequence[int]) -> set[int]:
        return _ACCEPTED.intersection(rows)


def report_seeds() -> list[bytes]:
    """Return a report as CSV with each delimiter, as xlsx of texts and of numbers, and as ods."""
    header = [*HEAD, "Email", "Phone", "Opt in", *TAIL]
    rows = [_row(number) for number in range(2, 42)]
    texts = [_csv([header, *rows], delimiter) for delimiter in ",;\t"]
    return [*texts, _xlsx([header, *rows], is_text=True), _xlsx([header, *rows], is_text=False), _ods([header, *rows])]


def _row(number: int) -> list[str]:
    outcome = _OUTCOMES[(number - 2) % 8]
    ids = str(55_900 + number) if outcome == "accepted" else ""
    cells = [str(number), outcome, "", "", f"ann.{number}@example.com", f"'+44770090{number:04}", "TRUE"]
    return [*cells, ids, "201", "1", "2026-11-23T17:45:01Z", RUN, "", "", ""]


def _csv(rows: Sequence[Sequence[str]], delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Sequence[str]], *, is_text: bool) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_numbers": not is_text, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("Report")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return stream.getvalue()


def _ods(rows: Sequence[Sequence[str]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.ods")
        write_ods(path, rows)
        return path.read_bytes()


def read_report(table: Table) -> None:
    """Read a file as a report. Raises AssertionError if a row would be sent that the ledger knows as accepted."""
    report = PastReport(table, _AGAIN, escaped=table.kind == "csv", earlier=Ledger())
    own_cells = (cells for cells, _ in report.rows())
    for batch in report.batches():
        for at, (number, cells) in enumerate(zip(batch.chunk.rows, own_cells, strict=False)):
            is_sent = at not in batch.settled and at not in batch.chunk.faults and at not in batch.foreign
            was_accepted = number in _ACCEPTED and cells["upload_run"] == RUN
            assert not (is_sent and was_accepted), f"row {number} would be sent again"
