"""`reconcile` with exports that a spreadsheet program rewrote, and with lists of every form."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from tests.support.files import MAPPING, people, read_report, write_csv
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
    with Path("export.csv").open("w", newline="") as file:
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


def test_platform_that_has_one_page_only_is_not_complete(command, pages, unknown) -> None:
    _, run = unknown
    asked = pages("list", same=True)
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
