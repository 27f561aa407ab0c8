"""When two values mean the same person: e-mail addresses, telephone numbers and plain text in one canonical form.

The canonical form is for comparing only (duplicates, suppression lists, `forget`); what is sent keeps its spelling.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Literal

IdentityKind = Literal["email", "phone", "text"]

# Characters that print like a hyphen; NFKC turns U+2011 into U+2010 and the full-width and small ones into `-`.
HYPHENS = "\u2010\u2011\u2012\u2013\u2212"
_TO_PLAIN = str.maketrans(
    dict.fromkeys(HYPHENS, "-")
    # Turkish: `İ` becomes `i` and a loose dot when lower-cased, and `I` becomes `ı`.
    | {"\u0307": None, "ı": "i", "\u3002": "."}
)
_ADDRESS = re.compile(r"\A(.*)@([^@]*)\Z", re.DOTALL)

# ITU-T E.164: country codes of one and two digits; all others have three. No code begins another.
_ONE_DIGIT_CODES = ("1", "7")
_TWO_DIGIT_CODES = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
# Prefixes other than 0 that people dial inside a country, with the digits of a number without it.
_OTHER_PREFIXES: Mapping[str, tuple[str, int]] = {"7": ("8", 10), "36": ("06", 9), "375": ("8", 10), "993": ("8", 8)}
_INTERNATIONAL = re.compile(r"\s*\(?\s*(?:\+|00)\s*\d")


def canonical_email(text: str) -> str:
    """Return one form for all spellings of an e-mail address.

    NFKC, case folding and IDNA: full-width letters, `xn--` domains, Turkish I, characters that no one sees and
    hyphens of any kind make no difference.

    Args:
        text: An address, trimmed or not. Text without an `@` is treated the same way.

    Returns:
        The canonical form, for comparing only. Applying it twice changes nothing.
    """
    if text.isascii() and "xn--" not in (folded := text.strip().lower()):
        return folded
    folded = _fold(text).strip()
    match = _ADDRESS.match(folded)
    if match is None:
        return folded
    return f"{match[1]}@{_fold(decode_domain(match[2]))}"


def spellings_of_email(text: str) -> set[str]:
    """Return the forms in which a ledger of any version may have compared an address.

    Now it is the canonical form. Older versions compared addresses without regard to case only, and fields that are not
    known to be addresses are compared as text: there, each spelling of an international domain is another one.

    Args:
        text: An address in any spelling.
    """
    plain = unicodedata.normalize("NFKC", text.strip())
    local, at, domain = plain.rpartition("@")
    domains = (domain, domain.casefold(), decode_domain(domain), encode_domain(decode_domain(domain).casefold()))
    spellings = {text.strip(), plain, canonical_email(text), *(f"{local}{at}{one}" for one in domains)}
    return spellings | set(map(canonical_text, spellings))


def decode_domain(domain: str) -> str:
    """`xn--mller-kva.example` -> `müller.example`; labels that are not valid Punycode stay as they are."""
    return ".".join(map(_decode_label, domain.split("."))) if "xn--" in domain.lower() else domain


def encode_domain(domain: str) -> str:
    """`müller.example` -> `xn--mller-kva.example`."""
    if domain.isascii():
        return domain
    labels = domain.split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def canonical_phone(text: str) -> str:
    """Return a telephone number's digits with the country code, without the prefix dialed inside the country.

    `(+44)07700900123`, `+44 7700 900123` and `0044 7700 900123` are all `447700900123`.

    Args:
        text: A number in any format. Without a country code its digits are returned as they are.
    """
    digits = "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())
    if not _INTERNATIONAL.match(unicodedata.normalize("NFKC", text)):
        return digits
    digits = digits.removeprefix("00")
    code = digits[: _code_length(digits)]
    number = digits[len(code) :]
    prefix, length = _OTHER_PREFIXES.get(code, ("", 0))
    if prefix and number.startswith(prefix) and len(number) > length:
        number = number[len(prefix) :]
    number = number.lstrip("0")
    return code + (_argentine(number) if code == "54" else number)


def canonical_text(text: str) -> str:
    """Return a text without differences in case, blanks, width and invisible characters."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(_fold(text).split())


CANONICAL: Mapping[IdentityKind, Callable[[str], str]] = {
    "email": canonical_email,
    "phone": canonical_phone,
    "text": canonical_text,
}


def _fold(text: str) -> str:
    """NFKC and case folding until nothing changes, without invisible characters and loose dots."""
    before = None
    while text != before:
        before = text
        visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
        text = unicodedata.normalize("NFKC", visible).casefold().translate(_TO_PLAIN)
    return text


def _decode_label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except ValueError:  # UnicodeError is one
        return label


def _argentine(number: str) -> str:
    """Mobiles have a 9 in front when dialed from abroad, and a 15 behind the area code when dialed inside."""
    if len(number) == 11:
        return number.removeprefix("9")
    match = re.fullmatch(r"(\d{2,4}?)15(\d{6,8})", number)
    return match[1] + match[2] if match and len(number) == 12 else number


def _code_length(digits: str) -> int:
    if digits.startswith(_ONE_DIGIT_CODES):
        return 1
    return 2 if _TWO_DIGIT_CODES.match(digits) else 3
