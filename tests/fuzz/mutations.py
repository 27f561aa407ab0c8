"""Mutations of spreadsheets: of bytes, of cells, of a package's parts and their names, of numbers and places in XML."""

import io
import random
import re
import zipfile

_NUMBER = re.compile(rb'(?<=")[0-9]+(?=")|(?<=>)[0-9.]+(?=<)')
_PLACE = re.compile(rb'(?<=r=")[A-Z]+[0-9]+(?=")')
_ELEMENT = re.compile(rb"<[^<>]*>")
_EXTREMES = (
    b"0",
    b"-1",
    b"1",
    b"65536",
    b"1048576",
    b"99999999",
    b"4294967295",
    b"1E308",
    b"1e-320",
    b"NaN",
    b"",
    b"x",
)
_PLACES = (b"A1", b"XFD1048576", b"ZZZ1", b"A0", b"A99999999", b"AMJ3", b"", b"1", b"a1")
_ATTRIBUTES = (b' t="e"', b' t="s"', b' t="str"', b' t="d"', b' hidden="1"', b' s="999"', b' x="1"')
_FORMATS = (b"00000", b"[h]:mm", b"yyyy", b"&quot;", b"[", b"\\", b"0" * 300, b"0;0;0;0;0", b"[&lt;5]0;0", b"_", b"*")
_CELLS = (
    *(
        b"",
        b'"',
        b"2.00",
        b"1,000",
        b"10.000,00",
        b"###",
        b"5.59E+04",
        b"NA",
        b"'2",
        b"-2",
        b"2/3/2026",
        b"#N/A",
        b"=1+1",
    ),
    *(
        b"upload_row",
        b"accepted",
        b"ACCEPTED ",
        b"\xe9\xff",
        b"\0",
        b"\x1b$B",
        b"1" * 400,
        b"a\r",
        b'"a\n"',
        b"\xef\xbb\xbf",
    ),
)
_MAX_GROWTH = 4_000_000  # bytes


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return a mutated file: a zip package with mutated parts, or any file with mutated bytes."""
    if chance.random() < 0.75 and data[:2] == b"PK":
        return _mutate_package(data, chance)
    if chance.random() < 0.75 and data[:4] != b"\xd0\xcf\x11\xe0":
        return _mutate_cells(data, chance)
    return mutate_bytes(data, chance)


def _mutate_cells(data: bytes, chance: random.Random) -> bytes:
    """Return a text file of which a few cells have another value, or a few lines another place."""
    lines = data.splitlines(keepends=True)
    delimiter = max(b",;\t|", key=data.count).to_bytes(1, "big")
    for _ in range(chance.choice((1, 1, 2, 8)) if lines else 0):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(6):
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines[at] = chance.choice((b"", b"\n", lines[other], lines[other] * 50))
            case _:
                cells = lines[at].split(delimiter)
                cells[chance.randrange(len(cells))] = chance.choice((*_CELLS, cells[chance.randrange(len(cells))]))
                lines[at] = delimiter.join(cells)
    return b"".join(lines)


def mutate_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes of which a few are changed, removed, repeated or cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        length = min(chance.choice((1, 2, 4, 64, 512)), len(changed) - at)
        match chance.randrange(6):
            case 0:
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                changed[at : at + length] = chance.randbytes(length)
            case 2:
                del changed[at : at + length]
            case 3:
                changed[at:at] = changed[at : at + length] * chance.choice((1, 2, 100))
            case 4:
                changed[at : at + 4] = chance.choice(
                    (b"\xff\xff\xff\xff", bytes(4), b"\xff\xff\xff\x7f", b"\x01\0\0\0")
                )
            case _:
                del changed[at + (len(changed) - at) // 2 :]
    return bytes(changed[: len(data) + _MAX_GROWTH])


def _mutate_package(data: bytes, chance: random.Random) -> bytes:
    """Return a package whose parts are mutated, with checksums that fit."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):
        return mutate_bytes(data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 3)) if parts else 0):
        name = chance.choice([name for name in parts if _matters(name)] or list(parts))
        match chance.randrange(10):
            case 0:
                parts[_mutate_name(name, chance)] = parts.pop(name)
            case 1:
                parts[name] = parts[chance.choice(list(parts))]
            case 2:
                parts[name] = mutate_bytes(parts[name], chance)
            case _:
                binary = name.endswith(".bin")
                parts[name] = mutate_bytes(parts[name], chance) if binary else _mutate_xml(parts[name], chance)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in parts.items():
            archive.writestr(name or "x", inner)
    return stream.getvalue()


def _matters(name: str) -> bool:
    return any(word in name.lower() for word in ("sheet", "workbook", "string", "style", "content.xml", "rels"))


def _mutate_name(name: str, chance: random.Random) -> str:
    return chance.choice((name.upper(), name.replace("/", "\\"), "x/" + name, name[:-1], "../" + name, name + name))


def _mutate_xml(data: bytes, chance: random.Random) -> bytes:
    """Return XML with another number, place, attribute, format or element somewhere."""
    match chance.randrange(7):
        case 0 | 1:
            return _replace_one(_NUMBER, data, chance.choice(_EXTREMES), chance)
        case 2:
            return _replace_one(_PLACE, data, chance.choice(_PLACES), chance)
        case 3:
            return _replace_one(re.compile(rb"(?<=<[a-z])(?=[ >/])"), data, chance.choice(_ATTRIBUTES), chance)
        case 4:
            return _replace_one(re.compile(rb'(?<=formatCode=")[^"]*'), data, chance.choice(_FORMATS), chance)
        case 5:
            elements = list(_ELEMENT.finditer(data, 0, 200_000))
            if len(elements) < 2:
                return data
            one, other = chance.choice(elements), chance.choice(elements)
            return data[: one.start()] + other[0] * chance.choice((0, 1, 2, 2000)) + data[one.end() :]
        case _:
            return mutate_bytes(data, chance)


def _replace_one(pattern: re.Pattern[bytes], data: bytes, text: bytes, chance: random.Random) -> bytes:
    found = list(pattern.finditer(data, 0, 200_000))
    if not found:
        return data
    one = chance.choice(found)
    return data[: one.start()] + text + data[one.end() :]
