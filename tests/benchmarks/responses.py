"""How long one response holds up the event loop at most, whatever it contains: `python -m tests.benchmarks.responses`.

Decompressing, parsing and masking run between two turns of the loop. Each figure is the worst of its kind, in
milliseconds of processor time.
"""

import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterable

from tests.benchmarks.measure import Line, show
from uploader.api.content import MAX_BODY, decode
from uploader.api.lead_result import read_result
from uploader.api.protocol import Response, classify
from uploader.core.redaction import MAX_VALUES, ValueMask, redact

PARTS = {
    "nulls": ('{"errors":[', "null", "]}"),
    "empty lists": ('{"errors":[', "[]", "]}"),
    "empty objects": ('{"errors":{"children":{"a":[', "{}", "]}}}"),
    "fields": ('{"errors":[', '{"field":"form[f]","message":"is bad"}', "]}"),
    "reasons": ('{"failedJobs":[', '"a reason"', "]}"),
}
MESSAGES = ("ab ", "campaign ", "campaign not yet ", "&amp;", "1234567 ", "1/2/2000 ", "-", "[", "caution ")
VALUES = {
    "words": "Value {} of a lead",
    "addresses": "jörg.{}@example.com",
    "numbers": "(+44)07700{:06}",
    "dates": "01/02/{:04}",
    "dashes": "-{}-",
    "long": "ab " * 400 + "{}",
}


def bodies(size: int) -> Iterable[bytes]:
    """Yield bodies of a size that take long to parse."""
    for head, part, tail in PARTS.values():
        count = (size - len(head) - len(tail)) // (len(part) + 1)
        yield f"{head}{','.join([part] * count)}{tail}".encode()
    for words in MESSAGES:
        yield json.dumps({"message": words * ((size - 20) // len(words))}).encode()
    yield b"[" * size
    yield b'{"data":' + b"1" * (size - 20) + b"}"


def main(size: int = MAX_BODY, values: int = MAX_VALUES) -> list[Line]:
    """Measure the worst response of each kind."""
    masks = {kind: [text.format(number) for number in range(values)] for kind, text in VALUES.items()}
    packed = [(gzip.compress(bytes(64 * size)), "gzip"), (zlib.compress(b"x" * size), "deflate")]
    leads = masks["words"][:100]
    found = {
        "decompressing": [_took(decode, raw, name) for raw, name in packed],
        "parsing the response to a lead": [
            _took(classify, Response(status, body), ValueMask(leads))
            for body in bodies(size)
            for status in (201, 400, 403)
        ],
        "parsing a result": [_took(read_result, Response(200, body)) for body in bodies(size)],
        f"masking {values:,} values": [
            _took(redact, words * 8_000, some) for some in masks.values() for words in MESSAGES
        ],
    }
    return [Line(f"{what}, the worst of {len(times)}", max(times), "ms") for what, times in found.items()]


def _took(work: Callable[..., object], *given: object) -> float:
    """Return the shorter of two times of a call, in milliseconds."""
    times = []
    for _ in range(2):
        began = time.process_time()
        work(*given)
        times.append(1000 * (time.process_time() - began))
    return min(times)


if __name__ == "__main__":
    show(main())
