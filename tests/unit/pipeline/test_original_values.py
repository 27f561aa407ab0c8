"""What a program did to the rows of a report is seen by the file that was uploaded, if it is still there."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.runs import a_run
from uploader.core.model import Problem
from uploader.ledger import Ledger, open_ledger
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline import original_values
from uploader.pipeline.original_values import OriginalValues
from uploader.report.lead_matcher import SentRow
from uploader.spreadsheet import Chunk

MAPPING = "version: 1\nfields:\n  email: {from: Email}\n  phone: {from: Phone}\n"
COLUMNS = ("Note", "Phone", "Email")  # of the report; in another order than in the file
MAPPER = RowMapper([FieldPlan("phone", Columns((1,))), FieldPlan("email", Columns((2,)))], COLUMNS)
FILE = (
    "Email,Phone,Note,Gone\nann@example.com,07700900123,007,x\nbob@example.com,+44 7700 900124,00,y\n"
    "cem@example.com,7700900125,z,shifted,1\n"
)

Compared = Callable[..., OriginalValues]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        yield ledger


@pytest.fixture
def compared(ledger: Ledger, tmp_path: Path) -> Compared:
    """Compare with a file that was uploaded as run "one"."""

    def compare(content: str = FILE, columns: tuple[str, ...] = COLUMNS, mapper: RowMapper = MAPPER, **facts: object):
        path = tmp_path / "leads.csv"
        path.write_text(content)
        digest = sha256(content.encode()).hexdigest()
        run = replace(a_run("one"), file=str(path), sha256=digest, mapping=MAPPING, **facts)
        ledger.runs.start(run)
        return OriginalValues(ledger, "one", columns, mapper)

    return compare


def chunk(*rows: tuple[str, str, str], numbers: list[int] | None = None) -> Chunk:
    return Chunk(numbers or list(range(2, 2 + len(rows))), [list(column) for column in zip(*rows, strict=True)])


AS_SENT = chunk(
    ("007", "07700900123", "ann@example.com"), ("00", "+44 7700 900124", "bob@example.com"),
    ("other", "7700900125", "cem@example.com"),
)  # fmt: skip
STRIPPED = chunk(
    ("7", "7700900123", "ann@example.com"), ("0", "447700900124", "bob@example.com"), ("z", "1", "c@d.example")
)


def texts(found: dict[int, Problem]) -> dict[int, str]:
    return {at: problem.text for at, problem in found.items()}


def test_stripped_zeros_and_plus_signs_are_found_in_rows_that_are_sent(compared: Compared) -> None:
    check = compared()
    assert check(AS_SENT, [0, 1, 2], {}) == {}
    assert texts(check(STRIPPED, [0, 1, 2], {})) == {
        0: "column 'Phone': '7700900123' was '07700900123' in the file that was uploaded",
        1: "column 'Phone': '447700900124' was '+44 7700 900124' in the file that was uploaded",
    }
    assert list(check(STRIPPED, [1], {})) == [1]
    assert check(STRIPPED, [], {}) == {}
    (problem,) = check(STRIPPED, [0], {}).values()
    assert problem.hint.startswith("Format the column as text and type the value again")


@pytest.mark.parametrize(
    "phone",
    ["07700900123", " 07700900123 ", "7700900124", "700900123", "7700900123x", "", "x", "0770090012", "77009001230"],
)
def test_only_a_number_that_lacks_its_beginning_was_stripped(compared: Compared, phone: str) -> None:
    assert compared()(chunk(("", phone, "ann@example.com")), [0], {}) == {}


def test_stripped_cell_that_changes_nothing_that_is_sent_does_not_matter(compared: Compared) -> None:
    check = compared()
    assert check(chunk(("7", "07700900123", "ann@example.com")), [0], {}) == {}  # a note, which is not sent


def test_first_of_several_stripped_cells_is_named(compared: Compared) -> None:
    mapper = RowMapper([FieldPlan("a", Columns((0,))), FieldPlan("b", Columns((1,)))], COLUMNS)
    found = compared(mapper=mapper)(STRIPPED, [0, 1], {})
    assert texts(found)[0] == "column 'Note': '7' was '007' in the file that was uploaded"
    assert texts(found)[1].startswith("column 'Phone'")  # 0 in place of 00 is nothing without its zeros


def test_shifted_row_stays_invalid_until_a_cell_of_it_is_corrected(compared: Compared) -> None:
    check = compared()
    as_read = chunk(("z", "7700900125", "CEM@example.com"), numbers=[4])
    (problem,) = check(as_read, [0], {}).values()
    assert "header" in problem.text
    assert problem.hint.startswith("Correct the cells of this row: a cell without quotes")
    assert check(chunk(("z, shifted", "7700900125", "cem@example.com"), numbers=[4]), [0], {}) == {}
    assert check(chunk(("z", "7700900125", "cem@example.com"), numbers=[3]), [0], {}) == {}


def test_reason_that_cannot_be_compared_stays(compared: Compared, tmp_path: Path) -> None:
    check = compared()
    assert check(AS_SENT, [0, 1], {1: "2 cells more", 2: "1 cell more"}) == {
        2: Problem("1 cell more", original_values._UNCOMPARED_HINT)  # a row of another upload
    }
    assert texts(check(AS_SENT, [], {0: "1 cell more"})) == {0: "1 cell more"}
    assert check(AS_SENT, [], {}) == {}


@pytest.mark.parametrize("change", ["gone", "changed", "unknown run", "purged"])
def test_without_the_uploaded_file_nothing_is_compared(ledger, compared: Compared, tmp_path: Path, change: str) -> None:
    check = compared()
    if change == "gone":
        (tmp_path / "leads.csv").unlink()
    elif change == "changed":
        (tmp_path / "leads.csv").write_text(FILE + "dan@example.com,1,2,3\n")
    elif change == "purged":
        ledger.runs.finish("one", {}, None)
        ledger.runs.start(a_run("two", "one"))  # keeps the family
        ledger.retention.purge(4e9, [], forget_leads=False)
    else:
        check = replace(check, family="none")
    assert check(STRIPPED, [0, 1], {1: "1 cell more"}) == {1: Problem("1 cell more", original_values._UNCOMPARED_HINT)}
    assert check.changed_rows(STRIPPED, {0: SentRow(check.family, 2)}) == set()


def test_changes_are_those_of_words_in_cells_that_are_sent(compared: Compared) -> None:
    check = compared()
    rows = {at: SentRow("one", 2 + at) for at in range(3)}
    assert check.changed_rows(AS_SENT, rows) == set()
    assert check.changed_rows(STRIPPED, rows) == {1, 2}
    in_form = chunk(("", "7700900123", "ANN@example.com"), ("", "00900124 +44 7700", "bob @ example . com"))
    assert check.changed_rows(in_form, {0: rows[0]}) == set()
    assert check.changed_rows(in_form, {1: rows[1]}) == set()
    assert check.changed_rows(STRIPPED, {2: SentRow("retry", 4)}) == set()  # it was corrected before that
    assert check.changed_rows(STRIPPED, {2: SentRow("one", 99)}) == set()
    assert check.changed_rows(STRIPPED, {}) == set()


@pytest.mark.parametrize(("size", "is_read"), [(len(FILE), True), (len(FILE) - 1, False)])
def test_large_file_is_not_read_for_a_warning_alone(compared: Compared, monkeypatch, size: int, is_read: bool) -> None:
    monkeypatch.setattr(original_values, "MAX_FILE_SIZE", size)
    check = compared()
    assert bool(check.changed_rows(STRIPPED, {2: SentRow("one", 4)})) is is_read
    assert check(STRIPPED, [0], {})  # rows that are sent are compared even so


@pytest.mark.parametrize(("name", "least"), [("MAX_KEPT_CELLS", 6), ("MAX_CELLS", 4), ("MAX_SHIFTED", 1)])
def test_what_is_kept_in_memory_is_bounded(compared: Compared, monkeypatch, name: str, least: int) -> None:
    def found(limit: int) -> tuple[bool, bool, bool]:
        monkeypatch.setattr(original_values, name, limit)
        check = replace(one)
        as_read = chunk(("z", "7700900125", "cem@example.com"), numbers=[4])
        hint = next(iter(check(as_read, [0], {0: "x"}).values())).hint
        is_changed = bool(check.changed_rows(STRIPPED, {2: SentRow("one", 4)}))
        return is_changed, 0 in check(STRIPPED, [0], {}), hint == original_values._SHIFTED_HINT

    one = compared()
    assert found(least) == (True, True, True)
    expected = {
        "MAX_KEPT_CELLS": (False, True, True),
        "MAX_CELLS": (True, False, True),
        "MAX_SHIFTED": (True, True, False),
    }
    assert found(least - 1) == expected[name]


def test_report_that_was_uploaded_is_no_original(compared: Compared) -> None:
    content = "upload_row,upload_outcome,upload_run,Email,Phone\n2,unsent,,ann@example.com,07700900123\n"
    check = compared(content, ("Phone", "Email"), RowMapper([FieldPlan("phone", Columns((0,)))], ("Phone", "Email")))
    assert check(Chunk([2], [["7700900123"], ["ann@example.com"]]), [0], {}) == {}
