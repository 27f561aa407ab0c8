"""An empty spreadsheet for a form: its fields as columns, to be filled in."""

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

Lists = Mapping[str, Sequence[str]]

LAST_ROW = 1_048_575  # of a sheet, counted from 0
INLINE = 255  # a drop-down that stands in the cell's own rule must be shorter: characters, commas included
WIDTHS = (14, 40)  # of a column: characters, at least and at most
TITLE = 32  # characters in the title of an input message, at most

CONSTANT = "hidden: the same for all, usually a constant in the mapping"


def write_template(path: Path, form: Form, lists: Lists) -> None:
    """Writes a spreadsheet whose header is the form's fields, in their order and the hidden ones too.

    A path that ends in .xlsx gives a workbook, .csv gives text. `lists` holds the entries that a field takes, by the
    field's name; a workbook offers them as drop-downs, and in a CSV file there is no place for them.
    Raises UsageError where a file is there already or the path ends otherwise, FormError for a form without fields
    and for lists that don't fit it, UploaderError when the file can't be written.
    """
    kind = path.suffix.lower()
    if kind not in {".xlsx", ".csv"}:
        raise UsageError(f"{path} ends neither in .xlsx nor in .csv.", "Give a name that says which it shall be.")
    if not form.fields:
        raise FormError(
            f"Form {form.id} has no fields.",
            f"Is it the right form? `{uploader_command('forms', '--campaign ID')}` shows them all.",
        )
    fitting = _fitting(lists, form)
    _put(path, _workbook(form, fitting) if kind == ".xlsx" else _text(form))


def _fitting(lists: Lists, form: Form) -> Lists:
    """The lists by bare field name. Raises FormError with all that is wrong with them."""
    faults = []
    for name, entries in lists.items():
        if field_name(name) not in form.keys:
            faults.append(f"form {form.id} has no field {name!r}{did_you_mean(field_name(name), form.keys)}")
        elif not entries:
            faults.append(f"the list for {name!r} has no entries")
    if faults:
        raise FormError("The lists do not fit the form; nothing was written.", "Mend them and try again.", faults)
    return {field_name(name): entries for name, entries in lists.items()}


def _put(path: Path, content: bytes) -> None:
    """Makes the file, whole or not at all, and never in the place of another."""
    is_ours = False
    try:
        with path.open("xb") as file:
            is_ours = True
            file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} is there already.", "Give another name, or move that file away.") from None
    except OSError as error:
        if is_ours:
            with suppress(OSError):
                path.unlink()
        raise UploaderError(f"The template {path} can't be written: {error.strerror}.", "Give another place.") from None


def _text(form: Form) -> bytes:
    """The header line, with the byte-order mark that tells spreadsheet programs that it is UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow([field.name for field in form.fields])
    return text.getvalue().encode("utf-8-sig")


def _workbook(form: Form, lists: Lists) -> bytes:
    """`Leads` comes first: it is the first sheet with the columns that an upload takes."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        leads = book.add_worksheet("Leads")
        _write_header(book, leads, form, lists)
        _add_drop_downs(book, leads, form, lists)
        _write_about(book, form, lists)
    return content.getvalue()


def _write_header(book: Any, sheet: Any, form: Form, lists: Lists) -> None:
    """The fields' names, bold; all cells below are text cells, so that 007 and +44 stay as they are typed."""
    text = book.add_format({"num_format": "@"})
    usual = book.add_format({"num_format": "@", "bold": True, "bottom": 1})
    required = book.add_format({"num_format": "@", "bold": True, "bottom": 1, "bg_color": "#FCE4D6"})
    for column, field in enumerate(form.fields):
        sheet.set_column(column, column, _width([field.name, *lists.get(field.name, ())]), text)
        sheet.write_string(0, column, field.name, required if field.required else usual)
        note = ", ".join([*(["required"] if field.required else []), *([CONSTANT] if field.hidden else [])])
        if note:
            sheet.write_comment(0, column, note)
    sheet.freeze_panes(1, 0)


def _add_drop_downs(book: Any, sheet: Any, form: Form, lists: Lists) -> None:
    inline = {name: list(entries) for name, entries in lists.items() if _fits_inline(entries)}
    ranges = _write_lists(book, {name: entries for name, entries in lists.items() if name not in inline})
    for column, field in enumerate(form.fields):
        if field.name in lists:
            source = inline.get(field.name) or ranges[field.name]
            sheet.data_validation(1, column, LAST_ROW, column, _drop_down(field.name, source))


def _write_lists(book: Any, lists: Lists) -> dict[str, str]:
    """One column for each list on a sheet that no one sees; the reference to its entries, by field name."""
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


def _write_about(book: Any, form: Form, lists: Lists) -> None:
    """For the person who fills it in: what each field is."""
    sheet = book.add_worksheet("ReportContext")
    bold = book.add_format({"bold": True})
    sheet.write_string(0, 0, f"Form {form.id} {form.name}".rstrip(), bold)
    sheet.write_string(1, 0, "Fill in the sheet Leads, one lead in each row.")
    for row, cells in enumerate(_about(form, lists), start=3):
        for column, text in enumerate(filter(None, cells)):
            sheet.write_string(row, column, text, bold if row == 3 else None)
    sheet.set_column(0, 0, _width([field.name for field in form.fields]))
    sheet.set_column(1, 3, WIDTHS[0])


def _about(form: Form, lists: Lists) -> Iterator[tuple[str, str, str, str]]:
    yield "Field", "Required", "Hidden", "List"
    for field in form.fields:
        entries = lists.get(field.name)
        choice = f"one of {len(entries)} in the drop-down" if entries else ""
        yield field.name, _required(field), "yes: usually a constant in the mapping" if field.hidden else "no", choice


def _required(field: FormField) -> str:
    return {True: "yes", False: "no", None: "the platform does not say"}[field.required]


def _fits_inline(entries: Sequence[str]) -> bool:
    """Whether the rule of a drop-down can hold the entries itself; else it refers to a sheet that does."""
    length = len(",".join(entries).encode("utf-16-le")) // 2
    return length < INLINE and all(_is_plain(entry) for entry in entries)


def _is_plain(entry: str) -> bool:
    """In a rule, a comma ends an entry, outer blanks are lost, and digits may be taken for a number or a date."""
    return entry == entry.strip() != "" and not any(char in ',"' or char.isdigit() for char in entry)


def _drop_down(name: str, source: list[str] | str) -> dict[str, object]:
    """A data validation, in xlsxwriter's words."""
    return {
        "validate": "list",
        "source": source,
        "input_title": name[:TITLE],
        "input_message": "Choose an entry of the list: the platform takes them exactly as they stand there.",
        "error_title": "Not in the list",
        "error_message": "The platform takes an entry of the list only, exactly as it stands there.",
    }


def _width(texts: Sequence[str]) -> int:
    """A column's width in characters, for what stands in it."""
    least, most = WIDTHS
    return min(max(least, 3 + max(map(len, texts))), most)
