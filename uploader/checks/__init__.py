"""What a form value must be: checks that refuse it, and warnings that only foresee trouble.

A check is called with a value that is not empty, and raises Unfit.
"""

from uploader.checks.allowed import AllowedList
from uploader.checks.field import Check, email, length, pattern, tidy_emails
from uploader.checks.quality import EMPTY_FIELDS, quality
from uploader.checks.suppressed import suppressed

__all__ = ["EMPTY_FIELDS", "AllowedList", "Check", "email", "length", "pattern", "quality", "suppressed", "tidy_emails"]
