"""Detect the encoding of a text file: by its byte-order mark, as UTF-8, or by its words."""

import codecs
import math
from pathlib import Path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.spreadsheet.letter_frequencies import ENCODINGS, find_difference, likelihood

# Bytes that are read at a time, and at most examined to detect an encoding.
SAMPLE_SIZE = 256 * 1024

# Byte-order marks.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# A reading is accepted if it is 10 times as likely as the next one (natural logarithm).
CLEAR_MARGIN = math.log(10)

# The mean log likelihood of a character below which a reading is not text.
IMPLAUSIBLE = -12.0


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
        head = file.read(SAMPLE_SIZE)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return _check_marked(path, encoding), ""
    if wide := _detect_unmarked_utf16(head):
        return _check_marked(path, wide), f"read as {wide}"
    try:
        _decode_all(path, "utf-8")
    except UnicodeDecodeError as error:
        sample = _non_ascii_lines(path)
        _check_not_mixed(sample, path.name, error)
        guess = _guess(path, sample)
        return guess, f"read as {guess}; if accents look wrong, set --encoding"
    return "utf-8", ""


def _detect_unmarked_utf16(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a mark, in which every second byte of Latin text is NUL."""
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) * 4 < len(head) or not head:
        return None
    return "utf-16-be" if low > high else "utf-16-le"


def _check_marked(path: Path, encoding: str) -> str:
    """Return the encoding that a file's mark stands for. Raises TableError if its bytes do not fit."""
    try:
        _decode_all(path, encoding)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} begins like {encoding}, but {error.reason} is not {encoding}.", "Save it again as CSV UTF-8."
        ) from None
    return encoding


def _decode_all(path: Path, encoding: str) -> None:
    """Decode a whole file, a piece at a time.

    Raises:
        UnicodeDecodeError: It does not fit; the reason is the line, such as "line 12".
        LookupError: The encoding does not exist.
        TableError: It has NUL characters, which no spreadsheet program writes.
    """
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while True:
            piece = file.read(SAMPLE_SIZE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                error.reason = f"line {lines + error.object.count(10, 0, error.start)}"
                raise
            if "\0" in text:
                line = lines + text.count("\n", 0, text.index("\0"))
                raise TableError(f"{path.name}, line {line}: contains NUL bytes.", "Save it again as CSV UTF-8.")
            if not piece:
                return
            lines += text.count("\n")


def _check_asked(path: Path, asked: str) -> str:
    """Return the encoding that the user chose. Raises TableError if it does not exist or fit."""
    try:
        if not codecs.lookup(asked)._is_text_encoding:  # such as hex, which turns bytes into bytes
            raise LookupError(asked)
        _decode_all(path, asked)
    except LookupError:
        guess = did_you_mean(asked, ["utf-8", "utf-16", *ENCODINGS])
        raise TableError(f"--encoding {asked}: no such encoding{guess}", "utf-8 and cp1252 are common.") from None
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise TableError(
            f"{path.name}: the bytes are not {asked} ({reason}).", "Omit --encoding, or set another one."
        ) from None
    return "utf-8-sig" if asked.lower().replace("_", "-") in {"utf-8", "utf8"} else asked


def _non_ascii_lines(path: Path) -> bytes:
    """Return the lines that are not ASCII, from anywhere in the file, at most SAMPLE_SIZE bytes."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < SAMPLE_SIZE and (line := file.readline(SAMPLE_SIZE)):
            if not line.isascii():
                lines.append(line)
                size += len(line)
    return b"".join(lines)


def _check_not_mixed(sample: bytes, name: str, error: UnicodeDecodeError) -> None:
    """Raise TableError if most of a file is UTF-8: no other encoding would be right for that part."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken < sum(not char.isascii() and char != "\ufffd" for char in text):
        raise TableError(
            f"{name}: {error.reason} is not UTF-8, while most of the file is.",
            "Find the cell with � there, type it again and save the file as CSV UTF-8.",
        )


def _guess(path: Path, sample: bytes) -> str:
    """Return the likeliest encoding that can read the file. Raises TableError if two are about as likely."""
    readings: dict[str, tuple[float, str]] = {}  # text -> how likely it is, in which encoding
    for encoding in _candidates(path, sample):
        text = sample.decode(encoding, "ignore")  # the last line may be cut
        readings[text] = max(readings.get(text, (-math.inf, "")), (likelihood(text, encoding), encoding))
    ranked = sorted(((chance, encoding, text) for text, (chance, encoding) in readings.items()), reverse=True)
    if not ranked or ranked[0][0] < IMPLAUSIBLE * len(set(ranked[0][2])):
        raise TableError(
            f"{path.name}: unknown text encoding.", "Save it as UTF-8 (in Excel: CSV UTF-8), or set --encoding."
        )
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < CLEAR_MARGIN:
        _refuse_ambiguous(path.name, ranked[0], ranked[1])
    return ranked[0][1]


def _candidates(path: Path, sample: bytes) -> list[str]:
    """Return the encodings that can read the whole file and that charset-normalizer does not rule out."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for files that are not UTF-8

    found = from_bytes(sample, cp_isolation=list(ENCODINGS), threshold=0.5)
    nominated = {name for match in found for name in (match.encoding, *match.could_be_from_charset)}
    return [name for name in ENCODINGS if name in nominated and _can_read(path, name)]


def _can_read(path: Path, encoding: str) -> bool:
    try:
        _decode_all(path, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_ambiguous(name: str, first: tuple[float, str, str], second: tuple[float, str, str]) -> None:
    one, two = find_difference(first[2], second[2])
    raise TableError(
        f"{name} is not UTF-8, and can be read as {first[1]} ({one[:40]!r}) or as {second[1]} ({two[:40]!r}).",
        f"Choose one with --encoding {first[1]} or --encoding {second[1]}.",
    )
