"""What has changed on the form since a mapping was made for it, as `map`, `check` and the page say it."""

from uploader.core.form import Form, FormField
from uploader.mapping.questionnaire import Basis, KnownMapping, changes_since, form_notes
from uploader.mapping.schema import MadeAgainst

FORM = Form(75, fields=(FormField("form[email]", required=True), FormField("form[city]", required=True)))
MADE = MadeAgainst(date="2026-11-20", form=75, fields={"email": "required", "city": "", "fax": ""})
UPLOAD = KnownMapping("the upload of 2026-11-20", {"email": {"column": "Email"}}, {"form": 75}, made_against=MADE)
CHANGES = [
    "removed from the form since the mapping was proposed (2026-11-20): fax",
    "changed on the form since the mapping was proposed (2026-11-20): city is required, it was optional",
]


def notes(*earlier: KnownMapping, like: KnownMapping | None = None) -> list[str]:
    return form_notes(Basis("leads.csv", (), (FORM,), (), {"campaign": 1}, earlier=earlier, like=like), FORM)


def test_changes_since_the_newest_upload_to_the_form_are_named() -> None:
    other = KnownMapping("another", {}, {"form": 76}, made_against=MadeAgainst(date="2026-11-25", form=76, fields={}))
    assert notes(other, UPLOAD) == CHANGES
    assert notes() == []


def test_mapping_to_start_from_comes_first() -> None:
    same = MadeAgainst(date="2026-11-26", form=75, fields={"email": "required", "city": "required"})
    assert notes(UPLOAD, like=KnownMapping("other.yaml", {}, made_against=same)) == []


def test_mapping_that_does_not_name_its_form_shows_fields_that_are_gone() -> None:
    known = KnownMapping("other.yaml", {"email": {"column": "Email"}, "fax": {"column": "Fax"}})
    assert changes_since(known, FORM) == ["not on the form any more: fax, which other.yaml fills"]
