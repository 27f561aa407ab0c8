"""Text in the encodings of Unicode, and the characters in it that no one should be shown."""

import re

REPLACEMENT = "\ufffd"

# C0, C1, line and paragraph separators, bidirectional controls, surrogates, BOM and the
# noncharacters. Joiners and variation selectors stay: emoji, Persian and Hindi need them.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ufdd0-\ufdef\ud800-\udfff]"
)

# Byte-order marks.
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode_unicode(content: bytes) -> str:
    """Decode UTF-8, or UTF-16 or UTF-32 as editors and PowerShell write it. Raises UnicodeDecodeError."""
    marked = next((encoding for mark, encoding in MARKS if content.startswith(mark)), None)
    return content.decode(marked or detect_unmarked_utf16(content) or "utf-8")


def detect_unmarked_utf16(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a mark.

    In any language, line ends, delimiters and digits have NUL as one of their two bytes; no other text has NUL at all.
    """
    low, high = head[::2].count(0), head[1::2].count(0)
    if max(low, high) * 20 < len(head) or min(low, high) * 10 > max(low, high) or not head:
        return None
    encoding = "utf-16-be" if low > high else "utf-16-le"
    text = head.decode(encoding, "ignore")
    return encoding if "\n" in text or "\r" in text else None


def replace_surrogates(text: str) -> str:
    """Return the text with its pairs of surrogates joined, and a replacement character for each unpaired one."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def replace_control_characters(text: str, keep: str = "\t\n") -> str:
    """Return the text with a replacement character for each control character.

    Args:
        text: Text that someone else wrote: a file name, a header, a cell, the platform's message.
        keep: Control characters that stay.
    """
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else REPLACEMENT, text)


def escape_control_characters(line: str) -> str:
    """Return a line of JSON with an escape for each control character: someone may show it in a terminal."""
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
