"""Checks of one value by itself: an e-mail address, a pattern, a length."""

import functools
import re
from collections.abc import Callable, Iterable

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted

# Characters, RFC 3696 with its erratum 1690.
LONGEST_EMAIL = 254

# Never called with an empty value; raises InvalidValue.
Check = Callable[[str], None]


# Local parts that every standard takes as they are: RFC 5321's dot-string in ASCII, of 64 characters at most.
_PLAIN = re.compile(r"(?=.{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9.-]+)")

# The same in small letters, and nothing about them that a repair or a conversion would touch; the domain is judged.
_TIDY = re.compile(r"(?![^@]{65})[a-z0-9][a-z0-9_+-]*+(?:\.[a-z0-9_+-]++)*+@([a-z0-9.-]{1,189})")


def email() -> Check:
    """A well-formed e-mail address whose domain can receive mail; nothing is looked up.

    Domains that never do (`.test`, `.invalid`, `.local`, `localhost`) are refused; example.com passes.
    Plain addresses are judged by their domain, each domain once: email-validator takes some 40 µs for an address.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only where there is an address

    def check(value: str) -> None:
        plain = _PLAIN.fullmatch(value)
        if plain and len(value) <= LONGEST_EMAIL and _is_good(plain[1]):
            return
        try:
            validate_email(value, check_deliverability=False)
        except EmailNotValidError as error:
            why = str(error).removesuffix(".")
            message = f"{quoted(value)} is not an e-mail address: {why[:1].lower()}{why[1:]}"
            raise InvalidValue(message, "Correct the address in the cell") from None

    return check


def tidy_emails(texts: Iterable[str]) -> list[bool]:
    """Of each cell whether it is an e-mail address that `email` passes and that is sent as it stands, in small letters.

    Most are, and hardly one comes twice: this takes a quarter of the time of all that it stands for.
    """
    domains = [match[1] if match else "" for match in map(_TIDY.fullmatch, texts)]
    good = {domain for domain in set(domains) if domain and _is_good(domain)}
    return [domain in good for domain in domains]


@functools.lru_cache(maxsize=10_000)
def _is_good(domain: str) -> bool:
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - only where there is an address

    try:
        validate_email(f"x@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def pattern(regex: str) -> Check:
    """The whole value matches; raises ValueError when `regex` is no regular expression of Python."""
    try:
        compiled = re.compile(regex)
    except re.error as error:
        raise ValueError(f"{regex!r} is no regular expression: {error}") from None

    def check(value: str) -> None:
        if not compiled.fullmatch(value):
            raise InvalidValue(
                f"{quoted(value)} does not match the pattern {regex}", "Correct the cell, or the pattern"
            )

    return check


def length(min_length: int | None, max_length: int | None) -> Check:
    """As many characters as the bounds say, both inclusive; None for no bound."""

    def check(value: str) -> None:
        if min_length is not None and len(value) < min_length:
            raise InvalidValue(f"{_size(value)}; at least {min_length} are needed", "Fill the cell in completely")
        if max_length is not None and len(value) > max_length:
            raise InvalidValue(f"{_size(value)}; at most {max_length} fit", "Shorten it")

    return check


def _size(value: str) -> str:
    return f"{quoted(value)} has {len(value)} character{'' if len(value) == 1 else 's'}"
