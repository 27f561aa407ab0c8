"""The lines of a text file that show its encoding, from anywhere in the file."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.core.errors import TableError

# Bytes that are read at a time, and bytes of lines with other characters than ASCII that are kept.
READ_SIZE = 256 * 1024
KEPT_SIZE = 64 * 1024

# Bytes of a line that are kept: one cell can be as long as a book.
MAX_LINE = 4000

# Characters of a line. Spreadsheet programs allow 16,384 columns; a file without line ends is no list.
LONGEST_LINE = 2_000_000

# Bytes that begin East Asian letters in files that are ASCII; a gateway may have removed the Escape character.
HZ_MARK = b"~{"
ESCAPE_MARKS = (b"\x1b", b"\x0e", HZ_MARK)
JIS_MARKS = (b"$B", b"$@")
EAST_ASIAN_MARKS = frozenset({*ESCAPE_MARKS, *JIS_MARKS})

# Plus signs, with which letters begin in UTF-7; those of Europe up to the Arabic ones have A or B behind it.
PLUS = b"+"
EUROPEAN_MARKS = (b"+A", b"+B")

_ALL_MARKS = EAST_ASIAN_MARKS | {PLUS, *EUROPEAN_MARKS}

_ASCII = bytes(range(128))
_LINE_END = re.compile(rb"[\r\n]+")


@dataclass(frozen=True)
class Sample:
    """What shows the encoding of a file that is not UTF-8.

    Attributes:
        header: The first line that is not blank.
        lines: Lines that are not ASCII. Those with a byte that no earlier line has come first, from the whole file;
            then the first others, up to `KEPT_SIZE`.
        high_bytes: All bytes above 127 in the file.
    """

    header: bytes
    lines: bytes
    high_bytes: bytes


@dataclass
class Escapes:
    """What a file has that may be letters written in ASCII.

    Attributes:
        is_ascii: Whether it has no other characters.
        marks: What escape sequences of East Asian encodings begin with, and plus signs as in UTF-7, if it has them.
        has_cut_lines: Lines that end with an equals sign, as in quoted-printable text.
    """

    is_ascii: bool = True
    marks: frozenset[bytes] = frozenset()
    has_cut_lines: bool = False
    _last: bytes = b""

    @property
    def has_east_asian(self) -> bool:
        """Whether it has what may begin East Asian letters."""
        return not self.marks.isdisjoint(EAST_ASIAN_MARKS)

    @property
    def has_plus(self) -> bool:
        """Whether it has plus signs, with which letters of UTF-7 begin."""
        return PLUS in self.marks

    def add(self, piece: bytes) -> None:
        """Look at the next piece of the file."""
        self.is_ascii = self.is_ascii and piece.isascii()
        piece = self._last + piece  # a mark may be cut in two
        self._last = piece[-1:]
        # A single byte is found many times as fast as two.
        self.marks |= {mark for mark in _ALL_MARKS - self.marks if mark[:1] in piece and mark in piece}
        self.has_cut_lines = self.has_cut_lines or (b"=" in piece and (b"=\n" in piece or b"=\r" in piece))


def decode_file(path: Path, encoding: str) -> Escapes:
    """Decode a whole file, a piece at a time.

    Returns:
        What it has that may be letters written in ASCII.

    Raises:
        UnicodeDecodeError: It does not fit; the reason is the line, such as "line 12".
        LookupError: The encoding does not exist.
        TableError: It has NUL characters, which no spreadsheet program writes, or a line too long for memory.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    escapes, length, pieces = Escapes(), 0, 0
    with path.open("rb") as file:
        while True:
            piece = file.read(READ_SIZE)
            escapes.add(piece)
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                lines = _count_lines(path, encoding, pieces)
                error.reason = f"line {lines + error.object.count(10, 0, error.start)}"
                raise
            if "\0" in text:
                line = _count_lines(path, encoding, pieces) + text.count("\n", 0, text.index("\0"))
                raise TableError(f"{path.name}, line {line}: contains NUL bytes.", "Save it again as CSV UTF-8.")
            if not piece:
                return escapes
            pieces += 1
            length = (
                len(text) - 1 - end if (end := max(text.rfind("\n"), text.rfind("\r"))) >= 0 else length + len(text)
            )
            if length > LONGEST_LINE:
                line = _count_lines(path, encoding, pieces)
                raise TableError(
                    f"{path.name}, line {line}: has more than {LONGEST_LINE:,} characters.",
                    "Check that it is the right file, and save it again as CSV UTF-8.",
                )


def _count_lines(path: Path, encoding: str, pieces: int) -> int:
    """Return the number of the line in which the first pieces of a file end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        return 1 + sum(decoder.decode(file.read(READ_SIZE)).count("\n") for _ in range(pieces))


def take_sample(path: Path) -> Sample:
    """Read a file to its end. Raises OSError."""
    header, seen = b"", b""
    new: list[bytes] = []
    other: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while piece := file.read(READ_SIZE):
            piece += file.readline(READ_SIZE)
            if header and size >= KEPT_SIZE and not piece.translate(None, _ASCII + seen):
                continue
            for line in _LINE_END.split(piece):
                header = header or line.strip()
                if line.isascii():
                    continue
                if unseen := line.translate(None, _ASCII + seen):
                    seen += bytes(set(unseen))
                    new.append(_cut(line, unseen[0]))
                elif size < KEPT_SIZE:
                    size += len(line)
                    other.append(_cut(line, 0))
    return Sample(_cut(header, 0), b"\n".join(new + other), seen)


def escaped_lines(path: Path, marks: Sequence[bytes]) -> bytes:
    """Return the first lines with one of these marks, up to `KEPT_SIZE`."""
    kept: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < KEPT_SIZE and (line := file.readline(READ_SIZE)):
            if any(mark in line for mark in marks):
                kept.append(line)
                size += len(line)
    return b"".join(kept)


def _cut(line: bytes, byte: int) -> bytes:
    """Return a line, or a piece of a long one around the first place of a byte, cut at delimiters."""
    if len(line) <= MAX_LINE:
        return line
    begin = max(0, line.find(byte) - MAX_LINE // 2) if byte else 0
    piece = line[begin : begin + MAX_LINE]
    ends = [at for at in range(len(piece)) if piece[at] in b",;\t|"]
    return piece[ends[0] : ends[-1]] if len(ends) > 1 else piece
