"""Detect the encoding of a text file: by its byte-order mark, as UTF-8, or by its words."""

import codecs
import locale
import re
from pathlib import Path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.spreadsheet.encoding_ranking import (
    ENCODINGS,
    ESCAPED,
    WESTERN,
    Reading,
    languages_of,
    rank,
    rate,
    shortlist,
)
from uploader.spreadsheet.encoding_sample import READ_SIZE, Sample, take_sample
from uploader.spreadsheet.language_evidence import language_evidence, names_in_addresses, system_evidence

# Byte-order marks.
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

# How much likelier than the next one a reading must be to be accepted, as a natural logarithm; for a single word much
# more. Western European Windows is by far the most common encoding, and its score includes that already.
MARGIN, WORD_MARGIN, WESTERN_MARGIN = 8.0, 8.0, 1.5

# Characters in which signs of a language are looked for.
EVIDENCE_SIZE = 16 * 1024

# Encodings with more than one byte for some characters: whether these fit depends on the order of bytes.
MULTIBYTE = frozenset({"cp932", "euc_jp", "gb18030", "big5", "cp950", "big5hkscs", "cp949"})

_ESCAPE_SEQUENCE = re.compile(rb"\x1b[$(]|~\{[!-~]{2}")

# In a file as small as this (bytes), with no more characters than this outside ASCII, two letters of another encoding
# may look like one in UTF-8.
SMALL_SIZE, FEW_LETTERS = 64 * 1024, 8


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
    if wide := _detect_unmarked_utf16(head):
        return _check_marked(path, wide), f"read as {wide}"
    try:
        has_escapes = _decode_all(path, "utf-8")
    except UnicodeDecodeError as error:
        sample = take_sample(path)
        _check_not_mixed(sample.lines, path.name, error)
        guess = _guess(path, sample)
    else:
        guess = _guess_escaped(path) if has_escapes else "utf-8"
        if guess == "utf-8" and path.stat().st_size <= SMALL_SIZE:
            _check_not_accidental(path)
    return (guess, "") if guess == "utf-8" else (guess, f"read as {guess}; if accents look wrong, set --encoding")


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


def _decode_all(path: Path, encoding: str) -> bool:
    """Decode a whole file, a piece at a time. Return whether it may have escape sequences of East Asian encodings.

    Raises:
        UnicodeDecodeError: It does not fit; the reason is the line, such as "line 12".
        LookupError: The encoding does not exist.
        TableError: It has NUL characters, which no spreadsheet program writes.
    """
    decoder, lines, has_escapes = codecs.getincrementaldecoder(encoding)(), 1, False
    with path.open("rb") as file:
        while True:
            piece = file.read(READ_SIZE)
            has_escapes = has_escapes or b"\x1b" in piece or b"~{" in piece
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                error.reason = f"line {lines + error.object.count(10, 0, error.start)}"
                raise
            if "\0" in text:
                line = lines + text.count("\n", 0, text.index("\0"))
                raise TableError(f"{path.name}, line {line}: contains NUL bytes.", "Save it again as CSV UTF-8.")
            if not piece:
                return has_escapes
            lines += text.count("\n")


def _check_asked(path: Path, asked: str) -> str:
    """Return the encoding that the user chose. Raises TableError if it does not exist or fit."""
    try:
        if not codecs.lookup(asked)._is_text_encoding:  # such as hex, which turns bytes into bytes
            raise LookupError(asked)
        _decode_all(path, asked)
    except LookupError:
        guess = did_you_mean(asked, ["utf-8", "utf-16", *ENCODINGS, *ESCAPED])
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


