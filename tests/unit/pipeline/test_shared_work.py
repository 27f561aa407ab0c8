"""A file's plan is the same, whichever process maps which of its blocks, and whatever happens to the helpers."""

import os
import pickle
import random
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.shared_planning import CAMPAIGN, facts_of, planner_of, share
from uploader.core.errors import TableError
from uploader.core.fingerprint import FingerprintMaker
from uploader.ledger import Ledger, open_ledger
from uploader.mapping import regular_expression
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline import helpers, shared_work
from uploader.pipeline.block_mapper import LimitReachedError
from uploader.pipeline.helpers import GIVEN, LOST, Helper, SharedMapping
from uploader.pipeline.planner import Planner
from uploader.spreadsheet import Chunk, Table

MAPPING = """\
version: 1
where: {Status: {not: {equals: Old}}}
fields:
  firstName: First
  lastName: Last
  email: {column: Email, transform: [lower]}
  telephone: {column: Phone, transform: [{phone: {region: GB}}]}
  country: {column: Country, allowed: [United Kingdom, Germany], values: {UK: United Kingdom}}
  optIn: {column: Consent, transform: [boolean], required: true}
"""
HEADER = "First,Last,Email,Phone,Country,Consent,Status"
USUAL = "Ann,Bell,ann{0}@example.com,07700 900{0:03},Germany,yes,New"
ODD = [
    USUAL,
    "Bo,Case,BO@Example.com,+44 7700 900123,UK,no,New",
    "Cy,Dole,cy@,12,Grmany,perhaps,New",
    '"Di, Jr",Eve,"di@example.com",,germany,yes,old',
    '"two\nlines",Fay,fay@example.com,07700 900124,Germany,yes,New',
    "Gil,Hay,gil@example.com,07700 900125,Germany,yes,New,extra",
    "short,row",
    ",,,,,,",
    "",
    "Total,,,12,,,",
    "Kim,Lee,kim@example.com,07700 900127,germany,yes,New",
    "Zoë,Møller,zoë@exämple.com,#REF!,Germany,yes,Old",
    "Ivy\x1a,Jay,ivy@example.com,07700 900126,Germany,1,NEW",
    " Ann ,  Bell,ann1@example.com ,07700 900001,Germany,TRUE,New",
]
ROWS = st.lists(st.sampled_from(ODD) | st.integers(0, 30).map(USUAL.format), min_size=1, max_size=40)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "home") as found:
        yield found


class FakeHelper:
    """Maps in this process what was pickled for another one; when it is free, has results or is lost is random."""

    def __init__(self, task: object, chance: random.Random, loss: float) -> None:
        self._mapper = pickle.loads(pickle.dumps(task)).begin()
        self._chance, self._loss, self._is_lost = chance, loss, False
        self._results: deque[tuple[int, object]] = deque()

    @property
    def is_free(self) -> bool:
        return not self._is_lost and self._chance.random() < 0.7

    @property
    def has_result(self) -> bool:
        return self._chance.random() < 0.5

    def give(self, first: int, block: object) -> None:
        first, block = pickle.loads(pickle.dumps((first, block)))
        try:
            found = self._mapper.map(first, block)
        except LimitReachedError as error:
            self._results.append((first, error))
        else:
            self._results.append((first, pickle.loads(pickle.dumps(found and self._mapper.condense(found)))))

    def take(self, first: int) -> object:
        self._is_lost = self._is_lost or self._chance.random() < self._loss
        given, result = self._results.popleft()
        assert given == first
        if isinstance(result, LimitReachedError) and not self._is_lost:
            raise result
        return LOST if self._is_lost else result


def share_with_fakes(planner: Planner, text: str, seed: int, loss: float, patch: pytest.MonkeyPatch) -> Planner:
    def map_blocks(mapper, task, count, needs_values):
        chance = random.Random(seed)
        yield from SharedMapping(mapper, [FakeHelper(task, chance, loss) for _ in range(2)], needs_values).results()

    patch.setattr(shared_work, "map_blocks", map_blocks)
    patch.setattr(shared_work, "count_helpers", lambda: 2)
    assert share(planner, text).shared_work
    return planner


