"""Recognize rows that are no leads: totals, and remarks below the list. They are invalid, and the reason says so."""

import re
from collections.abc import Collection, Iterator

from uploader.core.model import Problem
from uploader.mapping.invalid_value import to_yaml_text
from uploader.spreadsheet import Chunk

MIN_COLUMNS = 3  # with fewer, a row with one cell is nothing special

_TOTAL = re.compile(
    r"(?:(?:total|number of|anzahl) (?:leads|rows|records|contacts|kontakte)|total général|total general"
    r"|(?:(?:grand|sub|overall)[ -]?)?totals?|sum|count|average|records|leads|rows|contacts"
    r"|(?:gesamt|zwischen)?summe|gesamt(?:anzahl|zahl)?|insgesamt|anzahl|durchschnitt|summa|somme|nombre|moyenne"
    r"|sous-total|suma|recuento|promedio|totale|somma|totaal)(?!\w)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\W*\d[\d.,'\s]*(?:[^\W\d_]{0,9})?\W*")
_PHONE = re.compile(r"[\d\s()+/-]+")
_MIN_PHONE_DIGITS = 7
_REMARK = re.compile(
    r"(?:(?:exported|generated|created|printed|downloaded|extracted|updated) (?:on|at|by|from)|date of export|page \d+"
    r"|(?:report|export) (?:date|of|from)|end of (?:list|report|file)|filters? applied|source:|©|copyright|confidential"
    r"|(?:exportiert|erstellt|gedruckt|generiert|stand)(?: am| von|:)|seite \d+|exporté le|généré le|exportado el"
    r"|generado el|esportato il|geëxporteerd op)(?!\w)",
    re.IGNORECASE,
)

TOTAL = "the row looks like a total, not a lead"
REMARK = "the row looks like a remark below the list, not a lead"


def find_footers(chunk: Chunk, invalid: Collection[int], without_email: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield position and message of each row that is certainly no lead.

    Args:
        chunk: The rows.
        invalid: Positions of rows that are not sent anyway.
        without_email: Positions of rows without an e-mail address, although the mapping has one. Without that, a row is
            only judged if it is invalid.
    """
    if len(chunk.columns) < MIN_COLUMNS:
        return
    last_valid = max((at for at in range(len(chunk.rows)) if at not in invalid), default=-1) if invalid else -1
    for at in sorted({*invalid, *without_email} - chunk.faults.keys()):
        cells = [cell.strip() for column in chunk.columns if (cell := column[at]).strip()]
        if not cells or any("@" in cell for cell in cells):
            continue
        is_below = at in invalid and at > last_valid and _follows_blank_row(chunk, at)
        if _is_total(cells):
            yield at, TOTAL
        elif len(cells) == 1 and (is_below or _REMARK.match(cells[0])):
            yield at, REMARK


def footer_problem(message: str, email_column: str) -> Problem:
    """Return the problem of a row that is no lead; the hint names the column by which such rows can be left out."""
    where = f", or leave out such rows with `where: {{{to_yaml_text(email_column)}: {{empty: false}}}}` in the mapping"
    return Problem(message, f"Delete the row{where if email_column else ''}")


def _is_total(cells: list[str]) -> bool:
    """Whether a row is `Total 12`, or `Total` and numbers; a phone number is not the number of a total."""
    label = _TOTAL.match(cells[0])
    if label is None:
        return False
    rest = [cells[0][label.end() :].strip(" :=-–"), *cells[1:]]
    return all(not cell or (_AMOUNT.fullmatch(cell) and not _is_phone(cell)) for cell in rest)


def _is_phone(cell: str) -> bool:
    return bool(_PHONE.fullmatch(cell)) and sum(map(str.isdigit, cell)) >= _MIN_PHONE_DIGITS


def _follows_blank_row(chunk: Chunk, at: int) -> bool:
    """Whether a blank row stands above; at the beginning of a chunk that is not known."""
    return at > 0 and chunk.rows[at] > chunk.rows[at - 1] + 1
