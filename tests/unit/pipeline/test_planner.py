"""Which rows go: of the rows of one lead the first that goes, whatever stands before it."""

from pathlib import Path
from types import SimpleNamespace

from uploader.core.model import IdentityScheme
from uploader.ledger import open_ledger
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.plan import RowAction
from uploader.pipeline.planner import Planner
from uploader.spreadsheet import Chunk
from uploader.spreadsheet.source import RowBatch

REJECTED = ("2", "rejected", "", "", "", "", "")


def test_a_row_that_does_not_go_is_not_the_first_of_its_lead(tmp_path: Path) -> None:
    """Else both rows behind it would go: neither repeats one that is sent."""
    part = RowBatch(Chunk([2, 3, 4], [["joe@example.com"] * 3]), {0: REJECTED})
    source = SimpleNamespace(table=SimpleNamespace(size=0), batches=lambda: iter([part]))
    mapper = RowMapper([FieldPlan("email", Columns((0,)))], ["Email"])
    with open_ledger(tmp_path) as ledger:
        identity = LeadIdentity(IdentityScheme((("email", "email"),), 2), (), ledger.fingerprints("acme", 1))
        planner = Planner(source, mapper, ledger, identity, "leads.csv")
        assert list(planner.plan().actions) == [RowAction.SETTLED, RowAction.SEND, RowAction.DUPLICATE]
