"""Letters written as codes are decoded; ordinary text that resembles them stays."""

import json
import quopri
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import repair, repair_email
from uploader.mapping.transforms.escapes import decode_escapes

NAMES = st.sampled_from(["Siobhán", "Éamonn", "Müller", "Łukasz", "Ødegård", "Jiří", "Šťastná", "Güneş", "Begoña"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Siobh&aacute;n", "Siobhán"), ("Siobh&#225;n", "Siobhán"), ("Siobh&#xE1;n", "Siobhán"),
        ("12 rue de l&#39;&Eacute;glise", "12 rue de l'Église"), ("O&rsquo;Neill", "O’Neill"),
        ("Siobh&amp;aacute;n &amp; Co", "Siobhán & Co"),
        ("Siobh%C3%A1n%20Smith", "Siobhán Smith"), ("Siobh%E1n", "Siobhán"), ("Siobh%u00E1n", "Siobhán"),
        ("Siobh\\u00e1n", "Siobhán"), ("\\u00c9amonn", "Éamonn"), ("\\u5c71\\u7530", "山田"),
        ("Ann \\ud83d\\ude00", "Ann 😀"), ("Siobh\\xe1n", "Siobhán"), ("Siobh\\xc3\\xa1n", "Siobhán"),
        ("Siobh=C3=A1n", "Siobhán"), ("=C3=89amonn", "Éamonn"), ("Siobh=E1n", "Siobhán"),
    ],
)  # fmt: skip
def test_codes_of_letters_are_decoded(text: str, meant: str) -> None:
    assert repair(text) == (meant, (f"'{meant}': repaired (had codes in place of letters)",))


def test_codes_of_letters_in_the_wrong_encoding_are_repaired_twice_and_both_are_noted() -> None:
    assert repair("Siobh&Atilde;&iexcl;n") == (
        "Siobhán",
        (
            "'SiobhÃ¡n': repaired (had codes in place of letters)",
            "'Siobhán': repaired (was read in the wrong encoding)",
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "AT&T", "AT&T;", "Amp &amp; Co", "Percent%20Space Ltd", "1 &lt; 2",
        "M&S; B&Q", "R&D;", "Q&A;", "P&L", "100%", "50%E", "100%FAct", "5 % off", "&", "&;", "&#;",
        "C:\\users", "C:\\udead", "C:\\xeon", "D:\\new\\u00e1", "CORP\\uface", "CORP\\ubeef", "\\\\server\\u00e1n",
        "https://example.com/caf%C3%A9", "https://example.com/?a=1&amp;b=2", "www.example.com/%20", "?q=caf%C3%A9",
        "/caf%C3%A9", "source=FBads", "id=A1", "=A1+B2", "=C3=A9", "a=b=c", "k=E1", "pa\\ss%w0rd=1&x;", "x=3D", "\\u",
        "%",
    ],
)  # fmt: skip
def test_ordinary_text_stays(text: str) -> None:
    assert repair(text) == (text, ())


def test_addresses_have_no_codes_left() -> None:
    assert repair_email("o&#39;neill@example.com")[0] == "o'neill@example.com"


@given(NAMES, NAMES)
def test_every_name_comes_back_from_each_kind_of_code(first: str, last: str) -> None:
    name = f"{first} {last}"
    entities = escape(name).encode("ascii", "xmlcharrefreplace").decode()
    quoted = quopri.encodestring(name.encode()).decode()
    for code in (entities, quote(name), json.dumps(name)[1:-1], quoted):
        assert repair(code)[0] == name


@settings(max_examples=300)
@given(st.text("abcABC019 %=&;#\\/:+-.@_u", max_size=20))
def test_repair_of_ascii_text_gives_text_that_stays(text: str) -> None:
    """What was decoded once is not decoded again, and without a code nothing changes."""
    repaired, _ = repair(text)
    assert repair(repaired)[0] == repaired
    if not any(sign in text for sign in "%=&\\"):
        assert repaired == text


def test_text_that_is_encoded_again_and_again_takes_its_length_only_once() -> None:
    """Each round decodes one level: a text with thousands of them would take as many rounds."""
    assert decode_escapes("Siobh&amp;amp;aacute;n") == "Siobhán"
    often = f"Siobh&{'amp;' * 10}aacute;n"
    assert decode_escapes(often) == often
