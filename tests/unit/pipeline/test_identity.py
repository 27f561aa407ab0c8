"""How leads are identified: by this run's mapping, and by those of earlier runs of the campaign."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import send
from tests.support.runs import a_run
from uploader.core.errors import MappingError
from uploader.core.fingerprint import FingerprintMaker
from uploader.core.model import IdentityScheme, Outcome, Problem
from uploader.ledger import OWN_KEY, Ledger, RecordedIdentity, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.identity import (
    UNKNOWN_SCHEME,
    LeadIdentity,
    identity_mapping,
    make_identity,
    record_older_identities,
    scheme_of,
)
from uploader.spreadsheet import Chunk

COLUMNS = ["Email", "Phone", "Name"]
FIELDS = {"email": "Email", "telephone": "Phone", "lastName": "Name"}
EMAIL, PHONE, NAME = ("email", "email"), ("telephone", "phone"), ("lastName", "text")


def mapping_text(duplicates: str | None = None, **fields: str | None) -> str:
    head = "version: 1\n" + ("" if duplicates is None else f"duplicates: {duplicates}\n")
    return head + "fields:\n" + "".join(f"  {name}: {spec}\n" for name, spec in ({**FIELDS, **fields}).items() if spec)


def identity_of(ledger: Ledger, text: str, columns: list[str] = COLUMNS, **options: bool) -> LeadIdentity:
    mapping = parse_mapping(text, Path("map.yaml"))
    plans = Binder(mapping, columns).plans()
    assert not mapping.document.errors
    return make_identity(mapping, plans, columns, ledger, ("acme", 1), **options)


def rows_of(text: str, *cells: list[str]) -> tuple[Chunk, MappedRows]:
    chunk = Chunk(list(range(2, 2 + len(cells))), [list(column) for column in zip(*cells, strict=True)])
    plans = Binder(parse_mapping(text, Path("map.yaml")), COLUMNS).plans()
    return chunk, RowMapper(plans, COLUMNS).map_rows(chunk)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger") as ledger:
        yield ledger


async def run_before(ledger: Ledger, text: str, name: str = "old", **facts: object) -> IdentityScheme | None:
    """A run with this mapping, and an accepted lead; return how it identified leads."""
    mapping = parse_mapping(text, Path("map.yaml"))
    scheme = scheme_of(mapping, Binder(mapping, COLUMNS).plans())
    ledger.runs.start(replace(a_run(name), mapping=text, identities=(scheme,), **facts))
    await send(ledger, name, 2, Outcome.ACCEPTED, 55)
    return scheme


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        (mapping_text(), IdentityScheme((EMAIL,), 2)),
        (mapping_text("[lastName, email]"), IdentityScheme((NAME, EMAIL), 2)),
        (mapping_text("[telephone]"), IdentityScheme((PHONE,), 2)),
        (mapping_text("[lastName]", lastName="{column: Name, transform: [{phone: {region: GB}}]}"),
         IdentityScheme((("lastName", "phone"),), 2)),
        (mapping_text("[]"), IdentityScheme((EMAIL,), 2, finds_duplicates=False)),
        (mapping_text("[]", email=None, source="{value: x}"), IdentityScheme((PHONE, NAME), 2, finds_duplicates=False)),
        (mapping_text("[]", email=None, telephone=None, lastName="{value: x}"), None),
    ],
)  # fmt: skip
def test_scheme_of_a_mapping(text: str, scheme: IdentityScheme | None) -> None:
    mapping = parse_mapping(text, Path("map.yaml"))
    assert scheme_of(mapping, Binder(mapping, COLUMNS).plans()) == scheme


@pytest.mark.parametrize("name", ["mobilePhone", "cell", "fax", "tel", "TELEPHONE", "hotel", "lastName"])
def test_kind_of_a_field_without_a_transform_follows_its_name(name: str) -> None:
    text = f"version: 1\nduplicates: [{name}]\nfields: {{{name}: Phone}}\n"
    mapping = parse_mapping(text, Path("map.yaml"))
    kind = "text" if name in {"hotel", "lastName"} else "phone"
    assert scheme_of(mapping, Binder(mapping, COLUMNS).plans()) == IdentityScheme(((name, kind),), 2)


def test_rows_with_problems_or_without_values_have_no_fingerprint(ledger) -> None:
    text = mapping_text()
    _, mapped = rows_of(text, ["ann@example.com", "", ""], ["bob@example.com", "", ""], ["", "", ""])
    mapped.problems[1] = [Problem("bad", "", "", "")]
    first, *others = identity_of(ledger, text).fingerprints(mapped)
    assert [first] == ledger.fingerprints("acme", 1)([["ann@example.com"]])
    assert others == [None, None]
    assert replace(identity_of(ledger, text), scheme=None).fingerprints(mapped) == [None, None, None]


@pytest.mark.parametrize(
    ("before", "now", "compared"),
    [
        (mapping_text(), mapping_text(), []),
        (mapping_text("[telephone]"), mapping_text(), [IdentityScheme((PHONE,), 2)]),
        (mapping_text("[telephone]"), mapping_text("[]"), [IdentityScheme((PHONE,), 2)]),
        (mapping_text("[]"), mapping_text("[telephone]"), [IdentityScheme((EMAIL,), 2, finds_duplicates=False)]),
        (mapping_text("[]"), mapping_text("[]"), []),
        (mapping_text("[]", email=None), mapping_text(email=None, duplicates="[lastName]"),
         [IdentityScheme((PHONE, NAME), 2, finds_duplicates=False)]),
    ],
)  # fmt: skip
async def test_earlier_ways_are_compared(ledger, before: str, now: str, compared) -> None:
    await run_before(ledger, before)
    identity = identity_of(ledger, now)
    assert [one.scheme for one in identity.earlier] == compared
    assert all(one.mapper is None for one in identity.earlier)
    assert identity_of(ledger, now, allow_duplicates=True).earlier == identity.earlier  # for a row's own lead


async def test_each_way_of_a_run_is_compared_by_itself(ledger) -> None:
    """A newer version has resumed a run that did not look for duplicates, and does so by telephone."""
    await run_before(ledger, mapping_text("[]"))
    by_phone = IdentityScheme((PHONE,), 2)
    ledger.runs.add_identity("old", by_phone)
    assert [one.scheme for one in identity_of(ledger, mapping_text("[]")).earlier] == [by_phone]


async def test_only_runs_of_the_campaign_with_leads_count(ledger) -> None:
    text = mapping_text("[telephone]")
    await run_before(ledger, text, campaign=2)
    await run_before(ledger, text, "other", scope="bcme")
    ledger.runs.start(replace(a_run("empty"), mapping=text, identities=(IdentityScheme((PHONE,), 2),)))
    assert identity_of(ledger, mapping_text()).earlier == ()


async def test_field_that_is_no_longer_mapped_is_refused(ledger) -> None:
    await run_before(ledger, mapping_text("[telephone, lastName]"))
    now = mapping_text(telephone=None)
    with pytest.raises(MappingError, match=r"map\.yaml does not map telephone, and leads of this campaign"):
        identity_of(ledger, now)
    assert identity_of(ledger, now, must_recognize=False).earlier == ()
    assert identity_of(ledger, now, allow_duplicates=True).earlier == ()


async def test_field_of_a_run_that_did_not_look_for_duplicates_need_not_be_mapped(ledger) -> None:
    await run_before(ledger, mapping_text("[]"))
    assert identity_of(ledger, mapping_text("[lastName]", email=None)).earlier == ()


async def test_other_ways_of_a_run_are_compared_although_one_cannot_be(ledger) -> None:
    await run_before(ledger, mapping_text("[]"))
    by_phone = IdentityScheme((PHONE,), 2)
    ledger.runs.add_identity("old", by_phone)
    now = mapping_text("[lastName]", email=None)  # the run's first way was by e-mail address
    assert [one.scheme for one in identity_of(ledger, now).earlier] == [by_phone]


REPLACED = "{column: Email, transform: [{replace: {Ann: Anne}}], max_length: 3}"


async def test_values_are_also_made_as_they_were(ledger) -> None:
    """The earlier mapping replaced a part of the address: its fingerprints are those of the replaced address."""
    await run_before(ledger, mapping_text(email=REPLACED))
    text = mapping_text()
    identity = identity_of(ledger, text)
    assert [(one.scheme, one.mapper is None) for one in identity.earlier] == [(identity.scheme, False)]
    assert [plan.name for plan in identity.earlier[0].mapper.plans] == ["email"]
    chunk, mapped = rows_of(text, ["Ann@example.com", "", ""], ["bob@example.com", "", ""], ["", "", ""])
    (marks,) = identity.earlier_fingerprints(chunk, mapped)
    assert marks == [*ledger.fingerprints("acme", 1)([["anne@example.com"]]), None, None]


@pytest.mark.parametrize(
    "check", ["must_be: x", "allowed: [x]", "pattern: x", "min_length: 99", "max_length: 3", "required: true"]
)
async def test_checks_of_an_earlier_mapping_leave_no_lead_out(ledger, check: str) -> None:
    await run_before(ledger, mapping_text(email=f"{{column: Email, transform: [{{replace: {{Ann: Anne}}}}], {check}}}"))
    chunk, _ = rows_of(mapping_text(), ["Ann@example.com", "", ""], ["", "", ""])
    (earlier,) = identity_of(ledger, mapping_text()).earlier
    assert earlier.mapper.map_rows(chunk).problems == {}


async def test_rows_that_an_earlier_mapping_left_out_by_other_columns_are_compared(ledger) -> None:
    where = ", ".join(f"Quarter {number}: x" for number in range(20))
    await run_before(ledger, mapping_text(email=REPLACED).replace("fields:", f"where: {{{where}}}\nfields:"))
    (earlier,) = identity_of(ledger, mapping_text()).earlier
    assert earlier.mapper is not None


@pytest.mark.parametrize("now", [mapping_text(), mapping_text("[telephone]")])
async def test_leads_of_a_ledger_that_was_moved_in_are_compared_with_its_key(ledger, now: str) -> None:
    """In the same way as this run's own, too: their fingerprints are others."""
    scheme = IdentityScheme((EMAIL,), 2)
    makers = {key: FingerprintMaker(bytes([key]), "acme") for key in (OWN_KEY, 3)}
    recorded = [RecordedIdentity(f"run {key}", (scheme,), mapping_text(), "map.yaml", key) for key in (3, OWN_KEY)]
    team = SimpleNamespace(
        keys=tuple(makers),
        runs=SimpleNamespace(identities=lambda scope, campaign: recorded),
        fingerprints=lambda scope, campaign, key=OWN_KEY: makers[key],
    )
    identity = identity_of(team, now)
    chunk, mapped = rows_of(now, ["ann@example.com", "07700900123", "Bell"])
    assert identity.keys == 2
    found = [one for (one,) in identity.earlier_fingerprints(chunk, mapped)]
    own = [] if now == mapping_text() else makers[OWN_KEY]([["ann@example.com"]])
    assert found == [*makers[3]([["ann@example.com"]]), *own]


