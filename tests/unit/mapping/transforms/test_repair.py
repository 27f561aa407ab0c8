"""Damage by spreadsheets and exports: what is repaired, what is reported, and what stays."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import find_damage, find_lost_digits, repair, repair_email
from uploader.mapping.transforms.repair import remove_number_format


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JosÃ©", "José"), ("MÃ¼ller & SÃ¶hne", "Müller & Söhne"), ("MÃœLLER", "MÜLLER"), ("KÃ–LN", "KÖLN"),
        ("Ã–sterreich", "Österreich"),
        ("ESPAÃ‘A", "ESPAÑA"), ("Å’uvre", "Œuvre"), ("Ã‰ric", "Éric"),
        ("DvoÅ™Ã¡k", "Dvořák"), ("DvoÅ™ak", "Dvořak"), ("BucureÈ™ti", "București"), ("Ã\x81lvaro", "Álvaro"),
        ("Oâ€™Neil", "O’Neil"), ("Ð˜Ð²Ð°Ð½", "Иван"), ("ðŸ˜€", "😀"), ("JosÃƒÂ©", "José"), ("O\x92Neil", "O’Neil"),
        ("ï»¿Joe", "Joe"), ("MarÃ\u00ada\u200b", "María"), ("voilÃ\u00a0\u200b", "voilà"),
         ("æ\x9d±äº¬", "東京"), ("\ufeffAnn\u200b", "Ann"), ("So\u00adnja", "Sonja"),
        ("\u202a+44 7700 900123\u202c", "+44 7700 900123"), ("\u200cAnn\u200d", "Ann"), ("a\u00a0b\u202fc", "a b c"),
        ("e\u0301", "é"),
    ],
)  # fmt: skip
def test_repair_adds_a_note(text: str, expected: str) -> None:
    repaired, notes = repair(text)
    assert repaired == expected
    assert notes
    assert all(": repaired (" in note for note in notes)


def test_notes_name_the_damage() -> None:
    assert repair("JosÃ© Paz\u200b") == (
        "José Paz",
        (
            "'JosÃ© Paz': repaired (had invisible characters)",
            "'José Paz': repaired (was read in the wrong encoding)",
        ),
    )


@pytest.mark.parametrize(
    "text",
    ["Müller", "Zażółć", "BLÅ™", "BLÅ’s", "SÅ…", "CAFÉ™", "DÍŽKA", "voilà…",
     "risqué…”", "Łódź Ã©", "ÅÃ³dÅº", "O’Neil", "🙂", "می\u200cخواهم",
     "👨\u200d👩", "naïve", "Ångström", "SÃO PAULO", "Â"],
)  # fmt: skip
def test_text_that_may_be_intended_stays(text: str) -> None:
    assert repair(text) == (text, ())


def test_outer_blanks_cause_no_note() -> None:
    assert repair("Ann\u00a0") == ("Ann ", ())


@pytest.mark.parametrize(
    "text",
    ["mailto:joe@example.com", "mailto:joe@example.com?subject=Hi", "Joe Bloggs <joe@example.com>", "<joe@example.com>",
     "“joe@example.com”", "'joe@example.com'", "joe@example.com.", "joe@example.com,", "joe@example.com; ",
     "joe＠example.com", "joe@example.com\u200b", "\u00a0joe@example.com", "ｊｏｅ@example.com", "joe@exａmple.com",
     "joe@example。com", "𝐣𝐨𝐞@example.com", "joe@example．com"],
)  # fmt: skip
def test_text_around_an_address_is_removed(text: str) -> None:
    assert repair_email(text)[0].strip() == "joe@example.com"


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011", "\u2012", "\u2013", "\u2212", "\uff0d"])
def test_special_hyphens_in_addresses_are_replaced(hyphen: str) -> None:
    repaired, notes = repair_email(f"ann{hyphen}lee@example.com")
    assert repaired == "ann-lee@example.com"
    assert len(notes) == 1


@pytest.mark.parametrize(
    "text", ["o'neil@example.com", "joe@example.com", "joe@@example.com", "...", "joe, ann@example.com"]
)
def test_valid_and_broken_addresses_stay(text: str) -> None:
    assert repair_email(text) == (text, ())


@pytest.mark.parametrize(
    "text", ["#N/A", "#n/a", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#####", "Err:502", "#WERT!",
             "#NV",
             "#¡VALOR!", " #N/A "]
)  # fmt: skip
def test_error_values_are_damage(text: str) -> None:
    error = find_damage(text)
    assert error is not None
    assert str(error) == f"'{text.strip()}' is an error value of the spreadsheet"
    assert error.hint


def test_lost_characters_are_damage() -> None:
    error = find_damage("M\ufffdller")
    assert error is not None
    assert "has a lost character" in str(error)


@pytest.mark.parametrize(
    "text", ["Null", "NULL", "NA", "N/A", "None", "nan", "#1", "##", "#hashtag", "Err", "1E+05", "True"]
)
def test_names_and_words_are_not_damage(text: str) -> None:
    assert find_damage(text) is None


@pytest.mark.parametrize("text", ["4.47E+11", "4,47E+11", "1E+05", "+4.4770E+11", "4.47e+11"])
def test_rounded_numbers_have_lost_digits(text: str) -> None:
    error = find_lost_digits(text)
    assert error is not None
    assert "its last digits are lost" in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("447700900123.0", "447700900123"), ("12.00", "12"), ("4.47700900123E+11", "447700900123"), ("1.50E+01", "15"),
     ("1.5", "1.5"), ("1.25E+01", "1.25E+01"), ("E+44", "E+44"), ("07700", "07700")],
)  # fmt: skip
def test_number_formats_without_loss_are_removed(text: str, expected: str) -> None:
    assert remove_number_format(text) == expected
    assert find_lost_digits(text) is None


@settings(max_examples=200)
@given(st.text(alphabet=string.printable))
def test_ascii_text_stays(text: str) -> None:
    assert repair(text) == (text, ())


CELLS = st.text(max_size=30) | st.text(alphabet="aÃÂÅâ©®€™¼\x92\u00a0\u200b\u200d\ufeffe\u0301", max_size=12)


@settings(max_examples=300)
@given(CELLS)
def test_repair_is_idempotent(text: str) -> None:
    for function in (repair, repair_email):
        once, _ = function(text)
        assert function(once) == (once, ())


@settings(max_examples=200)
@given(st.text(alphabet="abzTäöüßéèñçłőşřĐøåæŒÉÀÜž -’", min_size=1))
def test_wrong_encoding_is_undone(text: str) -> None:
    misread = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    several = sum(not char.isascii() for char in text) > 1
    assert repair(misread)[0] in ({text} if several else {text, misread})
    assert repair(text) == (text, ())


def test_formula_quotes_after_blanks_are_removed() -> None:
    assert repair(' ="01067"')[0] == "01067"
