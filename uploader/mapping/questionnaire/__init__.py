"""What `uploader map` has to ask, and the mapping that follows from the answers. No input or output.

The terminal asks the questions one by one; the same questions can be a form on a page, or answered by a program.
"""

from uploader.mapping.questionnaire.basis import Basis, SheetSample
from uploader.mapping.questionnaire.field_state import FieldState
from uploader.mapping.questionnaire.form_notes import changes_since, form_notes
from uploader.mapping.questionnaire.known_fields import KnownMapping, decided_by_earlier
from uploader.mapping.questionnaire.question import Answer, Choice, Question
from uploader.mapping.questionnaire.questionnaire import Questionnaire
from uploader.mapping.questionnaire.row_questions import RowQuestion
from uploader.mapping.questionnaire.suggestions import blocking_questions, with_suggestions

__all__ = [
    "Answer",
    "Basis",
    "Choice",
    "FieldState",
    "KnownMapping",
    "Question",
    "Questionnaire",
    "RowQuestion",
    "SheetSample",
    "blocking_questions",
    "changes_since",
    "decided_by_earlier",
    "form_notes",
    "with_suggestions",
]