async def test_fingerprints_that_would_be_the_runs_own_are_left_out(ledger) -> None:
    text = mapping_text("[email, telephone]")
    await run_before(ledger, mapping_text())
    chunk, mapped = rows_of(text, ["ann@example.com", "+44 7700 900123", ""])
    for now, count in [(text, 1), (mapping_text("[]"), 1)]:
        ways = list(identity_of(ledger, now).earlier_fingerprints(chunk, mapped))
        assert ways == [ledger.fingerprints("acme", 1)([["ann@example.com"]])] * count


async def test_earlier_way_needs_its_columns(ledger) -> None:
    """The file has another column for the address: the earlier mapping cannot be applied, but its scheme can."""
    await run_before(ledger, mapping_text("[lastName]", lastName="Phone"))
    now = mapping_text("[email]", lastName="Name", telephone=None)
    earlier = identity_of(ledger, now, ["Email", "Name"]).earlier
    assert [(one.scheme.names, one.mapper) for one in earlier] == [(("lastName",), None)]


@pytest.mark.parametrize(
    "steps", ["transform: [{replace: {Ann: Anne}}]", "values: {ann@example.com: anne@example.com}"]
)
async def test_values_of_another_column_are_changed_as_they_were(ledger, steps: str) -> None:
    """The file has another column for the address, and the earlier mapping changed it."""
    await run_before(ledger, mapping_text(email=f"{{column: Email, {steps}}}"))
    columns, text = ["Mail", "Phone", "Name"], mapping_text(email="Mail")
    identity = identity_of(ledger, text, columns)
    assert [(one.scheme, one.mapper is None) for one in identity.earlier] == [(identity.scheme, False)]
    chunk = Chunk([2, 3], [["Ann@example.com", "bob@example.com"], ["", ""], ["", ""]])
    mapped = RowMapper(Binder(parse_mapping(text, Path("map.yaml")), columns).plans(), columns).map_rows(chunk)
    (marks,) = identity.earlier_fingerprints(chunk, mapped)
    assert marks == [*ledger.fingerprints("acme", 1)([["anne@example.com"]]), None]


