"""Repeated leads are found as a dictionary would find them, however they fall into parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.leadtable import BEGIN, LeadTable
from uploader.repeats import FEW, Repeats

# Few different leads, and some whose slots are the same although they are not.
LEADS = st.integers(0, 20).map(lambda n: (n * BEGIN + n % 3).to_bytes(16, "little"))


@pytest.mark.parametrize("kind", [Repeats, LeadTable])
@given(parts=st.lists(st.lists(LEADS, max_size=40), max_size=12))
def test_each_row_goes_to_the_first_of_its_lead(kind, parts) -> None:
    repeats, first, place = kind(), {}, 0
    for part in parts:
        places = [place + 3 * at for at in range(len(part))]
        place += 3 * len(part)
        told = repeats.add(places, part)
        known = [first.setdefault(lead, at) for at, lead in zip(places, part, strict=True)]
        assert told == {at: before for at, before in zip(places, known, strict=True) if before != at}


@pytest.mark.parametrize("size", [1000, FEW - 1, 2 * BEGIN])
def test_it_grows_and_forgets_nothing(size) -> None:
    leads = [(n * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "little") for n in range(2 * BEGIN)]
    repeats = Repeats()
    for begin in range(0, len(leads), size):
        assert repeats.add(range(begin, min(begin + size, len(leads))), leads[begin : begin + size]) == {}
    again = repeats.add(range(len(leads), 2 * len(leads)), leads)
    assert again == {len(leads) + at: at for at in range(len(leads))}
