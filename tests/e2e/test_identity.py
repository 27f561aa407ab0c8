"""An accepted lead stays recognized, whatever changes in the mapping and however it is spelled."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.files import write_csv
from tests.support.ledger_file import restore_ledger
from tests.support.runs import a_run
from tests.support.slow import few_quick
from uploader.core.model import IdentityScheme
from uploader.ledger import lock_names_of, open_ledger

COLUMNS = ["First", "Last", "Email", "Phone", "Company"]
VERSION_3 = Path(__file__).parents[1] / "unit/ledger/ledger_v3.sql"
HEAD = "version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\n"
FIELDS = {
    "firstName": "First",
    "lastName": "Last",
    "email": "Email",
    "telephone": "{column: Phone, transform: [{phone: {region: GB}}]}",
    "companyName": "Company",
    "source": "{value: Autumn webinar}",
}


def mapping(duplicates: str | None = None, **fields: str | None) -> str:
    listed = "" if duplicates is None else f"duplicates: {duplicates}\n"
    all_fields = {name: spec for name, spec in {**FIELDS, **fields}.items() if spec is not None}
    return HEAD + listed + "fields:\n" + "".join(f"  {name}: {spec}\n" for name, spec in all_fields.items())


MAPPINGS = {
    "default": mapping(),
    "e-mail": mapping("[email]"),
    "e-mail and company": mapping("[email, companyName]"),
    "company and e-mail": mapping("[companyName, email]"),
    "last name": mapping("[lastName]"),
    "phone": mapping("[telephone]"),
    "phone as E.164": mapping(
        "[telephone]", telephone="{column: Phone, transform: [{phone: {region: GB, format: e164}}]}"
    ),
    "phone as it is": mapping("[telephone]", telephone="Phone"),
    "phone digits": mapping("[telephone]", telephone="{column: Phone, transform: [digits]}"),
    "none": mapping("[]"),
    "lower": mapping(email="{column: Email, transform: [lower]}"),
    "upper": mapping(email="{column: Email, transform: [upper]}"),
    "e-mail replaced": mapping(email="{column: Email, transform: [{replace: {Ann: Anne}}]}"),
    "company upper": mapping("[email, companyName]", companyName="{column: Company, transform: [upper]}"),
    "company digits": mapping("[email, companyName]", companyName="{column: Company, transform: [digits]}"),
    "company values": mapping("[companyName]", companyName="{column: Company, values: {Comp 101: Other 101}}"),
    "phone and company": mapping("[telephone, companyName]"),
    "all": mapping("[firstName, lastName, email, telephone, companyName]"),
}


def people(begin: int, count: int) -> list[list[str]]:
    numbers = range(begin, begin + count)
    return [["Ann", f"Bell{n}", f"Ann{n}@example.com", f"07700 900{n:03}", f"Comp {n}"] for n in numbers]


ROWS = people(100, 6)


@pytest.fixture
def upload(command, platform):
    sandbox = platform()

    def run(text: str, rows=ROWS, *flags: str, name: str = "leads.csv"):
        Path("map.yaml").write_text(text)
        return command("upload", write_csv(Path(name), rows, COLUMNS), "-m", "map.yaml", "--yes", "--json", *flags)

    run.received = sandbox.received
    run.command = command
    return run


# Every mapping as the first and as the second one, several times. All pairs pass, but take too long for every day.
NAMES = list(MAPPINGS)
PAIRS = [(name, NAMES[(at + step) % len(NAMES)]) for at, name in enumerate(NAMES) for step in (1, 4, 9)]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_same_file_with_another_mapping_is_not_sent_again(upload, first: str, second: str) -> None:
    ran = upload(MAPPINGS[first])
    assert len(upload.received) == len(ROWS), ran
    ran = upload(MAPPINGS[second])
    assert len(upload.received) == len(ROWS), ran
    assert json.loads(ran.out)["counts"]["duplicate"] == len(ROWS)
    assert ran.code == 0


# A step of an identifying field that changes who it seems to be, and how a row was and is identified by it.
STEPS = {
    "values": ("{{column: {}, values: {{Comp 101: Other 101}}}}", "companyName"),
    "replace": ("{{column: {}, transform: [{{replace: {{pattern: Ann, with: Anne}}}}]}}", "email"),
    "digits": ("{{column: {}, transform: [digits]}}", "companyName"),
    "upper": ("{{column: {}, transform: [upper]}}", "companyName"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("step", few_quick(STEPS))
def test_steps_of_an_earlier_mapping_are_repeated_on_renamed_columns(upload, step: str, turned: bool) -> None:
    """The file no longer has the columns of the earlier mapping, but the values that it was made of."""
    spec, name = STEPS[step]
    column = FIELDS[name]
    texts = [mapping(f"[{name}]", **{name: spec.format(column)}), mapping(f"[{name}]")]
    first, second = reversed(texts) if turned else texts
    upload(first)
    assert len(upload.received) == len(ROWS)
    renamed = second.replace(f"{name}: {column}", f"{name}: Renamed").replace(f"column: {column}", "column: Renamed")
    Path("map.yaml").write_text(renamed)
    columns = ["Renamed" if one == column else one for one in COLUMNS]
    write_csv(Path("renamed.csv"), ROWS, columns)
    ran = upload.command("upload", "renamed.csv", "-m", "map.yaml", "--json")
    assert json.loads(ran.out)["counts"]["duplicate"] == len(ROWS), ran
    assert len(upload.received) == len(ROWS)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("step", few_quick(STEPS))
def test_steps_of_a_purged_run_are_repeated(upload, tmp_path, step: str, turned: bool) -> None:
    spec, name = STEPS[step]
    texts = [mapping(f"[{name}]", **{name: spec.format(FIELDS[name])}), mapping(f"[{name}]")]
    first, second = reversed(texts) if turned else texts
    upload(first)
    with open_ledger(tmp_path / "home") as ledger:
        assert ledger.retention.purge(2e10, [], forget_leads=False).runs == 1
        assert not ledger.runs.history(9)
    ran = upload(second)
    assert json.loads(ran.out)["counts"]["duplicate"] == len(ROWS), ran
    assert len(upload.received) == len(ROWS)


def test_all_earlier_ways_are_compared(upload) -> None:
    """Each part is identified in its own way; all of them are recognized at the end."""
    names = ["default", "phone", "e-mail and company", "last name", "none", "all"]
    for number, name in enumerate(names):
        upload(MAPPINGS[name], people(10 * number, 5), name=f"{number}.csv")
    assert len(upload.received) == 5 * len(names)
    for name, text in MAPPINGS.items():
        ran = upload(text, people(0, 10 * len(names)), "--dry-run")
        assert json.loads(ran.out)["counts"]["duplicate"] == 5 * len(names), (name, ran)


@pytest.mark.parametrize("missing", ["telephone", "companyName"])
@pytest.mark.parametrize("flags", [[], ["--dry-run"]])
def test_field_that_is_no_longer_mapped_is_refused(upload, missing: str, flags: list[str]) -> None:
    upload(mapping(f"[{missing}]"))
    ran = upload(mapping("[lastName]", **{missing: None}), ROWS, *flags)
    assert ran.code == 3, ran
    assert missing in ran.err
    assert "cannot be recognized" in ran.err
    assert "--allow-duplicates" in ran.err
    assert len(upload.received) == len(ROWS)
    assert upload(mapping("[lastName]", **{missing: None}), ROWS, "--allow-duplicates").code == 0
    assert len(upload.received) == 2 * len(ROWS)


def test_runs_without_accepted_leads_do_not_matter(command, platform) -> None:
    sandbox = platform(faults="400@1-6")
    for text in (mapping("[companyName]"), mapping("[lastName]", companyName=None)):
        Path("map.yaml").write_text(text)
        command("upload", write_csv(Path("leads.csv"), ROWS, COLUMNS), "-m", "map.yaml", "--yes")
    assert len(sandbox.received) == len(ROWS)


SPELLINGS = [
    ("ann@example.com", "ANN@Example.COM"),
    ("ann@example.com", " ann@example.com "),
    ("ann@example.com", "ａｎｎ@example.com"),
    ("ann@example.com", "ann@exａmple.com"),
    ("ann@müller.example", "ann@xn--mller-kva.example"),
    ("ann@xn--mller-kva.example", "ann@MÜLLER.example"),
    ("ismail@example.com", "İsmail@example.com"),
    ("ismail@example.com", "ısmaıl@example.com"),
    ("ann-lee@example.com", "ann‐lee@example.com"),
    ("straße@example.com", "STRASSE@example.com"),
]


@pytest.mark.parametrize(("first", "second"), [*SPELLINGS, *((b, a) for a, b in SPELLINGS)])
def test_spellings_of_an_address_are_one_lead(upload, first: str, second: str) -> None:
    upload(MAPPINGS["default"], [["Ann", "Bell", first, "07700900123", "Comp"]])
    sent = len(upload.received)
    upload(MAPPINGS["default"], [["Ann", "Bell", second, "07700900124", "Comp"]])
    assert (sent, len(upload.received)) in {(1, 1), (0, 1)}, (first, second)  # the first may be invalid
    upload(MAPPINGS["default"], [["Ann", "Bell", one, "07700900124", "Comp"] for one in (first, second)], name="b.csv")
    assert len(upload.received) == 1


@pytest.mark.parametrize("first", ["07700 900123", "+44 7700 900123", "0044 7700 900123", "(+44)07700900123"])
@pytest.mark.parametrize("second", ["07700900123", "+447700900123", "00447700900123", "(+44) 07700 900 123"])
@pytest.mark.parametrize("text", ["phone", "phone as E.164"])
def test_spellings_of_a_number_are_one_lead(upload, first: str, second: str, text: str) -> None:
    upload(MAPPINGS["phone"], [["Ann", "Bell", "a@example.com", first, "Comp"]])
    upload(MAPPINGS[text], [["Ann", "Bell", "b@example.com", second, "Comp"]])
    assert len(upload.received) == 1


def test_leads_are_other_leads_under_the_list_that_both_runs_use(upload) -> None:
    """The comparison with earlier lists does not make the present one coarser."""
    upload(MAPPINGS["default"], [["Ann", "Bell", "other@example.com", "07700900123", "Comp"]])
    for company in ("One", "Two"):
        upload(MAPPINGS["e-mail and company"], [["Ann", "Bell", "ann@example.com", "07700900123", company]])
    assert len(upload.received) == 3


def test_repeats_within_a_file_are_sent_where_no_duplicates_are_looked_for(upload) -> None:
    ran = upload(MAPPINGS["none"], [ROWS[0], ROWS[0]])
    assert json.loads(ran.out)["counts"]["accepted"] == 2
    ran = upload(MAPPINGS["none"], [ROWS[0]])
    assert json.loads(ran.out)["counts"]["accepted"] == 1
    ran = upload(MAPPINGS["default"], [ROWS[0]])
    assert json.loads(ran.out)["counts"]["duplicate"] == 1


@pytest.mark.parametrize("text", ["default", "lower", "none", "e-mail and company", "phone"])
def test_ledger_of_an_older_version_recognizes_its_leads(upload, tmp_path, text: str) -> None:
    restore_ledger(tmp_path / "home", VERSION_3)
    rows = [["Ann", f"Lind{n}", f"ANN.{n}@example.com", f"0770090010{n}", "Comp"] for n in range(6)]
    ran = upload(MAPPINGS[text], rows)
    assert upload.received == [], ran


def test_purged_runs_of_an_older_version_recognize_their_leads(upload, command, tmp_path) -> None:
    restore_ledger(tmp_path / "home", VERSION_3)
    assert command("purge", "--older-than", "0d", "--yes").code == 0
    rows = [["Ann", f"Lind{n}", f"ANN.{n}@example.com", f"0770090010{n}", "Comp"] for n in range(6)]
    ran = upload(MAPPINGS["phone"], rows)
    assert upload.received == [], ran
    ran = upload(mapping("[telephone]", email=None), rows)
    assert ran.code == 3, ran


def test_other_fields_are_not_used_at_the_same_time(upload, tmp_path) -> None:
    """Another process would not recognize the leads of this one: it looked for earlier ways before."""
    scheme = IdentityScheme((("lastName", "text"),), 2)
    other = replace(a_run("other"), scope="sandbox", campaign=44400, identities=(scheme,))
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(other)
        with ledger.lock(lock_names_of(other), "other.csv"):
            ran = upload(MAPPINGS["default"])
            assert ran.code == 2, ran
            assert "other identifying fields" in ran.err
            assert upload.received == []
    assert upload(MAPPINGS["default"]).code == 0
    assert len(upload.received) == len(ROWS)
