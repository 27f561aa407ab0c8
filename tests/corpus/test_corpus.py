"""One small file for each problem seen in real lead files: the exact posts, problems and row numbers."""

import csv
from pathlib import Path

import pytest

from tests.corpus import (
    cells,
    conditions,
    damaged_numbers,
    encodings,
    hidden_zeros,
    identity_values,
    mappings,
    texts,
    workbook_containers,
    workbook_packages,
    workbook_values,
    workbooks,
)
from tests.corpus.case import HEADER, Case

CASES: list[Case] = [
    *texts.CASES,
    *encodings.CASES,
    *cells.CASES,
    *identity_values.CASES,
    *damaged_numbers.CASES,
    *mappings.CASES,
    *conditions.CASES,
    *workbooks.CASES,
    *workbook_values.CASES,
    *hidden_zeros.CASES,
    *workbook_containers.CASES,
    *workbook_packages.CASES,
]


def test_corpus_is_large_and_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 60


def report_rows(path: Path) -> dict[int, dict[str, str]]:
    """The rows by their numbers; the report has the delimiter of its file."""
    with path.open(encoding="utf-8", newline="") as file:
        file.read(1)  # the mark
        head = file.readline()
        file.seek(3)
        return {int(row["upload_row"]): row for row in csv.DictReader(file, delimiter=head[len("upload_row")])}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_file_gives_exact_posts_and_problems(command, platform, monkeypatch, case: Case) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform()
    case.build(Path(case.file))
    Path("map.yaml").write_text(HEADER + case.mapping, "utf-8")
    ran = command("upload", case.file, "-m", "map.yaml", "--report", "report.csv", *case.flags)
    assert ran.code == case.code, ran.err
    assert [words for words in case.messages if words not in ran.err] == [], ran.err
    assert [dict(lead.fields) for lead in sandbox.received] == [
        {**post, "source": "Web"} for post in case.sent.values()
    ]
    if case.code == 3:
        assert not Path("report.csv").exists()
        return
    rows = report_rows(Path("report.csv"))
    assert [row for row in rows if rows[row]["upload_outcome"] == "accepted"] == list(case.sent)
    assert [row for row in rows if rows[row]["upload_outcome"] == "invalid"] == list(case.invalid)
    assert [row for row in rows if rows[row]["upload_outcome"] == "skipped"] == list(case.skipped)
    wrong = {
        row: rows[row]["upload_reason"]
        for row, words in case.invalid.items()
        if words not in rows[row]["upload_reason"]
    }
    assert wrong == {}
    silent = {
        row: rows[row]["upload_warnings"]
        for row, words in case.warned.items()
        if words not in rows[row]["upload_warnings"]
    }
    assert silent == {}
