"""Reading a response body within limits of size and time."""

import zlib
from collections.abc import Collection

# The largest body that is read, in bytes: as it comes, and after decompression. The API's own are far smaller.
MAX_BODY = 1024**2

# At most this many compressions are undone: servers use one.
MAX_COMPRESSIONS = 3

# A gzip body has one part; several are allowed (RFC 1952, 2.2).
MAX_GZIP_PARTS = 16
GZIP_BEGIN = b"\x1f\x8b"

TOO_LONG = "the response is larger than 1 MiB"
MAYBE_CUT = "nothing says where the response ends, so a part may be missing"


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


def is_maybe_cut(body: bytes, headers: Collection[str]) -> bool:
    """Return whether a body can be the beginning of another one that means something else: `55` of `55907`.

    Without a length, a response ends with its connection, which also ends when it breaks.

    Args:
        body: The decompressed body.
        headers: The names of the headers.
    """
    has_end = any(name in headers for name in ("Content-Length", "Transfer-Encoding", "Content-Encoding"))
    return not has_end and not body.strip().strip(b"0123456789")


def _inflate(raw: bytes, name: str) -> bytes | None:
    """Return up to `MAX_BODY` bytes and one more, or None for damaged data.

    What servers call `deflate` comes with and without a zlib header.
    """
    windows = [zlib.MAX_WBITS | 32] if name != "deflate" else [zlib.MAX_WBITS, -zlib.MAX_WBITS]
    for window in windows:
        try:
            expanded = _expand(raw, window)
        except zlib.error:
            continue
        if expanded is not None:
            return expanded
    return None


def _expand(raw: bytes, window: int) -> bytes | None:
    """Return what the parts expand to; None if one is cut or there are too many. Padding behind them is ignored."""
    expanded = b""
    for _ in range(MAX_GZIP_PARTS):
        stream = zlib.decompressobj(window)
        expanded += stream.decompress(raw, MAX_BODY + 1 - len(expanded))
        if len(expanded) > MAX_BODY or not raw:
            return expanded
        if not stream.eof:
            return None
        raw = stream.unused_data
        if not raw.startswith(GZIP_BEGIN):
            return expanded
    return None
