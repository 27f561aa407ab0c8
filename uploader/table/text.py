"""How a text file is written: its encoding and its delimiter."""

import codecs
import csv
import io
import re
from collections.abc import Collection
from pathlib import Path

from uploader.errors import TableError
from uploader.suggest import did_you_mean
from uploader.table.header import header_row, held

# Enough of a file to see how it is written: bytes.
SAMPLE = 256 * 1024

DELIMITERS = (",", ";", "\t", "|")

# What a byte-order mark says; the longer ones first.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# What spreadsheet programs write on systems all over the world, beside UTF-8.
LIKELY = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "mac_roman",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
]


def encoding_of(path: Path, asked: str | None) -> tuple[str, str]:
    """The encoding of a file, and a note about a guess (or ""). Raises TableError when it can't be told."""
    if asked:
        return _asked(path, asked), ""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding, ""
    try:
        _decode_all(path, "utf-8")
    except UnicodeDecodeError:
        guess = _guess(head, path.name)
        return guess, f"read as {guess}; if accents look wrong, say --encoding"
    return "utf-8", ""


def _decode_all(path: Path, encoding: str) -> int:
    """Decodes a file to its end, a piece at a time; how many lines it has. Raises UnicodeDecodeError, LookupError."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while piece := file.read(SAMPLE):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                error.reason = f"line {lines + piece.count(10, 0, error.start)}"
                raise
            lines += piece.count(10)
    decoder.decode(b"", final=True)
    return lines


def _asked(path: Path, asked: str) -> str:
    try:
        _decode_all(path, asked)
    except LookupError:
        guess = did_you_mean(asked, ["utf-8", "utf-16", *LIKELY])
        raise TableError(
            f"--encoding {asked}: there is no such encoding{guess}", "utf-8 and cp1252 are common."
        ) from None
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name}: the bytes are not {asked} ({error.reason}).", "Leave --encoding out, or give another."
        ) from None
    return "utf-8-sig" if asked.lower().replace("_", "-") in {"utf-8", "utf8"} else asked


def _guess(data: bytes, name: str) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for files that are not UTF-8

    best = from_bytes(data, cp_isolation=LIKELY).best()
    if best is None:
        raise TableError(
            f"{name}: its encoding can't be told.", "Save it as UTF-8 (in Excel: CSV UTF-8), or say --encoding."
        )
    return str(best.encoding)


def separator_line(text: str) -> tuple[str | None, str]:
    """A first line `sep=;` as spreadsheet programs read it: (the delimiter, the text after the line)."""
    match = re.match(r"\"?sep=(.)\"?(\r\n|\r|\n|$)", text, re.IGNORECASE)
    return (match[1], text[match.end() :]) if match else (None, text)


def delimiter_of(text: str, wanted: Collection[str]) -> str:
    """The delimiter that gives the wanted columns, else the one that cuts the first rows most evenly."""
    found: dict[str, list[list[str]]] = {}
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            found[delimiter] = [row for row, _ in zip(reader, range(40), strict=False) if row]
        except csv.Error:
            continue
    for delimiter, rows in found.items():
        place = header_row(rows, wanted)
        if wanted and place is not None and held(rows[place], wanted):
            return delimiter
    return max(found, key=lambda delimiter: _evenness(found[delimiter]), default=",")


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """How many rows have the most common width of two or more, then that width."""
    widths = [len(row) for row in rows]
    common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return (widths.count(common) / len(widths) if common > 1 else 0.0, common)
