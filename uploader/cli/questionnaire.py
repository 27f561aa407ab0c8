"""The dialog of `uploader map`: one question after the other, then a summary in which each answer can be changed."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from uploader.cli import prompts
from uploader.cli.answers import MAX_LINES, NoSuchColumnError, parse_answer, typed_suggestion
from uploader.cli.console import Console, single_line

if TYPE_CHECKING:
    from uploader.mapping.questionnaire import Answer, Question, Questionnaire

BACK = "b"
MAX_LABEL = 28  # characters of a column's name in a list

_HINTS = {
    "choice": "",
    "id": "",
    "source": "number or name of a column; = and a value for all leads",
    "country": "country such as GB; - if every number has its country code",
    "format": "number, or a format such as %d/%m/%Y; - to send them as they are",
    "rows": "numbers of the lines to send, such as 1, 3; all for every row",
    "columns": "all to leave them out; none; or numbers of columns that `check` should warn about",
}


@dataclass
class Dialog:
    """Asks what a mapping needs to know.

    Attributes:
        questionnaire: The questions, with the answers so far.
        console: Where to show them.
        keep: Called with every new answer.
        show_leads: Shows the first leads as they would be sent.
        target: The file that will be written, for the last question.
    """

    questionnaire: "Questionnaire"
    console: Console
    keep: "Callable[[Questionnaire], None]"
    show_leads: "Callable[[Questionnaire], None]"
    target: str
    _asked: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Let the user go back to answers that were given before an interruption, too."""
        self._asked = [one.key for one in self.questionnaire.questions if one.key in self.questionnaire.answers]

    def run(self) -> "Questionnaire":
        """Ask until everything is answered and confirmed. Raises Interrupted."""
        self.console.log("Enter accepts the suggestion in brackets, b goes back. Ctrl-C keeps your answers.")
        while True:
            if question := self.questionnaire.next_question:
                self._ask(question)
            elif self._is_confirmed():
                return self.questionnaire

    def _ask(self, question: "Question") -> None:
        """Ask a question; if the user goes back, ask the one before it instead."""
        self._show(question)
        try:
            answer = self._read(question)
        except _GoBack:
            if (earlier := self._last_question()) is None:
                self.console.log("This is the first question.")
            else:
                self._ask(earlier)
            return
        self._asked = [*(key for key in self._asked if key != question.key), question.key]
        self.questionnaire = self.questionnaire.with_answer(question.key, answer)
        self.keep(self.questionnaire)

    def _last_question(self) -> "Question | None":
        """Return the question that was answered last, as far as it is still a question."""
        while self._asked:
            if found := self.questionnaire.find(self._asked.pop()):
                return found
        return None

    def _show(self, question: "Question") -> None:
        """Show a question with its choices."""
        self.console.log()
        self.console.log_wrapped(question.text)
        shown = question.choices[:MAX_LINES]
        width = min(MAX_LABEL, max((len(choice.label) for choice in shown), default=0))
        for number, choice in enumerate(shown, 1):
            self._log_line(f"  {number:>3}  {single_line(choice.label, MAX_LABEL).ljust(width)}  {choice.details}")
        if len(question.choices) > MAX_LINES:
            self.console.log(f"       … and {len(question.choices) - MAX_LINES} more: type the name")
        if hint := _hint(question):
            self.console.log(f"       ({hint})")

    def _read(self, question: "Question") -> "Answer":
        """Read until there is an answer. Raises _GoBack."""
        suggestion = single_line(typed_suggestion(question), MAX_LABEL)
        label = f"{single_line(question.title)} [{suggestion}]" if suggestion else single_line(question.title)
        while True:
            text = prompts.ask(label)
            if text.casefold() == BACK:
                raise _GoBack
            try:
                return parse_answer(question, text)
            except NoSuchColumnError as error:
                if prompts.confirm(f"{error}. Send {text!r} as the {question.title} of every lead?"):
                    return {"value": text}
            except ValueError as error:
                self.console.log(str(error))

    def _is_confirmed(self) -> bool:
        """Show the summary, and let the user change a line of it. Return whether nothing was changed."""
        lines = self._summarize()
        self.show_leads(self.questionnaire)
        self.console.log()
        self.console.log("To change an answer, type its number or a field's name.")
        text = prompts.ask(f"Write {self.target} [yes]")
        if not text or text.casefold() in {"y", "yes"}:
            return True
        question = self._last_question() if text.casefold() == BACK else self._chosen(text, lines)
        if question:
            self._ask(question)
        else:
            self.console.log(f"There is no line and no field {text!r}.")
        return False

    def _summarize(self) -> "list[Question]":
        """Show every answer on a numbered line, and return the questions in this order."""
        questions = self.questionnaire.questions
        lines = [one for one in questions if one.suggestion and one.suggestion.answer is not None]
        empty = [one for one in questions if one.kind == "source" and one not in lines]
        self.console.log()
        width = max(len(one.title) for one in lines)
        for number, one in enumerate(lines, 1):
            assert one.suggestion is not None
            shown = single_line(one.suggestion.label, MAX_LABEL).ljust(MAX_LABEL)
            details = one.suggestion.details if one.kind in {"source", "columns"} else ""
            self._log_line(f"  {number:>3}  {single_line(one.title).ljust(width)}  {shown}  {details}")
        if empty:
            self.console.log_wrapped(f"  Not filled: {', '.join(one.title for one in empty)}")
        return lines

    def _chosen(self, text: str, lines: "list[Question]") -> "Question | None":
        """Return the question that a line's number or a title names."""
        if text.isdecimal() and 0 < int(text) <= len(lines):
            return lines[int(text) - 1]
        return next((one for one in self.questionnaire.questions if one.title.casefold() == text.casefold()), None)

    def _log_line(self, text: str) -> None:
        """Show a line, cut where the terminal ends."""
        self.console.log(single_line(text.rstrip(), shutil.get_terminal_size().columns - 1))


def _hint(question: "Question") -> str:
    hint = _HINTS[question.kind]
    return f"{hint}; - to leave it out" if question.kind == "source" and not question.is_required else hint


class _GoBack(Exception):
    """The user wants to see the question before."""
