"""The transform `title`: names in capitals or lower case, written as people write them."""

import re

# Lower case inside a name, as in `Ludwig van Beethoven`; single letters are initials, so they are not listed.
_PARTICLES = """
    af al av bin bint da de del della den der des di do dos du el ibn la las le les los ten ter und van vom von zu zum
    zur
"""
PARTICLES = frozenset(_PARTICLES.split())
NUMERALS = frozenset({"II", "III", "IV", "VII", "VIII"})  # after a name; VI is also a given name
_SEPARATORS = re.compile(r"([-‐–./'’‘\"“”(),&]+)")


def title(value: str) -> str:
    """Capitals at the beginning of words: `MARY-JANE O'NEIL` -> `Mary-Jane O'Neil`.

    Only words entirely in lower case or entirely in capitals are changed: `McDonald` and `van der Berg` stay.
    Particles are in lower case inside a name. At its beginning they get a capital, unless a word in mixed case shows
    that someone chose the spelling.
    """
    pieces = re.split(r"(\s+)", value)
    words = pieces[::2]
    is_chosen = any(_is_mixed_case(word) for word in words)
    last = len(words) - 1
    for index, word in enumerate(words):
        if _is_mixed_case(word):
            continue
        if word.lower() in PARTICLES and index < last and (index > 0 or (is_chosen and word.islower())):
            words[index] = word.lower()
        elif word.upper() in NUMERALS and index == last > 0:
            words[index] = word.upper()
        else:
            words[index] = _capitalize_word(word)
    pieces[::2] = words
    return "".join(pieces)


def _is_mixed_case(word: str) -> bool:
    return not word.islower() and not word.isupper()


def _capitalize_word(word: str) -> str:
    """Capitalize each part of a word: `o'neil-smith` -> `O'Neil-Smith`, but `smith's` -> `Smith's`."""
    parts = _SEPARATORS.split(word)
    for index in range(0, len(parts), 2):
        follows_apostrophe = index > 0 and parts[index - 1] in {"'", "’", "‘"}
        is_ending = follows_apostrophe and len(parts[index]) < 3 and len(parts[index - 2]) > 1
        parts[index] = parts[index].lower() if is_ending else _capitalize_part(parts[index])
    return "".join(parts)


def _capitalize_part(part: str) -> str:
    if len(part) > 3 and part[:2].lower() == "mc":
        return "Mc" + _capitalize_part(part[2:])
    # Turkish İ becomes i and a loose dot in lower case; the i already has its dot.
    return part[:1].title() + part[1:].lower().replace("i\u0307", "i")
