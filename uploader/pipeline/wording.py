"""Sentences about a run that the terminal and the web page share."""


def rate_limit_sentence(left: tuple[int, int] | None, seconds: float) -> str:
    """Return how many requests are left, and how long sending takes at least.

    Args:
        left: The requests left in this window, and of how many; None without a limit.
        seconds: How long the limit alone makes sending take.
    """
    shown = f"{left[0]:,} of {left[1]:,} requests left in this window" if left else "no limit"
    return f"Rate limit: {shown}." + (f" Sending takes at least {_duration(seconds)}." if seconds else "")


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
