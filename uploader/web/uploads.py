"""Files that the browser sends: received in blocks, up to a limit, and written to the disk as they come."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from multidict import MultiDict

from uploader.core.errors import UsageError
from uploader.web.site import unreadable_request
from uploader.web.workspace import safe_name

LARGEST_FILE = 300 * 1024**2  # bytes
LONGEST_FIELD = 8192  # bytes of a field of a form that has a file
BLOCK = 1 << 20  # bytes
SPREADSHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


async def receive_form(
    request: web.Request, name: str, place: Callable[[str], Path]
) -> tuple[MultiDict[str], Path | None]:
    """Receive a form that may have one spreadsheet.

    Args:
        request: The request.
        name: The name of the form's field for the file.
        place: Returns where to write a file with this name.

    Returns:
        The other fields, and the file, if there is one.

    Raises:
        UsageError: The request can't be read, or its file can't be taken.
    """
    fields: MultiDict[str] = MultiDict()
    file: Path | None = None
    async for part in _parts_of(request):
        if part.name != name:
            fields.add(str(part.name), (await _value_of(part)).decode("utf-8", "replace")[:100])
        elif part.filename:
            if file:
                raise UsageError("More than one file was given.", "Choose one file at a time.")
            file = place(_spreadsheet_name(part.filename))
            await _receive(part, file)
    return fields, file


async def _parts_of(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """Yield the parts of a form that has files. Raises UsageError for another request."""
    if request.content_type != "multipart/form-data":
        raise unreadable_request()
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                yield part
    except (ValueError, HttpProcessingError) as error:
        raise unreadable_request() from error


def _spreadsheet_name(filename: str) -> str:
    """Return the name of a file. Raises UsageError if it is not a spreadsheet's."""
    name = safe_name(filename)
    if not name.lower().endswith(SPREADSHEETS):
        raise UsageError(f"{name} is not a spreadsheet.", "Choose a CSV, xlsx, xlsm, xls, xlsb or ods file.")
    return name


async def _value_of(part: BodyPartReader) -> bytes:
    """Return a field's value. Raises UsageError if it is longer than any of the page's forms."""
    value = b""
    while block := await _next_block(part, LONGEST_FIELD):
        value += block
        if len(value) > LONGEST_FIELD:
            raise unreadable_request()
    return value


async def _receive(part: BodyPartReader, path: Path) -> None:
    """Write a file to the disk as it comes. Raises UsageError if it is too large, or empty."""
    size = 0
    with _create(path) as file:
        while block := await _next_block(part, BLOCK):
            size += len(block)
            if size > LARGEST_FILE:
                limit = f"{LARGEST_FILE // 1024**2} MB"
                raise UsageError(f"{path.name} is larger than {limit}.", "Split it into smaller files.")
            await asyncio.to_thread(file.write, block)
    if not size:
        raise UsageError(f"{path.name} is empty.", "Choose another file.")


async def _next_block(part: BodyPartReader, size: int) -> bytes:
    """Return the next block; empty at the end. Raises UsageError if the form ends in the middle of it."""
    try:
        return bytes(await part.read_chunk(size))
    except ValueError as error:
        raise unreadable_request() from error


def _create(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
