"""Recognize what the cells of a column look like."""

import re
from collections.abc import Callable, Sequence

from uploader.mapping.transforms.country import find_country
from uploader.mapping.transforms.text import NO, YES

ENOUGH, FEW = 0.5, 0.3  # shares of the cells

_EMAIL = re.compile(r"[^<>]*<?\s*(?:mailto:)?[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]{2,}\s*>?")
_URL = re.compile(r"https?://\S+|(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?:/\S*)?", re.IGNORECASE)
_PHONE = re.compile(r"(?:[a-z]{1,6}[:.]\s*)*[+(\d][\d\s()./+–-]*(?:\s*(?:ext\.?|x)\s*\d+)?", re.IGNORECASE)
_ROUNDED = re.compile(r"\d[.,]?\d*E\+\d+|\d{7,15}\.0", re.IGNORECASE)
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)"
    r"|\d{1,2}\.?[ -][^\W\d_]{3,9}\.?,?[ -]\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},? \d{4})"
    r"(?:(?:T|,? )\d{1,2}:\d\d.*)?"
)
_POSTCODE = re.compile(r"(?:z:)?(?=[^\d]*\d)[0-9A-Z][0-9A-Z -]{1,9}", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*")
_COMPANY = re.compile(
    r"\b(?:ltd|limited|inc|llc|llp|plc|corp|corporation|gmbh|ag|kg|ohg|ug|e\.k\.|s\.?a\.?r\.?l|sas|s\.?a|s\.?l|s\.?p\.?a|"
    r"s\.?r\.?l|b\.?v|n\.?v|ab|oy|a/s|co|group|holdings?|company|& sons|& co|partners|studios?|bank|university)\b\.?",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[^\W\d_][^\d_@/&+]*(?:[\s,]+[^\W\d_][^\d_@/&+]*){1,4}")
_SALUTATION = re.compile(
    r"(?:(?:mr|mrs|ms|miss|mx|dr|prof|sir|madam|herrn?|frau|m|mme|mlle|monsieur|madame|sr|sra|srta|don|doña|sig|sigra|"
    r"dott|dhr|mevr|mw|ing|dipl|phd)\.?[\s-]*){1,3}",
    re.IGNORECASE,
)
_JOB = re.compile(
    r"manager|director|head|chief|officer|\bc[etfmoi]o\b|engineer|developer|president|\bvp\b|founder|owner|lead\b|analyst|"
    r"consultant|assistant|executive|specialist|architect|leit|führ|fuhrer|referent|direct|chef|respons|gerente|jefe|"
    r"jefa|técnic|ingegner|ingénieur|ingenier|beheer|inkop|buyer|sales|marketing|berater|entwickler|coordinat",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"open|closed|new|active|inactive|pending|won|lost|qualified|unqualified|contacted|working|valid|invalid|created|"
    r"archived|draft|complete|completed|submitted|converted|nurtur\w+",
    re.IGNORECASE,
)


def _is_phone(cell: str) -> bool:
    digits = sum(char.isdigit() for char in cell)
    return bool(_ROUNDED.fullmatch(cell)) or (7 <= digits <= 17 and bool(_PHONE.fullmatch(cell)) and not is_date(cell))


def is_date(cell: str) -> bool:
    """Whether it is written like a date, even if that date does not exist."""
    return bool(_DATE.fullmatch(cell))


def _is_yes_or_no(cell: str) -> bool:
    return cell.casefold().removesuffix(".0") in YES | NO


CELL_TESTS: dict[str, Callable[[str], bool]] = {
    "email": lambda cell: bool(_EMAIL.fullmatch(cell)),
    "url": lambda cell: bool(_URL.fullmatch(cell)) and "@" not in cell,
    "date": is_date,
    "phone": _is_phone,
    "country": lambda cell: find_country(cell) is not None,
    "yesno": _is_yes_or_no,
    "postcode": lambda cell: bool(_POSTCODE.fullmatch(cell)),
    "number": lambda cell: bool(_NUMBER.fullmatch(cell)),
    "company": lambda cell: bool(_COMPANY.search(cell)),
    "person": lambda cell: bool(_PERSON.fullmatch(cell)) and not _COMPANY.search(cell),
    "salutation": lambda cell: bool(_SALUTATION.fullmatch(cell)),
    "job": lambda cell: bool(_JOB.search(cell)),
    "status": lambda cell: bool(_STATUS.fullmatch(cell)),
}
CELL_LABELS = {"email": "e-mail addresses", "url": "web addresses", "date": "dates", "phone": "phone numbers"}
CELL_LABELS |= {"country": "countries", "yesno": "yes or no", "postcode": "postcodes", "number": "numbers"}
# What a text or a person's name is not.
_FORBIDDEN = {
    "text": ("email", "url", "date", "phone", "number", "yesno"),
    "person": ("email", "url", "date", "phone", "number", "yesno"),
}
_DISTINCTIVE = ("email", "date", "url", "phone")


def share(kind: str, cells: Sequence[str]) -> float:
    """Return the share of cells that look like a kind, 0 to 1. `cells` are trimmed and not empty."""
    return sum(CELL_TESTS[kind](cell) for cell in cells) / len(cells) if cells else 0.0


def find_objection(kind: str, cells: Sequence[str]) -> tuple[str, bool]:
    """Return what contradicts the cells being of a kind ("" for nothing), and whether that rules it out."""
    if not cells or not kind:
        return "", False
    other = next((one for one in _DISTINCTIVE if one != kind and share(one, cells) >= ENOUGH), "")
    if kind in _FORBIDDEN:
        seen = next((one for one in _FORBIDDEN[kind] if share(one, cells) >= ENOUGH), "")
        return (f"its cells look like {CELL_LABELS[seen]}", True) if seen else ("", False)
    fit = share(kind, cells)
    if fit >= (FEW if not other else ENOUGH):
        return "", False
    if other:
        return f"its cells look like {CELL_LABELS[other]}", True
    return f"few of its cells look like {CELL_LABELS[kind]}", fit == 0 and kind in {"email", "phone"}
