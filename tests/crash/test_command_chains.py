"""A state machine over the real commands, in any order, killed at any step: every chain ends in a correct report."""

import csv
import io
import itertools
import os
import signal
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.crash.process import finish, start
from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report
from tests.support.sandbox import serving
from tests.support.signals import handlers_restored
from uploader.cli import main
from uploader.core.model import Outcome
from uploader.ledger import open_ledger
from uploader.report import HEAD, TAIL
from uploader.sandbox import SandboxOptions, credentials

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")

ROWS = 6
KILLS = ["between intent and send", "after the send", "after the outcome's commit", "before the outcome's commit"]
FAULTS = ["400", "400", "500", "close", "store-close", "403inactive"]
# No kill, at a step of sending, or at any statement, sync or rename.
AT_ANY_STATEMENT = st.tuples(st.just("while opening"), st.integers(1, 60))
KILL = st.none() | st.tuples(st.sampled_from(KILLS), st.integers(1, 3)) | AT_ANY_STATEMENT
Kill = tuple[str, int] | None
EMAIL = COLUMNS.index("Email")


def run_here(args: tuple[object, ...]) -> tuple[int, str]:
    """Run a command in this process: its exit code, and what it shows."""
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(shown), redirect_stderr(shown):
        patch.setattr(sys, "argv", ["uploader", *map(str, args)])
        try:
            with handlers_restored():
                main()
        except SystemExit as end:
            return int(end.code or 0), shown.getvalue()
    return 0, shown.getvalue()


