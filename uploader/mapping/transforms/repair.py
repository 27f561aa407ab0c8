"""What spreadsheets and exports do to a value: repaired where that leaves no doubt, told where it is lost."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted
from uploader.mapping.transforms.mojibake import decode_again
from uploader.spreadsheet.cell_errors import UNCALCULATED, is_error_value

Step = tuple[Callable[[str], str], str]  # what mends, and how a note tells of it

NON_BREAKING = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))

# Zero-width space, word joiner, byte-order mark and marks of direction anywhere. The two joiners
# only beside Latin letters or at an end: in Persian, Hindi and emoji they mean something.
_LATIN = "\u0000-\u024f"
_INVISIBLE = re.compile(
    "[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    f"|[\u200c\u200d](?=[{_LATIN}]|$)|(?<![^{_LATIN}])[\u200c\u200d]"
)

_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_AROUND_ADDRESS = " \t\r\n'\"‘’“”„«».,;:"
_BARE_ADDRESS = re.compile(r"\w[\w.+-]*@[\w.-]*\w", re.ASCII)
_NAMED_ADDRESS = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_WHOLE = re.compile(r"(\+?\d+)\.0+", re.ASCII)
_SCIENTIFIC = re.compile(r"\+?(\d)(?:[.,](\d+))?E\+(\d{1,3})", re.ASCII | re.IGNORECASE)


def repair(value: str) -> tuple[str, tuple[str, ...]]:
    """The value without damage that is reversible beyond doubt, and a note on each repair. ASCII text stays."""
    return (value, ()) if value.isascii() and not value.lstrip().startswith("=") else _repaired(value, STEPS)


def repair_email(value: str) -> tuple[str, tuple[str, ...]]:
    """Like `repair`, and takes off what is around an address: `mailto:`, a display name, quotes, full stops."""
    if _BARE_ADDRESS.fullmatch(value):
        return value, ()
    return _repaired(value, EMAIL_STEPS)


def damaged(value: str) -> InvalidValue | None:
    """Why a value is beyond repair: a spreadsheet's error value, or a character that was lost.

    Names such as `Null` or `NA` are none.
    """
    value = value.strip()
    if value.upper() == UNCALCULATED:
        return InvalidValue(
            f"{quoted(value)} stands for a formula that was never calculated",
            "Open the workbook in the spreadsheet program, save it there, and give that one",
        )
    if is_error_value(value):
        return InvalidValue(
            f"{quoted(value)} is a spreadsheet's error, not a value",
            "Mend the formula or the column, or empty the cell",
        )
    if "\ufffd" in value:
        return InvalidValue(
            f"{quoted(value)} has lost a character (�)", "Type it again, or export the file anew as CSV UTF-8 or xlsx"
        )
    return None


def digits_lost(value: str) -> InvalidValue | None:
    """Why a number's digits are lost: rounded to scientific notation, as in `4.47E+11`. For number-like fields only."""
    match = _SCIENTIFIC.fullmatch(value.strip())
    if match is None or len(match[2] or "") >= int(match[3]):
        return None
    return InvalidValue(
        f"{quoted(value)} is a number that the spreadsheet rounded: its last digits are lost",
        "Format the column as text, fill it again from its source, and save",
    )


def whole_number(value: str) -> str:
    """`447700900123.0` and `4.47700900123E+11` -> `447700900123`; any other text stays."""
    tail = _WHOLE.fullmatch(value)
    if tail:
        return tail[1]
    match = _SCIENTIFIC.fullmatch(value)
    if match:
        decimals, exponent = match[2] or "", int(match[3])
        if len(decimals) >= exponent and not decimals[exponent:].strip("0"):
            return match[1] + decimals[:exponent]
    return value


def _repaired(value: str, steps: Sequence[Step]) -> tuple[str, tuple[str, ...]]:
    """Takes the steps again and again, as one can uncover work for another, until nothing changes."""
    notes: list[str] = []
    before = None
    while value != before:
        before = value
        for step, what in steps:
            mended = step(value)
            if mended.strip() != value.strip():
                notes.append(f"{quoted(mended)} {what}; mended")
            value = mended
    return value, tuple(dict.fromkeys(notes))


def _unwrapped(value: str) -> str:
    """`="01067"`, by which some programs keep Excel from taking a zero away, is `01067`."""
    match = _WRAPPED.fullmatch(value.strip())
    return match[1].replace('""', '"') if match else value


def _joined(value: str) -> str:
    return unicodedata.normalize("NFC", value)


def _visible(value: str) -> str:
    return _INVISIBLE.sub("", value)


def _unhyphenated(value: str) -> str:
    return value.replace("\u00ad", "")


def _spaced(value: str) -> str:
    return value.translate(NON_BREAKING)


def _bare_address(value: str) -> str:
    text = value.strip(_AROUND_ADDRESS)
    named = _NAMED_ADDRESS.fullmatch(text)
    if named:
        text = named[1]
    if text[:7].lower() == "mailto:":
        text = text[7:].split("?")[0]
    return text.replace("＠", "@") if text else value


# In the wrong encoding, soft hyphens and non-breaking spaces can be the second half of a letter: these wait.
STEPS: Sequence[Step] = (
    (_unwrapped, "was wrapped as a formula"),
    (_visible, "had invisible characters in it"),
    (decode_again, "was read in the wrong encoding"),
    (_joined, "had letters and their accents apart"),
    (_unhyphenated, "had soft hyphens in it"),
    (_spaced, "had non-breaking spaces in it"),
)
EMAIL_STEPS: Sequence[Step] = (*STEPS, (_bare_address, "had something around the address"))
