"""Repeated leads are found as a dictionary would find them, however they fall into parts."""

import signal
import sys
import tempfile
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import UploaderError
from uploader.pipeline.duplicate_index import IN_MEMORY, SIZE, SLOTS, DuplicateIndex

# Few different leads: some in one slot, some of those with one tag, and rows without any.
LEADS = st.integers(0, 20).map(lambda n: (n * SLOTS + n % 3 + (n % 2 << 32)).to_bytes(SIZE, "little")) | st.none()


def distinct(count: int) -> list[bytes]:
    return [(n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128).to_bytes(SIZE, "little") for n in range(count)]


def found_by_a_dictionary(leads: list[bytes | None]) -> dict[int, int]:
    first: dict[bytes, int] = {}
    known = {at: first.setdefault(lead, at) for at, lead in enumerate(leads) if lead is not None}
    return {at: before for at, before in known.items() if before != at}


@given(parts=st.lists(st.lists(LEADS, max_size=40), max_size=12))
def test_each_row_goes_to_the_first_of_its_lead(parts) -> None:
    with DuplicateIndex() as repeats:
        printed = {at: before for part in parts for at, before in repeats.add(part).items()}
    assert printed == found_by_a_dictionary([lead for part in parts for lead in part])


@pytest.mark.parametrize("size", [1000, 30_000])
def test_it_forgets_nothing_that_is_in_the_file(size) -> None:
    leads = distinct(3 * IN_MEMORY // SIZE)
    rest = iter(leads)
    with DuplicateIndex() as repeats:
        while part := list(islice(rest, size)):
            assert repeats.add(part) == {}
        again = repeats.add(leads)
    assert again == {len(leads) + at: at for at in range(len(leads))}


def test_leads_in_one_slot_are_distinguished() -> None:
    """All in one slot and with one tag: the chain is followed to its end."""
    leads = [bytes(6) + n.to_bytes(10, "little") for n in range(500)]
    with DuplicateIndex() as repeats:
        assert repeats.add(leads) == {}
        assert repeats.add([None, *leads]) == {501 + n: n for n in range(500)}


def test_without_room_for_the_temporary_file_it_says_so(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with (
        DuplicateIndex() as repeats,
        pytest.raises(UploaderError, match="folder for temporary files can't be written"),
    ):
        repeats.add(distinct(100_000))


def look_at(leads: list[bytes], size: int) -> None:
    with DuplicateIndex() as repeats:
        for begin in range(0, len(leads), size):
            repeats.add(leads[begin : begin + size])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
@pytest.mark.parametrize("size", [300, 1000])
def test_full_disk_is_reported_in_plain_words(size) -> None:
    """A limit on the size of files stands for the disk."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (IN_MEMORY + 100_000, limits[1]))
    try:
        with pytest.raises(UploaderError, match="folder for temporary files"):
            look_at(distinct(100_000), size)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
