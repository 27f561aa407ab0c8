"""How often an encoding is read right, asked for, or misread, beside other detectors and Excel's own rule.

`python -m tests.benchmarks.encodings [LISTS [LANGUAGES]]` makes LISTS lists of invented leads for each language,
encoding, length and header. Nothing but names, cities, companies and jobs is in them, which is the hardest case: no
telephone numbers, no countries, and addresses that do not repeat the names.
"""

import random
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Line
from uploader.core.errors import TableError
from uploader.spreadsheet.encoding import detect_encoding
from uploader.spreadsheet.language_models import LANGUAGES

NAMES = Path(__file__).with_name("encoding_data") / "names.txt"
LENGTHS = (1, 2, 5, 50)
ENGLISH = ("First Name", "Last Name", "City", "Company", "Job Title", "Email")

# What spreadsheet programs and mail gateways write, by the groups in languages.csv.
ENCODINGS: Mapping[str, tuple[str, ...]] = {
    "western": ("cp1252", "iso8859_1", "iso8859_15", "cp850", "cp437", "mac_roman"),
    "central": ("cp1250", "iso8859_2", "cp852", "mac_latin2"),
    "baltic": ("cp1257", "iso8859_13"),
    "turkish": ("cp1254", "iso8859_9", "cp857", "mac_turkish"),
    "greek": ("cp1253", "iso8859_7", "mac_greek"),
    "cyrillic": ("cp1251", "iso8859_5"),
    "koi8_r": ("koi8_r",),
    "koi8_u": ("koi8_u",),
    "cp866": ("cp866",),
    "arabic": ("cp1256", "iso8859_6"),
    "hebrew": ("cp1255", "iso8859_8"),
    "thai": ("cp874", "tis_620"),
    "vietnamese": ("cp1258",),
    "japanese": ("cp932", "euc_jp", "iso2022_jp"),
    "simplified": ("gb18030", "hz"),
    "traditional": ("big5",),
    "korean": ("cp949", "iso2022_kr"),
}
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")

# A detector takes a file's bytes, and returns their text, or None where it asks.
Detector = Callable[[bytes], str | None]


@dataclass(frozen=True)
class LeadList:
    """A list of leads as a program has written it."""

    language: str
    encoding: str
    rows: int
    is_english: bool
    text: str
    data: bytes


@dataclass(frozen=True)
class Words:
    """Words of a language for lists of leads."""

    header: list[str]
    columns: list[list[str]]


def read_words() -> dict[str, Words]:
    """Return the words of names.txt by language."""
    found = {}
    for line in NAMES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            language, header, *columns = line.split("|")
            names = header.split(",")
            found[language] = Words([*names[:5], names[6]], [column.split(",") for column in columns[:5]])
    return found


def lead_lists(lists: int, lengths: tuple[int, ...] = LENGTHS) -> Iterator[LeadList]:
    """Yield lists of leads in all languages and encodings, the same ones each time."""
    words = read_words()
    for language in LANGUAGES:
        for encoding in dict.fromkeys(name for group in language.encodings for name in ENCODINGS[group]):
            for rows in lengths:
                for is_english in (False, True):
                    for number in range(lists):
                        choose = random.Random(f"{language.code} {encoding} {rows} {is_english} {number}")
                        text = _write_list(words[language.code], rows, is_english, choose)
                        data = encode(text, encoding)
                        if data and not text.isascii():
                            yield LeadList(language.code, encoding, rows, is_english, text, data)


def _write_list(words: Words, rows: int, is_english: bool, choose: random.Random) -> str:
    lines = [",".join(ENGLISH if is_english else words.header)]
    lines += [",".join([*map(choose.choice, words.columns), f"lead{row}@example.com"]) for row in range(rows)]
    return "\r\n".join(lines) + "\r\n"


