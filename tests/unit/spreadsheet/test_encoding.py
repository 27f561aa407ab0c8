"""Encodings are read right or asked for, never misread: over many languages, and for hard single cases."""

import codecs
import locale
from pathlib import Path

import pytest

from tests.benchmarks.encodings import ENCODINGS, LeadList, detect, encode, judge, lead_lists, read_words
from uploader.core.errors import TableError
from uploader.spreadsheet.encoding import detect_encoding
from uploader.spreadsheet.encoding_sample import READ_SIZE
from uploader.spreadsheet.language_models import LANGUAGES

CASES = [case for case in lead_lists(1, (1, 5)) if case.is_english]


def write(folder: Path, text: str, encoding: str) -> Path:
    path = folder / "leads.csv"
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path) -> str:
    return path.read_bytes().decode(detect_encoding(path, None)[0])


@pytest.mark.slow
def test_no_list_of_any_language_is_misread() -> None:
    """English headers and invented names only. From five rows on hardly one is asked for; in cp1252 none."""
    results = [(case.language, case.encoding, case.rows, judge(case, detect)) for case in CASES]
    assert len({language for language, *_ in results}) >= 40
    assert [result for result in results if result[-1] == "misread"] == []
    asked = [result for result in results if result[-1] == "asked"]
    assert [result for result in asked if result[1] == "cp1252"] == []
    assert len([result for result in asked if result[2] == 5]) <= len(CASES) // 20


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt", "nl", "da", "nb", "sv", "is", "ga", "en"])
def test_one_western_word_is_read_right(language: str) -> None:
    """Each name alone in a file of plain English, as in most British and American lists."""
    for name in {name for column in read_words()[language].columns[:3] for name in column if not name.isascii()}:
        text = f"First Name,Last Name,Email\r\nJane,Smith,jane@example.com\r\n{name},Jones,lead@example.com\r\n"
        data = text.encode("cp1252")
        assert judge(LeadList(language, "cp1252", 2, True, text, data), detect) == "right", name


@pytest.mark.parametrize(
    "name", ["Siobhán", "Zoë", "Renée", "Muñoz", "João", "Günter", "Åse", "Bjørn", "Þóra", "Ólafur"]
)
def test_well_known_western_names_are_read_right(tmp_path: Path, name: str) -> None:
    text = f"First Name,Last Name,Email\r\n{name},Smith,lead@example.com\r\n"
    assert read(write(tmp_path, text, "cp1252")) == text


EVERYDAY = """
    Lee 500 €|Bob’s Bakery|Anna–Maria|“The Works”|O´Neill|Café™|20 m² Büro|Lunch – now|Mª José|Nº 5, Peña|20 °C|½ Tag|
    © Firma|Müller®|10 €/h|Größe: 5×3|»Zitat«|„Zitat“|«citation»|5 – 6|Peter…|naïve|CAFÉ|ÜBER|l’été|aujourd’hui|£500|
    s’il vous plaît|¥ 100|¿Qué?|¡Hola!|1º|C/ Peña, 3º dcha|§ 5|Don’t call|“Hello” he said|it’s ‘fine’|5 µm|• Punkt|
    Foo — Bar|Foo—Bar|2019–2021|Noël & Söhne|Île-de-France|São Tomé|Côte d’Ivoire|Häagen-Dazs|déjà vu|crème brûlée|
    œuvre|n°5|100% – ok|Rock ’n’ Roll|’90s|Kings’ Road|5±1|JÖRG MÜLLER|jörg müller|Ångström|Škoda
"""


@pytest.mark.parametrize("text", [text.strip() for text in EVERYDAY.split("|")])
def test_everyday_text_is_western(tmp_path: Path, text: str) -> None:
    lines = f"First Name,Company,Email\r\nJane,{text},lead@example.com\r\n"
    assert read(write(tmp_path, lines, "cp1252")) == lines


def test_encodings_with_the_same_text_are_no_doubt(tmp_path: Path) -> None:
    """ö and ü are the same bytes in cp1250, cp1252, cp1254, cp1257 and others."""
    path = write(tmp_path, "Name\nJörg Müller\nKäthe Öhm\n", "cp1252")
    assert detect_encoding(path, None) == ("cp1252", "read as cp1252; if accents look wrong, set --encoding")


