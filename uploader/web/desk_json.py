"""What the page gets from the worker, as JSON."""

import re
from collections import Counter
from collections.abc import Sequence

from uploader.commands.worksheet import CheckedFile, Quota
from uploader.core.messages import THEN_RETRY, duplicate_kind
from uploader.core.model import Outcome
from uploader.pipeline.row_groups import RowGroup
from uploader.pipeline.worksheet import Worksheet
from uploader.pipeline.worksheet_preview import declined, first_leads, quality_warnings
from uploader.web.edits import Edits

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
        "columns": list(sheet.columns),
        "others": _others(sheet),
    }


def _others(sheet: Worksheet) -> list[str]:
    """Return how many rows are neither ready nor to fix, and why."""
    kinds = Counter(duplicate_kind(earlier) for at, earlier in sheet.duplicates.items() if at not in sheet.left_out)
    found = Counter({f"× {kind}": count for kind, count in kinds.items()})
    found["left out by you"] = len(sheet.left_out)
    found["left out because of the condition on Columns"] = len(sheet.skipped.keys() - sheet.left_out)
    found["done in the report already, and not sent again"] = len(sheet.settled.keys() - sheet.left_out)
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


def sentence(message: str, hint: str) -> str:
    """Return a message and what to do about it, without the command that a terminal would need."""
    message, hint = page_words(message), page_words(hint.removesuffix(f", {THEN_RETRY}"))
    if not hint:
        return message
    return f"{message}{'' if message.endswith(('?', '.')) else '.'} {hint}{'' if hint.endswith('.') else '.'}"


# What a message says about the command line or the mapping file, and what there is on the page instead.
_PAGE_WORDS = (
    (re.compile(r"set --encoding"), "save the file as CSV UTF-8 in Excel and drop it again"),
    (re.compile(r",? or map it under `values`"), ", or replace it in all its rows on the left"),
    (re.compile(r" ?\(if that is intended, add them to `ignore` in the mapping\)"), ""),
    (re.compile(r"`"), ""),
)


def page_words(text: str) -> str:
    """Return a message in the words of the page."""
    for pattern, words in _PAGE_WORDS:
        text = pattern.sub(words, text)
    return text


def groups(found: Sequence[RowGroup], sheet: Worksheet) -> list[Json]:
    """Return the groups of rows with problems."""
    return [
        {
            "key": group.key,
            "outcome": group.outcome.value,
            "message": group.message,
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
    left_out: dict[str, int] = {}
    for place in range(len(sheet.numbers)):
        word = sheet.state(place).outcome
        if place not in sheet.settled and word in NOT_SENT:
            left_out[word.value] = left_out.get(word.value, 0) + 1
    kinds: dict[str, list[int]] = {}
    for place, earlier in sheet.duplicates.items():
        if place not in sheet.left_out:
            kinds.setdefault(duplicate_kind(earlier), []).append(sheet.numbers[place])
    warnings = quality_warnings(sheet)
    return {
        "ids": {"campaign": ready.ids.campaign, "form": ready.ids.form, "link": link, "publisher": ready.ids.publisher},
        "form_name": ready.form.name,
        "notes": [page_words(note) for note in ready.notes],
        "alarms": [page_words(warning) for warning in (*ready.warnings, *sheet.warnings)],
        "left_out": left_out,
        "duplicates": [[kind, len(rows), rows[:EXAMPLES]] for kind, rows in kinds.items()],
        "settled": len(sheet.settled),
        "warnings": [[group.count, group.message, group.row_list] for group in list(warnings)[:EXAMPLES]],
        "declined": dict(declined(sheet)),
        "leads": [[number, list(values.items())] for number, values in first_leads(sheet, FIRST_LEADS)],
        "left": quota.left,
        "seconds": quota.seconds,
    }
