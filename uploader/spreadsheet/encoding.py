"""The encoding of a text file: its mark, UTF-8, or what can be told from its words."""

import codecs
import math
from pathlib import Path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.spreadsheet.letter_frequencies import ENCODINGS, likelihood, telling_word

# Read in pieces of so many bytes; no more than this is looked at to tell an encoding.
PIECE = 256 * 1024

# What a byte-order mark says.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# A reading is taken when it is so many times as likely as the next one.
SURE = math.log(10)

# Among so many characters one that fits no word at all is an accident; more are a sign that this is no text.
IMPLAUSIBLE = -12.0


def encoding_of(path: Path, asked: str | None) -> tuple[str, str]:
    """The encoding of a file, and a note about a guess (or ""). Raises TableError when it can't be told."""
    if asked:
        return _asked(path, asked), ""
    with path.open("rb") as file:
        head = file.read(PIECE)
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return _marked(path, encoding), ""
    if wide := _unmarked_utf16(head):
        return _marked(path, wide), f"read as {wide}"
    try:
        _decode_all(path, "utf-8")
    except UnicodeDecodeError as error:
        telling = _telling_lines(path)
        _refuse_mixture(telling, path.name, error)
        guess = _guess(path, telling)
        return guess, f"read as {guess}; if accents look wrong, say --encoding"
    return "utf-8", ""


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark shows by a NUL in every second byte of Latin text."""
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) * 4 < len(head) or not head:
        return None
    return "utf-16-be" if low > high else "utf-16-le"


def _marked(path: Path, encoding: str) -> str:
    """The encoding that a file itself says. Raises TableError where it does not keep to it."""
    try:
        _decode_all(path, encoding)
    except UnicodeDecodeError as error:
        raise TableError(
            f"{path.name} begins as {encoding}, and {error.reason} is not.", "Save it again as CSV UTF-8."
        ) from None
    return encoding


def _decode_all(path: Path, encoding: str) -> None:
    """Decodes a file to its end, a piece at a time. Raises UnicodeDecodeError with the line for its reason;
    LookupError; TableError for NUL characters, which no spreadsheet program writes."""
    decoder, lines = codecs.getincrementaldecoder(encoding)(), 1
    with path.open("rb") as file:
        while True:
            piece = file.read(PIECE)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                error.reason = f"line {lines + error.object.count(10, 0, error.start)}"
                raise
            if "\0" in text:
                line = lines + text.count("\n", 0, text.index("\0"))
                raise TableError(f"{path.name}, line {line}: it has NUL bytes.", "Save it again as CSV UTF-8.")
            if not piece:
                return
            lines += text.count("\n")


def _asked(path: Path, asked: str) -> str:
    try:
        if not codecs.lookup(asked)._is_text_encoding:  # such as hex, which turns bytes into bytes
            raise LookupError(asked)
        _decode_all(path, asked)
    except LookupError:
        guess = did_you_mean(asked, ["utf-8", "utf-16", *ENCODINGS])
        raise TableError(
            f"--encoding {asked}: there is no such encoding{guess}", "utf-8 and cp1252 are common."
        ) from None
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise TableError(
            f"{path.name}: the bytes are not {asked} ({reason}).", "Leave --encoding out, or give another."
        ) from None
    return "utf-8-sig" if asked.lower().replace("_", "-") in {"utf-8", "utf8"} else asked


def _telling_lines(path: Path) -> bytes:
    """The lines that are not ASCII, from anywhere in the file, PIECE bytes at most."""
    telling: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < PIECE and (line := file.readline(PIECE)):
            if not line.isascii():
                telling.append(line)
                size += len(line)
    return b"".join(telling)


def _refuse_mixture(telling: bytes, name: str, error: UnicodeDecodeError) -> None:
    """Raises TableError when most of a file is UTF-8: to read the whole as something else would spoil that part."""
    text = telling.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken < sum(not char.isascii() and char != "\ufffd" for char in text):
        raise TableError(
            f"{name}: {error.reason} is not UTF-8, while most of the file is.",
            "Look for a cell with � there, type it again and save as CSV UTF-8.",
        )


def _guess(path: Path, telling: bytes) -> str:
    """The likeliest of the encodings that can read the file. Raises TableError where two are about as likely."""
    readings: dict[str, tuple[float, str]] = {}  # text -> how likely it is, in which encoding
    for encoding in _candidates(path, telling):
        text = telling.decode(encoding, "ignore")  # the last line may be cut
        readings[text] = max(readings.get(text, (-math.inf, "")), (likelihood(text, encoding), encoding))
    ranked = sorted(((chance, encoding, text) for text, (chance, encoding) in readings.items()), reverse=True)
    if not ranked or ranked[0][0] < IMPLAUSIBLE * len(set(ranked[0][2])):
        raise TableError(
            f"{path.name}: its encoding can't be told.", "Save it as UTF-8 (in Excel: CSV UTF-8), or say --encoding."
        )
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < SURE:
        _toss_up(path.name, ranked[0], ranked[1])
    return ranked[0][1]


def _candidates(path: Path, telling: bytes) -> list[str]:
    """Those of ENCODINGS that can read the whole file and that charset-normalizer does not rule out."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for files that are not UTF-8

    found = from_bytes(telling, cp_isolation=list(ENCODINGS), threshold=0.5)
    nominated = {name for match in found for name in (match.encoding, *match.could_be_from_charset)}
    return [name for name in ENCODINGS if name in nominated and _can_read(path, name)]


def _can_read(path: Path, encoding: str) -> bool:
    try:
        _decode_all(path, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _toss_up(name: str, first: tuple[float, str, str], second: tuple[float, str, str]) -> None:
    one, two = telling_word(first[2], second[2])
    raise TableError(
        f"{name} is not UTF-8, and can be read as {first[1]} ({one[:40]!r}) or as {second[1]} ({two[:40]!r}).",
        f"Say which with --encoding {first[1]} or --encoding {second[1]}.",
    )
