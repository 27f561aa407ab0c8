"""How long to wait before a request is sent again: the one place where that is decided."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from uploader.config.value_types import Quota

# Tries in all of a request that is safe to repeat, and of a lead that was surely not accepted.
MAX_TRIES = 5

# Seconds before the second try; doubled for each further try, and multiplied by 0.5 to 1.5 at random, so that
# workers that failed together do not return together.
FIRST_DELAY = 0.5

# Seconds to wait after a 429 that does not say how long: the vendor's "5 minute rolling window".
DEFAULT_WINDOW = 300.0

# If the platform asks to wait for longer than this, the run stops. Seconds.
MAX_WAIT = 900.0


def back_off(failed: int, chance: random.Random | None = None) -> float:
    """Return the seconds to wait before the next try.

    Args:
        failed: How many tries have failed, at least 1.
        chance: The source of the random factor.
    """
    factor = chance.uniform(0.5, 1.5) if chance else random.uniform(0.5, 1.5)  # noqa: S311 - not for security
    return FIRST_DELAY * 2.0 ** (failed - 1) * factor


def retry_after_seconds(
    retry_after: str, total: Quota | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float:
    """Return the seconds to wait after a 429: what `Retry-After` says, otherwise one window.

    Args:
        retry_after: The header's text: seconds or a date (RFC 9110, section 10.2.3), or empty.
        total: The quota over all requests, or None if it is off.
        now: The current time.
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now()).total_seconds())
    except (ValueError, TypeError):
        return total.seconds if total else DEFAULT_WINDOW