def _check_not_accidental(path: Path) -> None:
    """Raise TableError if the few letters of a small file are no words in UTF-8, but are in another encoding."""
    data = path.read_bytes()
    text = data.decode("utf-8")
    letters = [char for char in text if not char.isascii()]
    if not 0 < len(letters) <= FEW_LETTERS or not "\u00ff" < max(letters) <= "\u07ff":
        return  # three bytes are no accident, and neither is a text of Western Europe
    sample = take_sample(path)
    texts = {name: _decode_sample(sample, name) for name in ENCODINGS if _can_decode(sample, name)}
    languages = language_evidence(text, languages_of(["utf-8"]))
    rival = next(iter(rank(shortlist(texts), languages)), None)
    own = rate("utf-8", _decode_sample(sample, "utf-8"), languages)
    if rival and rival.score - own.score > MARGIN:
        raise _ambiguous(path.name, own, rival)


def _guess(path: Path, sample: Sample) -> str:
    """Return the encoding that is by far the likeliest. Raises TableError if there is none."""
    plain = (sample.header + b"\n" + sample.lines).decode("ascii", "replace")
    texts = {name: _decode_sample(sample, name) for name in ENCODINGS if _can_decode(sample, name)}
    texts = shortlist(texts)
    languages = language_evidence(plain[:EVIDENCE_SIZE], languages_of(texts))
    encodings = system_evidence(locale.getencoding(), ENCODINGS)
    for name, text in texts.items():
        encodings[name] = encodings.get(name, 0.0) + names_in_addresses(text)
    ranked = rank(texts, languages, encodings)
    while ranked and not _fits_all(path, ranked[0]):
        ranked.pop(0)
    if not ranked:
        raise _unknown(path)
    rivals = [
        each for each in ranked[1:] if ranked[0].score - each.score < _margin(ranked[0]) and _fits_all(path, each)
    ]
    if rivals:
        raise _ambiguous(path.name, ranked[0], rivals[0])
    return ranked[0].encoding


def _margin(best: Reading) -> float:
    return WESTERN_MARGIN if best.encoding == WESTERN else MARGIN + WORD_MARGIN / max(1, best.words)


def _decode_sample(sample: Sample, encoding: str) -> str:
    lines = [sample.header] if not sample.header.isascii() else []
    return b"\n".join([*lines, sample.lines]).decode(encoding, "ignore")  # a long line may be cut


def _can_decode(sample: Sample, encoding: str) -> bool:
    """Return whether an encoding has all bytes of a file; one with several bytes for a character, all of the sample."""
    try:
        (sample.lines if encoding in MULTIBYTE else sample.high_bytes).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _fits_all(path: Path, reading: Reading) -> bool:
    """Return whether the encoding of a reading decodes the whole file."""
    try:
        _decode_all(path, reading.encoding)
    except UnicodeDecodeError:
        return False
    return True


def _guess_escaped(path: Path) -> str:
    """Return the encoding of an ASCII file with escape sequences; UTF-8 if they are none of an encoding.

    Raises:
        TableError: They are of an encoding that is unknown.
    """
    data = path.read_bytes()
    if not data.isascii() or not _ESCAPE_SEQUENCE.search(data):
        return "utf-8"
    texts = {}
    for name in ESCAPED:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if not text.isascii() and "\x1b" not in text:
            texts[name] = text
    ranked = rank(texts, {})
    if ranked:
        return ranked[0].encoding
    if b"\x1b" in data:
        raise _unknown(path)
    return "utf-8"


def _unknown(path: Path) -> TableError:
    return TableError(
        f"{path.name}: unknown text encoding.", "Save it as UTF-8 (in Excel: CSV UTF-8), or set --encoding."
    )


def _ambiguous(name: str, first: Reading, second: Reading) -> TableError:
    one, two = find_difference(first.text, second.text)
    return TableError(
        f"{name} can be read as {first.encoding} ({one[:40]!r}) or as {second.encoding} ({two[:40]!r}).",
        f"Choose one with --encoding {first.encoding} or --encoding {second.encoding}.",
    )


def find_difference(text: str, other: str) -> tuple[str, str]:
    """Return the first cell that two readings of the same bytes have differently, for a person to judge."""
    pairs = zip(re.split(r"[,;|\t\r\n\"]+", text), re.split(r"[,;|\t\r\n\"]+", other), strict=False)
    return next(((one.strip(), two.strip()) for one, two in pairs if one != two), ("", ""))
