"""Keep the answers of a dialog, and say so."""

import time
from typing import TYPE_CHECKING, Any

from uploader.cli.console import Console
from uploader.core.messages import count_of

if TYPE_CHECKING:
    from uploader.commands.kept_answers import KeptAnswers
    from uploader.mapping.questionnaire import Questionnaire


class AnswerKeeper:
    """Keeps each answer as soon as it is given. If that fails, the dialog continues with a warning.

    Args:
        kept: Where the answers are kept.
        console: Where to say what happened.
    """

    def __init__(self, kept: "KeptAnswers", console: Console) -> None:
        self._kept = kept
        self._console = console
        self.state = "Nothing was answered yet."
        """What became of the answers, for a message about an interruption."""

    def read(self) -> dict[str, Any]:
        """Return the answers that were given before an interruption."""
        try:
            found = self._kept.read()
        except (OSError, ValueError) as error:
            self._console.log(f"Warning: {self._kept.path} cannot be read ({error}), so all questions are asked again.")
            return {}
        if found:
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self._kept.path.stat().st_mtime))
            self._console.log(f"Continuing with your {count_of(len(found), 'answer')} of {since}.")
            self.state = _KEPT
        return found

    def keep(self, questionnaire: "Questionnaire") -> None:
        """Keep all answers given so far."""
        try:
            self._kept.write(dict(questionnaire.answers))
            self.state = _KEPT
        except OSError as error:
            self._warn(error)

    def remove(self) -> None:
        """Remove the answers, as the mapping has been written."""
        try:
            self._kept.remove()
        except OSError as error:
            self._console.log(f"Warning: {self._kept.path} cannot be removed: {error.strerror}.")

    def _warn(self, error: OSError) -> None:
        """Say once that answers are not kept."""
        lost = f"Your answers cannot be kept: {error.strerror}."
        if self.state != lost:
            self._console.log(f"Warning: {lost}")
            self.state = lost


_KEPT = "Your answers are kept: run the same command to continue."
