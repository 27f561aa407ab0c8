"""Number formats: what a cell with a number shows."""

import pytest

from uploader.spreadsheet.workbook.cell_text import formatted_text, number_text
from uploader.spreadsheet.workbook.number_format import Shows, parse_number_format


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("00000", 1234, "01234"),
        ("00000", -5, "-00005"),
        ("00000", 0, "00000"),
        ("00000", -0.0, "00000"),
        ("00000", 1234567, "1234567"),
        ("00000", 12.5, "12.5"),
        ("00000;-0000;0", -5, "-0005"),
        ("000.00", 5.5, "005.50"),
        ("000.00", 5.555, "5.555"),
        ("000-00", 5, "000-05"),
        ('"ID"0000', 42, "ID0042"),
        ("\\I\\D0000", 42, "ID0042"),
        ('0#" "##" "##" "##" "##', 612345678, "06 12 34 56 78"),
        ("[>5]0000;0", 7, "0007"),
        ("[>5]0000;0", 3, "3"),
        ("#,##0", 1234567, "1234567"),
        ("# ##0", 1234567, "1234567"),
        ("[$€-407]00", 5, "5"),
        ("0#########", 123456789, "0123456789"),
        ("0#########", 447700900123, "447700900123"),
        ("00%", 0.5, "0.5"),
        ("General", 0.1 + 0.2, "0.3"),
        ("yyyy-mm-dd", 60, "1900-02-28"),
        ("yyyy-mm-dd", 61, "1900-03-01"),
        ("yyyy-mm-dd", 3_000_000, "3000000"),
        ("[mm]:ss", 1.5, "36:00:00"),
        ("", 5, "5"),
        ('"Yes";"No";"None"', 1, "Yes"),
        ('"Yes";"No";"None"', -1, "No"),
        ('"Yes";"No";"None"', 0, "None"),
        ('"TRUE";"TRUE";"FALSE"', 2, "TRUE"),
        ('[=1]"Yes";[=0]"No";', 0, "No"),
        ("[>0]0;[<0]-0;", 0, ""),
        ("0;-0;;@", 0, ""),
        ("#,##0.00;-#,##0.00;", 0, ""),
        ("#,##0.00;-#,##0.00;", 1250, "1250"),
        ("[=0]?;[<4.16666666666667][hh]:mm:ss;[hh]:mm", 0, ""),
        ("[=0]?;[<4.16666666666667][hh]:mm:ss;[hh]:mm", 9 / 86_400, "00:00:09"),
        ("[=0]?;[<4.16666666666667][hh]:mm:ss;[hh]:mm", 5, "120:00:00"),
        ('[=0]"";dd/mm/yyyy', 0, ""),
        ('[=0]"";dd/mm/yyyy', 45352, "2024-03-01"),
        ("[<1]hh:mm;dd/mm/yyyy", 0.5, "12:00:00"),
        ("[<1]hh:mm;dd/mm/yyyy", 45352, "2024-03-01"),
        ("[>1]0;[<0]d/m/yy", 0.5, "0.5"),
        ("hh:mm;@", 0.5, "12:00:00"),
        ("#", 0, ""),
        ("#", 7, "7"),
        ("?", 0, ""),
        ("#.##", 0, ""),
        ("#.00", 0, "0"),
        ("#,###", 0, ""),
        ("#,###.##", 0, ""),
        ("#,###;-#,###", 0, ""),
        ("[Red]#,###", 0, ""),
        ("_-* #,###_-", 0, ""),
        ("#,", 0, ""),
        ("# ###", 0, ""),
        ("#,###", 1234567, "1234567"),
        ("#,###.00", 0, "0"),
        ("#,##0", 0, "0"),
        ("# ##0", 0, "0"),
        ("#%", 0, "0"),
        ("$#,###", 0, "0"),
        ("[>=1000]#,##0;000", 5, "005"),
        ("[>=1000]#,##0;000", 1000, "1000"),
        ('"Yes"', -1, "-Yes"),
        ('"Yes"', 0, "Yes"),
        ('"Yes";@', -1, "-Yes"),
        ('"Yes";"No";@', 0, "Yes"),
        ("00000;@", -5, "-00005"),
        ("0;-0;@", 0, "0"),
        ("@", -5, "-5"),
        ("[Red]", 0, "0"),
        ('[=0]"";0', 0, ""),
        ('[=0]"";0', 3, "3"),
        ("0", 0, "0"),
        (";;;", 5, "5"),
        (";;;", 0, "0"),
        ('General;-General;"n/a"', 0, "n/a"),
        ('General;-General;"n/a"', 7, "7"),
        ('_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-', 0, "0"),
        ('_-* #,##0\\ "kr"_-;-* #,##0\\ "kr"_-;_-* "-"\\ "kr"_-;_-@_-', 0, "0"),
        ('_ [$CHF]\\ * #,##0_ ;_ [$CHF]\\ * -#,##0_ ;_ [$CHF]\\ * "-"_ ;_ @_ ', 0, "0"),
    ],
)
def test_number_is_shown_as_in_the_spreadsheet(code: str, value: float, text: str) -> None:
    assert formatted_text(float(value), parse_number_format(code)) == text


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("d. mmmm yyyy", Shows.DATE),
        ("[$-F800]dddd\\,\\ mmmm", Shows.DATE),
        ("h:mm AM/PM", Shows.TIME),
        ("mm:ss.0", Shows.TIME),
        ("[Blue][h]:mm", Shows.DURATION),
        ('0"d"', Shows.NUMBER),
        ("\\d0", Shows.NUMBER),
        ("[Red]0", Shows.NUMBER),
        ("0.00E+00", Shows.NUMBER),
        ("General", Shows.NUMBER),
    ],
)
def test_letters_of_a_format_tell_dates_from_numbers(code: str, shows: Shows) -> None:
    assert parse_number_format(code).shows is shows


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e15, "1E+15"), (999_999_999_999_999.0, "999999999999999"), (5e-5, "0.00005"), (-0.0, "0"), (1e300, "1E+300")],
)
def test_number_has_fifteen_digits_at_most(value: float, text: str) -> None:
    assert number_text(value) == text