def test_a_letter_that_comes_late_counts(tmp_path: Path) -> None:
    """10,000 rows are the same text in cp1252 and cp1254; the last one is not."""
    text = "Name,Ort\n" + "Günter Öztürk,Köln\n" * 10_000 + "Şule Yıldırım,Şanlıurfa\n"
    path = write(tmp_path, text, "cp1254")
    assert detect_encoding(path, None)[0] == "cp1254"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(tmp_path: Path, line_end: str) -> None:
    text = line_end.join(["Imię,Nazwisko", "Łukasz,Wójcik", "Małgorzata,Dąbrowska", ""])
    assert detect_encoding(write(tmp_path, text, "cp1250"), None)[0] == "cp1250"


@pytest.mark.parametrize(
    ("text", "first_letter", "first_byte", "step"),
    [
        (
            "გიორგი,თბილისი\nნინო,ქუთაისი\nთამარ,ბათუმი\nდავით,რუსთავი\nმზია,ზუგდიდი\n",
            "ა",
            0xC0,
            1,
        ),  # a Georgian encoding
        ("Իվան,Երեւան\nԱրամ,Գյումրի\nԿարեն,Վանաձոր\n", "Ա", 0xB2, 2),  # ARMSCII-8
        ("Γιώργος,Αθήνα\nΕλένη,Πάτρα\nΝίκος,Βόλος\n", "Έ", 0x9A, 1),  # an encoding that does not exist
    ],
)
def test_text_of_no_known_encoding_is_asked_for(
    tmp_path: Path, text: str, first_letter: str, first_byte: int, step: int
) -> None:
    path = tmp_path / "leads.csv"
    codes = [ord(char) if char < "\x80" else first_byte + step * (ord(char) - ord(first_letter)) for char in text]
    path.write_bytes(b"Name,City\n" + bytes(128 + code % 128 if code > 127 else code for code in codes))
    with pytest.raises(TableError, match=r"unknown text encoding|can be read as") as error:
        detect_encoding(path, None)
    assert "--encoding" in error.value.hint


def test_two_plausible_readings_show_a_word_in_both(tmp_path: Path) -> None:
    path = write(tmp_path, "First Name,Last Name\nAnn,Ğiauliai\n", "cp1254")
    with pytest.raises(TableError) as error:
        detect_encoding(path, None)
    assert "can be read as cp1257 ('Šiauliai') or as " in error.value.message
    assert error.value.hint.startswith("Choose one with --encoding cp1257 or --encoding ")


@pytest.mark.parametrize("encoding", ["cp1250", "cp1252"])
def test_the_code_page_of_the_system_is_evidence(tmp_path: Path, monkeypatch, encoding: str) -> None:
    """A word that two encodings make equally good goes to the system's own one."""
    scores = {}
    for system in ("UTF-8", encoding):
        monkeypatch.setattr(locale, "getencoding", lambda system=system: system)
        seen: list[float] = []
        monkeypatch.setattr(
            "uploader.spreadsheet.encoding_guess.rank",
            lambda texts, languages, encodings, seen=seen: seen.append(encodings.get(encoding, 0.0)) or [],
        )
        with pytest.raises(TableError):
            detect_encoding(write(tmp_path, "Name\nŠárka Dvořák\n", "cp1250"), None)
        scores[system] = seen[0]
    assert scores[encoding] > scores["UTF-8"]