class Chains(RuleBasedStateMachine):
    """One file of leads, one ledger, one platform; all commands are processes of their own."""

    @initialize(invalid=st.sets(st.integers(0, ROWS - 1), max_size=2), repeat=st.booleans())
    def begin(self, invalid: set[int], repeat: bool) -> None:
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        before = Path.cwd()
        self.stack.callback(os.chdir, before)
        os.chdir(folder)
        self.sandbox, url = self.stack.enter_context(serving(SandboxOptions(result_delay=0)))
        self.settings = {name.removeprefix("UPLOADER_"): value for name, value in credentials("publisher-v2.5").items()}
        self.settings |= {"BASE_URL": url, "HOME": str(folder / "home"), "CONCURRENCY": "2", "RESULT_PAUSE": "0.1"}
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in self.settings.items():
            patch.setenv(f"UPLOADER_{name}", value)
        Path("map.yaml").write_text(MAPPING)
        rows = people(ROWS)
        for at in invalid:
            rows[at][EMAIL] = f"no-address-{at}"
        if repeat:
            rows[-1] = list(rows[0])
        self.leads = rows
        write_csv(Path("leads.csv"), rows)
        self.names = (f"report{number}.csv" for number in itertools.count())
        self.reports: list[str] = []
        self.has_resolved = False

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def run(self, *args: object, kill: tuple[str, int] | None = None, faults: str = "") -> int:
        """Run a command to its end, or until it is killed."""
        count = self.sandbox.requests["lead"]
        numbered = [f"{kind}@{count + at}" for at, kind in enumerate(faults.split(","), start=1) if kind]
        options = self.sandbox.state.options.with_changes({"faults": ",".join(numbered)})
        self.sandbox.state.apply(options)
        if kill:
            code, self.printed = finish(start(list(args), *kill, **self.settings)), ""
        else:
            code, self.printed = run_here(args)
        printed = self.printed
        assert code in {0, 1, 2, 3, 5, 6, -signal.SIGKILL}, (args, code, printed)
        assert "fault in uploader" not in printed, (args, printed)
        return code

    def reporting(self, *args: object, kill: tuple[str, int] | None = None, faults: str = "") -> int:
        """Run a command that writes a report, and check that report."""
        name = next(self.names)
        code = self.run(*args, "--report", name, kill=kill, faults=faults)
        if Path(name).exists():
            self.check(name, code, says_nothing_new=args[0] in {"check", "results"})
        else:
            assert code in {2, 3, -signal.SIGKILL}, (args, code, self.printed)
        return code

    def check(self, name: str, code: int, *, says_nothing_new: bool = False) -> None:
        """A report has each row once, in order, with an outcome that is true on the platform."""
        with Path(name).open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        assert header == [*HEAD, *COLUMNS, *TAIL]
        rows = read_report(Path(name))
        assert [row["upload_row"] for row in rows] == [str(number) for number in range(2, ROWS + 2)]
        ids = {dict(lead.fields)["email"]: str(lead.lead_id) for lead in self.sandbox.received}
        for row in rows:
            outcome, email = Outcome(row["upload_outcome"]), row["Email"]
            if outcome is Outcome.ACCEPTED:
                assert email in ids, (row, ids)
                assert row["upload_lead_id"] in {ids[email], "" if self.has_resolved else None}, (row, ids)
            elif email in ids and not says_nothing_new:
                assert outcome in {Outcome.UNKNOWN, Outcome.DUPLICATE}, row
        counts = Counter(row["upload_outcome"] for row in rows)
        if says_nothing_new:
            assert "" not in counts
        elif code == 0:
            assert set(counts) <= {"accepted", "duplicate"}
        elif code == 6:
            assert counts["unknown"]
        self.reports.append(name)

    @rule()
    def check_with_report(self) -> None:
        self.reporting("check", "leads.csv", "-m", "map.yaml")

    @rule(kill=KILL, stream=st.booleans(), faults=st.data())
    def upload(self, kill: Kill, stream: bool, faults: st.DataObject) -> None:
        flags = ["--stream"] if stream else []
        self.reporting("upload", "leads.csv", "-m", "map.yaml", "--yes", *flags, kill=kill, faults=self.some(faults))

    @precondition(lambda self: self.reports)
    @rule(
        newest=st.booleans(),
        with_mapping=st.booleans(),
        fix=st.booleans(),
        kill=KILL,
        data=st.data(),
    )
    def retry(self, newest: bool, with_mapping: bool, fix: bool, kill: Kill, data: st.DataObject) -> None:
        report = self.reports[-1] if newest else data.draw(st.sampled_from(self.reports))
        rows = read_report(Path(report))
        is_of_check = not any(row["upload_run"] for row in rows)
        if fix:
            for at, row in enumerate(rows):
                row["Email"] = row["Email"].replace(f"no-address-{at}", f"fixed.{at}@example.com")
            write_report(Path("edited.csv"), rows)
            report = "edited.csv"
        flags = ["-m", "map.yaml"] if with_mapping or is_of_check else []
        code = self.reporting("retry", report, *flags, "--yes", kill=kill, faults=self.some(data))
        assert code not in {2, 3}, self.printed

    @rule(kill=KILL, data=st.data())
    def resume(self, kill: Kill, data: st.DataObject) -> None:
        has_unfinished = self.has_unfinished()
        code = self.reporting("resume", "--yes", kill=kill, faults=self.some(data))
        assert code not in {2, 3} or not has_unfinished, self.printed

    @precondition(lambda self: self.reports)
    @rule(data=st.data())
    def rewrite(self, data: st.DataObject) -> None:
        rows = read_report(Path(data.draw(st.sampled_from(self.reports))))
        runs = sorted({row["upload_run"] for row in rows} - {""})
        if runs:
            self.reporting("report", runs[-1])

    @precondition(lambda self: self.reports)
    @rule(data=st.data())
    def results(self, data: st.DataObject) -> None:
        """The results of an old report: its rows keep their outcomes, also what another run has sent since."""
        report = data.draw(st.sampled_from(self.reports))
        before = [row["upload_outcome"] for row in read_report(Path(report))]
        code = self.reporting("results", report)
        assert code not in {2, 3}, self.printed
        assert [row["upload_outcome"] for row in read_report(Path(self.reports[-1]))] == before

    def has_unfinished(self) -> bool:
        """Return whether the ledger knows a run to continue."""
        if not Path("home/ledger.sqlite3").exists():
            return False
        with open_ledger(Path("home")) as ledger:
            return ledger.runs.newest_unfinished("sandbox") is not None

    def unknown_rows(self) -> list[tuple[str, int]]:
        """Return (run, row) of all rows whose outcome is unknown."""
        if not Path("home/ledger.sqlite3").exists():
            return []
        with open_ledger(Path("home")) as ledger:
            runs = [past.run.id for past in ledger.runs.history(1_000)]
            return [(run, row) for run in runs for row in ledger.rows.unknown(run)]

    def stored_lead(self, row: int) -> int | None:
        """Return the id of the platform's lead of a row, as someone finds it who looks there."""
        emails = {self.leads[row - 2][EMAIL], f"fixed.{row - 2}@example.com"}
        return next((one.lead_id for one in self.sandbox.received if dict(one.fields)["email"] in emails), None)

    @precondition(lambda self: self.unknown_rows())
    @rule(kill=st.none() | AT_ANY_STATEMENT, data=st.data())
    def resolve(self, kill: Kill, data: st.DataObject) -> None:
        """Someone looks on the platform and says what is true, perhaps only after a mistake."""
        run, row = data.draw(st.sampled_from(self.unknown_rows()))
        lead_id = self.stored_lead(row)
        words = ["--accepted"] if lead_id else [data.draw(st.sampled_from(["--not-sent", "--resend"]))]
        if lead_id and data.draw(st.booleans()):
            words += ["--lead-id", str(lead_id)]
        self.has_resolved |= words == ["--accepted"]
        if not kill and data.draw(st.booleans()):
            assert self.run("resolve", run, "--rows", row, "--not-sent" if lead_id else "--accepted") == 0, self.printed
        code = self.run("resolve", run, "--rows", row, *words, kill=kill)
        assert code in {0, -signal.SIGKILL}, self.printed
        assert code or (run, row) not in self.unknown_rows()

    @precondition(lambda self: self.unknown_rows())
    @rule(kill=st.none() | AT_ANY_STATEMENT, by_export=st.booleans(), data=st.data())
    def reconcile(self, kill: Kill, by_export: bool, data: st.DataObject) -> None:
        before = self.unknown_rows()
        run = data.draw(st.sampled_from([run for run, _ in before]))
        with Path("export.csv").open("w", newline="") as file:
            rows = [(lead.lead_id, dict(lead.fields)["email"], lead.created) for lead in self.sandbox.received]
            csv.writer(file).writerows([("id", "email", "createdTs"), *rows])
        code = self.run("reconcile", run, *(["--export", "export.csv"] if by_export else []), kill=kill)
        assert code in {0, 3, -signal.SIGKILL}, self.printed  # 3: the file of a retry was edited since
        settled = set(before) - set(self.unknown_rows())
        assert all(name == run and self.stored_lead(row) for name, row in settled), (settled, self.printed)
        assert code or not [row for name, row in self.unknown_rows() if name == run and self.stored_lead(row)], (
            self.printed
        )

    def some(self, data: st.DataObject) -> str:
        return ",".join(data.draw(st.lists(st.sampled_from(["", "", *FAULTS]), max_size=4)))

    @invariant()
    def no_lead_is_stored_twice(self) -> None:
        if hasattr(self, "sandbox"):
            stored = Counter(dict(lead.fields)["email"] for lead in self.sandbox.received)
            assert not [email for email, times in stored.items() if times > 1]


