"""What a form value must be: checks that refuse it, and warnings about what the platform may find later."""

from uploader.mapping.validators.allowed_values import AllowedList
from uploader.mapping.validators.email_address import email, keep_tidy_emails
from uploader.mapping.validators.field import Check, length, pattern
from uploader.mapping.validators.lookalikes import lookalike_warning
from uploader.mapping.validators.quality import EMPTY_FIELDS, quality_warnings
from uploader.mapping.validators.suppression_list import suppression_check

__all__ = [
    "EMPTY_FIELDS",
    "AllowedList",
    "Check",
    "email",
    "keep_tidy_emails",
    "length",
    "lookalike_warning",
    "pattern",
    "quality_warnings",
    "suppression_check",
]
