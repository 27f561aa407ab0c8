"""What is shown about rows before they are sent: duplicates, rows without consent, likely later findings."""

from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv

RESULT_HINTS = "The platform may accept these leads and find them invalid later:"


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def output_of(command, rows: list[list[str]], *words: object, name: str = "leads.csv") -> str:
    ran = command(*(words or ("check",)), write_csv(Path(name), rows), "-m", "map.yaml")
    return ran.err


def test_quality_warnings_are_shown_before_sending(command, platform) -> None:
    platform()
    rows = people(8)
    for row, name in ((1, "Bll"), (2, "Krk"), (4, "Bll")):
        rows[row][1] = name
    rows[3][0] = "Test"
    rows[5][1:3] = "Bll", "no address"  # is not sent, so it has no warning; nor has the next
    rows[6][1:3] = "Bll", rows[1][2]
    expected = [
        RESULT_HINTS,
        "  3 × lastName: '…' has no vowels (row 3, 4, 6)",
        "  1 × firstName: 'Test' has the word “test” (row 5)",
    ]
    for way in ("check", "upload"):
        lines = output_of(command, rows, way).splitlines()
        assert lines[(begin := lines.index(RESULT_HINTS)) : begin + 3] == expected


@pytest.mark.parametrize("quality", ["off", "platform"])
def test_quality_warnings_follow_the_mapping(command, platform, quality) -> None:
    platform()
    Path("map.yaml").write_text(f"{MAPPING}quality: {quality}\n")
    rows = people(2)
    rows[0][1] = "Bll"
    assert RESULT_HINTS not in output_of(command, rows)


def test_large_file_is_not_read_twice_for_warnings(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setattr("uploader.pipeline.row_cache.CELLS", 10)
    rows = people(9)
    rows[0][1] = "Bll"
    assert RESULT_HINTS not in output_of(command, rows, "check", "--report", "report.csv")
    assert "has no vowels" in read_report(Path("report.csv"))[0]["upload_warnings"]


def test_duplicates_are_listed(command, platform) -> None:
    platform()
    output_of(command, people(2), "upload", name="before.csv")
    rows = people(9)
    rows[5][2] = rows[4][2].upper()
    text = output_of(command, rows)
    assert "  2 × duplicate: already accepted (row 2, 3)\n" in text
    assert "  1 × duplicate: the same lead as row 6 of this file (row 7)\n" in text
    rows = [*people(9), *people(9)[2:]]
    assert "  7 × duplicate: the same lead as an earlier row of this file (row 11, 12, 13, 14, 15, …)\n" in output_of(
        command, rows
    )


def test_rows_without_consent_are_counted(command, platform) -> None:
    """A consent, perhaps: whether such leads may go is for a person to say."""
    platform()
    Path("map.yaml").write_text(
        MAPPING.replace("fields:\n", "fields:\n  optIn: {column: Phone, transform: [boolean]}\n")
    )
    rows = people(6)
    for row, answer in zip(rows, ("yes", "no", "", "n", "yes", "no"), strict=True):
        row[3] = answer
    rows[5][2] = "no address"
    assert "  note: 3 rows to send: optIn is no or empty\n" in output_of(command, rows)


@pytest.mark.parametrize("flags", [(), ("-q",)])
def test_unmapped_fields_are_warned_of(command, platform, flags) -> None:
    """Also with --quiet: every lead would be accepted, and then found invalid."""
    platform()
    text = output_of(command, people(1), "check", *flags)
    assert "Warning: 10 of the form's 16 fields are not mapped (" in text
    assert "…), and the platform will probably mark every lead with 3 or more empty fields as invalid" in text
    Path("map.yaml").write_text(f"{MAPPING}quality: off\n")
    assert "are not mapped" not in output_of(command, people(1), "check", *flags)
