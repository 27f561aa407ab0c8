"""UTF-7, and what is left of other encodings that write letters in ASCII."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.benchmarks.encodings import read_words
from uploader.core.errors import TableError
from uploader.spreadsheet.encoding import detect_encoding
from uploader.spreadsheet.encoding_sample import READ_SIZE, Escapes

HEAD = "First Name,Last Name,Email,Phone\r\n"


def write(folder: Path, data: str | bytes) -> Path:
    path = folder / "leads.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("language", sorted(read_words()))
def test_utf_7_is_read_in_every_language(tmp_path: Path, language: str) -> None:
    first, last, city = read_words()[language].columns[:3]
    lines = [
        f"{one},{two},a+b@example.com,+44 7700 900{at},{town}"
        for at, (one, two, town) in enumerate(zip(first, last, city, strict=False), 100)
    ]
    text = HEAD + "\r\n".join(lines)
    path = write(tmp_path, text.encode("utf-7"))
    encoding, note = detect_encoding(path, None)
    assert path.read_bytes().decode(encoding) == text
    assert (encoding == "utf-7" and note) or text.replace("+", "").isascii()


def test_utf_7_is_an_encoding_that_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path, (HEAD + "Siobhán,Smith,s@example.com,+44 7700 900123\r\n").encode("utf-7"))
    assert detect_encoding(path, "utf-7") == ("utf-7", "")
    with pytest.raises(TableError, match="the bytes are not utf-7"):
        detect_encoding(write(tmp_path, HEAD + "Ann,Lee,a@example.com,+44 7700 900123\r\n"), "utf-7")


ORDINARY = [
    "a+b-c@example.com", "ann+ads-x@example.com", "joe+AOE-x@example.com", "+44 7700 900123", "+447700900123",
    "+14155550100", "+371 2000 0000", "C++", "A+B", "A+", "+", "+-", "1+1=2", "Foo+Bar-Baz", "Google+", "q=foo+AOE-bar",
    "https://example.com/?q=a+AOE-b", "Ann+Bob", "BA+MBA", "O+", "AB+", "a~{b", "US$Bonds(B)", "$BILL (B)",
    "x" * 70 + "=",
    "18+", "LGBTQIA+", "Canal+AB", "x+y-z", "Pa+sS-w0rd", "TWFu+AAA=",
]  # fmt: skip


@pytest.mark.parametrize("cell", ORDINARY)
def test_ordinary_plus_signs_are_no_utf_7(tmp_path: Path, cell: str) -> None:
    assert detect_encoding(write(tmp_path, f"{HEAD}Ann,{cell}\r\n"), None) == ("utf-8", "")
    assert detect_encoding(write(tmp_path, f"{HEAD}Zoë,{cell}\r\n"), None) == ("utf-8", "")


PIECES = st.sampled_from(
    ["+", "-", "@", ".", "a", "b", "AO", "Ann", "Lee", "44", "7700", "(", ")", "$B", "~{", "~}", "="]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.lists(st.tuples(PIECES, PIECES, PIECES, PIECES).map("".join), min_size=1, max_size=4))
def test_text_without_shifts_is_never_refused(tmp_path: Path, cells: list[str]) -> None:
    """Cells with signs of these encodings, and addresses that begin shifts."""
    assert detect_encoding(write(tmp_path, f"{HEAD}{','.join(cells)},+44 7700 900123\r\n"), None)[0] in {"utf-8", "hz"}


@pytest.mark.parametrize(
    ("row", "written", "meant"),
    [
        ("Siobh+AOE-n,Smith,+44 7700 900123", "Siobh+AOE-n", "'Siobhán' in UTF-7"),
        ("Siobh+AOE-n,Müller,", "Siobh+AOE-n", "'Siobhán' in UTF-7"),
        ("+BBgEMgQwBD0-,Müller,", "+BBgEMgQwBD0-", "'Иван' in UTF-7"),
        ("~{VxJG~},Müller,", "~{VxJG~}", "in HZ"),
        ("$BB@O:(B,$B;3ED(B,", "$BB@O:(B", "'太郎' in ISO-2022-JP"),
        ("\x1b$BB@O:\x1b(B,Müller,", "\\x1b$BB@O:\\x1b(B", "'太郎' in ISO-2022-JP"),
    ],
)
def test_left_overs_are_shown_and_refused(tmp_path: Path, row: str, written: str, meant: str) -> None:
    path = write(tmp_path, f"{HEAD}{row}\r\n")
    with pytest.raises(TableError) as error:
        detect_encoding(path, None)
    assert written in error.value.message
    assert meant in error.value.message
    assert "--encoding utf-8" in error.value.hint
    assert detect_encoding(path, "utf-8")[0] == "utf-8-sig"


def test_cut_lines_of_an_e_mail_are_refused(tmp_path: Path) -> None:
    company = "A company with a rather long name in the middle of the town of="
    path = write(tmp_path, f"First Name,Company\r\nSiobh=C3=A1n,{company}\r\n London\r\n")
    with pytest.raises(TableError, match=r"its lines are cut, and letters are like 'Siobh=C3=A1n'"):
        detect_encoding(path, None)


@pytest.mark.parametrize("mark", [b"\x1b", b"\x0e", b"~{", b"$B", b"$@", b"+", b"+A", b"+B"])
def test_a_mark_is_found_wherever_the_file_is_cut_in_pieces(mark: bytes) -> None:
    text = b"Email,Note\nann@example.com," + mark + b"x\n"
    for cut in range(1, len(text)):
        escapes = Escapes()
        escapes.add(text[:cut])
        escapes.add(text[cut:])
        assert mark in escapes.marks, (mark, cut)
        assert escapes.marks - {mark} <= {mark[:1]}, (mark, cut)


def test_a_word_is_found_in_a_file_longer_than_one_piece(tmp_path: Path) -> None:
    row = "1,ann@example.com,+44 7700 900123\n"
    path = write(tmp_path, "Id,Email,Phone\n" + row * (READ_SIZE // len(row) + 2) + "2,M+APw-ller,\n")
    with pytest.raises(TableError) as raised:
        detect_encoding(path, None)
    assert "'M+APw-ller', which is 'Müller' in UTF-7" in raised.value.message