GENERATED = settings(phases=[Phase.generate], report_multiple_bugs=False)

TestChains = Chains.TestCase
TestChains.settings = settings(GENERATED, max_examples=6, stateful_step_count=6)


class ManyChains(Chains):
    """The same, longer."""


TestManyChains = pytest.mark.slow(ManyChains.TestCase)
TestManyChains.settings = settings(GENERATED, max_examples=8, stateful_step_count=12)


@pytest.mark.parametrize("step", KILLS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_retry_of_a_check_report_continues_after_a_kill(platform, monkeypatch, step: str, kind: str) -> None:
    """The report of a check is the input of this run: `resume` reads it as a report, not as a spreadsheet."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    rows = people(ROWS)
    rows[1][EMAIL] = "no-address"
    write_csv(Path("leads.csv"), rows)
    work = f"work.{kind}"
    assert run_here(("check", "leads.csv", "-m", "map.yaml", "--report", work))[0] == 1
    assert finish(start(["retry", work, "-m", "map.yaml", "--yes"], step, 2)) == -signal.SIGKILL
    code, printed = run_here(("resume", "--report", f"done.{kind}", "--yes"))
    assert code in {1, 6}, printed
    assert len(sandbox.received) in {ROWS - 1, ROWS - 2}
    code, printed = run_here(("retry", f"done.{kind}", "--report", "end.csv", "--yes"))
    assert code in {1, 6}, printed
    if kind == "csv":
        done = read_report(Path("done.csv"))
        assert list(done[0]) == [*HEAD, *COLUMNS, *TAIL]
        outcomes = Counter(row["upload_outcome"] for row in done)
        assert outcomes["accepted"] + outcomes["unknown"] == ROWS - 1
        assert outcomes["invalid"] == 1
