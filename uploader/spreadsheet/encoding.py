"""Detect the encoding of a text file: by its byte-order mark, as UTF-8, or by its words."""

import codecs
from pathlib import Path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.core.unicode_text import MARKS, detect_unmarked_utf16
from uploader.spreadsheet.encoding_guess import SMALL_SIZE, check_not_accidental, guess_encoding, guess_escaped
from uploader.spreadsheet.encoding_ranking import ENCODINGS, ESCAPED
from uploader.spreadsheet.encoding_sample import READ_SIZE, Escapes, decode_file, take_sample
from uploader.spreadsheet.escaped_text import check_not_cut, find_escaped_word, is_utf_7


def detect_encoding(path: Path, asked: str | None) -> tuple[str, str]:
    """Return the encoding of a text file.

    Args:
        path: The file.
        asked: The encoding that the user chose, or None to detect it.

    Returns:
        A codec of Python, and a note for the user if it is a guess (otherwise "").

    Raises:
        TableError: The file has another encoding than was asked for, or it can't be detected.
    """
    if asked:
        return _check_asked(path, asked), ""
    with path.open("rb") as file:
        head = file.read(READ_SIZE)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return _check_marked(path, encoding), ""
    if wide := detect_unmarked_utf16(head):
        return _check_marked(path, wide), f"read as {wide}"
    try:
        escapes = decode_file(path, "utf-8")
    except UnicodeDecodeError as error:
        sample = take_sample(path)
        _check_not_mixed(sample.lines, path.name, error)
        guess = guess_encoding(path, sample)
    else:
        guess = _guess_ascii(path, escapes)
        if guess == "utf-8" and path.stat().st_size <= SMALL_SIZE:
            check_not_accidental(path)
    return (guess, "") if guess == "utf-8" else (guess, f"read as {guess}; if accents look wrong, set --encoding")


def _guess_ascii(path: Path, escapes: Escapes) -> str:
    """Return the encoding of a file in UTF-8 that may be another one, written in ASCII.

    Raises:
        TableError: A part of it is.
    """
    if escapes.has_east_asian and escapes.is_ascii and (guess := guess_escaped(path)) != "utf-8":
        return guess
    if escapes.has_plus and escapes.is_ascii and is_utf_7(path):
        return "utf-7"
    if word := find_escaped_word(path, escapes):
        raise TableError(
            f"{path.name} has {word.written[:40]!r}, which is {word.meant[:40]!r} in {word.encoding}.",
            "Export it again as CSV UTF-8. To send it as it is written, set --encoding utf-8.",
        )
    if escapes.has_cut_lines:
        check_not_cut(path)
    return "utf-8"


def _check_marked(path: Path, encoding: str) -> str:
    """Return the encoding that a file's mark stands for. Raises TableError if its bytes do not fit."""
    try:
        decode_file(path, encoding)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} begins like {encoding}, but {error.reason} is not {encoding}.", "Save it again as CSV UTF-8."
        ) from None
    return encoding


def _check_asked(path: Path, asked: str) -> str:
    """Return the encoding that the user chose. Raises TableError if it does not exist or fit."""
    try:
        if not codecs.lookup(asked)._is_text_encoding:  # such as hex, which turns bytes into bytes
            raise LookupError(asked)
        decode_file(path, asked)
    except LookupError:
        guess = did_you_mean(asked, ["utf-8", "utf-16", "utf-7", *ENCODINGS, *ESCAPED])
        raise TableError(f"--encoding {asked}: no such encoding{guess}", "utf-8 and cp1252 are common.") from None
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise TableError(
            f"{path.name}: the bytes are not {asked} ({reason}).", "Omit --encoding, or set another one."
        ) from None
    return "utf-8-sig" if asked.lower().replace("_", "-") in {"utf-8", "utf8"} else asked


def _check_not_mixed(lines: bytes, name: str, error: UnicodeDecodeError) -> None:
    """Raise TableError if most of a file is UTF-8: no other encoding would be right for that part."""
    text = lines.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken < sum(not char.isascii() and char != "\ufffd" for char in text):
        raise TableError(
            f"{name}: {error.reason} is not UTF-8, while most of the file is.",
            "Find the cell with � there, type it again and save the file as CSV UTF-8.",
        )
