"""Zip packages of workbooks as web servers, mail programs and other writers make them."""

import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.corpus.builders import WIDE
from tests.corpus.case import PLAIN, Build, Case, content
from tests.corpus.raw_workbooks import MAIN, OFFICE, packed, parts_of, raw, renamed, sheet_with
from tests.corpus.workbook_containers import CITY, LEEDS, STRICT, reads, refuses

STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"


def _leeds() -> bytes:
    return packed(parts_of(sheet_with(CITY)))


def _with_parts(parts: Mapping[str, str]) -> Build:
    return content(packed({**parts, **parts_of(sheet_with(CITY))}))


def _with_two_sheets(path: Path) -> None:
    path.write_bytes(_leeds())
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", sheet_with(""))


class _Pipe(io.RawIOBase):
    """A file that is only written, as by a web server: sizes follow the parts (APPNOTE 4.3.9)."""

    def __init__(self) -> None:
        self.data = b""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.data += bytes(data)
        return len(data)


def _streamed(*, force_zip64: bool) -> bytes:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in parts_of(sheet_with(CITY)).items():
            with archive.open(name, "w", force_zip64=force_zip64) as part:
                part.write(inner.encode())
    return pipe.data


CASES: Sequence[Case] = [
    reads("a sheet and relationships of strict Office Open XML", renamed({}, {MAIN: STRICT, OFFICE: STRICT_OFFICE})),
    reads("names that begin with a slash", renamed({name: f"/{name}" for name in parts_of("")})),
    reads("an archive with folders and trash", _with_parts({"xl/": "", "[trash]/0000.dat": "0" * 5_000})),
    reads(
        "an archive without a list of content types, and with an empty one", _with_parts({"[Content_Types].xml": ""})
    ),
    reads("blanks in a name", renamed({"xl/worksheets/sheet1.xml": "xl/worksheets/a b.xml"}, {"sheet1": "a%20b"})),
    reads("sizes behind the parts", content(_streamed(force_zip64=False))),
    reads("sizes of 64 bits", content(_streamed(force_zip64=True))),
    reads("bytes before the archive", content(b"Content-Type: application/zip\r\n\r\n" + _leeds())),
    reads("a mark of a spanned archive", content(b"PK00" + _leeds())),
    reads("bytes behind the archive", content(_leeds() + b"\r\n--boundary--\r\n")),
    Case("a macro workbook", "a.xlsm", _with_parts({"xl/vbaProject.bin": "x"}), LEEDS, mapping=PLAIN + WIDE),
    Case("a template", "a.xltx", raw(CITY), LEEDS, mapping=PLAIN + WIDE),
    refuses("two sheets of one name in an archive", "a.xlsx", _with_two_sheets, "it has two parts named xl/worksheets"),
    refuses("a workbook packed by gzip", "a.xlsx", content(gzip.compress(_leeds(), mtime=0)), "is a packed file"),
    refuses("a workbook in a zip", "a.zip", content(packed({"leads.xlsx": _leeds()})), "unpack the archive first"),
]