@pytest.mark.parametrize(
    "row",
    [
        "Jānis,Rīga,janis@example.com",  # the address repeats the name
        "Jānis,Rīga,a@example.lv",
        "Jānis,Rīga,+371 2000 0000",
        "Jānis,Rīga,Latvija",
        "Jānis,Rīga,LV",
    ],
)
def test_other_columns_show_the_language(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, f"First Name,City,Note\n{row}\n", "cp1257")
    assert detect_encoding(path, None)[0] == "cp1257"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso2022_jp", "名,姓\n太郎,山田\n花子,佐藤\n"),
        ("iso2022_jp_ext", "名,姓\nﾀﾛｳ,ﾔﾏﾀﾞ\n花子,佐藤\n"),
        ("iso2022_kr", "이름,성\n민준,김\n서연,이\n"),
        ("hz", "名,姓\n志强,王\n晓明,李\n"),
    ],
)
def test_encodings_with_escape_sequences(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(write(tmp_path, text, encoding)) == text


def test_escape_sequences_of_no_known_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(b"Name\n\x1b$Zab\x1b(Z\n")
    with pytest.raises(TableError, match="unknown text encoding"):
        detect_encoding(path, None)


@pytest.mark.parametrize("text", ["Name\nA~{b\n", "Name\n\x1b[31mAnn\n", "Name\n~{\n"])
def test_what_only_resembles_an_escape_sequence_stays(tmp_path: Path, text: str) -> None:
    assert detect_encoding(write(tmp_path, text, "ascii"), None) == ("utf-8", "")


def test_letters_that_are_utf_8_by_accident_are_asked_for(tmp_path: Path) -> None:
    """ř and á of the Czech Mac are one letter of the Maldives in UTF-8."""
    path = write(tmp_path, "First Name,Last Name\nJana,Dvořák\n", "mac_latin2")
    assert path.read_bytes().decode("utf-8")
    with pytest.raises(TableError, match="can be read as utf-8"):
        detect_encoding(path, None)


@pytest.mark.parametrize("name", ["Zoë", "Foo®Bar", "2×4", "Siobhán", "°C", "Ё", "א", "µm", "½", "Ž", "Ő"])
def test_short_utf_8_is_utf_8(tmp_path: Path, name: str) -> None:
    assert detect_encoding(write(tmp_path, f"Name,Note\nAnn,{name}\n", "utf-8"), None) == ("utf-8", "")


def test_each_encoding_of_the_benchmark_is_a_codec_and_each_language_has_words() -> None:
    assert all(codecs.lookup(name) for names in ENCODINGS.values() for name in names)
    assert read_words().keys() == {language.code for language in LANGUAGES}


def test_vietnamese_tones_are_letters_of_their_own() -> None:
    assert encode("Nguyễn", "cp1258") == "Nguyê\u0303n".encode("cp1258")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    [
        "First Name,City\r\nAnn,Leeds\r\n",
        "Имя;Город\r\nОльга;Санкт-Петербург\r\n" * 20,
        "姓名\t城市\n王志强\t上海\n" * 20,
    ],
    ids=["Latin", "Cyrillic", "Chinese"],
)
def test_utf_16_needs_no_mark(tmp_path: Path, encoding: str, text: str) -> None:
    assert detect_encoding(write(tmp_path, text, encoding), None) == (encoding, f"read as {encoding}")


def test_utf_32_is_read_by_its_mark(tmp_path: Path) -> None:
    assert detect_encoding(write(tmp_path, "Name\nZoë\n", "utf-32"), None) == ("utf-32", "")


def test_text_with_a_nul_byte_is_not_utf_16(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="line 2: contains NUL bytes"):
        detect_encoding(write(tmp_path, "Name\nA\0nn\n", "utf-8"), None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_fault_far_below_is_found_in_its_line(tmp_path: Path, encoding: str, pieces: int) -> None:
    path = tmp_path / "leads.csv"
    rows = pieces * READ_SIZE // 20 + 5
    text = "Email,Name\n" + "é@example.com,Ann Bell\n" * rows
    path.write_bytes((text + "bo\0@example.com\n").encode(encoding))
    with pytest.raises(TableError, match=f"line {rows + 2}: contains NUL bytes"):
        detect_encoding(path, encoding)
    broken = b"\xff" if encoding == "utf-8" else "\udc00".encode(encoding, "surrogatepass")
    path.write_bytes(text.encode(encoding) + broken + "\n".encode(encoding))
    with pytest.raises(TableError, match=rf"\(line {rows + 2}\)"):
        detect_encoding(path, encoding)
