"""What the page says after it has looked unknown rows up."""

import pytest

from uploader.web.unknown_rows import sentences_of

NOTHING = {"found": "", "missing": "", "without_email": "", "unreadable": 0, "is_complete": True}


@pytest.mark.parametrize(
    ("facts", "sentences"),
    [
        ({"found": "3-4"}, "Found and recorded as accepted: row 3-4."),
        (
            {"missing": "7"},
            "No row was found. Not found: row 7. export.csv has all other leads of this run. To send them again, "
            "choose “It is not there”.",
        ),
        (
            {"missing": "7", "is_complete": False},
            "No row was found. Not found: row 7. export.csv may not have all leads of this run, so the platform may "
            "have them even so.",
        ),
        (
            {"missing": "7", "unreadable": 1, "is_complete": False},
            "No row was found. Not found: row 7. export.csv has 1 row whose id, e-mail or time can't be read: they may "
            "be among them.",
        ),
        ({"without_email": "9"}, "No row was found. Without an e-mail, so not looked up: row 9."),
    ],
)
def test_missing_row_is_never_called_unsent_without_a_complete_list(facts: dict[str, object], sentences: str) -> None:
    assert sentences_of([{**NOTHING, **facts}], "export.csv") == sentences


def test_rows_of_several_runs_are_named_together() -> None:
    runs = [{**NOTHING, "found": "3"}, {**NOTHING, "found": "8-9", "missing": "10", "is_complete": False}]
    assert sentences_of(runs, "The platform's list").startswith(
        "Found and recorded as accepted: row 3,8-9. Not found: row 10."
    )