def facts_or_error(planner: Planner) -> object:
    try:
        return facts_of(planner.plan())
    except TableError as error:
        return error.message


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ROWS,
    st.integers(),
    st.sampled_from([0.0, 0.0, 0.2]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "", '"never closed']),
    st.integers(0, 3),
)
def test_plan_is_the_same_whoever_maps_the_blocks(ledger, tmp_path, lines, seed, loss, end, last, preview) -> None:
    path = tmp_path / "leads.csv"
    path.write_text(end.join([HEADER, *lines, last]), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        for method in (Table.blocks, Table.chunks):
            patch.setattr(method, "__defaults__", (3,))
        alone, shared = (planner_of(path, MAPPING, ledger, ["lastName"], preview=preview) for _ in range(2))
        share_with_fakes(shared, MAPPING, seed, loss, patch)
        assert facts_or_error(shared) == facts_or_error(alone)


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    """Rows of all kinds, in blocks with quotes and without; each lead comes again far below."""
    rows = [ODD[at % len(ODD)] if at // 100 % 2 else USUAL.format(at % 700) for at in range(1_000)]
    path = tmp_path / "leads.csv"
    path.write_bytes("\r\n".join([HEADER, *rows]).encode("utf-8"))
    return path


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Blocks of 50 rows; one helper, for which this process waits until it can take the first block."""
    given_to: list[Helper] = []
    is_free, give = Helper.is_free.fget, Helper.give

    def is_free_in_time(self: Helper) -> bool:
        while not self._is_ready and not self._is_lost and not self.has_result:
            time.sleep(0.01)
        return is_free(self)

    def give_and_note(self: Helper, first: int, block: object) -> None:
        given_to.append(self)
        give(self, first, block)

    monkeypatch.setattr(Helper, "is_free", property(is_free_in_time))
    monkeypatch.setattr(Helper, "give", give_and_note)
    monkeypatch.setattr(Table.blocks, "__defaults__", (50,))
    monkeypatch.setattr(Table.chunks, "__defaults__", (50,))
    monkeypatch.setattr(shared_work, "count_helpers", lambda: 1)
    return given_to


def test_a_helper_process_changes_nothing(leads: Path, ledger: Ledger, patient: list[Helper]) -> None:
    alone = facts_of(planner_of(leads, MAPPING, ledger, ["lastName"], preview=3).plan())
    shared = facts_of(share(planner_of(leads, MAPPING, ledger, ["lastName"], preview=3), MAPPING).plan())
    assert shared == alone
    assert len(patient) >= GIVEN
    said = ("problems", "skipped", "notes", "duplicates", "declined", "fixes", "preview")
    assert [name for name in said if not alone[name]] == []
    assert patient[0]._process.returncode is not None, "it has ended"


def kill(helper: Helper) -> None:
    helper._process.kill()


def stop(helper: Helper) -> None:
    os.kill(helper._process.pid, signal.SIGSTOP)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("harm", [kill, pytest.param(stop, marks=pytest.mark.slow)])
def test_blocks_of_a_helper_that_is_gone_are_mapped_here(leads, ledger, patient, monkeypatch, harm) -> None:
    give = Helper.give

    def give_and_harm(self: Helper, first: int, block: object) -> None:
        give(self, first, block)
        if len(patient) == 3:
            harm(self)

    monkeypatch.setattr(Helper, "give", give_and_harm)
    monkeypatch.setattr(helpers, "PATIENCE", 0.3)
    monkeypatch.setattr(helpers, "LOOK_INTERVAL", 0.1)
    alone = facts_of(planner_of(leads, MAPPING, ledger).plan())
    assert facts_of(share(planner_of(leads, MAPPING, ledger), MAPPING).plan()) == alone
    assert len(patient) >= 3
    assert patient[0]._is_lost


def test_a_helper_of_another_version_is_not_used(leads, ledger, patient, monkeypatch) -> None:
    alone = facts_of(planner_of(leads, MAPPING, ledger).plan())
    monkeypatch.setattr(helpers.version, "__version__", "0.0.1")
    assert facts_of(share(planner_of(leads, MAPPING, ledger), MAPPING).plan()) == alone
    assert not patient


def test_without_a_helper_all_blocks_are_mapped_here(leads, ledger, patient, monkeypatch) -> None:
    alone = facts_of(planner_of(leads, MAPPING, ledger).plan())
    monkeypatch.setattr(sys, "executable", str(leads.parent / "python3"))
    assert facts_of(share(planner_of(leads, MAPPING, ledger), MAPPING).plan()) == alone
    assert not patient


def test_a_helper_ends_with_a_plan_that_is_stopped(leads, ledger, patient) -> None:
    def stop() -> None:
        if patient:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share(planner_of(leads, MAPPING, ledger), MAPPING).plan(stop)
    assert patient[0]._process.returncode is not None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_key_is_on_no_command_line_and_in_no_variable(leads, ledger, patient) -> None:
    key = ledger.fingerprints(*CAMPAIGN)._arguments[0]
    seen = []

    def look() -> None:
        if patient and not seen:
            folder = Path(f"/proc/{patient[0]._process.pid}")
            seen.append((folder / "cmdline").read_bytes() + (folder / "environ").read_bytes())

    share(planner_of(leads, MAPPING, ledger), MAPPING).plan(look)
    assert b"helper_process" in seen[0]
    assert key not in seen[0]
    assert key.hex().encode() not in seen[0].lower()
    assert b"example.com" not in seen[0]


def test_a_list_file_is_not_read_again(leads, ledger, patient, tmp_path) -> None:
    (tmp_path / "countries.csv").write_text("United Kingdom\nGermany\n")
    text = MAPPING.replace("[United Kingdom, Germany]", "countries.csv")
    alone = facts_of(planner_of(leads, text, ledger).plan())
    planner = share(planner_of(leads, text, ledger), text)
    (tmp_path / "countries.csv").write_text("France\n")
    assert facts_of(planner.plan()) == alone
    assert patient


@pytest.mark.parametrize(
    "field",
    [
        "country: {column: Country, allowed: [United Kingdom, Germany]}",
        "country: {column: Country, transform: [country]}",
        "city: {column: Country, pattern: 'L[a-z]+nd[0-9]+'}",
    ],
    ids=["allowed", "country", "pattern"],
)
def test_limits_on_searches_count_all_processes_together(leads, ledger, patient, field) -> None:
    """Which of many wrong values get a suggestion depends on the order of all rows."""
    rows = [f"Ann,Bell,ann{n}@example.com,,Germany{chr(97 + n // 26)}{chr(97 + n % 26)},1,New" for n in range(676)]
    leads.write_text("\n".join([HEADER, *rows]))
    text = f"version: 1\nfields:\n  email: Email\n  {field}\n"
    alone = facts_of(planner_of(leads, text, ledger).plan())
    shared = share(planner_of(leads, text, ledger), text)
    assert facts_of(shared.plan()) == alone
    assert len(alone["problems"]) == 1 + ("pattern" not in field), "some without a suggestion"
    assert patient
    assert (shared.shared_work is not None) == ("pattern" in field), "one process maps all where a limit was reached"


def test_effort_is_what_a_value_took_of_a_limit(monkeypatch) -> None:
    monkeypatch.setattr(regular_expression, "TIME_LIMIT", 0.001)
    text = """\
version: 1
fields:
  one: {column: A, allowed: [United Kingdom, Germany]}
  two: {column: A, transform: [country]}
  three: {column: B, pattern: '(?:x|xx)+$'}
"""
    mapper = RowMapper(Binder(parse_mapping(text, Path("map.yaml")), ["A", "B"]).plans(), ["A", "B"])
    mapper.map_rows(Chunk([2, 3, 4], [["Germany", "Grmanyx", "Grmanyx"], ["", "", "x" * 60 + "y"]]))
    assert mapper.effort == pytest.approx(1 / 500 + 1 / 500 + 1 / 20)


@pytest.mark.parametrize(
    ("change", "is_shared"),
    [
        (lambda text, patch: text, True),
        (lambda text, patch: text.replace("where:", "suppressed: list.txt\nwhere:"), False),
        (lambda text, patch: patch.setattr(helpers.sys, "frozen", True, raising=False) or text, False),
        (lambda text, patch: patch.setattr(helpers.sys, "executable", "/opt/tool/blender") or text, False),
        (lambda text, patch: patch.setattr(helpers.sys, "executable", "") or text, False),
        (lambda text, patch: patch.setattr(helpers, "_count_cores", lambda: 1) or text, False),
    ],
    ids=["usual", "a suppression list", "frozen", "inside another program", "no Python", "one core"],
)
def test_work_is_shared_only_where_that_is_certain_to_change_nothing(
    leads, ledger, monkeypatch, tmp_path, change, is_shared
) -> None:
    (tmp_path / "list.txt").write_text("zed@example.com\n")
    monkeypatch.setattr(helpers, "_count_cores", lambda: 8)
    text = change(MAPPING, monkeypatch)
    found = share(planner_of(leads, text, ledger), text).shared_work
    assert (found.helpers if found else 0) == (3 if is_shared else 0)


def test_small_files_and_mappings_that_differ_are_not_shared(leads, ledger, monkeypatch) -> None:
    monkeypatch.setattr(helpers, "_count_cores", lambda: 2)
    assert share(planner_of(leads, MAPPING, ledger), MAPPING, size=leads.stat().st_size + 1).shared_work is None
    other = MAPPING.replace("[lower]", "[lower, title]")
    assert share(planner_of(leads, MAPPING, ledger), other).shared_work is None


def test_fingerprints_are_the_same_in_another_process() -> None:
    make = FingerprintMaker(b"key", "prefix")
    assert pickle.loads(pickle.dumps(make))([["ann@example.com", ""]]) == make([["ann@example.com", ""]])
    assert "key" not in repr(make)