def encode(text: str, encoding: str) -> bytes | None:
    """Return a text in an encoding, with tones as letters of their own if it needs that; None if it lacks a letter."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        if encoding != "cp1258":
            return None
    apart = ""
    for char in text:
        letters = unicodedata.normalize("NFD", char)
        tones = "".join(letter for letter in letters if letter in _TONES)
        base = "".join(letter for letter in letters if letter not in _TONES)
        apart += unicodedata.normalize("NFC", base) + tones
    return apart.encode(encoding)


def detect(data: bytes) -> str | None:
    """Return what the uploader reads."""
    with tempfile.NamedTemporaryFile(suffix=".csv", dir=_memory()) as file:
        file.write(data)
        file.flush()
        try:
            encoding, _ = detect_encoding(Path(file.name), None)
        except TableError:
            return None
    return data.decode(encoding)


def _memory() -> str | None:
    """Return a folder in memory if there is one: thousands of files are written."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def with_charset_normalizer(data: bytes) -> str | None:
    """Return what charset-normalizer reads."""
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return str(best) if best else None


def with_chardet(data: bytes) -> str | None:
    """Return what chardet reads."""
    import chardet

    encoding = chardet.detect(data)["encoding"]
    return data.decode(encoding, "replace") if encoding else None


def with_excel(data: bytes) -> str | None:
    """Return what Excel's import reads on a Western system, which takes the system's code page."""
    return data.decode("cp1252", "replace")


DETECTORS: Mapping[str, Detector] = {
    "uploader": detect,
    "charset-normalizer": with_charset_normalizer,
    "chardet": with_chardet,
    "Excel on a Western system": with_excel,
}


def judge(lead_list: LeadList, detector: Detector) -> str:
    """Return "right", "asked", or "misread"."""
    found = detector(lead_list.data)
    if found is None:
        return "asked"
    return "right" if _normal(found) == _normal(lead_list.text) else "misread"


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def main(lists: int = 1, languages: int = len(LANGUAGES), detectors: Mapping[str, Detector] = DETECTORS) -> list[Line]:
    """Return the share of the lists that are misread, or asked about, by detector and length, in per cent."""
    known = {language.code for language in LANGUAGES[:languages]}
    cases = [case for case in lead_lists(lists) if case.language in known]
    found = [Line(f"encodings: lists in {len(known)} languages", len(cases), "")]
    for name, detector in detectors.items():
        results = [(case, judge(case, detector)) for case in cases]
        for rows in LENGTHS:
            counts = Counter(result for case, result in results if case.rows == rows)
            for result in ("misread", "asked"):
                share = 100 * counts[result] / counts.total()
                found.append(Line(f"encodings, {rows} rows, {result}: {name}", share, "%"))
        western = Counter(result for case, result in results if case.encoding == "cp1252")
        found.append(Line(f"encodings, cp1252, misread: {name}", western["misread"], ""))
        found.append(Line(f"encodings, cp1252, asked: {name}", western["asked"], ""))
        if name == "uploader":
            for case, result in results:
                if result != "right":
                    print(case.language, case.encoding, case.rows, case.is_english, result, file=sys.stderr)
    return found


def show_table(lines: list[Line]) -> None:
    """Print the lines as a table for the documentation: misread / asked."""
    values = {line.what: line.value for line in lines}
    print(f"{lines[0].value:,.0f} {lines[0].what.removeprefix('encodings: ')}\n")
    columns = [f"{rows} rows" for rows in LENGTHS]
    print("| misread / asked, % |", " | ".join(columns), "| cp1252, lists |")
    print("|---|" + "---|" * (len(columns) + 1))
    for name in dict.fromkeys(line.what.rpartition(": ")[2] for line in lines[1:]):
        pairs = [
            [values[f"encodings, {column}, {result}: {name}"] for result in ("misread", "asked")]
            for column in (*columns, "cp1252")
        ]
        cells = [f"{misread:.1f} / {asked:.1f}" for misread, asked in pairs[:-1]]
        western = "{:.0f} / {:.0f}".format(*pairs[-1])
        print(f"| {name} |", " | ".join(cells), f"| {western} |")


if __name__ == "__main__":
    show_table(main(*map(int, sys.argv[1:])))
