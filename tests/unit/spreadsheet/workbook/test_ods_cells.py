"""Cells of ods workbooks: the value, unless what LibreOffice displays is the value."""

import pytest

from uploader.spreadsheet.workbook.ods_cells import OFFICE, cell_text


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        ("7", "00007", "00007"),
        ("0", "00000", "00000"),
        ("-5", "-00005", "-00005"),
        ("7", "+7", "+7"),
        ("7", "+44 7", "+44 7"),
        ("-5", "-+44 5", "-+44 5"),
        ("7", "No. 7", "No. 7"),
        ("42", "ID-42", "ID-42"),
        ("123456789", "001.234.567-89", "001.234.567-89"),
        ("123456789", "0123456789", "0123456789"),
        ("123456789", "12345-6789", "12345-6789"),
        ("7", "007.000", "007.000"),
        ("12.5", "012.500", "012.500"),
        ("12.5", "00013", "12.5"),
        ("1234567", "1,234,567", "1234567"),
        ("1234567", "1 234 567", "1234567"),
        ("1234567", "1.234.567", "1234567"),
        ("1234567", "1’234’567", "1234567"),
        ("1234567", "12,34,567", "1234567"),
        ("-5", "(5)", "-5"),
        ("5", "(5)", "5"),
        ("-5", "-    5", "-5"),
        ("5", "5.00", "5"),
        ("0", "0.00", "0"),
        ("0", "0,0", "0"),
        ("0", "0E+00", "0"),
        ("123456", "1.23E+05", "123456"),
        ("5", "5 kg", "5"),
        ("5", "€ 05", "5"),
        ("5", "05%", "5"),
        ("1", "Yes", "Yes"),
        ("0", "- kr", "0"),
        ("0", "-", "0"),
        ("0", "", "0"),
        ("1", "WAHR", "TRUE"),
    ],
)
def test_number_is_the_value_unless_its_display_is(value: str, shown: str, text: str) -> None:
    assert cell_text({f"{OFFICE}value-type": "float", f"{OFFICE}value": value}, shown) == text


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        ("PT09H15M00S", "09:15", "09:15:00"),
        ("PT36H30M00S", "36:30", "36:30:00"),
        ("PT36H30M00S", "2190:00", "36:30:00"),
        ("PT36H30M00S", "36 h 30 min", "36:30:00"),
        ("PT36H30M00S", None, "36:30:00"),
        ("PT36H30M00S", "12:30", "12:30:00"),
        ("PT24H24M00S", "0:24", "00:24:00"),
        ("PT23H59M59.9136S", "23:59", "00:00:00"),
        ("PT23H59M59.9136S", "24:00", "24:00:00"),
        ("PT1088458H0-1M59.999994133S", "9:59", "10:00:00"),
        ("PT1088448H00M00S", "12:00 AM", "00:00:00"),
        ("-PT12H00M00S", "-12:00", "-12:00:00"),
        ("P1DT2H", "26:00", "26:00:00"),
        ("soon", "10:00", "10:00"),
    ],
)
def test_time_is_what_the_clock_shows_and_a_duration_has_all_its_hours(
    value: str, shown: str | None, text: str
) -> None:
    assert cell_text({f"{OFFICE}value-type": "time", f"{OFFICE}time-value": value}, shown) == text
