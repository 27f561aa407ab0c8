"""The end of a run: its report and page, and what it adds up to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.command_line import uploader_command
from uploader.core.errors import RESUME_STEP, TableError, UploaderError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.events import Result
from uploader.pipeline.plan import Plan, Planner
from uploader.pipeline.prepare import PreparedRun
from uploader.pipeline.report_rows import ReportRows, exit_code
from uploader.report import ReportContext, ReportStatistics, XlsxLimitError, free_path, write_html_page, write_report


@dataclass(frozen=True)
class Reporting:
    """What reports are made of; `with_page` says whether one is written for reading beside each."""

    ready: PreparedRun
    surveyor: Planner
    ledger: Ledger
    settings: Settings
    stop: StopSignal
    with_page: bool

    def report(self, survey: Plan, run: Run | None, path: Path) -> Result:
        """Writes the report, which counts the outcomes; where that fails they are counted all the same.

        What an xlsx can't hold is known only here, when leads were sent: the report is a CSV then.
        `run` is None for a check. Raises TableError when the file can't be read again.
        """
        rows, unwritten, written = self._rows(survey, run), None, None
        about = self._about(survey, run)
        table, tally = self.ready.table, ReportStatistics()
        try:
            written = write_report(path, self.ready.source.columns, tally.counting(rows), table.delimiter, about)
        except TableError:
            raise
        except XlsxLimitError:
            return replace(self.report(survey, run, free_path(path.with_suffix(".csv"))), asked=path)
        except UploaderError as error:
            unwritten, rows = _to_write_again(error, run), self._rows(survey, run)
            for _ in rows:
                pass
        result = self.result(rows.counts, run, written)
        page = _page(tally, replace(about, report=written)) if written and self.with_page else None
        code = result.exit_code or int(bool(unwritten))
        return replace(
            result,
            unknown_rows=rows.unknown,
            unwritten=unwritten,
            asked=path,
            page=page,
            fixes=survey.troubles.fixes(),
            amended=self.ready.amended,
            tally=tally,
            exit_code=code,
        )

    def result(self, counts: Mapping[Outcome, int], run: Run | None, path: Path | None) -> Result:
        """What a run, or a check (`run` is None), adds up to; `path` is its report, if there is one."""
        code = exit_code(counts, self.stop.error, check=run is None)
        every = {outcome: Counter(counts)[outcome] for outcome in Outcome}
        name, judged = run.id if run else None, bool(run and self.settings.endpoints.result)
        flags, path_in = self.settings.platform_flags, self.ready.table.path
        return Result(name, path_in, path, every, self.stop.error, code, can_be_judged=judged, flags=flags)

    def _about(self, survey: Plan, run: Run | None) -> ReportContext:
        """What the report tells beside its rows."""
        error = self.stop.error
        return ReportContext(
            self.ready.table.path,
            mapping=self.ready.mapping.path,
            run=run,
            stopped=error.message if error else "",
            next_step=error.next_step if error else RESUME_STEP,
            is_sandbox=self.settings.is_sandbox,
            form_name=self.ready.form.name,
            fixes=survey.troubles.fixes(),
            slowest=self.ledger.rows.slowest(run.id) if run else (),
            flags=self.settings.platform_flags,
        )

    def _rows(self, survey: Plan, run: Run | None) -> ReportRows:
        name, warns = run.id if run else None, self.ready.mapping.head.quality == "warn"
        scope = self.settings.scope
        return ReportRows(self.surveyor, survey, self.ledger, name, self.stop.error, scope=scope, warns=warns)


def _page(tally: ReportStatistics, about: ReportContext) -> Path | None:
    """The report's page; where it can't be written there is none, and nothing else is the worse for it."""
    try:
        return write_html_page(tally, about)
    except OSError:
        return None


def _to_write_again(error: UploaderError, run: Run | None) -> UploaderError:
    """Why there is no report; of a run also how to have it all the same."""
    if run is None:
        return error
    again = f"`{uploader_command('report', run.id, '--report PATH')}` writes it elsewhere."
    return UploaderError(error.message, f"Nothing is lost, the ledger has every outcome: {again}")
