"""Error values that spreadsheet programs put into cells."""

from collections.abc import Mapping

# Error values as numbers, in both of Excel's binary formats ([MS-XLS] 2.5.10 BErr).
ERROR_VALUES: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


UNCALCULATED = "#UNCALCULATED!"  # what the reader of workbooks puts for a formula without a value
