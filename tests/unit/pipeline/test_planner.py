"""What will happen to each row: sent, left out, or done before; of the rows of one lead only the first is sent."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.model import EarlierAttempt, IdentityScheme, Outcome, Problem
from uploader.ledger import DuplicateMark, Ledger, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.concurrent_changes import ResendableAttempts
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.plan import Plan, RowAction
from uploader.pipeline.planner import Planner, collect_quality_warnings
from uploader.spreadsheet import Chunk
from uploader.spreadsheet.source import RowBatch

MAPPING = """\
version: 1
fields:
  email: {column: Email, required: true}
  optIn: {column: Consent, transform: [boolean]}
"""
SCHEME = IdentityScheme((("email", "email"),), 2)
SETTLED = ("2", " Rejected ", "", "", "", "", "")
SEND, INVALID, DUPLICATE, DONE, LIMITED = (
    RowAction.SEND, RowAction.INVALID, RowAction.DUPLICATE, RowAction.DONE, RowAction.LIMITED,
)  # fmt: skip


def address(lead: int) -> str:
    return f"ann{lead}@example.com"


def rows(leads: Sequence[int], begin: int = 2, settled: Sequence[int] = (), **more: object) -> RowBatch:
    """Rows with these leads; one without a lead (0) is invalid. Those at the positions `settled` are settled."""
    emails = [address(lead) if lead else "" for lead in leads]
    numbers = list(range(begin, begin + len(leads)))
    return RowBatch(Chunk(numbers, [emails, ["yes"] * len(leads)]), dict.fromkeys(settled, SETTLED), **more)


def planner_of(ledger: Ledger, *parts: RowBatch, scheme: IdentityScheme | None = SCHEME, **options: object) -> Planner:
    source = SimpleNamespace(table=SimpleNamespace(size=0), batches=lambda: iter(parts))
    columns = ["Email", "Consent"]
    mapper = RowMapper(Binder(parse_mapping(MAPPING, Path("map.yaml")), columns).plans(), columns)
    identity = LeadIdentity(scheme, (), ledger.fingerprints("acme", 1), ("acme", 1))
    return Planner(source, mapper, ledger, identity, "leads.csv", **options)


async def send_lead(ledger: Ledger, run: str, row: int, outcome: Outcome | None, lead: int) -> int:
    (fingerprint,) = ledger.fingerprints("acme", 1)([[address(lead)]])
    return await send(ledger, run, row, outcome, 55 if outcome else None, int.from_bytes(fingerprint, "big"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        for run in ("old", "one"):
            ledger.runs.start(a_run(run))
        yield ledger


@pytest.fixture
async def used(ledger: Ledger) -> Ledger:
    """A ledger in which lead 1 is accepted, lead 2 is unknown, and lead 3 was rejected."""
    for lead, outcome in enumerate([Outcome.ACCEPTED, None, Outcome.REJECTED], 1):
        await send_lead(ledger, "old", 10 * lead, outcome, lead)
    return ledger


def actions(planner: Planner) -> list[RowAction]:
    return [RowAction(action) for action in planner.plan().actions]


def expected_actions(parts, limit: int | None, allow_duplicates: bool, include_unknown: bool) -> list[RowAction]:
    """The same decision, row by row."""
    found, sent = [], set()
    for lead, is_settled in (row for part in parts for row in part):
        if is_settled:
            found.append(RowAction.SETTLED)
        elif not lead:
            found.append(INVALID)
        elif lead == 1 and not allow_duplicates:
            found.append(DUPLICATE)
        elif lead == 2 and not allow_duplicates and not include_unknown:
            found.append(RowAction.UNKNOWN)
        elif lead in sent and not allow_duplicates:
            found.append(DUPLICATE)
        elif limit is not None and found.count(SEND) >= limit:
            found.append(LIMITED)
        else:
            found.append(SEND)
            sent.add(lead)
    return found


ROW = st.tuples(st.integers(0, 6), st.sampled_from([False, False, False, True]))


@given(
    parts=st.lists(st.lists(ROW, max_size=8), max_size=4),
    limit=st.none() | st.integers(0, 5),
    allow_duplicates=st.booleans(),
    include_unknown=st.booleans(),
)
@settings(max_examples=60)
def test_each_row_has_the_action_that_it_would_have_by_itself(
    used, parts, limit, allow_duplicates: bool, include_unknown: bool
) -> None:
    batches, begin = [], 2
    for part in parts:
        batches.append(
            rows([lead for lead, _ in part], begin, [at for at, (_, is_settled) in enumerate(part) if is_settled])
        )
        begin += len(part)
    resendable = ResendableAttempts(99 if include_unknown else 0)
    planner = planner_of(used, *batches, limit=limit, allow_duplicates=allow_duplicates, resendable=resendable)
    plan = planner.plan()
    expected = expected_actions(parts, limit, allow_duplicates, include_unknown)
    assert [RowAction(action) for action in plan.actions] == expected
    assert all(plan.count(action) == expected.count(action) for action in RowAction)
    assert (plan.parts, list(plan.rows)) == (len(parts), list(range(2, begin)))
    assert plan.settled == (
        {Outcome.REJECTED: expected.count(RowAction.SETTLED)} if RowAction.SETTLED in expected else {}
    )
    assert sum(group.count for group in plan.problems) == expected.count(INVALID)
    repeated = {RowAction.DUPLICATE, RowAction.UNKNOWN}
    assert sorted(plan.duplicates) == [
        row for row, action in zip(plan.rows, expected, strict=True) if action in repeated
    ]

    given_leads = [lead for part in parts for lead, _ in part]
    to_send = [
        (row, address(lead)) for row, lead, action in zip(plan.rows, given_leads, expected, strict=True) if not action
    ]
    leads = list(planner.leads(plan))
    assert leads.count(None) == len(parts)
    assert [(lead.row, dict(lead.fields)["email"]) for lead in leads if lead] == to_send
    streamed = [lead for planned in planner.plan_parts(Plan()) for lead in planned.leads()]
    assert streamed == [lead for lead in leads if lead]
    marks = [mark for part in batches for mark in planner._fingerprints_of(planner.mapper.map_rows(part.chunk))]
    assert [lead.fingerprint for lead in leads if lead] == [
        mark for mark, action in zip(marks, expected, strict=True) if not action
    ]


def test_row_that_is_not_sent_is_not_the_first_of_its_lead(ledger) -> None:
    """Else both rows behind it would be sent: neither repeats one that is sent."""
    assert actions(planner_of(ledger, rows([7, 7, 7], settled=[0]))) == [RowAction.SETTLED, SEND, DUPLICATE]


async def test_what_the_ledger_gets_of_a_plan(used) -> None:
    plan = planner_of(used, rows([1, 2, 7, 7])).plan()
    assert [(mark.row, mark.reason.partition(" (")[0][:12], mark.attempt) for mark in plan.duplicate_marks()] == [
        (2, "already acce", 1), (3, "already sent", 2), (5, "the same lea", None),
    ]  # fmt: skip
    assert plan.duplicates[5] == EarlierAttempt("", "", 4, "leads.csv", 0.0, Outcome.UNSENT, None)
    assert plan.duplicate_state(5).reason == "the same lead as row 4 of this file"
    assert plan.unknown_rows() == {"old": [20]}


@pytest.mark.parametrize(
    ("finds_duplicates", "expected"), [(True, [DUPLICATE, SEND, DUPLICATE]), (False, [SEND, SEND, SEND])]
)
async def test_leads_are_compared_only_if_the_mapping_wants_it(used, finds_duplicates: bool, expected) -> None:
    scheme = IdentityScheme(SCHEME.fields, 2, finds_duplicates)
    planner = planner_of(used, rows([1, 7, 7]), scheme=scheme)
    assert actions(planner) == expected
    assert all(lead.fingerprint for lead in planner.leads(planner.plan()) if lead)


def test_without_an_identity_every_row_is_sent(ledger) -> None:
    planner = planner_of(ledger, rows([7, 7, 0]), scheme=None)
    planner.identity = None
    assert actions(planner) == [SEND, SEND, INVALID]
    assert [lead.fingerprint for lead in planner.leads(planner.plan()) if lead] == [None, None]


@pytest.mark.parametrize(("started", "expected"), [(None, DUPLICATE), (0.0, DUPLICATE), (2e9, SEND)])
async def test_fresh_sandbox_has_no_earlier_leads(used, started, expected) -> None:
    assert actions(planner_of(used, rows([1]), platform_started=started)) == [expected]


@pytest.mark.parametrize(("run", "expected"), [("one", SEND), ("old", DUPLICATE)])
async def test_what_this_run_sends_while_the_file_is_read_was_not_sent_before(ledger, run: str, expected) -> None:
    await send_lead(ledger, run, 2, Outcome.ACCEPTED, 7)
    assert actions(planner_of(ledger, rows([7]), started="one")) == [expected]


async def test_resumed_run_continues_where_it_was(ledger) -> None:
    for row, outcome in [(2, "accepted"), (3, None), (4, "rejected"), (5, "failed"), (6, "unsent")]:
        await send_lead(ledger, "one", row, outcome and Outcome(outcome), row)
    earlier = await send_lead(ledger, "old", 9, None, 80)
    ledger.rows.mark_duplicates("one", [DuplicateMark(7, "", ""), DuplicateMark(8, "", "", earlier)])
    batch = rows([2, 3, 4, 5, 6, 70, 80, 0, 2, 3])
    planner = planner_of(ledger, batch, resumed="one")
    assert actions(planner) == [
        DONE,
        DONE,
        DONE,
        SEND,
        SEND,
        DONE,
        RowAction.UNKNOWN,
        INVALID,
        DUPLICATE,
        RowAction.UNKNOWN,
    ]


@pytest.mark.parametrize(("finds_duplicates", "expected"), [(True, DUPLICATE), (False, SEND)])
async def test_another_row_with_a_lead_of_the_resumed_run(ledger, finds_duplicates: bool, expected) -> None:
    await send_lead(ledger, "one", 2, Outcome.ACCEPTED, 7)
    scheme = IdentityScheme(SCHEME.fields, 2, finds_duplicates)
    assert actions(planner_of(ledger, rows([7], begin=9), resumed="one", scheme=scheme)) == [expected]


class SentLeads:
    """Stands for the comparison of leads under their numbers: those at some positions are others."""

    family = "old"

    def __init__(self, *others: int) -> None:
        self.others = set(others)

    def same_leads(
        self, chunk: Chunk, mapped: object, sent: dict[int, list[EarlierAttempt]]
    ) -> dict[int, list[EarlierAttempt]]:
        return {at: attempts for at, attempts in sent.items() if at not in self.others}


@pytest.mark.parametrize(
    ("sent_leads", "foreign", "expected"),
    [
        (None, (), [SEND, SEND, SEND]),
        (SentLeads(), (), [DUPLICATE, RowAction.UNKNOWN, SEND]),
        (SentLeads(0), (), [SEND, RowAction.UNKNOWN, SEND]),
        (SentLeads(1, 2), (), [DUPLICATE, SEND, SEND]),
        (SentLeads(), (0, 1), [SEND, SEND, SEND]),
    ],
)
async def test_row_is_not_sent_again_in_the_same_upload(ledger, sent_leads, foreign, expected) -> None:
    """Its lead has another fingerprint by now, as after a change of the mapping."""
    for row, outcome in [(2, Outcome.ACCEPTED), (3, None), (4, Outcome.REJECTED)]:
        await send_lead(ledger, "old", row, outcome, 90 + row)
    batch = rows([11, 12, 13], foreign=frozenset(foreign))
    assert actions(planner_of(ledger, batch, sent_leads=sent_leads)) == expected
    assert actions(planner_of(ledger, batch, sent_leads=sent_leads, allow_duplicates=True)) == expected


@pytest.mark.parametrize(
    ("resendable", "expected"),
    [
        (ResendableAttempts(99), SEND),
        (ResendableAttempts(2), SEND),
        (ResendableAttempts(1), RowAction.UNKNOWN),
        (ResendableAttempts(99, {"old": "a.csv"}), RowAction.UNKNOWN),
        (ResendableAttempts(99, {"one": "a.csv"}), SEND),
    ],
)
def test_unknown_lead_is_sent_again_if_no_process_waits_for_it(used, resendable, expected) -> None:
    assert actions(planner_of(used, rows([2]), resendable=resendable)) == [expected]


def test_declined_consent_counts_in_rows_to_send(ledger) -> None:
    chunk = Chunk(
        [2, 3, 4, 5, 6], [[address(1), address(2), "", address(3), address(1)], ["no", "yes", "no", "no", "no"]]
    )
    plan = planner_of(ledger, RowBatch(chunk), rows([4], begin=7)).plan()
    assert plan.declined == {"optIn": 2}


async def test_row_that_the_mapping_leaves_out_is_skipped(used) -> None:
    """Its problems and its lead do not matter then, and a later row with its lead is the first."""
    mapping = parse_mapping(MAPPING.replace("fields:", "where: {Consent: yes}\nfields:"), Path("map.yaml"))
    chunk = Chunk(
        [2, 3, 4, 5, 6], [[address(7), "", address(1), address(7), address(2)], ["no", "no", "no", "yes", "no"]]
    )
    planner = planner_of(used, RowBatch(chunk))
    binder = Binder(mapping, ["Email", "Consent"])
    planner.mapper = RowMapper(binder.plans(), ["Email", "Consent"], row_filter=binder.row_filter())
    plan = planner.plan()
    assert list(plan.actions) == [RowAction.SKIPPED] * 3 + [SEND, RowAction.SKIPPED]
    assert [group.rows for group in plan.skipped] == [["2", "3", "4", "6"]]
    assert len(plan.problems) == 0


def test_problems_and_notes_name_their_rows(ledger) -> None:
    fault = Problem("is too long", "Shorten it", "", "")
    chunk = Chunk([2, 0, 4], [[address(1), address(2), address(3)], [""] * 3], {1: fault}, {2: "a note"})
    plan = planner_of(ledger, RowBatch(chunk, lines={1: 9})).plan()
    assert [(group.message, group.rows) for group in plan.problems] == [("is too long", ["9 of the report"])]
    assert [(group.message, group.rows) for group in plan.notes] == [("a note", ["4"])]


def test_quality_warnings_are_those_of_rows_to_send(ledger) -> None:
    chunk = Chunk([2, 3], [["test@example.com", "test@example.com"], ["", ""]])
    planner = planner_of(ledger, RowBatch(chunk), rows([0, 7], begin=4))
    plan = planner.plan()
    groups = list(collect_quality_warnings(planner.mapped, plan))
    assert [(group.count, group.rows) for group in groups] == [(1, ["2"])]
    assert len(collect_quality_warnings(planner_of(ledger, RowBatch(chunk)).mapped, Plan())) == 0
