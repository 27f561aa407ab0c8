"""How long to wait before a request is sent again: the one place where that is decided."""

import math
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from uploader.api.protocol import Response

# Tries in all of a request that is safe to repeat, and of a lead that was surely not accepted.
MAX_TRIES = 5

# Seconds before the second try; doubled for each further try, and multiplied by 0.5 to 1.5 at random, so that
# workers that failed together do not return together.
FIRST_DELAY = 0.5

# Seconds to wait after a 429 that does not say how long: the vendor's "5 minute rolling window".
DEFAULT_WINDOW = 300.0

# The shortest wait that the platform is believed to mean. Seconds.
MIN_WAIT = 1.0

# If the platform asks to wait for longer than this, the run stops. Seconds.
MAX_WAIT = 900.0

# No rate limit lasts longer than this, so a longer wait is a mistake in the header. Seconds.
ABSURD_WAIT = 86_400.0


def back_off(failed: int, chance: random.Random | None = None) -> float:
    """Return the seconds to wait before the next try.

    Args:
        failed: How many tries have failed, at least 1.
        chance: The source of the random factor.
    """
    factor = chance.uniform(0.5, 1.5) if chance else random.uniform(0.5, 1.5)  # noqa: S311 - not for security
    return FIRST_DELAY * 2.0 ** (failed - 1) * factor


def retry_after_seconds(response: Response, now: datetime | None = None) -> float | None:
    """Return the seconds that a response asks to wait, or None if it does not say so in a way that can be meant.

    Args:
        response: Its `Retry-After` is seconds, with a fraction perhaps, or a date (RFC 9110, section 10.2.3). A date
            is relative to the response's own `Date`, so that the clocks of both machines do not matter.
        now: The time for a response without a date of its own; the current time if None.
    """
    text = response.retry_after.strip()
    try:
        seconds = float(text)
    except ValueError:
        until = _date(text)
        if until is None:
            return None
        seconds = (until - (_date(response.date) or now or datetime.now(UTC))).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) and seconds < ABSURD_WAIT else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


class Pauses:
    """How long to pause each time that the platform asks to: longer if it asks again as soon as a pause is over.

    Args:
        window: The seconds to wait if the platform does not say how long, and the longest that it has not asked for.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._repeated = 0
        self._until = 0.0

    def seconds(self, response: Response, now: float) -> float:
        """Return how long to pause after a response that asks to wait.

        Responses to requests that left before a pause began are no repetition.

        Args:
            response: A 425, 429 or 503.
            now: The time in seconds.
        """
        asked = retry_after_seconds(response)
        if now >= self._until:
            self._repeated += 1
        shortest = min(MIN_WAIT * 2.0 ** (self._repeated - 1), self._window) if self._repeated else MIN_WAIT
        seconds = max(self._window if asked is None else asked, shortest, MIN_WAIT)
        self._until = max(self._until, now + seconds)
        return seconds

    def end(self, now: float) -> None:
        """Record that a request was let through."""
        if now >= self._until:
            self._repeated = 0
