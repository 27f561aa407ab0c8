"""The validation result of an accepted lead, as the platform states it later."""

from dataclasses import dataclass
from enum import StrEnum


class Validity(StrEnum):
    """The validation result of an accepted lead."""

    VALID = "valid"
    INVALID = "invalid"
    PENDING = "pending"


# What the platform calls a lead with a doubtful score until a person decides about it.
CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class LeadResult:
    """The validation result of an accepted lead, with the platform's reasons.

    Attributes:
        reason: The platform's message, unchanged. For a pending lead: why no result is known, if it will not come.
        hint: What the user can do, or empty.
    """

    validity: Validity
    reason: str = ""
    hint: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether the result is final and need not be requested again."""
        return self.validity is not Validity.PENDING

    @property
    def is_caution(self) -> bool:
        """Whether a person on the platform still has to decide about the lead."""
        return self.validity is Validity.PENDING and self.reason.casefold().startswith(CAUTION)

    @property
    def is_statement(self) -> bool:
        """Whether the platform has stated something about the lead, so that it replaces an earlier result."""
        return self.is_settled or self.is_caution

    @property
    def is_awaited(self) -> bool:
        """Whether the platform is still checking the lead, so that the result should be requested again soon."""
        return self.validity is Validity.PENDING and not self.reason
