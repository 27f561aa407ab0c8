"""The text of each row by which its lead is recognized, and the fingerprint of it."""

from collections.abc import Sequence

from uploader.core.fingerprint import Fingerprints
from uploader.core.identity import CANONICAL, IdentityKind
from uploader.core.model import IdentityScheme
from uploader.mapping.row_mapper import MappedRows

# Version 1: values as they are sent, compared without case. Version 2: values in the canonical form of their kind.
CASE_FOLDED, CANONICAL_FORM = 1, 2

Texts = list[str]


def hash_texts(make: Fingerprints, texts: Sequence[str], mapped: MappedRows) -> list[bytes | None]:
    """Return the fingerprint of each row's text; None for an empty one, and for a row with problems."""
    found = make([texts])
    for at in mapped.problems:
        found[at] = None
    return found


def identifying_texts(scheme: IdentityScheme | None, mapped: MappedRows) -> Texts:
    """Return one text for each row that is the same for the same lead; empty if the row has no identifying values."""
    columns = []
    for (_, kind), values in zip(scheme.fields, mapped.columns(scheme.names), strict=True) if scheme else ():
        canonical = str.casefold if scheme and scheme.version == CASE_FOLDED else CANONICAL[_kind(kind)]
        columns.append([canonical(value) if value else "" for value in values])
    if len(columns) == 1:
        return columns[0]
    if not columns:
        return [""] * len(mapped.rows)
    return ["\x1f".join(texts) if any(texts) else "" for texts in zip(*columns, strict=True)]


def _kind(name: str) -> IdentityKind:
    return "email" if name == "email" else "phone" if name == "phone" else "text"
