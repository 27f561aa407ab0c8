"""What a person or a program did to the rows of a report: lost numbers, and leads that were replaced."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.model import IdentityScheme, Outcome
from uploader.ledger import DuplicateMark, Ledger, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.identity import EarlierIdentity, LeadIdentity
from uploader.pipeline.report_matching import SentLeads, matched
from uploader.report.lead_matcher import SentRow
from uploader.report.reader import PastReport
from uploader.spreadsheet import Chunk
from uploader.spreadsheet.source import Spreadsheet

EMAIL = IdentityScheme((("email", "email"),), 2)
NAME = IdentityScheme((("lastName", "text"),), 2)
COLUMNS = ("Email", "Name")
MAPPER = RowMapper([FieldPlan("email", Columns((0,))), FieldPlan("lastName", Columns((1,)))], COLUMNS)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        for run, family in [("one", ""), ("two", "one"), ("other", "")]:
            ledger.runs.start(replace(a_run(run, family), identities=(EMAIL,)))
        yield ledger


async def send_lead(ledger: Ledger, run: str, row: int, value: str, outcome: Outcome | None = Outcome.ACCEPTED) -> None:
    (fingerprint,) = ledger.fingerprints("acme", 1)([[value]])
    await send(ledger, run, row, outcome, None, int.from_bytes(fingerprint, "big"))


def matcher(ledger: Ledger, scheme: IdentityScheme = EMAIL, earlier: tuple[IdentityScheme, ...] = ()) -> SentLeads:
    make = ledger.fingerprints("acme", 1)
    identity = LeadIdentity(scheme, tuple(EarlierIdentity(one) for one in earlier), make, ("acme", 1))
    return SentLeads(ledger, "one", MAPPER, identity)


def other_leads(one: SentLeads, numbers: dict[int, int], run: str = "one") -> dict[int, bool]:
    """Return the rows with another lead, and whether that is certain."""
    found = one.other_leads(INPUTS, {place: SentRow(run, number) for place, number in numbers.items()})
    return {place: other.is_certain for place, other in found.items()}


def chunk(*rows: tuple[str, str]) -> Chunk:
    return Chunk([0] * len(rows), [list(column) for column in zip(*rows, strict=True)])


INPUTS = chunk(("Ann@example.com", "Bell"), ("bob@example.com", "Cole"), ("", ""), ("cem@example.com", "Bell"))


async def test_lost_number_is_that_of_the_only_row_with_the_lead(ledger) -> None:
    for run, row, value in [
        ("one", 2, "ann@example.com"),
        ("two", 2, "ann@example.com"),
        ("one", 3, "bob@example.com"),
        ("two", 4, "bob@example.com"),
        ("other", 5, "cem@example.com"),
    ]:
        await send_lead(ledger, run, row, value, Outcome.REJECTED)
    assert matcher(ledger).find_rows(INPUTS, [0, 1, 2, 3]) == {0: 2}
    assert matcher(ledger).find_rows(INPUTS, [1, 2]) == matcher(ledger).find_rows(INPUTS, []) == {}
    assert replace(matcher(ledger), family="other").find_rows(INPUTS, [2, 3]) == {3: 5}
    unsought = replace(EMAIL, finds_duplicates=False)
    assert matcher(ledger, unsought).find_rows(INPUTS, [0]) == {}


async def test_lost_number_is_found_in_every_way_that_was_used(ledger) -> None:
    await send_lead(ledger, "one", 2, "bell")
    assert matcher(ledger).find_rows(INPUTS, [0]) == {}
    assert matcher(ledger, EMAIL, (NAME,)).find_rows(INPUTS, [0, 1]) == {0: 2}
    await send_lead(ledger, "one", 9, "ann@example.com")
    assert matcher(ledger, EMAIL, (NAME,)).find_rows(INPUTS, [0, 3]) == {3: 2}  # 0 may be row 2 or row 9


async def test_lead_under_a_number_is_another_one_if_its_fingerprint_says_so(ledger) -> None:
    await send_lead(ledger, "one", 2, "ann@example.com")
    await send_lead(ledger, "two", 3, "someone@example.com", None)
    await send_lead(ledger, "one", 4, "someone@example.com")
    await send_lead(ledger, "one", 5, "someone@example.com", Outcome.REJECTED)
    await send_lead(ledger, "other", 6, "someone@example.com")
    found = other_leads(matcher(ledger), {0: 2, 1: 3, 2: 4, 3: 5})
    assert found == {1: True}  # 0 is the same, 2 has no address, 3 was not accepted
    assert other_leads(matcher(ledger), {3: 2, 1: 6, 0: 99}) == {3: True}
    assert other_leads(matcher(ledger), {1: 6}, "other") == {1: True}  # a row of another upload, by its own number
    assert other_leads(matcher(ledger), {0: 99}) == other_leads(matcher(ledger), {}) == {}


async def test_row_is_compared_with_what_its_own_run_has_sent(ledger) -> None:
    """A later run has sent another lead under its number: an old copy of the report is about the first one."""
    await send_lead(ledger, "one", 2, "ann@example.com")
    await send_lead(ledger, "two", 2, "bob@example.com")
    one = matcher(ledger)
    rows = {place: SentRow(run, 2) for place, run in enumerate(["one", "one", "one", "two"])}
    assert set(one.other_leads(chunk(*[("ann@example.com", ""), ("bob@example.com", "")] * 2), rows)) == {1}
    assert set(one.other_leads(chunk(("ann@example.com", "")), {0: SentRow("two", 2)})) == {0}
    assert set(one.other_leads(chunk(("ann@example.com", "")), {0: SentRow("", 2)})) == set()


@pytest.mark.parametrize(
    ("scheme", "email", "allow_duplicates", "is_certain"),
    [
        (EMAIL, "bob@example.com", False, True),
        (EMAIL, "bob@example.com", True, False),
        (EMAIL, "b?b@example.com", False, False),
        (replace(EMAIL, finds_duplicates=False), "bob@example.com", False, False),
        (IdentityScheme((("email", "email"), ("lastName", "text")), 2), "bob@example.com", False, False),
        (NAME, "bob@example.com", False, False),
    ],
)
async def test_other_lead_is_certain_if_no_program_can_have_made_it(
    ledger, scheme, email: str, allow_duplicates: bool, is_certain: bool
) -> None:
    ledger.runs.start(replace(a_run("new"), identities=(scheme,)))
    await send_lead(ledger, "new", 2, "someone")
    one = matcher(ledger, scheme)
    one = replace(one, identity=replace(one.identity, allow_duplicates=allow_duplicates))
    (found,) = one.other_leads(chunk((email, "Bell")), {0: SentRow("new", 2)}).values()
    assert found.is_certain is is_certain


async def test_leads_of_another_campaign_are_not_compared(ledger) -> None:
    """Their fingerprints differ for the same lead."""
    ledger.runs.start(replace(a_run("elsewhere"), identities=(EMAIL,), campaign=2))
    await send_lead(ledger, "elsewhere", 2, "someone@example.com")
    assert other_leads(matcher(ledger), {0: 2}, "elsewhere") == {}


async def test_problem_of_another_field_does_not_hide_another_lead(ledger) -> None:
    await send_lead(ledger, "one", 2, "someone@example.com")
    plans = [FieldPlan("email", Columns((0,)), is_email=True), FieldPlan("lastName", Columns((1,)), required=True)]
    one = replace(matcher(ledger), mapper=RowMapper(plans, COLUMNS))
    rows = {place: SentRow("one", 2) for place in range(2)}
    assert set(
        one.other_leads(chunk(("ann@example.com", ""), ("\N{REPLACEMENT CHARACTER}@example.com", "")), rows)
    ) == {0}


async def test_lead_without_a_fingerprint_is_no_other(ledger) -> None:
    await ledger.attempts.intend("one", 2, None)
    assert other_leads(matcher(ledger), {0: 2}) == {}


@pytest.mark.parametrize(
    ("change", "schemes", "is_another"),
    [
        ("", (EMAIL,), True),
        ("UPDATE run SET facts = json_set(facts, '$.mapping', '')", (EMAIL,), False),
        ("UPDATE run SET facts = json_remove(facts, '$.identities')", (EMAIL,), False),
        ("", (NAME,), False),
        ("", (NAME, EMAIL), True),
        ("", (EMAIL, NAME), True),
    ],
)
async def test_leads_are_compared_only_if_all_ways_are_known(
    ledger, tmp_path, change: str, schemes, is_another
) -> None:
    """Of an older or a purged run it is not known in which ways its fingerprints were made."""
    await send_lead(ledger, "one", 2, "someone@example.com")
    if change:
        query_ledger(tmp_path / "ledger", change)
    one = matcher(ledger, schemes[0], schemes[1:])
    assert set(other_leads(one, {0: 2})) == set(other_leads(one, {0: 2})) == ({0} if is_another else set())


async def test_lead_that_fits_in_one_way_is_no_other(ledger) -> None:
    ledger.runs.add_identity("one", NAME)
    await send_lead(ledger, "one", 2, "bell")
    both = matcher(ledger, EMAIL, (NAME,))
    assert set(other_leads(both, {0: 2, 1: 2})) == {1}


@pytest.mark.parametrize("email", ["", "\N{REPLACEMENT CHARACTER}@example.com"])
async def test_row_without_a_valid_identifying_value_cannot_be_compared(ledger, email: str) -> None:
    """That matters where the row keeps its outcome: what is sent again is checked by itself."""
    await send_lead(ledger, "one", 2, "someone@example.com")
    plans = [FieldPlan("email", Columns((0,)), is_email=True), FieldPlan("lastName", Columns((1,)))]
    one = replace(matcher(ledger), mapper=RowMapper(plans, COLUMNS))

    def found(one: SentLeads, *, is_settled: bool = True) -> list[tuple[bool, bool]]:
        others = one.other_leads(chunk((email, "Bell")), {0: SentRow("one", 2, is_settled)})
        return [(other.is_certain, other.is_readable) for other in others.values()]

    assert found(one) == [(False, False)]
    assert found(one, is_settled=False) == []
    assert found(replace(one, identity=replace(one.identity, scheme=None))) == []
    assert one.other_leads(chunk(("someone@example.com", "")), {0: SentRow("one", 2, is_settled=True)}) == {}
    (readable,) = one.other_leads(chunk(("bob@example.com", "")), {0: SentRow("one", 2, is_settled=True)}).values()
    assert (readable.is_certain, readable.is_readable) == (True, True)


async def test_row_without_an_address_is_no_other_if_what_was_sent_had_none(ledger) -> None:
    await ledger.attempts.intend("one", 2, None)
    assert matcher(ledger).other_leads(chunk(("", "Bell")), {0: SentRow("one", 2, is_settled=True)}) == {}


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, None, Outcome.REJECTED, "no attempt"])
async def test_duplicate_is_compared_with_the_attempt_that_it_was_left_out_for(ledger, outcome) -> None:
    """Another run of the upload has sent another lead under the same number."""
    attempt = None
    if outcome != "no attempt":
        await send_lead(ledger, "other", 9, "bob@example.com", outcome)
        attempt = ledger.attempts.newest()
    await send_lead(ledger, "two", 2, "someone@example.com")
    ledger.rows.mark_duplicates("one", [DuplicateMark(2, "", "", attempt)])
    found = other_leads(matcher(ledger), {0: 2, 1: 2})
    assert found == ({0: True} if outcome in {Outcome.ACCEPTED, None} else {})
    assert set(other_leads(matcher(ledger), {0: 2, 1: 2}, "two")) == {0, 1}


def test_rows_that_the_mapping_leaves_out(ledger) -> None:
    mapping = parse_mapping("version: 1\nwhere: {Name: Bell}\nfields:\n  email: Email\n", Path("map.yaml"))
    one = matcher(ledger)
    assert one.left_out(INPUTS, [0, 1]) == set()
    binder = Binder(mapping, COLUMNS)
    one = replace(one, mapper=RowMapper(binder.plans(), COLUMNS, row_filter=binder.row_filter()))
    assert one.left_out(INPUTS, [0, 1, 3]) == {1}
    assert one.left_out(INPUTS, [3, 2, 1]) == {1, 2}
    assert one.left_out(INPUTS, []) == set()


def test_only_a_report_is_compared(ledger) -> None:
    table = SimpleNamespace(columns=("upload_row", "upload_outcome", "upload_run", "Email"), path=Path("r.csv"))
    sent_leads = matcher(ledger)
    report = matched(PastReport(table, frozenset(), escaped=False), sent_leads)
    assert report.matcher is sent_leads
    assert (report.check.family, report.check.columns) == ("one", ("Email",))
    spreadsheet = Spreadsheet(table)
    assert matched(spreadsheet, sent_leads) is spreadsheet
