"""Records of an xls workbook ([MS-XLS] 2.1.4): an estimate of their memory, and repairs that xlrd needs."""

import struct
from collections.abc import Iterator

# Bytes of memory that xlrd takes for each formatted blank cell, value and text.
_BLANK_MEMORY, _VALUE_MEMORY, _TEXT_MEMORY = 11, 55, 77

# Kinds of records (2.3.1).
_NAME, _NOTE, _CONTINUE, _OBJECT, _VALUES, _BLANKS = 0x0018, 0x001C, 0x003C, 0x005D, 0x00BD, 0x00BE
_FORMULA, _RESULT, _CALCULATED_BY = 0x0006, 0x0207, 0x01C1
_RICH_LABEL, _TEXTS, _DRAWN_TEXT, _LABEL, _BEGINNING = 0x00D6, 0x00FC, 0x01B6, 0x0204, 0x0809
UNKNOWN = 0x7FFF  # a kind that readers skip

# Records that hold no cells, and that xlrd takes for damaged although Excel does not.
_SKIPPED = frozenset({_NAME, _NOTE, _OBJECT, _DRAWN_TEXT})

# Flags of what a program notes about itself (2.4.21, fWin), and of a formula.
_SAVED_BY_EXCEL, _TO_BE_CALCULATED = 1, 2

_EMPTY = 3  # kind of a formula's result

_VERSIONS = frozenset({0x0500, 0x0600})  # Excel 5 to 95, and from 97 on


def estimate_memory(records: bytes) -> int:
    """Return how many bytes xlrd takes for the cells and texts of a workbook."""
    memory = 0
    for at, kind, size in record_headers(records):
        if kind == _VALUES:
            memory += size // 6 * _VALUE_MEMORY
        elif kind == _BLANKS:
            memory += size // 2 * _BLANK_MEMORY
        elif kind == _TEXTS:
            memory += int.from_bytes(records[at + 8 : at + 12], "little") * _TEXT_MEMORY
        else:
            memory += _VALUE_MEMORY
    return memory


def repair_records(records: bytes) -> bytes:
    """Return the records with the same cells, but without what only xlrd takes for damage.

    Names, notes and drawings are skipped; cells with fonts within their text become plain ones; empty results of
    formulas are given in the usual way; the number of texts becomes what they really are; and an unknown version
    becomes that of Excel 5.
    """
    repaired = bytearray(records)
    texts: list[bytes] = []
    texts_at, formula_at, before = 0, 0, 0
    for at, kind, size in record_headers(records):
        if kind in _SKIPPED:
            struct.pack_into("<H", repaired, at, UNKNOWN)
        elif kind == _RICH_LABEL:
            struct.pack_into("<H", repaired, at, _LABEL)
        elif kind == _BEGINNING and size >= 2 and int.from_bytes(records[at + 4 : at + 6], "little") not in _VERSIONS:
            struct.pack_into("<H", repaired, at + 4, 0x0500)
        elif kind == _FORMULA:
            formula_at = at
        elif kind == _RESULT and records[at + 4 : at + 4 + size] == b"\0\0" and formula_at:
            repaired[formula_at + 10] = _EMPTY
            struct.pack_into("<H", repaired, at, UNKNOWN)
        elif kind == _TEXTS and size >= 8:
            texts_at, texts = at, [records[at + 12 : at + 4 + size]]
        elif kind == _CONTINUE and before == _TEXTS:
            texts.append(records[at + 4 : at + 4 + size])
        before = _TEXTS if kind == _CONTINUE and before == _TEXTS else kind
    if texts:
        struct.pack_into("<I", repaired, texts_at + 8, _count_texts(texts))
    return bytes(repaired)


def find_uncalculated(records: bytes) -> dict[int, set[tuple[int, int]]]:
    """Return the cells whose formulas were never calculated: (row, column) from 0, by the place of their sheet.

    Libraries leave calculating to the program that opens the file. A result of theirs (2.5.133) only stands for none:
    xlwt's is an empty text, in a file that does not say that a program saved it; others put 0 and ask for calculation
    (2.4.127) in the name of Excel, which never does. LibreOffice asks for it too, though it has calculated.
    """
    found: dict[int, set[tuple[int, int]]] = {}
    sheet, by_excel, by_program = 0, False, False
    for at, kind, size in record_headers(records):
        if kind == _CALCULATED_BY:
            by_program = True
        elif kind == _BEGINNING:
            if at == 0:
                by_excel = size >= 16 and bool(records[at + 12] & _SAVED_BY_EXCEL)
            sheet = at
        elif kind == _FORMULA and size >= 16:
            result, asks = records[at + 10 : at + 18], bool(records[at + 18] & _TO_BE_CALCULATED)
            is_empty = result[0] == _EMPTY and result[6:] == b"\xff\xff"
            if (is_empty and not (asks or by_excel or by_program)) or (asks and by_excel and not any(result)):
                found.setdefault(sheet, set()).add(struct.unpack_from("<HH", records, at + 4))
    return found


def record_headers(records: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the place, the kind and the size of each record."""
    at = 0
    while at + 4 <= len(records):
        kind, size = struct.unpack_from("<HH", records, at)
        yield at, kind, size
        at += 4 + size


def _count_texts(parts: list[bytes]) -> int:
    """Return the number of complete texts (2.5.293) in a record and the ones that continue it."""
    part, at, count = 0, 0, 0
    while True:
        while part < len(parts) and at >= len(parts[part]):
            part, at = part + 1, at - len(parts[part])
        if part == len(parts) or at + 3 > len(parts[part]):
            return count
        length, flags = struct.unpack_from("<HB", parts[part], at)
        at += 3
        rest = 0  # bytes of fonts and phonetic hints behind the characters
        if flags & 8:
            rest += 4 * int.from_bytes(parts[part][at : at + 2], "little")
            at += 2
        if flags & 4:
            rest += int.from_bytes(parts[part][at : at + 4], "little")
            at += 4
        while length > 0:
            width = 2 if flags & 1 else 1
            taken = min(length, max(0, len(parts[part]) - at) // width)
            length -= taken
            at += taken * width
            if length:  # the next record begins with the flags again
                part, at = part + 1, 1
                if part == len(parts) or not parts[part]:
                    return count
                flags = parts[part][0]
        at += rest
        count += 1
