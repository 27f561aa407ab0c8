"""Undo the escape sequences of other kinds of text: `Siobh&aacute;n`, `Siobh%C3%A1n`, `Siobh\\u00e1n`.

Web forms, links, JSON files and e-mails write letters like this. In addresses of web pages and files they stay.
"""

import quopri
import re
from collections.abc import Callable
from html.entities import name2codepoint
from urllib.parse import unquote

ROUNDS = 3  # forms encode some texts twice; each round of a hostile text would take its whole length

_ENTITY = re.compile(r"&(?:#([0-9]{2,6})|#[xX]([0-9a-fA-F]{2,5})|([A-Za-z]{2,8}[0-9]{0,2}));")
_UNICODE = re.compile(r"[\\%]u([0-9a-fA-F]{4})")
_ACCOUNT = re.compile(r"(?<!\\u...)[A-Za-z0-9]\\u(?!0[0-2]|1e|20)", re.IGNORECASE)  # `CORP\uface`: no European letter
_BYTES = re.compile(r"(?:\\x[89a-fA-F][0-9a-fA-F])+")
_PERCENT = re.compile(r"%[c-fC-F][0-9a-fA-F](?:%[89abAB][0-9a-fA-F])+")
# Latin-1, where it can hardly be anything else: not `source=FBads`.
_LATIN = re.compile(r"(?<=[a-z])(?:%([EF][0-9A-F])(?=[a-z]|$)|=([EF][0-9])(?=[a-z]))")
_QUOTED = re.compile(r"=[C-F][0-9A-F](?:=(?:\r?\n=)?[89AB][0-9A-F])+")

# Web addresses, with their parameters, and paths of files.
_ADDRESS = re.compile(r"://|^www\.|^/|^\\\\|^[A-Za-z]:[\\/]|[?&][\w.-]+=", re.IGNORECASE)
_SIGNS = "&%\\="


def may_have_escapes(value: str) -> bool:
    """Test quickly for signs of escape sequences, which almost no value has."""
    return any(sign in value for sign in _SIGNS) and any(pattern.search(value) for pattern, _ in _STEPS)


def decode_escapes(value: str) -> str:
    """Return a text with its escape sequences decoded; those of no letter and those of addresses stay."""
    if not may_have_escapes(value) or _ADDRESS.search(value):
        return value
    for pattern, decode in _STEPS:
        if pattern.search(value):
            value = decode(value)
    return value


def _decode_entities(value: str) -> str:
    """Decode where a letter or an apostrophe comes of it; `Amp &amp; Co` may be a name."""
    text = value
    for _ in range(ROUNDS):
        text = _ENTITY.sub(_entity, text)
    has_letters = any(char in "'’" or (char.isalpha() and not char.isascii()) for char in set(text) - set(value))
    return text if has_letters else value


def _entity(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return chr(name2codepoint[name]) if name in name2codepoint else "'" if name == "apos" else match[0]
    return _printable(int(decimal) if decimal else int(hexadecimal, 16)) or match[0]


def _printable(code: int) -> str:
    text = chr(code) if code <= 0x10FFFF else ""
    return text if text.isprintable() or text == "\u00a0" else ""


def _decode_unicode(value: str) -> str:
    """Decode where all sequences are letters: `\\udead` is none."""
    try:
        text = _UNICODE.sub(lambda match: chr(int(match[1], 16)), value)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeError:
        return value
    if _ACCOUNT.search(value) or not all(_is_textual(int(code, 16)) for code in _UNICODE.findall(value)):
        return value
    return text


def _is_textual(code: int) -> bool:
    """Return whether a code is a letter, a usual sign, or half of a character beyond these."""
    char = chr(code)
    return (
        char.isalpha()
        or 0x20 <= code < 0x7F
        or 0x300 <= code < 0x370
        or 0x2010 <= code <= 0x20AC
        or 0xD800 <= code < 0xE000
    )


def _decode_bytes(value: str) -> str:
    return _BYTES.sub(lambda match: _letters(bytes.fromhex(match[0].replace("\\x", ""))) or match[0], value)


def _letters(data: bytes) -> str:
    """Return bytes as letters of UTF-8 or Latin-1; an empty text if they are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text if text.isalpha() else ""


def _decode_percent(value: str) -> str:
    return _decode_whole(value, _PERCENT, lambda text: unquote(text, errors="strict"))


def _decode_latin(value: str) -> str:
    return _LATIN.sub(lambda match: _letters(bytes.fromhex(match[1] or match[2])) or match[0], value)


def _decode_quoted(value: str) -> str:
    return _decode_whole(value, _QUOTED, lambda text: quopri.decodestring(text.encode()).decode())


def _decode_whole(value: str, pattern: re.Pattern[str], decode: Callable[[str], str]) -> str:
    """Return a value decoded, if all places of a pattern are letters of UTF-8, and not the whole value."""
    if pattern.fullmatch(value):
        return value
    try:
        letters = "".join(decode(found) for found in pattern.findall(value))
        return decode(value) if all(char.isalpha() or char in "’‘–—“”" for char in letters) else value
    except UnicodeError:
        return value


_STEPS = (
    (_ENTITY, _decode_entities),
    (_UNICODE, _decode_unicode),
    (_BYTES, _decode_bytes),
    (_PERCENT, _decode_percent),
    (_LATIN, _decode_latin),
    (_QUOTED, _decode_quoted),
)
