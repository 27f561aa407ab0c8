"""Bodies are decompressed within limits."""

import gzip
import zlib

import pytest

from uploader.api.content import MAX_BODY, MAX_COMPRESSIONS, decode

BODY = b'{"data": 55907}'


def packed(times: int) -> bytes:
    raw = BODY
    for _ in range(times):
        raw = gzip.compress(raw)
    return raw


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (BODY, " , identity,"),
        (gzip.compress(BODY), "gzip"),
        (gzip.compress(BODY), "X-GZIP"),
        (zlib.compress(BODY), "deflate"),
        (zlib.compress(BODY, wbits=-15), "deflate"),
        (gzip.compress(zlib.compress(BODY)), "deflate, gzip"),
        (gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]), "gzip"),
        (gzip.compress(BODY) + b"\0\0", "gzip"),
        (packed(MAX_COMPRESSIONS), ", ".join(["gzip"] * MAX_COMPRESSIONS)),
    ],
    ids=range(11),  # the bytes of gzip have the time in them
)
def test_compressed_body_is_read(raw: bytes, encoding: str) -> None:
    assert decode(raw, encoding) == (BODY, "")


@pytest.mark.parametrize(
    ("raw", "encoding", "problem"),
    [
        (b"x" * (MAX_BODY + 1), "", "larger than 1 MiB"),
        (gzip.compress(bytes(MAX_BODY + 1)), "gzip", "larger than 1 MiB"),
        (zlib.compress(bytes(100 * MAX_BODY)), "deflate", "larger than 1 MiB"),
        (gzip.compress(BODY)[:-9], "gzip", "damaged compression"),
        (BODY, "gzip", "damaged compression"),
        (gzip.compress(b"55") + gzip.compress(b"907")[:-1], "gzip", "damaged compression"),
        (gzip.compress(b"5") * 1_000, "gzip", "damaged compression"),
        (BODY, "br", "unknown compression"),
        (packed(4), ", ".join(["gzip"] * 4), "too many compressions"),
        (packed(1), ",".join(["gzip"] * 1_000), "too many compressions"),
    ],
    ids=range(10),
)
def test_body_that_cannot_be_decompressed_is_unreadable_not_empty(raw: bytes, encoding: str, problem: str) -> None:
    body, said = decode(raw, encoding)
    assert body == b""
    assert problem in said
