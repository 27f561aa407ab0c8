"""Repeated leads are found as a dictionary would find them, however they fall into parts."""

import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.errors import UploaderError
from uploader.repeats import BYTES, FULL, RECORD, SHELVES, Repeats

# Few different leads, some with one bit, some on one shelf, and one (0) that also stands across the records
# of others.
LEADS = st.integers(0, 20).map(lambda n: (n * BYTES + n % 3 + (n % 2 << 32)).to_bytes(16, "little")) | st.just(
    bytes(16)
)


def distinct(count: int) -> list[bytes]:
    return [(n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(16, "little") for n in range(count)]


@given(parts=st.lists(st.lists(LEADS, max_size=40), max_size=12))
def test_each_row_goes_to_the_first_of_its_lead(parts) -> None:
    first, place = {}, 0
    with Repeats() as repeats:
        for part in parts:
            places = [place + 3 * at for at in range(len(part))]
            place += 3 * len(part)
            told = repeats.add(places, part)
            known = [first.setdefault(lead, at) for at, lead in zip(places, part, strict=True)]
            assert told == {at: before for at, before in zip(places, known, strict=True) if before != at}


@pytest.mark.parametrize("size", [1000, 30_000])
def test_it_forgets_nothing_that_was_put_away(size) -> None:
    leads = distinct(3 * SHELVES * FULL // RECORD.size)
    with Repeats() as repeats:
        for begin in range(0, len(leads), size):
            assert repeats.add(range(begin, min(begin + size, len(leads))), leads[begin : begin + size]) == {}
        assert repeats._file
        again = repeats.add(range(len(leads), 2 * len(leads)), leads)
    assert again == {len(leads) + at: at for at in range(len(leads))}


def test_leads_with_the_same_bit_are_told_apart() -> None:
    """All on one shelf, all with one bit: each is looked for, on the shelf and in what was put away."""
    leads = [bytes(6) + n.to_bytes(10, "little") for n in range(500)]
    with Repeats() as repeats:
        assert repeats.add(range(500), leads) == {}
        assert repeats._file
        assert repeats.add(range(500, 1000), leads) == {500 + n: n for n in range(500)}


def test_without_room_for_the_temporary_file_it_says_so(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with Repeats() as repeats, pytest.raises(UploaderError, match="can't be kept in the folder for temporary files"):
        repeats.add(range(100_000), distinct(100_000))
