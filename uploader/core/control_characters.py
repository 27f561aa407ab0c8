"""Characters that would move a terminal's cursor, break a line, or reorder text on a page."""

import re

REPLACEMENT = "\ufffd"

# C0, C1, line and paragraph separators, bidirectional controls, surrogates, BOM and the
# noncharacters. Joiners and variation selectors stay: emoji, Persian and Hindi need them.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ufdd0-\ufdef\ud800-\udfff]"
)


def replace_control_characters(text: str, keep: str = "\t\n") -> str:
    """Return the text with a replacement character for each control character.

    Args:
        text: Text that someone else wrote: a file name, a header, a cell, the platform's message.
        keep: Control characters that stay.
    """
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else REPLACEMENT, text)
