"""Characters that would move a terminal's cursor, break a line, or reorder text on a page."""

import re

REPLACEMENT = "\ufffd"

# C0 without tab and line feed, C1, line and paragraph separators, bidirectional controls, surrogates, BOM and the
# noncharacters. Joiners and variation selectors stay: emoji, Persian and Hindi need them.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ufdd0-\ufdef\ud800-\udfff]"
)


def replace_control_characters(text: str) -> str:
    """Return the text with a replacement character for each control character but tab and line feed.

    Args:
        text: Text that someone else wrote: a file name, a header, a cell, the platform's message.
    """
    return _CONTROL.sub(REPLACEMENT, text)
