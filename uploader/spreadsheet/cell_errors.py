"""Error values that spreadsheet programs show in cells."""

import re
from collections.abc import Mapping

# Errors by their numbers in both of Excel's binary formats ([MS-XLS] 2.5.10 BErr).
ERROR_CODES: Mapping[int, str] = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}

# The text of a cell whose formula was never calculated. No program shows this one.
UNCALCULATED = "#UNCALCULATED!"

# Error values of Excel in twelve languages, of LibreOffice and of Google Sheets, in lower case.
_ERRORS = """
    #n/a #ref! #value! #div/0! #name? #num! #null! #spill! #calc! #getting_data #field! #blocked! #connect! #unknown!
    #busy! #error! #nv #bezug! #wert! #zahl! #überlauf! #valeur! #nom? #nombre! #nul! #n/d #¡ref! #¡valor! #¡div/0!
    #¿nombre? #¡num! #¡nulo! #rif! #valore! #nome? #n/b #waarde! #naam? #getal! #leeg! #verw! #deel/0! #valor! #núm!
    #nome! #ref #adr! #n/d! #arg! #liczba! #nazwa? #zero! #saknas! #värdefel! #namn? #referens! #ogiltigt! #division/0!
    #i/t #reference! #værdi! #navn? #hodnota! #název? #počet!
"""
_ERROR_VALUES = frozenset(_ERRORS.split())
_ERROR_STARTS = ("#", "Err", "err", "ERR")  # a quick test that almost every other value fails
_OVERFLOW = re.compile(r"#{3,}|Err:\d{3}", re.IGNORECASE)


def is_error_value(value: str) -> bool:
    """Return whether a cell's text is an error of a spreadsheet program, or `####` for a column that is too narrow."""
    return value.startswith(_ERROR_STARTS) and bool(value.casefold() in _ERROR_VALUES or _OVERFLOW.fullmatch(value))
