"""What `uploader map` has to ask, and the mapping that follows from the answers. No input or output.

The terminal asks the questions one by one; the same questions can be a form on a page, or answered by a program.
"""

from uploader.mapping.questionnaire.basis import Basis, SheetSample
from uploader.mapping.questionnaire.known_fields import KnownMapping, decided_by_earlier
from uploader.mapping.questionnaire.question import Answer, Choice, Question
from uploader.mapping.questionnaire.questionnaire import Questionnaire
from uploader.mapping.questionnaire.row_questions import RowQuestion, consent_question, with_consent

__all__ = [
    "Answer",
    "Basis",
    "Choice",
    "KnownMapping",
    "Question",
    "Questionnaire",
    "RowQuestion",
    "SheetSample",
    "consent_question",
    "decided_by_earlier",
    "with_consent",
]
