"""The fuzzer of the workbook readers, for a moment; `python -m tests.fuzz.workbooks` runs it for longer."""

from math import inf

import pytest

from tests.fuzz.workbooks import made_by, read, seeds


@pytest.fixture(scope="module")
def files() -> list[bytes]:
    return seeds()


@pytest.mark.parametrize("first", range(1, 401, 50))
@pytest.mark.slow
def test_mutated_workbooks_give_a_table_or_an_error(tmp_path, files, first: int) -> None:
    wrong = {}
    for seed in range(first, first + 50):
        path = tmp_path / "a.xlsx"
        path.write_bytes(made_by(seed, files))
        if what := read(path, base=inf):  # this process has had other tests
            wrong[seed] = what
    assert wrong == {}
