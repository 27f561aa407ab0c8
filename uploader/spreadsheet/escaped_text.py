"""Text in UTF-7, quoted-printable and other encodings that write letters in ASCII, as mail gateways leave them.

Python's codecs can't say that a file is not one of these: `a+b-c@example.com` is text in UTF-7, too. So every escape
sequence of a file is looked at.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from uploader.core.errors import TableError
from uploader.spreadsheet.encoding_ranking import rate
from uploader.spreadsheet.encoding_sample import EUROPEAN_MARKS, HZ_MARK, JIS_MARKS, READ_SIZE, Escapes
from uploader.spreadsheet.readings import ODD_CASE, examine_tokens

# Words with an escape sequence that are examined: more would only take time.
MAX_WORDS = 2_000

_SHIFT = re.compile(r"\+([A-Za-z0-9+/]*)-?")
_WORD = rb"[^\s,;|\"]*"
# All plus signs, and those with what letters begin with in UTF-7 up to the Arabic ones.
_PLUS = re.compile(rb"\+[^\s,;|\"]*")
_EUROPEAN = re.compile(rb"\+[AB][A-Za-z0-9+/]{2}")
_HZ = re.compile(rb"~\{(?:[!-w][!-~])+~\}")
_JIS = re.compile(rb"\x1b?\$[@B](?:[!-~]{2})+?\x1b?\([BJ]")  # its Escape characters may be lost
_QUOTED = re.compile(rb"=(?:C[2-9A-F]|D[0-9A-F]|E[0-9A-F]=[89AB][0-9A-F])=[89AB][0-9A-F]")
_LINE_END = re.compile(rb"=\r?\n")
_CUT_LINES = range(60, 77)  # characters of a line that is cut; at most 76 (RFC 2045, 6.7)
_ADDRESS = re.compile(r"[@?=&%\\]|://")


@dataclass(frozen=True)
class EscapedWord:
    """A word with escape sequences.

    Attributes:
        encoding: What it is written in, as messages call it.
        written: The word as it is in the file.
        meant: The word without escape sequences.
    """

    encoding: str
    written: str
    meant: str


def is_utf_7(path: Path) -> bool:
    """Return whether an ASCII file is UTF-7: all of its plus signs begin letters or stand for themselves (`+-`)."""
    words: set[str] = set()
    for found in _find(path, _PLUS):
        if found == "+-" or found in words:
            continue
        if _decode_utf_7(found) is None:
            return False
        words.add(found)
        if len(words) >= MAX_WORDS:
            break
    meant = [text for word in words if (text := _decode_utf_7(word)) and not text.isascii()]
    if not meant or not _is_text(" ".join(meant)):
        return False
    is_european = any(char.islower() and not char.isascii() for char in "".join(meant))
    return is_european or len(meant) > 1  # a single word may be so by chance


def find_escaped_word(path: Path, escapes: Escapes) -> EscapedWord | None:
    """Return a word that is surely written with escape sequences, in a file that is not as a whole.

    Args:
        path: A file in UTF-8.
        escapes: What it has that may be letters written in ASCII.
    """
    patterns: list[tuple[str, re.Pattern[bytes], Callable[[str], str | None]]] = []
    if not escapes.marks.isdisjoint(EUROPEAN_MARKS):
        patterns.append(("UTF-7", _EUROPEAN, _decode_utf_7))
    if not escapes.marks.isdisjoint(JIS_MARKS):
        patterns.append(("ISO-2022-JP", _JIS, _decode_jis))
    if not escapes.is_ascii and HZ_MARK in escapes.marks:
        patterns.append(("HZ", _HZ, _decode_hz))
    for encoding, pattern, decode in patterns:
        for count, word in enumerate(_find(path, pattern), 1):
            meant = decode(word)
            if meant and not meant.isascii() and _is_text(meant):
                return EscapedWord(encoding, word, meant)
            if count >= MAX_WORDS:
                break
    return None


def check_not_cut(path: Path) -> None:
    """Raise TableError for quoted-printable text whose lines are cut: the pieces of a row look like rows."""
    if (word := next(_find(path, _QUOTED), None)) is None or not _has_cut_line(path):
        return
    raise TableError(
        f"{path.name} is quoted-printable text of an e-mail: its lines are cut, and letters are like {word[:40]!r}.",
        "Save the attachment from the mail program again, and use that file.",
    )


def _has_cut_line(path: Path) -> bool:
    with path.open("rb") as file:
        while piece := file.read(READ_SIZE):
            piece += file.readline(READ_SIZE)
            begins = ((found.end(), piece.rfind(b"\n", 0, found.start())) for found in _LINE_END.finditer(piece))
            if any(len(piece[begin + 1 : end].rstrip()) in _CUT_LINES for end, begin in begins):
                return True
    return False


def _find(path: Path, pattern: re.Pattern[bytes]) -> Iterator[str]:
    """Yield the words around the places of a pattern."""
    around = re.compile(_WORD)
    with path.open("rb") as file:
        while piece := file.read(READ_SIZE):
            piece += file.readline(READ_SIZE)
            end = 0
            for found in pattern.finditer(piece):
                if found.start() < end:
                    continue
                begin = found.start()
                while begin and piece[begin - 1] not in b' \t\r\n,;|"' and found.start() - begin < 100:
                    begin -= 1
                whole = around.match(piece, begin)
                end = max(found.end(), whole.end() if whole else 0)
                yield piece[begin:end].decode("utf-8", "replace")


def _decode_utf_7(word: str) -> str | None:
    """Return a word without its shifts; None if it has a plus sign that is none."""
    shifts = _SHIFT.findall(word)
    if any(shifts) and _ADDRESS.search(word):
        return None
    for digits in shifts:
        bits = 6 * len(digits)
        if digits and (bits < 16 or bits % 16 >= 6):
            return None
    try:
        text = word.encode("ascii").decode("utf-7")
    except UnicodeError:
        return None
    return text if text.isprintable() and "\ufffd" not in text else None


def _decode_hz(word: str) -> str | None:
    try:
        return word.encode("ascii").decode("hz")
    except UnicodeError:
        return None


def _decode_jis(word: str) -> str | None:
    try:
        return re.sub(r"\x1b?(\$[@B]|\([BJ])", "\x1b\\1", word).encode("ascii").decode("iso2022_jp")
    except UnicodeError:
        return None


def _is_text(text: str) -> bool:
    """Return whether words can be text: letters of one alphabet and in usual case, as in some language."""
    tokens = examine_tokens(text)
    if not tokens or any(token.has_flaw or token.cost >= ODD_CASE for token in tokens):
        return False
    return rate("utf-8", text, {}).is_plausible
