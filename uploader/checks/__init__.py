"""What a form value must be: checks that refuse it, and warnings that only foresee trouble.

A check is called with a value that is not empty, and raises Unfit.
"""

from uploader.checks.allowed import AllowedList
from uploader.checks.field import Check, email, is_tidy_email, length, pattern
from uploader.checks.quality import quality
from uploader.checks.suppressed import suppressed

__all__ = ["AllowedList", "Check", "email", "is_tidy_email", "length", "pattern", "quality", "suppressed"]
