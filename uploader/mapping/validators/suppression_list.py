"""Suppression lists: e-mail addresses that must not be sent, plain or as hashes."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from uploader.core.identity import canonical_email, encode_domain
from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.list_file import read_text
from uploader.mapping.transforms.repair import repair_email
from uploader.mapping.validators.field import Check
from uploader.mapping.validators.lookalikes import latin_lookalike

# Hashes in suppression lists, by their number of hexadecimal digits.
HASHES: dict[int, Callable[[bytes], "hashlib._Hash"]] = {32: hashlib.md5, 40: hashlib.sha1, 64: hashlib.sha256}

_ADDRESS = re.compile(r"[^\s,;|\"'<>()]+@[^\s,;|\"'<>()]+")
_HASH = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b")


def suppression_check(path: Path) -> Check:
    """Return a check that refuses the addresses in a file, plain or as hashes of the address in lower case.

    Every address and hash anywhere in the file counts: a list that is read too strictly would let people through.
    Addresses are compared as leads are, in their canonical form; one that only looks like a listed address in letters
    of another alphabet is refused as well.

    Args:
        path: A text file of any layout.

    Raises:
        OSError: The file can't be read.
        ValueError: It has no addresses and no hashes.
    """
    text = unicodedata.normalize("NFKC", read_text(path))
    addresses = frozenset(canonical_email(repair_email(found)[0]) for found in _ADDRESS.findall(text))
    hashes = frozenset(_HASH.findall(text.lower()))
    if not addresses and not hashes:
        raise ValueError("it has no e-mail addresses and no hashes")
    lengths = sorted({len(one) for one in hashes})

    def is_listed(spellings: Iterable[str]) -> bool:
        known = [(spelling, spelling.encode(errors="replace")) for spelling in spellings]
        return any(
            spelling in addresses or any(HASHES[length](data).hexdigest() in hashes for length in lengths)
            for spelling, data in known
        )

    def check(value: str) -> None:
        if is_listed(_spellings(value)):
            message = f"{quote_value(value)} is on the suppression list {path.name}"
            raise InvalidValue(message, "Remove the row: this person must not be contacted")
        if (not value.isascii() or "xn--" in value.lower()) and is_listed([latin_lookalike(value)]):
            message = f"{quote_value(value)} looks like an address on the suppression list {path.name}"
            raise InvalidValue(message, "Type the address again, or remove the row")

    return check


def _spellings(value: str) -> set[str]:
    """Return the spellings of an address that a list may have hashed: with the domain in Unicode or encoded."""
    canonical = canonical_email(value)
    local, _, domain = canonical.rpartition("@")
    return {canonical, f"{local}@{encode_domain(domain)}", value.lower(), value.casefold()}
