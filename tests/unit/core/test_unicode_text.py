"""Nothing that someone else wrote can move the cursor or reorder a line."""

import unicodedata

import pytest

from uploader.core.unicode_text import REPLACEMENT, replace_control_characters

CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]


@pytest.mark.parametrize("point", sorted(set(CONTROLS) - {0x09, 0x0A}), ids=hex)
def test_control_characters_are_replaced(point: int) -> None:
    assert replace_control_characters(f"a{chr(point)}[31mb") == f"a{REPLACEMENT}[31mb"


def test_every_character_of_the_category_control_is_covered() -> None:
    found = {point for point in range(0x110000) if unicodedata.category(chr(point)) in {"Cc", "Cs", "Zl", "Zp"}}
    assert {point for point in found if chr(point) == replace_control_characters(chr(point))} == {0x09, 0x0A}


def test_text_that_people_write_stays() -> None:
    for text in ("a\tb\nc", "Zoë", "👩‍💻", "می‌خواهم", "क्‍ष", "❤️", "محمد", "東京"):
        assert replace_control_characters(text) == text
