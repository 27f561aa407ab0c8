"""An empty spreadsheet to fill in, with the fields of a form as columns."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_formula

from uploader.core.command_line import uploader_command
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import FormError, UploaderError, UsageError
from uploader.core.form import Form, FormField
from uploader.core.model import field_name
from uploader.report.columns import XLSX_ROWS

Lists = Mapping[str, Sequence[str]]
Columns = Sequence[FormField]

LAST_ROW = XLSX_ROWS - 1  # counted from 0
MAX_INLINE_LIST = 255  # characters, commas included; a longer drop-down refers to a sheet
MIN_WIDTH, MAX_WIDTH = 14, 40  # characters of a column
MAX_TITLE = 32  # characters of an input message's title

HIDDEN = "yes: not a column, usually a fixed value in the mapping"


def write_template(path: Path, form: Form, lists: Lists) -> tuple[FormField, ...]:
    """Write a spreadsheet with the form's fields as header.

    Fields that the form hides are not for people to fill in: they usually have a fixed value in the mapping. They are
    columns only if they have a list, or if there are no others.

    Args:
        path: A new file; .xlsx gives a workbook, .csv gives text.
        form: The form.
        lists: The values that a field allows, by field name. A workbook offers them as drop-downs; a CSV cannot.

    Returns:
        The fields that are columns.

    Raises:
        UsageError: The file exists, or its extension is not supported.
        FormError: The form has no fields, or the lists do not match it.
        UploaderError: The file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in {".xlsx", ".csv"}:
        raise UsageError(f"{path}: unsupported extension {path.suffix!r}.", "Use .xlsx or .csv.")
    if not form.fields:
        raise FormError(
            f"Form {form.id} has no fields.",
            f"Check the form's id: `{uploader_command('forms', '--campaign ID')}` lists all forms.",
        )
    matching = _matching_lists(lists, form)
    columns = tuple(field for field in form.fields if not field.hidden or field.name in matching) or form.fields
    _create(path, _workbook(form, columns, matching) if kind == ".xlsx" else _text(columns))
    return columns


def _matching_lists(lists: Lists, form: Form) -> Lists:
    """Return the lists by plain field name. Raises FormError with everything that is wrong with them."""
    problems = []
    for name, entries in lists.items():
        if field_name(name) not in form.keys:
            problems.append(f"form {form.id} has no field {name!r}{did_you_mean(field_name(name), form.keys)}")
        elif not entries:
            problems.append(f"the list for {name!r} has no entries")
    if problems:
        raise FormError("The lists do not match the form. Nothing was written.", "Fix them and try again.", problems)
    return {field_name(name): entries for name, entries in lists.items()}


def _create(path: Path, content: bytes) -> None:
    """Create the file, completely or not at all; never overwrite one."""
    is_created = False
    try:
        with path.open("xb") as file:
            is_created = True
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} already exists.", "Choose another name, or move that file away.") from None
    except OSError as error:
        if is_created:
            with suppress(OSError):
                path.unlink()
        raise UploaderError(
            f"The template {path} cannot be written: {error.strerror}.", "Choose another place."
        ) from None


def _text(columns: Columns) -> bytes:
    """Return the header line, with a byte-order mark so that spreadsheet programs read it as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow([field.name for field in columns])
    return text.getvalue().encode("utf-8-sig")


def _workbook(form: Form, columns: Columns, lists: Lists) -> bytes:
    """Return the workbook. `Leads` is its first sheet, which `upload` reads by default."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        leads = book.add_worksheet("Leads")
        _write_header(book, leads, columns, lists)
        _add_drop_downs(book, leads, columns, lists)
        _write_field_sheet(book, form, columns, lists)
    return content.getvalue()


