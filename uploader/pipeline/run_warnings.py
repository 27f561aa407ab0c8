"""What every observer of a run is warned of before leads are sent."""

from collections.abc import Sequence
from pathlib import Path

from uploader.core.command_line import uploader_command
from uploader.core.message_groups import MessageGroups
from uploader.core.model import Outcome, Run
from uploader.pipeline.concurrent_changes import ResendableAttempts
from uploader.pipeline.context import RunContext
from uploader.pipeline.events import Observer
from uploader.pipeline.past_run import is_from_stream
from uploader.pipeline.plan import Plan, RowAction
from uploader.pipeline.prepare import PreparedRun

NEW_LEADS = {
    Outcome.ACCEPTED: "another lead stands in place of one that was accepted. It is sent as a new lead.",
    Outcome.UNKNOWN: (
        "another lead stands in place of one whose outcome is unknown and stays unknown. It is sent as a new lead."
    ),
}


def warn_before_planning(
    context: RunContext[Observer], ready: PreparedRun, resumed: Run | None, resendable: ResendableAttempts
) -> None:
    """Warn of an unfinished run of the same file, of running ones, and of what will go wrong with every lead.

    Args:
        context: The open resources.
        ready: The input, its mapping and its destination.
        resumed: The earlier run that is continued.
        resendable: Names the runs whose leads in flight are not sent again, although unknown ones are.
    """
    for run, file in resendable.running.items():
        context.observer.warn(
            f"Run {run} of {Path(file).name} is still running. What it has in flight is not unknown yet, so it is not "
            "sent again."
        )
    if not resumed and not ready.past:
        _warn_of_unfinished_run(context, ready)
    for warning in ready.warnings:
        context.observer.warn(warning)


def _warn_of_unfinished_run(context: RunContext[Observer], ready: PreparedRun) -> None:
    """Say that an earlier run of the same file did not reach its end: it can be resumed instead."""
    runs = context.ledger.runs
    earlier = runs.newest_of_file(context.settings.scope, ready.table.sha256)
    if earlier and runs.stop_reason(earlier):
        run = runs.find(earlier)
        is_gone = run is not None and is_from_stream(run)
        command = uploader_command("retry", "REPORT") if is_gone else uploader_command("resume", earlier)
        then = f"`{command}` sends the rest of its report" if is_gone else f"`{command}` continues it"
        context.observer.warn(f"Run {earlier} of {ready.table.path.name} did not reach its end. {then}.")


def warn_of_rows(plan: Plan, observer: Observer) -> None:
    """Warn of rows about which the user may be mistaken."""
    for warning in where_warnings(plan.doubts, plan.actions):
        observer.warn(warning)
    warn_of_changed_rows(plan, observer)


def where_warnings(doubts: Sequence[str], actions: bytearray) -> list[str]:
    """Return what is probably not meant by `where`.

    Args:
        doubts: The texts in it that may be misspelled.
        actions: The `RowAction` of each row.
    """
    if actions and actions.count(RowAction.SKIPPED) == len(actions):
        return [*doubts, "`where` in the mapping leaves out every row, so nothing is sent. Check its texts."]
    return [*doubts]


def warn_of_changed_rows(plan: Plan, observer: Observer) -> None:
    """Warn of rows that were sent before and have another lead now, and of changes that are not sent."""
    for warning in changed_row_warnings(plan):
        observer.warn(warning)


def changed_row_warnings(plan: Plan) -> list[str]:
    """Return what the user should know of rows that were sent before and were changed since."""
    new_leads = MessageGroups()
    if plan.replaced:
        to_send = {row for row, action in zip(plan.rows, plan.actions, strict=True) if action == RowAction.SEND}
        for row in sorted(plan.replaced.keys() & to_send):
            new_leads.add(NEW_LEADS[plan.replaced[row].outcome], row)
    sent = [f"Row {one.row_list}: {one.message} To prevent that, restore or delete the row." for one in new_leads]
    return sent + [f"Row {one.row_list}: {one.message}." for one in plan.unsent_changes]
