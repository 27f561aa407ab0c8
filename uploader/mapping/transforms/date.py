"""The transform `date`: reads the formats that the mapping names and no others, so 03/04 is never a guess."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.transforms.options import Options, Transform

ISO = "%Y-%m-%d"
_ISO_CELL = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_WITHOUT_SEPARATOR = re.compile("%[dmyYHIMSf]%[dmyYHIMSf]")
_EPOCH_MS = re.compile(r"-?\d{12,13}", re.ASCII)  # from 1973 to 2286, as DataFrame.to_json writes dates
_SERIAL = re.compile(r"([1-9]\d{4})(?:[.,]\d+)?", re.ASCII)

# Letters allowed after %: the parts of a date, then what is read but not needed.
YEAR, MONTH, DAY = "Yy", "mbB", "d"
INPUT_CODES = YEAR + MONTH + DAY + "aAHIMSfpz%"
OUTPUT_CODES = INPUT_CODES.replace("z", "")  # a time zone is ignored: the date stays as written
_SPREADSHEET_CODES = {"yyyy": "%Y", "yy": "%y", "mm": "%m", "m": "%m", "dd": "%d", "d": "%d"}


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class DateOptions(Options):
    """`from`: the format or formats of the file; real date cells need none. `to`: the format to send."""

    formats: Annotated[list[str], BeforeValidator(_as_list)] = Field(
        [], alias="from", description='how the file writes dates, such as {from: "%d/%m/%Y"}'
    )
    to: str = ISO

    @field_validator("formats")
    @classmethod
    def _check_from(cls, formats: list[str]) -> list[str]:
        if not formats:
            raise ValueError("from: needs at least one format")
        if errors := [error for form in formats if (error := _find_input_error(form))]:
            raise ValueError(". ".join(errors))
        return formats

    @field_validator("to")
    @classmethod
    def _check_to(cls, form: str) -> str:
        if error := _find_error(form, OUTPUT_CODES):
            raise ValueError(error)
        return form

    def transform(self) -> Transform:
        """Return a transform from any of `formats` to `to`. Real date cells are read as ISO and need no format."""
        formats, to = tuple(self.formats), self.to
        takes_iso = not any(_reads_iso_otherwise(form) for form in formats)

        def convert(value: str) -> str:
            found = {form: moment.strftime(to) for form in formats if (moment := _parse(value, form))}
            if not found and takes_iso and is_iso_cell(value):
                found = {ISO: moment.strftime(to)} if (moment := _parse_iso(value)) else {}
            if len(set(found.values())) == 1:
                return next(iter(found.values()))
            raise _invalid(value, formats, found)

        return convert


def is_iso_cell(text: str) -> bool:
    """Return whether a text is written as real date cells are read, `2026-03-01` or with a time: it needs no format."""
    return bool(_ISO_CELL.fullmatch(text))


def _find_input_error(form: str) -> str:
    error = _find_error(form, INPUT_CODES)
    directives = re.findall(r"%(.)", form)
    if not error and any(sum(directives.count(one) for one in part) != 1 for part in (YEAR, MONTH, DAY)):
        error = f"from: {form!r} needs one year (%Y or %y), one month (%m, %b or %B) and one day (%d)"
    repeated = {one for one in directives if one != "%" and directives.count(one) > 1}
    if not error and repeated:
        error = f"from: {form!r} has %{min(repeated)} more than once"
    return error


def _find_error(form: str, known: str) -> str:
    """Return what is wrong with a format, with a did-you-mean for `dd/mm/yyyy`, or an empty string."""
    where = "to" if known is OUTPUT_CODES else "from"
    directives = re.findall(r"%(.?)", form, re.DOTALL)
    if not directives:
        wanted = re.sub(r"y+|m+|d+", lambda word: _SPREADSHEET_CODES.get(word[0], word[0]), form.lower())
        guess = f"; did you mean {wanted!r}?" if "%" in wanted else ""
        return f"{where}: {form!r} has no day, month or year{guess}"
    unknown = [f"%{one}" for one in directives if not one or one not in known]
    return f"{where}: {form!r} has {', '.join(unknown)}, which is not supported" if unknown else ""


def _parse(value: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(value, form).replace(tzinfo=UTC)
    except ValueError:
        return None
    # Without separators the widths are a guess: 1112024 is the 11th of January or the 1st of November.
    if _WITHOUT_SEPARATOR.search(form) and moment.strftime(form).casefold() != value.casefold():
        return None
    return moment if moment.year >= 1000 else None


def _parse_iso(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.year >= 1000 else None


def _reads_iso_otherwise(form: str) -> bool:
    """Whether a format reads 2001-02-03 as another day, as `%Y-%d-%m` does: then ISO would be a guess."""
    moment = _parse("2001-02-03", form)
    return moment is not None and moment.date() != date(2001, 2, 3)


def _invalid(value: str, formats: Sequence[str], found: dict[str, str]) -> InvalidValue:
    if found:
        readings = " or ".join(f"{text} ({form})" for form, text in found.items())
        return InvalidValue(f"{quote_value(value)} can be {readings}", "Keep only the right format under `from`")
    serial = _SERIAL.fullmatch(value)
    if serial:
        day = date(1899, 12, 30) + timedelta(days=int(serial[1]))
        return InvalidValue(
            f"{quote_value(value)} looks like a spreadsheet's date number for {day.isoformat()}",
            "Format the column as a date in the spreadsheet, and save it",
        )
    if _EPOCH_MS.fullmatch(value):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(value))).date()
        return InvalidValue(
            f"{quote_value(value)} looks like milliseconds since 1970, for {day.isoformat()}",
            "Write dates as text into the file: pandas does with to_json(date_format='iso')",
        )
    if not formats:
        return InvalidValue(
            f"{quote_value(value)} is not a date such as 2026-03-01",
            'Correct the date, or name its format in the mapping: {date: {from: "%d/%m/%Y"}}',
        )
    return InvalidValue(
        f"{quote_value(value)} does not match {' or '.join(formats)}",
        "Correct the date, or add its format under `from`",
    )
