"""Writing a report and its HTML page, and counting its rows on the way. Every report is written here."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from uploader.core.model import MAX_ROW, Outcome, parse_whole_number
from uploader.mapping.load import Mapping
from uploader.report import (
    HEAD,
    TAIL,
    ReportContext,
    ReportStatistics,
    XlsxLimitError,
    free_path,
    write_html_page,
    write_report,
)
from uploader.spreadsheet.column_names import find_column

NAME_FIELDS = ("firstName", "lastName", "fullName", "email")

ROW, OUTCOME = HEAD.index("upload_row"), HEAD.index("upload_outcome")
RUN, ATTEMPTS = TAIL.index("upload_run") - len(TAIL), TAIL.index("upload_attempts") - len(TAIL)


@dataclass
class RowTotals:
    """Counts the rows of a report as they pass.

    Attributes:
        outcomes: Number of rows by outcome.
        unknown_rows: Numbers of the rows with an unknown outcome, by the run that sent them.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    unknown_rows: dict[str, list[int]] = field(default_factory=dict)

    def counting(self, rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        """Yield the same rows, each counted before it is yielded."""
        for row in rows:
            outcome = Outcome(row[OUTCOME])
            self.outcomes[outcome] += 1
            was_sent = bool(row[ATTEMPTS])  # otherwise its lead was sent by another run
            if outcome is Outcome.UNKNOWN and was_sent and (number := parse_whole_number(row[ROW], MAX_ROW)):
                self.unknown_rows.setdefault(row[RUN], []).append(number)
            yield row


@dataclass(frozen=True)
class ReportContent:
    """What a report is made of.

    Attributes:
        columns: The input's own columns.
        rows: Makes the rows (HEAD, the input's columns, TAIL) from the start, each time it is called.
        context: What the summary and the page show beside the rows.
        delimiter: Of a CSV.
        is_escaped: Whether cells get the apostrophes of a CSV; None: a CSV does, an xlsx does not.
    """

    columns: Sequence[str]
    rows: Callable[[], Iterable[Sequence[str]]]
    context: ReportContext
    delimiter: str = ","
    is_escaped: bool | None = None


@dataclass(frozen=True)
class WrittenReport:
    """A report on disk: where it is, its page (None if there is none), and what its rows add up to."""

    path: Path
    page: Path | None
    totals: RowTotals
    statistics: ReportStatistics


def write_report_files(content: ReportContent, path: Path, *, with_page: bool = True) -> WrittenReport:
    """Write a report, and its HTML page beside it.

    Whether an xlsx can hold the rows shows only while they are written: if it can't, the report becomes a CSV beside
    `path`. A page that can't be written is left out: it is only for reading.

    Args:
        content: The rows, and what to show beside them.
        path: Where to write; the ending chooses CSV or xlsx.
        with_page: Also write the page.

    Returns:
        Where the report was written, and what its rows add up to.

    Raises:
        TableError: The input can't be read again.
        UploaderError: The report can't be written.
    """
    totals, statistics = RowTotals(), ReportStatistics(_name_places(content) if with_page else ())
    rows = statistics.counting(totals.counting(content.rows()))
    try:
        written = write_report(
            path, content.columns, rows, content.delimiter, content.context, is_escaped=content.is_escaped
        )
    except XlsxLimitError:
        as_csv = replace(content, is_escaped=None)
        return write_report_files(as_csv, free_path(path.with_suffix(".csv")), with_page=with_page)
    page = None
    if with_page:
        with suppress(OSError):
            page = write_html_page(statistics, replace(content.context, report=written))
    return WrittenReport(written, page, totals, statistics)


def write_failed_rows(content: ReportContent, path: Path, kind: str) -> Path:
    """Write a report with only the rows that did not get through, which a retry sends again; perhaps with none.

    Args:
        content: As for the whole report.
        path: Where to write.
        kind: The format of the whole report, by which the ledger knows how cells were escaped.

    Returns:
        Where it was written.

    Raises:
        TableError: The input can't be read again.
        UploaderError: It can't be written.
    """
    rows = (row for row in content.rows() if Outcome(row[OUTCOME]).is_retried)
    is_escaped = kind == "csv" if content.is_escaped is None else content.is_escaped
    try:
        return write_report(path, content.columns, rows, content.delimiter, content.context, is_escaped=is_escaped)
    except XlsxLimitError:
        return write_failed_rows(content, free_path(path.with_suffix(".csv")), kind)


def name_columns(mapping: Mapping) -> tuple[str, ...]:
    """Return the columns from which the lead's name and e-mail address come."""
    specs = [mapping.fields[name] for name in NAME_FIELDS if name in mapping.fields]
    return tuple(dict.fromkeys(spec.columns[0] for spec in specs if spec.columns))


def _name_places(content: ReportContent) -> list[int]:
    found = [find_column(name, content.columns) for name in content.context.name_columns]
    return [place for place in found if place is not None]


def count_rows(content: ReportContent) -> tuple[RowTotals, ReportStatistics]:
    """Return what the rows of a report add up to, without writing it."""
    totals, statistics = RowTotals(), ReportStatistics(_name_places(content))
    for _ in statistics.counting(totals.counting(content.rows())):
        pass
    return totals, statistics
