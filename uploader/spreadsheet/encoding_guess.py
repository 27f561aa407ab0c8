"""Guess the encoding of a text file by its words, among all encodings that can read it."""

import locale
import re
from pathlib import Path

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
from uploader.spreadsheet.encoding_sample import ESCAPE_MARKS, Sample, decode_file, escaped_lines, take_sample
from uploader.spreadsheet.language_evidence import language_evidence, names_in_addresses, system_evidence

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


def guess_encoding(path: Path, sample: Sample) -> str:
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
    if not ranked or not ranked[0].is_plausible:
        raise _unknown(path)
    best, *others = ranked
    rivals = (rival for rival in others if rival.is_plausible and best.score - rival.score < _margin(best))
    if rival := next((rival for rival in rivals if _fits_all(path, rival)), None):
        raise _ambiguous(path.name, best, rival)
    return best.encoding


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
        decode_file(path, reading.encoding)
    except UnicodeDecodeError:
        return False
    return True


def guess_escaped(path: Path) -> str:
    """Return the encoding of an ASCII file with escape sequences; UTF-8 if they are none of an encoding.

    Raises:
        TableError: They are of an encoding that is unknown.
    """
    data = escaped_lines(path, ESCAPE_MARKS)
    if not _ESCAPE_SEQUENCE.search(data):
        return "utf-8"
    texts = {}
    for name in ESCAPED:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if not text.isascii() and "\x1b" not in text:
            texts[name] = text
    for reading in rank(texts, {}):
        if reading.is_plausible and _fits_all(path, reading):
            return reading.encoding
    if b"\x1b" in data:
        raise _unknown(path)
    return "utf-8"


def check_not_accidental(path: Path) -> None:
    """Raise TableError if the few letters of a small file are no words in UTF-8, but are in another encoding."""
    data = path.read_bytes()
    text = data.decode("utf-8")
    letters = [char for char in text if not char.isascii()]
    if not 0 < len(letters) <= FEW_LETTERS or not "\u00ff" < max(letters) <= "\u07ff":
        return  # three bytes are no accident, and neither is a text of Western Europe
    sample = take_sample(path)
    texts = {name: _decode_sample(sample, name) for name in ENCODINGS if _can_decode(sample, name)}
    languages = language_evidence(text, languages_of(["utf-8"]))
    rival = next((each for each in rank(shortlist(texts), languages) if each.is_plausible), None)
    own = rate("utf-8", _decode_sample(sample, "utf-8"), languages)
    if rival and rival.score - own.score > MARGIN:
        raise _ambiguous(path.name, own, rival)


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
