"""Text in the encodings of Unicode, with or without a byte-order mark."""

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
