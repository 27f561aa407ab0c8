"""Zip packages (xlsx, xlsm, xlsb, ods): their parts by name, within limits that keep memory and time bounded.

Nothing is unpacked before its declared size is checked, and `zipfile` reads no further than that size.
"""

import posixpath
import zipfile
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from uploader.core.errors import TableError
from uploader.spreadsheet.time_limit import TimedFile, TimeLimit
from uploader.spreadsheet.workbook.model import ProtectedError
from uploader.spreadsheet.workbook.xml_parser import parse_tree

# A workbook that unpacks to more than this is not a list of leads: bytes. A million rows of ten columns are 400 MB.
MAX_UNPACKED = 2 * 1024**3

# Workbooks shrink to a fifth or a twentieth. A large part that shrinks to less than this share is a bomb.
MAX_RATIO = 200
_LARGE_PART = 32 * 1024**2  # bytes

# Parts that are kept in memory as a whole: lists of sheets, styles, relationships. Bytes.
MAX_SMALL_PART = 32 * 1024**2

# The flags of an encrypted part, and of one that is strongly encrypted (APPNOTE.TXT 4.4.4).
_ENCRYPTED = 0x1 | 0x40


class Package:
    """A zip package whose parts are found whatever the case of their names and whichever slashes they have."""

    def __init__(self, path: Path, limit: TimeLimit) -> None:
        """Open a package.

        Args:
            path: The file.
            limit: How long its parts may take to read.

        Raises:
            TableError: It would unpack to an absurd size.
            ProtectedError: It is encrypted.
            zipfile.BadZipFile: It is damaged.
            ValueError: Two different parts have the same name, of which either may be meant.
        """
        self.path = path
        self._limit = limit
        self._archive = zipfile.ZipFile(path)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._archive.infolist():
            self._parts.setdefault(_normalize(info.filename), info)
        try:
            self._check_names()
            self._check_sizes()
        except BaseException:  # it is raised again
            self._archive.close()
            raise

    def _check_names(self) -> None:
        by_name = self._archive.NameToInfo
        twice = [part.filename for part in self._archive.infolist() if by_name[part.filename].CRC != part.CRC]
        if twice:
            raise ValueError(f"it has two parts named {twice[0]}")

    def _check_sizes(self) -> None:
        unpacked = sum(info.file_size for info in self._parts.values())
        bombs = [
            name
            for name, info in self._parts.items()
            if info.file_size > _LARGE_PART and info.file_size > MAX_RATIO * max(1, info.compress_size)
        ]
        if unpacked > MAX_UNPACKED or bombs:
            raise TableError(
                f"{self.path.name} would unpack to {unpacked / 1e9:.1f} GB.",
                "Delete formatted but empty rows and columns, split the file, or save it as CSV.",
            )

    def __contains__(self, name: str) -> bool:
        return _normalize(name) in self._parts

    @property
    def names(self) -> list[str]:
        """The normalized names of all parts."""
        return list(self._parts)

    def size(self, name: str) -> int:
        """Return the size of a part, in bytes."""
        return self._parts[_normalize(name)].file_size

    def open(self, name: str) -> TimedFile:
        """Open a part for reading, which raises TableError once the time is over.

        Raises:
            KeyError: There is no such part.
            NotImplementedError: It is compressed in a way that Python cannot read.
            ProtectedError: The part is encrypted.
        """
        part = self._parts[_normalize(name)]
        if part.flag_bits & _ENCRYPTED:
            raise ProtectedError
        return TimedFile(self._archive.open(part), self.path.name, self._limit)

    def read(self, name: str) -> bytes:
        """Return a small part.

        Raises:
            ValueError: The part is too large to be what it should be.
        """
        self._refuse_large(name)
        with self.open(name) as file:
            return file.read()

    def parse(self, name: str) -> ElementTree.Element:
        """Return the root element of a small XML part."""
        self._refuse_large(name)
        with self.open(name) as file:
            return parse_tree(file)

    def _refuse_large(self, name: str) -> None:
        if self.size(name) > MAX_SMALL_PART:
            raise ValueError(f"its part {name} is larger than {MAX_SMALL_PART // 1024**2} MB")

    def close(self) -> None:
        """Close the file."""
        self._archive.close()


def _normalize(name: str) -> str:
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


class Relation:
    """A relationship of a part (ECMA-376, part 2, 9.3): its id, its kind such as `worksheet`, and the part it is to."""

    def __init__(self, package: Package, folder: str, node: ElementTree.Element) -> None:
        self.id = node.get("Id", "")
        self.kind = node.get("Type", "").rpartition("/")[2].lower()
        self.part = _find_target(package, folder, node.get("Target", ""))


def _find_target(package: Package, folder: str, target: str) -> str | None:
    """Return the part that a relationship is to; relative to the folder, from the root, or only by its file name."""
    target = target.replace("\\", "/")
    base = target.rpartition("/")[2]
    for one in dict.fromkeys((target, unquote(target))):
        for candidate in (posixpath.join("/" + folder, one), one):
            if candidate in package:
                return _normalize(candidate)
    alike = [name for name in package.names if base and name.rpartition("/")[2] == base.lower()]
    return alike[0] if len(alike) == 1 else None


def relations(package: Package, part: str) -> list[Relation]:
    """Return the relationships of a part; of the package itself if the name is empty."""
    folder, _, base = part.rpartition("/")
    name = posixpath.join(folder, "_rels", f"{base}.rels")
    if name not in package:
        return []
    return [Relation(package, folder, node) for node in package.parse(name) if node.tag == "Relationship"]


def main_part(package: Package) -> str | None:
    """Return the part that is the workbook, by its relationship or else by its name; None for an OpenDocument file."""
    for relation in relations(package, ""):
        if relation.kind == "officedocument" and relation.part:
            return relation.part
    known = ("xl/workbook.xml", "xl/workbook.bin")
    named = [name for name in package.names if name.rpartition("/")[2] in {"workbook.xml", "workbook.bin"}]
    return next((name for name in (*known, *named) if name in package), None)
