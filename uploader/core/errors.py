"""Everything that can go wrong for the user, classed by what they do next.

    UploaderError
     ├─ UsageError            exit 2   mend the command or the settings
     ├─ FitError              exit 3   mend the file, the mapping or the ids: nothing was sent
     │   ├─ TableError                 the spreadsheet
     │   ├─ MappingError               the mapping file
     │   └─ FormError                  the live form, or an id the platform does not know
     ├─ CredentialsError      exit 4   log in with other credentials
     └─ StoppedError          exit 5   wait, or ask the campaign manager; the rest is unsent

A message says what happened and where; a hint says what to do next. Neither ever holds a secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class NextStep:
    """How a run that was stopped goes on: with which command (none if it is empty), with which flags, and what is to
    be done first."""

    command: str = "resume"
    flags: tuple[str, ...] = ()
    first: str = ""


RESUME_STEP = NextStep()


class UploaderError(Exception):
    """Base of all errors that a user sees as a line or two, never as a traceback.

    `faults` holds the single faults when there are several, so that all of them are told at once.
    """

    exit_code: ClassVar[int] = 1
    onward: NextStep = RESUME_STEP

    def __init__(self, message: str, hint: str = "", faults: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.faults = tuple(faults)


class UsageError(UploaderError):
    """The command line or a setting is wrong or missing."""

    exit_code = 2


class FitError(UploaderError):
    """Nothing was sent: the file, the mapping or the form does not fit."""

    exit_code = 3


class TableError(FitError):
    """The spreadsheet can't be read as a table."""


class MappingError(FitError):
    """The mapping file is faulty, or does not fit the spreadsheet or the form."""


class FormError(FitError):
    """The campaign, form, link or publisher is not what the platform knows."""


class CredentialsError(UploaderError):
    """The platform did not take the credentials."""

    exit_code = 4


class StoppedError(UploaderError):
    """The run can't go on: campaign closed, platform down, wrong place."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "", onward: NextStep = RESUME_STEP) -> None:
        super().__init__(message, hint)
        self.onward = onward
