"""Undo the wrong encoding of a text: `JosÃ©` back to `José`.

A UTF-8 letter beyond ASCII takes two to four bytes. Read as Windows-1252 it becomes that many characters, the first
of them one of `À` to `ô`. Hardly any real text contains such a sequence; where one could, it stays as it is.
"""

import re
import unicodedata

from uploader.spreadsheet.readings import ODD_CASE, examine_tokens

# Windows-1252 leaves five bytes undefined. Programs read these as control characters, and all of 80 to 9F if they
# take the text for Latin-1.
_C1 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}
_BYTES = {chr(byte): byte for byte in range(256)} | {char: byte for byte, char in _C1.items()}

# Other encodings in which programs read UTF-8: Excel on a Mac, "MS-DOS", and Windows in Central and Eastern Europe.
_OTHERS = ("mac_roman", "cp437", "cp850", "cp866", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257")
_TWO_LETTERS = re.compile("[^\x00-\x7f]{2}")
_SURELY_WITHIN = re.compile("[a-z][^\x00-\x7f]{2}|[^\x00-\x7f]{2}[a-z]|[√ƒ≈├─┼]")

# A capital and a mark that may really follow it: `BLÅ™`, `BLÅ’s`. Not after a lower-case letter (`DvoÅ™ak`), and
# apart from the apostrophe not before a letter (`KÃ–LN`).
_MAYBE_INTENDED = re.compile("(?<![a-zß-ÿ])[ÂÃÄÅÈ][…–—’”™•](?![a-zA-ZÀ-ÿ])|(?<=[A-ZÀ-Þ])[ÂÃÄÅÈ]’")


def decode_again(text: str) -> str:
    """Return the text as it was before UTF-8 or Windows-1252 was read as Windows-1252 or Latin-1.

    If there is any doubt, the text is returned as it is.
    """
    if text.isascii():
        return text
    try:
        decoded = bytes(map(_BYTES.__getitem__, text)).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return _decode_as_others(text) or text.translate(_C1)
    return decoded if _is_plausible(text, decoded) else text.translate(_C1)


def _decode_as_others(text: str) -> str:
    """Return a text that was read in another encoding than Windows-1252; an empty text if it is none, or in doubt.

    Only a text whose words have symbols within, letters of several alphabets, or odd capitals is one.
    """
    if not _TWO_LETTERS.search(text) or _has_usual_words(text):
        return ""
    found = {decoded for name in _OTHERS if (decoded := _decode_as(text, name)) and _has_usual_words(decoded)}
    return found.pop() if len(found) == 1 else ""


def _decode_as(text: str, encoding: str) -> str:
    try:
        decoded = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return ""
    found = [char for char in decoded if not char.isascii()]
    if all(map(_is_european, found)):
        return decoded if len(found) > 1 or _SURELY_WITHIN.search(text) else ""
    is_one_script = all("\u0370" <= char <= "\u052f" for char in found)  # Greek and Cyrillic
    return decoded if is_one_script and len(found) > 1 else ""


def _has_usual_words(text: str) -> bool:
    """Return whether no word has symbols within, letters of several alphabets, or odd capitals."""
    return not any(token.has_flaw or token.cost >= ODD_CASE for token in examine_tokens(text))


def _is_plausible(text: str, decoded: str) -> bool:
    found = [char for char in decoded if not char.isascii()]
    if any(unicodedata.category(char) in {"Cc", "Cn", "Co"} for char in found):
        return False
    if any("\u2000" <= char <= "\u2fff" or char >= "\uf900" for char in found):
        return True  # `â€™`, `ï»¿`, `ðŸ˜€`: never by chance
    if len(found) > 1:
        return all(_is_european(char) or char >= "\u0370" for char in found)
    return _is_european(found[0]) and not _MAYBE_INTENDED.search(text)


def _is_european(char: str) -> bool:
    return char <= "\u017f" or char in "ȘșȚț"
