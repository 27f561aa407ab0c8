"""The errors that a user sees, grouped by what the user does next.

    UploaderError
     ├─ UsageError            exit 2   fix the command or the settings
     ├─ FitError              exit 3   fix the file, the mapping or the ids; nothing was sent
     │   ├─ TableError                 the spreadsheet
     │   ├─ MappingError               the mapping file
     │   └─ FormError                  the live form, or an id the platform does not know
     ├─ CredentialsError      exit 4   log in with other credentials
     └─ StoppedError          exit 5   wait, or ask the campaign manager; the rest is unsent

A message says what happened and where. A hint says what to do next. Neither contains a secret.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Self

from uploader.core.model import Outcome


@dataclass(frozen=True)
class NextStep:
    """How to continue a stopped run.

    Attributes:
        command: The command to run; empty if there is none.
        flags: The flags of that command.
        first: What to do before running it, as an imperative without a capital letter.
    """

    command: str = "resume"
    flags: tuple[str, ...] = ()
    first: str = ""


RESUME_STEP = NextStep()
RETRY_STEP = NextStep("retry")  # of a run whose input can't be read again


class UploaderError(Exception):
    """Base of all errors that a user sees as a line or two, never as a traceback.

    Attributes:
        exit_code: The exit code of the command that ends with this error.
        message: What happened, and where.
        hint: What to do next, or empty.
        problems: The single problems if there are several, so that all of them are shown at once.
        next_step: How to continue the run, if there is one.
        run: The run that has sent leads before the error, if any.
        counts: The rows of that run by outcome, as far as they are known.
    """

    exit_code: ClassVar[int] = 1
    next_step: NextStep = RESUME_STEP
    run: str | None = None
    counts: Mapping[Outcome, int] = MappingProxyType({})

    def __init__(self, message: str, hint: str = "", problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)

    def after_sending(self, run: str | None, counts: Mapping[Outcome, int]) -> Self:
        """Note the run that has sent leads before this error, and return the error."""
        self.run, self.counts = run, counts
        return self

    def require_retry(self) -> None:
        """Suggest a retry of the report where the run would have to be resumed: its input can't be read again."""
        if self.next_step.command == RESUME_STEP.command:
            self.next_step = RETRY_STEP

    def fill(self, replace: Callable[[str], str]) -> None:
        """Replace something in all of its texts: the placeholders for flags in the commands that it suggests."""
        self.message, self.hint = replace(self.message), replace(self.hint)
        self.problems = tuple(map(replace, self.problems))
        self.args = (self.message,)


def error_json(error: UploaderError, fill: Callable[[str], str]) -> dict[str, object]:
    """Return an error as JSON for the web page.

    Args:
        error: The error.
        fill: Changes each of its texts.
    """
    return {"message": fill(error.message), "hint": fill(error.hint), "problems": [*map(fill, error.problems)]}


class UsageError(UploaderError):
    """The command line or a setting is wrong or missing."""

    exit_code = 2


class FitError(UploaderError):
    """Nothing was sent: the file, the mapping or the form does not fit."""

    exit_code = 3


class TableError(FitError):
    """The spreadsheet cannot be read as a table."""


class MappingError(FitError):
    """The mapping file has errors, or does not fit the spreadsheet or the form."""


class FormError(FitError):
    """The platform does not know the campaign, form, link or publisher."""


class CredentialsError(UploaderError):
    """The platform rejected the credentials."""

    exit_code = 4


class StoppedError(UploaderError):
    """The run cannot continue: the campaign is closed, the platform is down, or the address is wrong."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "", next_step: NextStep = RESUME_STEP) -> None:
        super().__init__(message, hint)
        self.next_step = next_step