def _write_header(book: Any, sheet: Any, columns: Columns, lists: Lists) -> None:
    """Write the field names. All cells below are text cells, so that 007 and +44 stay as typed."""
    text = book.add_format({"num_format": "@"})
    optional = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    required = book.add_format({"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#FCE4D6"})
    for column, field in enumerate(columns):
        sheet.set_column(column, column, _width([field.name, *lists.get(field.name, ())]), text)
        sheet.write_string(0, column, field.name, required if field.required else optional)
        if field.required:
            sheet.write_comment(0, column, "required")
    sheet.freeze_panes(1, 0)


def _add_drop_downs(book: Any, sheet: Any, columns: Columns, lists: Lists) -> None:
    inline = {name: list(entries) for name, entries in lists.items() if _fits_inline(entries)}
    ranges = _write_lists(book, {name: entries for name, entries in lists.items() if name not in inline})
    for column, field in enumerate(columns):
        if field.name in lists:
            source = inline.get(field.name) or ranges[field.name]
            sheet.data_validation(1, column, LAST_ROW, column, _drop_down(field.name, source))


def _write_lists(book: Any, lists: Lists) -> dict[str, str]:
    """Write one column for each list on a hidden sheet, and return references to the entries by field name."""
    if not lists:
        return {}
    sheet = book.add_worksheet("Lists")
    sheet.hide()
    ranges = {}
    for column, (name, entries) in enumerate(lists.items()):
        for row, text in enumerate([name, *entries]):
            sheet.write_string(row, column, text)
        ranges[name] = "=" + xl_range_formula(sheet.name, 1, column, len(entries), column)
    return ranges


def _write_field_sheet(book: Any, form: Form, columns: Columns, lists: Lists) -> None:
    """Write a sheet that explains each field to the person who fills it in."""
    sheet = book.add_worksheet("About")
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, f"Form {form.id} {form.name}".rstrip(), bold)
    sheet.write_string(1, 0, "Fill in the sheet Leads, one lead per row.")
    for row, cells in enumerate(_field_lines(form, columns, lists), start=3):
        for column, text in enumerate(filter(None, cells)):
            sheet.write_string(row, column, text, bold if row == 3 else None)
    sheet.set_column(0, 0, _width([field.name for field in form.fields]))
    sheet.set_column(1, 3, MIN_WIDTH)


def _field_lines(form: Form, columns: Columns, lists: Lists) -> Iterator[tuple[str, str, str, str]]:
    yield "Field", "Required", "Hidden", "List"
    for field in form.fields:
        entries = lists.get(field.name)
        choice = f"one of {len(entries)} in the drop-down" if entries else ""
        yield (
            field.name,
            _required(field),
            HIDDEN if field not in columns else "yes" if field.hidden else "no",
            choice,
        )


def _required(field: FormField) -> str:
    return {True: "yes", False: "no", None: "unknown: the platform does not say"}[field.required]


def _fits_inline(entries: Sequence[str]) -> bool:
    """Whether a drop-down can hold the entries itself instead of referring to a sheet."""
    length = len(",".join(entries).encode("utf-16-le")) // 2
    return length < MAX_INLINE_LIST and all(_is_plain(entry) for entry in entries)


def _is_plain(entry: str) -> bool:
    """Whether an inline entry stays as it is: no comma, outer spaces, or digits that could become a number or date."""
    return entry == entry.strip() != "" and not any(char in ',"' or char.isdigit() for char in entry)


def _drop_down(name: str, source: list[str] | str) -> dict[str, object]:
    """Return the options of xlsxwriter's data_validation."""
    return {
        "validate": "list",
        "source": source,
        "input_title": name[:MAX_TITLE],
        "input_message": "Choose an entry from the list. The platform accepts only these.",
        "error_title": "Not in the list",
        "error_message": "Choose an entry from the list. The platform accepts only these.",
    }


def _width(texts: Sequence[str]) -> int:
    """Return a column's width in characters for its texts."""
    return min(max(MIN_WIDTH, 3 + max(map(len, texts))), MAX_WIDTH)
