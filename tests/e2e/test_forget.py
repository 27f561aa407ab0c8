"""`forget` finds a lead under every spelling of its address, in any version, and says what it cannot find."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger, restore_ledger
from tests.support.runs import a_run
from uploader.core.identity import CANONICAL
from uploader.core.model import IdentityScheme
from uploader.ledger import open_ledger

HOME = Path("home")
VERSION_3 = Path(__file__).parents[1] / "unit/ledger/ledger_v3.sql"
SPELLINGS = [
    "ismail@müller.example",
    "ISMAIL@MÜLLER.EXAMPLE",
    "İSMAİL@müller.example",
    "ısmaıl@müller.example",
    "ismail@xn--mller-kva.example",
    "ISMAIL@XN--MLLER-KVA.EXAMPLE",
    "ｉｓｍａｉｌ＠müller.example",
    "ismail@mu\u0308ller.example",
    "is\u00admail@müller。example",
]
# Spellings that ledgers compared as different ones: only case makes no difference there.
OLD_SPELLINGS = ["ismail@müller.example", "Ismail@Müller.example", "ismail@xn--mller-kva.example"]
SCHEMES = {
    "now": (IdentityScheme((("email", "email"),), 2), CANONICAL["email"], SPELLINGS),
    "as text": (IdentityScheme((("workMail", "text"),), 2), CANONICAL["text"], OLD_SPELLINGS),
    "version 1": (IdentityScheme((("email", "text"),), 1), str.casefold, OLD_SPELLINGS),
}


def record_lead(home: Path, scheme: IdentityScheme, text: str) -> None:
    """Record an attempt at a lead as a run with this scheme does."""

    async def record() -> None:
        with open_ledger(home) as ledger:
            ledger.runs.start(replace(a_run("one"), identities=(scheme,)))
            (mark,) = ledger.fingerprints("acme", 1)([[text]])
            await ledger.attempts.intend("one", 2, mark)

    asyncio.run(record())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_any_spelling_finds_the_lead_under_any_other(command, tmp_path: Path, monkeypatch, scheme: str) -> None:
    how, compare, stored = SCHEMES[scheme]
    for number, spelling in enumerate(stored):
        home = tmp_path / f"home{number}"
        record_lead(home, how, compare(spelling))
        monkeypatch.setenv("UPLOADER_HOME", str(home))
        asked = SPELLINGS if scheme == "now" else [one for one in SPELLINGS if one[0].casefold() in "iｉ"]
        for wish in [asked[number % len(asked)], *asked[-2:], SPELLINGS[0], SPELLINGS[4]]:
            marks = query_ledger(home, "SELECT fingerprint FROM attempt WHERE fingerprint IS NOT NULL")
            assert len(marks) == 1
            ran = command("forget", "--email", wish)
            assert "1 row forgotten" in ran.out, (spelling, wish, ran)
            assert "Other leads" not in ran.out
            query_ledger(home, "UPDATE attempt SET fingerprint = ?", marks[0])


@pytest.mark.parametrize("duplicates", ["[email, lastName]", "[telephone]"])
def test_leads_that_no_email_finds_are_named(command, platform, duplicates: str) -> None:
    """That none was found does not mean that the ledger has no trace of the person."""
    platform()
    Path("map.yaml").write_text(MAPPING.replace("fields:", f"duplicates: {duplicates}\nfields:"))
    assert command("upload", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml").code == 0
    Path("map.yaml").write_text(MAPPING)
    other = [[*row[:2], f"other.{row[2]}", "(+44)07700900999", "B"] for row in people(2)]
    assert command("upload", write_csv(Path("other.csv"), other), "-m", "map.yaml").code == 0
    ran = command("forget", "--email", people(1)[0][2], "--email", other[0][2])
    assert "1 row forgotten, for 2 e-mail addresses" in ran.out, ran
    assert f"Other leads are identified by {duplicates[1:-1].replace(',', ' and')}." in ran.out
    assert "uploader purge --older-than AGE --forget-leads" in ran.out


def test_lead_of_an_older_ledger_is_forgotten(command, platform) -> None:
    sandbox = platform()
    restore_ledger(HOME, VERSION_3)
    ran = command("forget", "--email", "Ann.0@EXAMPLE.com")
    assert "1 row forgotten" in ran.out, ran
    assert "Other leads" not in ran.out
    Path("map.yaml").write_text(MAPPING)
    rows = [["Ann", f"Lind{n}", f"ann.{n}@example.COM", "", ""] for n in range(2)]
    assert command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml").code == 0
    assert [dict(lead.fields)["email"] for lead in sandbox.received] == ["ann.0@example.COM"]
