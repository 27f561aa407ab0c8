"""What a form value must be: checks that refuse it, and warnings that only collect_quality_warnings trouble.

A check is called with a value that is not empty, and raises InvalidValue.
"""

from uploader.mapping.validators.allowed_values import AllowedList
from uploader.mapping.validators.field import Check, email, length, pattern, tidy_emails
from uploader.mapping.validators.quality import EMPTY_FIELDS, quality
from uploader.mapping.validators.suppression_list import suppressed

__all__ = ["EMPTY_FIELDS", "AllowedList", "Check", "email", "length", "pattern", "quality", "suppressed", "tidy_emails"]
