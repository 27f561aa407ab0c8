"""Suppression lists: every spelling of a listed address is refused, whatever the list holds."""

import hashlib
from pathlib import Path

import pytest

from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.transforms import InvalidValue, build
from uploader.mapping.validators import Check, suppression_check

HASHES = {"md5": hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256}
LISTED = ["joe@example.com", "ismail@example.com", "joe@xn--mller-kva.example", "ann-lee@example.com"]

SPELLINGS = [
    "joe@example.com", "JOE@EXAMPLE.COM", "\uff2a\uff2f\uff25@example.com", "joe@ex\uff41mple.com",
    "joe\uff20example.com",
    "\u0130SMA\u0130L@EXAMPLE.COM", "i\u0307smai\u0307l@example.com", "\u0131sma\u0131l@example.com",
    "joe@m\u00fcller.example", "joe@M\u00dcLLER.example", "joe@mu\u0308ller.example", "joe@XN--MLLER-KVA.example",
    "ann\u2011lee@example.com", "ann\u2010lee@example.com", "ann\u2013lee@example.com", "ann-\u00adlee@example.com",
    "\u200bjoe@example.com", "mailto:joe@example.com", "Joe <joe@example.com>",
]  # fmt: skip
OTHERS = ["jo@example.com", "joe@example.org", "joe@muller.example", "annlee@example.com", "j\u00f6e@example.com"]


def check_of(folder: Path, text: str, encoding: str = "utf-8") -> Check:
    path = folder / "optout.csv"
    path.write_bytes(text.encode(encoding))
    return suppression_check(path)


def convert(check: Check, cell: str) -> str:
    """Return the reason why a cell is refused, or an empty string."""
    plan = FieldPlan("email", Columns((0,)), is_email=True, transforms=[build("lower")], transform_names=("lower",))
    plan.checks.append(check)
    problem = plan.convert(cell).problem
    return problem.message if problem else ""


@pytest.fixture(params=["plain", "upper", "sentences", *HASHES])
def listed(request, tmp_path: Path) -> Check:
    if request.param in HASHES:
        lines = [HASHES[request.param](address.encode()).hexdigest() for address in LISTED]
    elif request.param == "sentences":
        lines = [f"opted out: Some One <mailto:{address}>; 2026-01-02" for address in LISTED]
    else:
        lines = [address.upper() if request.param == "upper" else address for address in LISTED]
    return check_of(tmp_path, "email\n" + "\n".join(lines))


@pytest.mark.parametrize("cell", SPELLINGS)
def test_every_spelling_of_a_listed_address_is_refused(listed: Check, cell: str) -> None:
    assert "is on the suppression list optout.csv" in convert(listed, cell)


@pytest.mark.parametrize("cell", OTHERS)
def test_other_addresses_are_not_refused(listed: Check, cell: str) -> None:
    assert convert(listed, cell) == ""


@pytest.mark.parametrize("cell", ["j\u043ee@example.com", "joe@exam\u0440le.com", "joe@xn--exmple-4nf.com"])
def test_lookalikes_of_a_listed_address_are_refused(listed: Check, cell: str) -> None:
    assert "looks like an address on the suppression list" in convert(listed, cell)


@pytest.mark.parametrize("line", SPELLINGS)
def test_list_may_have_any_spelling(tmp_path: Path, line: str) -> None:
    check = check_of(tmp_path, f"E-mail\n{line}\n")
    assert sum(bool(convert(check, address)) for address in LISTED) == 1


def test_hash_of_an_address_in_its_own_spelling_is_found(tmp_path: Path) -> None:
    address = "joe@m\u00fcller.example"
    check = check_of(tmp_path, hashlib.sha256(address.encode()).hexdigest().upper())
    assert convert(check, "joe@xn--mller-kva.example")
    assert convert(check, "JOE@M\u00dcLLER.example")


@pytest.mark.parametrize("text", ["", "email\n", "nothing here"])
def test_file_without_addresses_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="it has no e-mail addresses and no hashes"):
        check_of(tmp_path, text)


def test_check_raises_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue) as caught:
        check_of(tmp_path, "joe@example.com", "utf-16")("joe@example.com")
    assert caught.value.hint == "Remove the row: this person must not be contacted"
