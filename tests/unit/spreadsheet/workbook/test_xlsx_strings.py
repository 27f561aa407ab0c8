"""Shared strings are the same when they are split and when they are parsed."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.corpus.raw_workbooks import packed
from tests.support.damage import damaged
from uploader.core.errors import TableError
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook import plain_xml, xlsx_strings
from uploader.spreadsheet.workbook.package import Package
from uploader.spreadsheet.workbook.plain_xml import OddXmlError
from uploader.spreadsheet.workbook.xlsx_strings import _parse_strings, _read_plain_strings, read_strings

PART = "xl/sharedStrings.xml"
RICH = "<si><r><rPr><b/></rPr><t>Z</t></r><r><t>oë</t></r><rPh sb='0' eb='1'><t>hint</t></rPh></si>"
ITEMS = {
    "<si><t>Ann</t></si>": ["Ann"],
    '<si><t xml:space="preserve"> Ann </t></si><si><t></t></si>': [" Ann ", ""],
    "<si><t>a &lt;b&gt; &amp;amp; c</t></si>": ["a <b> &amp; c"],
    "<si><t>a_x000D_&#10;b</t></si>": ["a\r\nb"],
    f"<si><t>a</t></si>{RICH}<si><t/></si>": ["a", "Zoë", ""],
    "<si><t>a</t></si>\n<si><t>b\nc</t></si>\n": ["a", "b\nc"],
}


def opened(folder: Path, items: str, *, root: str = "<sst>", end: str = "</sst>") -> Package:
    path = folder / "a.xlsx"
    path.write_bytes(packed({PART: f'<?xml version="1.0" encoding="UTF-8"?>\r\n{root}{items}{end}'}))
    return Package(path, TimeLimit())


@pytest.mark.parametrize("size", [90, plain_xml.PIECE_SIZE])
@pytest.mark.parametrize("items", ITEMS)
def test_usual_strings_are_split(tmp_path, monkeypatch, items: str, size: int) -> None:
    monkeypatch.setattr(plain_xml, "FIRST_SIZE", size)
    monkeypatch.setattr(plain_xml, "PIECE_SIZE", size)
    package = opened(tmp_path, items * 3, root='<sst xmlns="x" count="9" uniqueCount="4294967295">', end="</sst>\n")
    assert _read_plain_strings(package, PART) == _parse_strings(package, PART) == ITEMS[items] * 3


@pytest.mark.parametrize(
    ("items", "end"),
    [
        ("<si><t>a</t></si>", "</sst><x/>"),
        ("<si><t>a</t></si>", ""),
        ("<si><t>a</si></t>", "</sst>"),
        ("<si><t>&nbsp;</t></si>", "</sst>"),
        ("<si><t>a\x01</t></si>", "</sst>"),
        ("<si><t>a]]></t></si>", "</sst>"),
        ("<si><t>&#0;</t></si>", "</sst>"),
    ],
)
def test_damaged_strings_are_refused(tmp_path, items: str, end: str) -> None:
    with pytest.raises(ValueError, match="XML is damaged"):
        read_strings(opened(tmp_path, items, end=end), PART)


@pytest.mark.parametrize(
    "items", ["<!-- </si> --><si><t>a</t></si>", "<si><t><![CDATA[a]]></t></si>", "<x:si><x:t>a</x:t></x:si>"]
)
def test_unusual_strings_are_parsed(tmp_path, items: str) -> None:
    assert read_strings(opened(tmp_path, items, root="<sst xmlns:x='x'>"), PART) == ["a"]


def test_declared_entities_are_refused(tmp_path) -> None:
    package = opened(tmp_path, "<si><t>&a;</t></si>", root='<!DOCTYPE sst [<!ENTITY a "b">]><sst>')
    with pytest.raises(ValueError, match="declares entities"):
        read_strings(package, PART)


def test_too_many_strings_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(xlsx_strings, "MAX_STRINGS_MEMORY", 6_000)
    package = opened(tmp_path, "<si><t>Ann</t></si>" * 100)
    with pytest.raises(TableError, match=r"a.xlsx has more than \d+ different texts"):
        read_strings(package, PART)


def test_very_long_string_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(plain_xml, "LONGEST_PIECE", 10)
    monkeypatch.setattr(plain_xml, "FIRST_SIZE", 100)
    monkeypatch.setattr(plain_xml, "PIECE_SIZE", 100)
    monkeypatch.setattr(xlsx_strings, "LONGEST_TEXT", 10)
    with pytest.raises(ValueError, match="more than 10 characters"):
        read_strings(opened(tmp_path, f"<si><t>{'a' * 200}</t></si>"), PART)


BASE = "<si><t>Ann</t></si><si><t>Zoë &amp; Bo</t></si>" + RICH + "<si><t>b_x000D_</t></si></sst>"
SNIPPETS = [
    *"<>/&;_\r\x01",
    "<si>",
    "</si>",
    "<t>",
    "</t>",
    "<t/>",
    "</sst>",
    "&lt;",
    "&lt",
    "]]>",
    "<!--",
    "-->",
    "<x>",
]


@settings(max_examples=300, deadline=None)
@given(items=damaged(BASE, SNIPPETS))
@pytest.mark.slow
def test_damaged_strings_are_never_read_as_others(tmp_path_factory, items) -> None:
    package = opened(tmp_path_factory.mktemp("strings"), items, end="")
    try:
        split = _read_plain_strings(package, PART)
    except OddXmlError:
        return
    assert split == _parse_strings(package, PART)
