"""Damage by spreadsheets and exports: what is repaired, what is reported, and what stays."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import (
    find_damage,
    find_lost_digits,
    is_undamaged,
    keep_undamaged,
    repair,
    repair_email,
)
from uploader.mapping.transforms.repair import remove_number_format


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("JosÃ©", "José"), ("MÃ¼ller & SÃ¶hne", "Müller & Söhne"), ("MÃœLLER", "MÜLLER"), ("KÃ–LN", "KÖLN"),
        ("Ã–sterreich", "Österreich"),
        ("ESPAÃ‘A", "ESPAÑA"), ("Å’uvre", "Œuvre"), ("Ã‰ric", "Éric"),
        ("DvoÅ™Ã¡k", "Dvořák"), ("DvoÅ™ak", "Dvořak"), ("BucureÈ™ti", "București"), ("Ã\x81lvaro", "Álvaro"),
        ("Oâ€™Neil", "O’Neil"), ("Ð˜Ð²Ð°Ð½", "Иван"), ("ðŸ˜€", "😀"), ("JosÃƒÂ©", "José"), ("O\x92Neil", "O’Neil"),
        ("Siobh├ín", "Siobhán"), ("Siobh√°n", "Siobhán"), ("SiobhĂˇn", "Siobhán"), ("SiobhГЎn", "Siobhán"),
        ("M├╝ller", "Müller"), ("M√ºller", "Müller"), ("MĂĽller", "Müller"), ("РЎРµСЂРіРµР№", "Сергей"),
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
    ["Müller", "Zażółć", "Łódź ©", "AŁÓDŹ", "Čtyřkoly", "10–12 €/h", "Ελλάδα", "山田",
     "Müller™", "√2", "x√ºy²", "Сергей", "BLÅ™", "BLÅ’s", "SÅ…", "CAFÉ™", "DÍŽKA", "voilà…",
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


EXPONENTS = range(11, 25)


@pytest.mark.parametrize("exponent", EXPONENTS)
@pytest.mark.parametrize(
    "form",
    [
        "1.23457E+{}",
        "1,23457E+{}",
        "1.23457e+{}",
        "-1.23457E+{}",
        "+1.23457E+{}",
        "1E+{}",
        " 1.23457E+{} ",
        "1.23457E{}",
    ],
)
def test_rounded_long_number_is_damage_in_every_field(form: str, exponent: int) -> None:
    error = find_damage(form.format(exponent))
    assert error is not None
    assert "its last digits are lost" in str(error)


@pytest.mark.parametrize(
    "text", ["12.3457E+14", "123.457E+12", "1.2345678901234567e+18", "1.23456789012345E+15", "4.47701E+011"]
)
def test_other_forms_of_rounded_numbers_are_damage(text: str) -> None:
    assert "its last digits are lost" in str(find_damage(text))


@pytest.mark.parametrize(
    "text", ["1E+05", "1.5E+3", "2E12", "E+12", "1.5E-12", "Flat 1E+12", "1.2.3E+12", "A1.23E+15", "4.47700900123E+11"]
)
def test_codes_and_short_numbers_are_not_damage(text: str) -> None:
    assert find_damage(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4.47700900123E+11", "447700900123"), ("1.23456789012345E+14", "123456789012345"),
        ("4,47700900123E+11", "447700900123"), ("-4.47700900123e+11", "-447700900123"),
        ("1.234567890125E+11", "123456789012.5"), ("12.34567890123000E+11", "1234567890123"),
    ],
)  # fmt: skip
def test_scientific_notation_without_loss_is_repaired(text: str, number: str) -> None:
    assert repair(text) == (number, (f"'{number}': repaired (was in scientific notation)",))
    assert repair(number) == (number, ())


@given(st.integers(10**11, 10**15 - 1))
def test_every_long_number_written_in_full_comes_back(number: int) -> None:
    digits = str(number)
    assert repair(f"{digits[0]}.{digits[1:]}E+{len(digits) - 1}")[0] == digits


@pytest.mark.parametrize("text", ["1234567890123450", "12345678901234500", "123456789012345000000"])
def test_zeros_after_15_digits_cause_a_note(text: str) -> None:
    assert repair(text) == (text, (f"'{text}' has zeros after its 15th digit; check that no program has rounded it",))


@pytest.mark.parametrize("text", ["1234567890123456", "123456789012340", "12345678901234501", "1234567890123450 x"])
def test_other_long_numbers_cause_no_note(text: str) -> None:
    assert repair(text) == (text, ())


ERRORS_BY_LANGUAGE = {
    "en": "#N/A #REF! #VALUE! #DIV/0! #NAME? #NUM! #NULL! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #GETTING_DATA",
    "de": "#NV #BEZUG! #WERT! #DIV/0! #NAME? #ZAHL! #NULL! #ÜBERLAUF!",
    "fr": "#N/A #REF! #VALEUR! #DIV/0! #NOM? #NOMBRE! #NUL!",
    "es": "#N/D #¡REF! #¡VALOR! #¡DIV/0! #¿NOMBRE? #¡NUM! #¡NULO!",
    "it": "#N/D #RIF! #VALORE! #DIV/0! #NOME? #NUM! #NULLO!",
    "pt": "#N/D #REF! #VALOR! #DIV/0! #NOME? #NÚM! #NULO!",
    "nl": "#N/B #VERW! #WAARDE! #DEEL/0! #NAAM? #GETAL! #LEEG!",
    "pl": "#N/D! #ADR! #ARG! #DZIEL/0! #NAZWA? #LICZBA! #ZERO!",
    "cs": "#NENÍ_K_DISPOZICI #ODKAZ! #HODNOTA! #DĚLENÍ_NULOU! #NÁZEV? #ČÍSLO! #NULL!",
    "sk": "#NEDOSTUPNÝ #ODKAZ! #HODNOTA! #DELENIENULOU! #NÁZOV? #ČÍSLO! #NEPLATNÝ!",
    "hu": "#HIÁNYZIK #HIV! #ÉRTÉK! #ZÉRÓOSZTÓ! #NÉV? #SZÁM! #NULLA!",
    "sv": "#SAKNAS! #REFERENS! #VÄRDEFEL! #DIVISION/0! #NAMN? #OGILTIGT! #SKÄRNING!",
    "da": "#I/T #REFERENCE! #VÆRDI! #DIVISION/0! #NAVN? #NUM! #NULL!",
    "nb": "#I/T #REF! #VERDI! #DIV/0! #NAVN? #NUM! #NULL!",
    "fi": "#PUUTTUU! #VIITTAUS! #ARVO! #JAKO/0! #NIMI? #LUKU! #TYHJÄ!",
    "tr": "#YOK #BAŞV! #DEĞER! #SAYI/0! #AD? #SAYI! #BOŞ!",
    "ru": "#Н/Д #ССЫЛКА! #ЗНАЧ! #ДЕЛ/0! #ИМЯ? #ЧИСЛО! #ПУСТО!",
    "uk": "#Н/Д #ПОСИЛАННЯ! #ЗНАЧЕННЯ! #ДІЛ/0! #ІМ'Я? #ЧИСЛО! #ПУСТО!",
    "el": "#Δ/Υ #ΑΝΑΦ! #ΤΙΜΗ! #ΔΙΑΙΡ/0! #ΟΝΟΜΑ? #ΑΡΙΘ! #ΚΕΝΟ!",
    "LibreOffice": "Err:502 Err:504 Err:522 #N/A #REF! ### ########",
    "Google": "#ERROR! #N/A #REF!",
    "Numbers": "#REF! #DIV/0!",
}


@pytest.mark.parametrize("text", sorted({one for errors in ERRORS_BY_LANGUAGE.values() for one in errors.split()}))
def test_error_values_of_every_language_are_damage(text: str) -> None:
    for spelling in (text, f" {text} ", text.lower()):
        error = find_damage(spelling)
        assert error is not None
        assert "is an error value of the spreadsheet" in str(error)


@pytest.mark.parametrize(
    "text", ["#1", "#Sales", "#teamUK", "#5 High Street", "# 12", "#WhatsNext", "Nr. 7", "#", "C#"]
)
def test_hashes_in_text_are_not_damage(text: str) -> None:
    assert find_damage(text) is None


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


@given(st.text(alphabet="Er:+-() 0123456789.,#'=/N\u00a0é\t", max_size=24) | st.sampled_from(["Err:502", "1E+11"]))
def test_quick_test_finds_only_undamaged_texts(text) -> None:
    assert keep_undamaged([text]) == [text if is_undamaged(text) else None]
    if is_undamaged(text):
        assert repair(text) == (text, ())
        assert find_damage(text) is None
        assert text == text.strip()


USUAL = [
    "Ann",
    "O'Neill & Co",
    "Example Ltd.",
    "07700 900123",
    "+44 7700 900123",
    "(020) 7946 0000",
    "7",
    "a",
]
ODD = ["", " Ann", "Ann ", "Jos\u00e9", "#N/A", "=1", "1E+11", "1234567890123450", "ann@example.com", "Err:502", "a\tb"]


def test_usual_cells_are_found_quickly_and_odd_ones_are_not() -> None:
    assert keep_undamaged([*USUAL, *ODD]) == USUAL + [None] * len(ODD)
    assert [text for text in [*USUAL, *ODD] if is_undamaged(text)] == USUAL
