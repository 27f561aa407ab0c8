"""`reconcile` with exports that a spreadsheet program rewrote, and with lists of every form."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.slow import few_quick
from uploader.ledger import open_ledger
from uploader.sandbox.leads import Leads

ROWS = 20


@pytest.fixture
def unknown(command, platform, monkeypatch) -> tuple[object, str]:
    """Rows 6 and 7 are unknown: the platform has row 6, and not row 7."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    Path("map.yaml").write_text(MAPPING)
    sandbox = platform(faults="store-close@5,close@6")
    leads = write_csv(Path("leads.csv"), people(ROWS))
    run = json.loads(command("upload", leads, "-m", "map.yaml", "--yes", "--json").out)["run"]
    return sandbox, run


def write_export(
    sandbox, lead_id: Callable[[int], str] = str, created: str = "%Y-%m-%d %H:%M:%S", rows: int | None = None
) -> None:
    now = datetime.now(UTC)
    with Path("export.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "Email", "createdTs"])
        for lead in sandbox.received[:rows]:
            writer.writerow([lead_id(lead.lead_id), dict(lead.fields)["email"], now.strftime(created)])


def lead_id_of_row_6(command, run: str) -> str:
    report = json.loads(command("resume", run, "--yes", "--json").out)["report"]
    return read_report(Path(report))[4]["upload_lead_id"]


@pytest.mark.parametrize(
    "created",
    ["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H:%M:%S", "%d-%b-%y", "%d %B %Y %H:%M", "%Y/%m/%d", "serial"],
)
def test_dates_as_excel_writes_them(command, unknown, created) -> None:
    sandbox, run = unknown
    serial = (datetime.now(UTC) - datetime(1899, 12, 30, tzinfo=UTC)) / timedelta(days=1)
    write_export(sandbox, created=f"{serial:.6f}" if created == "serial" else created)
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row found and marked as accepted: 6" in ran.out, ran
    assert "1 row not found: 7" in ran.out


@pytest.mark.parametrize("form", ["{}.0", "{}.00", "{},0", "{:,}", "{:.3E}", "{:.4E}", "{:.4e}"])
def test_ids_as_excel_writes_them(command, unknown, form) -> None:
    """Of a rounded id the numbers that other leads have are none; else the row is accepted without one."""
    sandbox, run = unknown
    write_export(sandbox, lambda lead_id: form.format(float(lead_id) if "E" in form.upper() else lead_id))
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row found and marked as accepted: 6" in ran.out, ran
    known = lead_id_of_row_6(command, run)
    stored = next(lead for lead in sandbox.received if dict(lead.fields)["email"] == people(ROWS)[4][2])
    assert known in ({str(stored.lead_id)} if form != "{:.3E}" else {str(stored.lead_id), ""})


def test_complete_export_suggests_not_sent(command, unknown) -> None:
    sandbox, run = unknown
    write_export(sandbox)
    ran = command("reconcile", run, "--export", "export.csv")
    assert f"uploader resolve {run} --rows 7 --not-sent" in ran.out, ran


def test_export_that_lacks_leads_of_the_run_suggests_nothing(command, unknown) -> None:
    sandbox, run = unknown
    write_export(sandbox, rows=ROWS - 5)
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row not found: 7" in ran.out, ran
    assert "may not have all leads of this run" in ran.out
    assert "--not-sent" not in ran.out


@pytest.mark.parametrize(
    "row", [["", "x@example.com", "2026-11-28"], ["7", "", "2026-11-28"], ["7", "x@example.com", "?"]]
)
def test_unreadable_rows_are_counted(command, unknown, row) -> None:
    sandbox, run = unknown
    write_export(sandbox)
    with Path("export.csv").open("a", newline="") as file:
        csv.writer(file).writerow(row)
        csv.writer(file).writerow(["", "", ""])
    ran = command("reconcile", run, "--export", "export.csv")
    assert "export.csv has 1 row whose id, e-mail or time can't be read" in ran.out, ran
    assert "--not-sent" not in ran.out


SAME_ADDRESS = [
    "Ismail <ismail@xn--mller-kva.example>", "ｉｓｍａｉｌ＠müller.example",
    "ISMAIL@MÜLLER.EXAMPLE", "İSMAİL@müller.example", "ısmaıl@müller.example", "ismail@xn--mller-kva.example",
    "ismail@mu\u0308ller.example", "mailto:ismail@müller.example",
    "\u200bismail@müller。example",
]  # fmt: skip


def run_with_unknown_rows(command, platform, emails: list[str], text: str = MAPPING, *flags: str) -> tuple[object, str]:
    """Upload leads with these addresses: all rows but the first are unknown, and not on the platform."""
    sandbox = platform(faults=f"close@2-{len(emails)}")
    Path("map.yaml").write_text(text)
    rows = [["Ann", f"Bell{number}", email, "", ""] for number, email in enumerate(emails)]
    leads = write_csv(Path("leads.csv"), rows)
    run = json.loads(command("upload", leads, "-m", "map.yaml", "--json", *flags).out)["run"]
    return sandbox, run


def add_to_export(*leads: tuple[object, str]) -> None:
    with Path("export.csv").open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([lead_id, email, datetime.now(UTC).isoformat()] for lead_id, email in leads)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("spelling", few_quick(SAME_ADDRESS, 2))
def test_addresses_are_compared_as_duplicates_are(command, platform, spelling: str, turned: bool) -> None:
    emails = ["ismail@müller.example", spelling]
    sent, listed = reversed(emails) if turned else emails
    if turned and ("<" in spelling or spelling.startswith("mailto")):
        sent = "ismail@xn--mller-kva.example"
    sandbox, run = run_with_unknown_rows(command, platform, ["bob@example.com", sent])
    write_export(sandbox)
    add_to_export((99_001, listed))
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row found and marked as accepted: 3" in ran.out, ran


def test_one_lead_of_the_list_settles_one_row(command, platform, monkeypatch) -> None:
    """Also where its id was rounded, so that the id does not show that it is taken."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    emails = ["bob@example.com", "ann@example.com", "ann@example.com"]
    sandbox, run = run_with_unknown_rows(command, platform, emails, MAPPING, "--allow-duplicates")
    write_export(sandbox)
    add_to_export(("9.9E+04", "ann@example.com"))
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row found and marked as accepted: 3" in ran.out, ran
    assert "1 row not found: 4" in ran.out


def test_rows_without_an_email_are_not_called_missing(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    text = MAPPING.replace("fields:", "duplicates: [lastName]\nfields:")
    monkeypatch.setattr("uploader.sandbox.leads.rejection", lambda *_: None)
    monkeypatch.setattr("uploader.core.form.Form.required", property(lambda form: ()))
    sandbox, run = run_with_unknown_rows(command, platform, ["bob@example.com", "", "ann@example.com"], text)
    write_export(sandbox)
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row without an e-mail: 3" in ran.out, ran
    assert "1 row not found: 4" in ran.out
    assert f"resolve {run} --rows 4 --not-sent" in ran.out


@pytest.mark.parametrize("field", ["email", "workMail"])
def test_email_is_found_by_its_type(command, platform, monkeypatch, field: str) -> None:
    """Without a field that is an e-mail nothing can be looked up, which does not mean that nothing is there."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox, run = run_with_unknown_rows(command, platform, ["bob@example.com", "ann@example.com"])
    write_export(sandbox)
    with open_ledger(Path("home")) as ledger:
        facts = ledger.runs.find(run)
    assert facts is not None
    fields = {"email": "companyName: Email", "workMail": "companyName: {column: Email, type: email}"}[field]
    changed = facts.mapping.replace("email: Email", fields).replace("  companyName: Company\n", "")
    query_ledger(Path("home"), "UPDATE run SET facts = json_set(facts, '$.mapping', ?)", (changed,))
    ran = command("reconcile", run, "--export", "export.csv")
    if field == "email":
        assert (ran.code, "maps no e-mail" in ran.err) == (2, True), ran
    else:
        assert "1 row not found: 3" in ran.out, ran


SHAPES = {
    "hydra": lambda members, page, pages: {"hydra:member": members, "hydra:totalItems": ROWS - 1},
    "no totals": lambda members, page, pages: {"hydra:member": members},
    "member": lambda members, page, pages: {"member": members, "totalItems": ROWS - 1},
    "next": lambda members, page, pages: {
        "member": members,
        "view": {"@id": "/api/v4/leads", **({"next": f"/api/v4/leads?page={page + 1}"} if page < pages else {})},
    },
    "list": lambda members, page, pages: members,
}


@pytest.fixture
def pages(monkeypatch):
    """The platform lists leads in pages of seven, in another shape, perhaps the same page each time."""
    asked: list[str] = []
    chosen: dict[str, object] = {}

    async def respond(self: Leads, request: web.Request) -> web.Response:
        asked.append(request.headers["Accept"])
        page = 1 if chosen["same"] else int(request.query["page"])
        members = [
            {"id": lead.lead_id, "email": dict(lead.fields)["email"], "createdTs": lead.created}
            | ({"createdTs": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00"} if chosen["same"] else {})
            for lead in self._state.received
        ]
        part = members[(page - 1) * 7 : page * 7]
        shown = [*part, *(chosen["extra"] if part else ())]
        return web.json_response(SHAPES[chosen["shape"]](shown, page, -(-len(members) // 7)))

    monkeypatch.setattr(Leads, "_leads", respond)

    def listed(shape: str, *, same: bool = False, extra: tuple[object, ...] = ()) -> list[str]:
        chosen.update(shape=shape, same=same, extra=extra)
        return asked

    return listed


@pytest.mark.parametrize("shape", SHAPES)
def test_pages_of_every_shape_are_read_to_the_end(command, pages, unknown, shape) -> None:
    """The newest lead is on the last page, as the platform lists them by id."""
    sandbox, run = unknown
    asked = pages(shape)
    sandbox.state.received.sort(key=lambda lead: dict(lead.fields)["email"] == people(ROWS)[4][2])
    ran = command("reconcile", run)
    assert "1 row found and marked as accepted: 6" in ran.out, ran
    assert f"uploader resolve {run} --rows 7 --not-sent" in ran.out
    assert set(asked) == {"application/ld+json"}
    assert len(asked) in {3, 4}


@pytest.mark.parametrize("shape", ["list", "next"])
def test_platform_that_has_one_page_only_is_not_complete(command, pages, unknown, shape) -> None:
    """Its leads change from one response to the next, and the link to the next page leads back to it."""
    _, run = unknown
    asked = pages(shape, same=True)
    ran = command("reconcile", run)
    assert "may not have all leads of this run" in ran.out, ran
    assert "--not-sent" not in ran.out
    assert len(asked) == 2


@pytest.mark.parametrize("shape", ["list", "next", "no totals"])
def test_empty_list_without_a_total_is_not_complete(command, pages, unknown, shape) -> None:
    sandbox, run = unknown
    pages(shape)
    sandbox.state.received.clear()
    query_ledger(Path("home"), "DELETE FROM answer")  # no lead of the run is accepted, so none can be missed
    ran = command("reconcile", run)
    assert "--not-sent" not in ran.out, ran


def test_list_without_an_end_does_not_use_up_the_quota(command, pages, unknown, monkeypatch) -> None:
    _, run = unknown
    asked = pages("no totals")
    monkeypatch.setattr("uploader.api.publisher.MAX_PAGES", 2)
    ran = command("reconcile", run)
    assert "may not have all leads of this run" in ran.out, ran
    assert "--not-sent" not in ran.out
    assert len(asked) == 2


def test_entries_that_are_not_leads_are_counted(command, pages, unknown) -> None:
    _, run = unknown
    pages("no totals", extra=(None, "lead"))
    ran = command("reconcile", run)
    assert "6 rows whose id, e-mail or time can't be read" in ran.out, ran
    assert "--not-sent" not in ran.out


def test_rows_are_looked_up_where_the_file_is_not(command, unknown) -> None:
    sandbox, run = unknown
    write_export(sandbox)
    leads = Path("leads.csv").rename("elsewhere.csv")
    ran = command("reconcile", run, "--export", "export.csv")
    assert "1 row found and marked as accepted: 6" in ran.out, ran
    assert "1 row not found: 7" in ran.out
    leads.rename("leads.csv")
    assert lead_id_of_row_6(command, run) == str(sandbox.received[4].lead_id)


def test_rows_that_are_identified_by_more_than_the_email_need_the_file(command, platform) -> None:
    sandbox = platform(faults="close@2")
    Path("map.yaml").write_text(f"{MAPPING}duplicates: [email, lastName]\n")
    file = write_csv(Path("leads.csv"), people(3))
    run = json.loads(command("upload", file, "-m", "map.yaml", "--yes", "--json").out)["run"]
    write_export(sandbox)
    file.unlink()
    ran = command("reconcile", run, "--export", "export.csv")
    assert (ran.code, "leads.csv" in ran.err) == (3, True), ran
