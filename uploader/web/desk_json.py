"""What the page gets from the worker, as JSON."""

from collections import Counter
from collections.abc import Sequence

from uploader.commands.worksheet import CheckedFile, Quota
from uploader.core.messages import duplicate_kind
from uploader.core.model import Outcome
from uploader.pipeline.row_groups import RowGroup, group_rows
from uploader.pipeline.worksheet import Worksheet
from uploader.pipeline.worksheet_preview import declined, first_leads, quality_warnings
from uploader.web.edits import Edits
from uploader.web.page_words import page_words, sentence

FIRST_LEADS = 3
EXAMPLES = 5

LEFT_OUT = "You left this row out."
LEFT_OUT_ROWS = "You left them out."

NOT_SENT = {Outcome.INVALID, Outcome.SKIPPED, Outcome.DUPLICATE, Outcome.UNKNOWN}

Json = dict[str, object]


def state(checked: CheckedFile, edits: Edits) -> Json:
    """Return how many rows are ready, and what can be undone."""
    sheet = checked.sheet
    return {
        "version": edits.version,
        "ready": sheet.ready,
        "open": len(sheet.numbers) - len(sheet.settled),
        "total": len(sheet.numbers),
        "to_fix": len(sheet.to_fix()),
        "undo": edits.undo_label,
        "redo": edits.redo_label,
        "others": _others(sheet),
    }


def _others(sheet: Worksheet) -> list[str]:
    """Return how many rows are neither ready nor to fix, and why."""
    duplicates = [f"{len(rows):,} × {kind}" for kind, rows in _duplicates(sheet).items()]
    done = len(sheet.settled.keys() - sheet.left_out)
    return [
        *duplicates,
        *_skipped(sheet),
        *([f"{done:,} done in the report already, and not sent again"] if done else ()),
    ]


def _skipped(sheet: Worksheet) -> list[str]:
    """Return how many rows are left out, and why."""
    found = {
        "left out by you": len(sheet.left_out),
        "left out because of the condition on Columns": len(sheet.skipped.keys() - sheet.left_out),
    }
    return [f"{count:,} {text}" for text, count in found.items() if count]


def rows(sheet: Worksheet, places: Sequence[int]) -> list[list[object]]:
    """Return rows for the grid: position, number, outcome, cells, wrong and repaired ones, message, is settled."""
    found: list[list[object]] = []
    for place in places:
        state = sheet.state(place)
        wrong: dict[int, str] = {}
        for problem in sheet.problems.get(place, ()):
            for column in sheet.columns_of(problem):
                wrong[column] = sentence(problem.text, problem.hint)
        cells = [column[place] for column in sheet.cells]
        shown = LEFT_OUT if place in sheet.left_out else sentence(state.reason, state.hint)
        is_fixed = place in sheet.settled
        marks = [] if is_fixed else sheet.repaired(place)
        found.append([place, sheet.numbers[place], state.outcome.value, cells, wrong, marks, shown, is_fixed])
    return found


def problems(sheet: Worksheet) -> Json:
    """Return the groups of rows with problems, and warnings about the rows."""
    return {"groups": _groups(group_rows(sheet), sheet), "warnings": [*map(page_words, sheet.warnings)]}


def _groups(found: Sequence[RowGroup], sheet: Worksheet) -> list[Json]:
    return [
        {
            "key": group.key,
            "outcome": group.outcome.value,
            "message": page_words(group.message),
            "text": LEFT_OUT_ROWS if group.outcome is Outcome.SKIPPED else sentence(group.message, group.hint),
            "count": len(group.places),
            "rows": [sheet.numbers[place] for place in group.places[:EXAMPLES]],
            "columns": list(group.columns),
            "fix": list(group.fix) if group.fix else None,
        }
        for group in found
    ]


def confirmation(checked: CheckedFile, quota: Quota) -> Json:
    """Return what the screen Confirm shows."""
    ready, sheet = checked.ready, checked.sheet
    link = str(ready.ids.link or "")
    warnings = quality_warnings(sheet)
    return {
        "ids": {"campaign": ready.ids.campaign, "form": ready.ids.form, "link": link, "publisher": ready.ids.publisher},
        "form_name": ready.form.name,
        "notes": [page_words(note) for note in ready.notes],
        "alarms": [page_words(warning) for warning in (*ready.warnings, *sheet.warnings)],
        "left_out": _left_out(sheet),
        "reasons": _reasons(sheet),
        "settled": len(sheet.settled),
        "warnings": [[group.count, group.message, group.row_list] for group in list(warnings)[:EXAMPLES]],
        "declined": {name: len(places) for name, places in declined(sheet).items()},
        "leads": [[number, list(values.items())] for number, values in first_leads(sheet, FIRST_LEADS)],
        "left": quota.left,
        "seconds": quota.seconds,
    }


def _left_out(sheet: Worksheet) -> dict[str, int]:
    """Return the number of rows that are not sent, by outcome."""
    outcomes = (sheet.state(place).outcome for place in range(len(sheet.numbers)) if place not in sheet.settled)
    return dict(Counter(word.value for word in outcomes if word in NOT_SENT))


def _reasons(sheet: Worksheet) -> list[str]:
    """Return why rows are not sent, the most frequent problems first."""
    problems = [group for group in group_rows(sheet) if group.outcome in NOT_SENT - {Outcome.SKIPPED}]
    groups = [(page_words(group.message), [sheet.numbers[at] for at in group.places]) for group in problems]
    shown = [_reason(text, rows) for text, rows in groups[:EXAMPLES]]
    more = len(groups) - len(shown)
    if more > 0:
        shown.append(f"{more:,} more problem{'s' if more > 1 else ''}")
    duplicates = [_reason(text, rows) for text, rows in _duplicates(sheet).items()]
    return [*shown, *duplicates, *_skipped(sheet)]


def _reason(text: str, rows: Sequence[int]) -> str:
    """`2 × unknown country 'Grmany' (row 42, 43)`."""
    return f"{len(rows):,} × {text} (row {', '.join(map(str, rows[:EXAMPLES]))}{', …' if len(rows) > EXAMPLES else ''})"


def _duplicates(sheet: Worksheet) -> dict[str, list[int]]:
    """Return the numbers of the rows that are duplicates, by what they are duplicates of."""
    found: dict[str, list[int]] = {}
    for place, earlier in sheet.duplicates.items():
        if place not in sheet.left_out:
            found.setdefault(duplicate_kind(earlier), []).append(sheet.numbers[place])
    return found
