"""A case of the corpus: a file with one problem, and its exact result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.files import MAPPING_IDS

HEADER = (
    MAPPING_IDS
    + """\
"""
)
PLAIN = """\
fields:
  firstName: First Name
  lastName: Last Name
  email: Email
  source: {value: Web}
"""
MORE = PLAIN + "  telephone: {column: Phone, transform: [{phone: {region: GB}}]}\n"
ANN = {"firstName": "Ann", "lastName": "Lee", "email": "ann@example.com"}
BOB = {"firstName": "Bob", "lastName": "Ray", "email": "bob@example.com"}

Build = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """`sent` are the posts by the row they come from (without `source`, which is the same for all); `invalid` the rows
    that are not sent, with words of their reason; `skipped` the rows that are left out; `warned` words of
    `upload_warnings` by row; `messages` words on the terminal. A file that can't be taken has an exit `code`, and
    nothing else but `messages`."""

    name: str
    file: str
    build: Build
    sent: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    invalid: Mapping[int, str] = field(default_factory=dict)
    warned: Mapping[int, str] = field(default_factory=dict)
    messages: Sequence[str] = ()
    code: int = 0
    mapping: str = PLAIN
    flags: Sequence[str] = ()
    skipped: Sequence[int] = ()


def content(data: bytes) -> Build:
    """A file of these bytes."""
    return lambda path: path.write_bytes(data) and None


def text(lines: str, encoding: str = "utf-8") -> Build:
    """A text file, line ends as they stand."""
    return content(lines.encode(encoding))


def lead(first: str, last: str, email: str = "ann@example.com", **more: str) -> dict[str, str]:
    """A post."""
    return {"firstName": first, "lastName": last, "email": email, **more}
