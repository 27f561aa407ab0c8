"""Reading a response body within limits of size and time."""

import zlib

# The largest body that is read, in bytes: as it comes, and after decompression. The API's own are far smaller.
MAX_BODY = 1024**2

# At most this many compressions are undone: servers use one.
MAX_COMPRESSIONS = 3

TOO_LONG = "the response is larger than 1 MiB"


def decode(raw: bytes, encoding: str) -> tuple[bytes, str]:
    """Decompress a body, whatever it expands to.

    Args:
        raw: The body as it came, cut off soon after `MAX_BODY`.
        encoding: The text of the `Content-Encoding` header.

    Returns:
        The body and an empty string, or an empty body and why it cannot be read.
    """
    if len(raw) > MAX_BODY:
        return b"", TOO_LONG
    names = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
    if len(names) > MAX_COMPRESSIONS:
        return b"", "the response has too many compressions"
    for name in reversed(names):
        if name not in {"gzip", "x-gzip", "deflate"}:
            return b"", "the response has an unknown compression"
        expanded = _inflate(raw, name)
        if expanded is None:
            return b"", "the response has damaged compression"
        if len(expanded) > MAX_BODY:
            return b"", TOO_LONG
        raw = expanded
    return raw, ""


def _inflate(raw: bytes, name: str) -> bytes | None:
    """Return up to `MAX_BODY` bytes and one more, or None for damaged data.

    What servers call `deflate` comes with and without a zlib header.
    """
    windows = [zlib.MAX_WBITS | 32] if name != "deflate" else [zlib.MAX_WBITS, -zlib.MAX_WBITS]
    for window in windows:
        stream = zlib.decompressobj(window)
        try:
            expanded = stream.decompress(raw, MAX_BODY + 1)
        except zlib.error:
            continue
        if stream.eof or len(expanded) > MAX_BODY:
            return expanded
    return b"" if not raw else None