async def test_each_way_is_compared_once(ledger) -> None:
    for name in ("a", "b"):
        await run_before(ledger, mapping_text("[telephone]", telephone="Name"), name)
    await run_before(ledger, mapping_text("[telephone]", telephone="Email"), "c")
    earlier = identity_of(ledger, mapping_text()).earlier
    assert [(one.scheme.names, one.mapper is not None) for one in earlier] == [
        (("telephone",), False), (("telephone",), True), (("telephone",), True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mapping", "scheme"),
    [
        ("", UNKNOWN_SCHEME),
        (mapping_text("[telephone, lastName]"), IdentityScheme((("telephone", "text"), ("lastName", "text")), 1)),
        (mapping_text(), IdentityScheme((("email", "text"),), 1)),
        (mapping_text("[]"), None),
    ],
)
async def test_runs_of_older_versions_compared_values_without_case(ledger, tmp_path, mapping: str, scheme) -> None:
    await run_before(ledger, mapping_text())
    query_ledger(
        tmp_path / "ledger",
        "UPDATE run SET facts = json_set(json_remove(facts, '$.identities'), '$.mapping', ?)",
        (mapping,),
    )
    identity = identity_of(ledger, mapping_text())
    assert [one.scheme for one in identity.earlier] == ([scheme] if scheme else [])
    record_older_identities(ledger)
    recorded = ledger.runs.find("old").identities
    assert recorded == ((scheme,) if scheme and mapping else ())


PURGED = """
version: 1
campaign: 44400
duplicates: [email, telephone, lastName, source, terms]
made_against: {label: Webinar form, fields: [email]}
fields:
  email: {column: [Email, Phone], default: none@example.com, required: true, must_be: a@example.com, pattern: "a.*"}
  telephone: {column: Phone, transform: [{phone: {region: GB}}], min_length: 1, max_length: 20}
  lastName: {template: "{Name}", values: {bell: Bell}, type: email, allowed: [Bell]}
  source: {value: Webinar}
  terms: Name
  notes: Name
"""


def test_purged_run_keeps_what_makes_its_identifying_values_and_nothing_else() -> None:
    mapping = parse_mapping(PURGED, Path("map.yaml"))
    assert json.loads(identity_mapping(mapping, scheme_of(mapping, Binder(mapping, COLUMNS).plans()))) == {
        "version": 1,
        "fields": {
            "email": {"column": ["Email", "Phone"], "default": "none@example.com"},
            "telephone": {"column": "Phone", "transform": [{"phone": {"region": "GB"}}]},
            "lastName": {"template": "{Name}", "values": {"bell": "Bell"}, "type": "email"},
            "source": {"value": "Webinar"},
            "terms": {"column": "Name"},
        },
    }
    assert identity_mapping(mapping, None) == ""
