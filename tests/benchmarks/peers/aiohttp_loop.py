"""The bare loop: aiohttp workers fed by the csv module. No mapping, no checks, no ledger, no report.

`python -m tests.benchmarks.peers.aiohttp_loop FILE URL WORKERS asyncio|uvloop [close]`. With `close`, each request has
a connection of its own, as ours have; otherwise connections are used again.
"""

import asyncio
import csv
import importlib
import sys
from collections.abc import Iterator

import aiohttp

from tests.benchmarks.spreadsheet import FIELDS, HEADER

PATH = "/api/v2/publisher/11003/links/135/forms/75/leads?access_token=" + "0123456789abcdef" * 4


async def work(session: aiohttp.ClientSession, url: str, rows: Iterator[dict[str, str]]) -> None:
    for row in rows:
        form = {f"form[{field}]": row[name] for field, name in zip(FIELDS, HEADER, strict=True)}
        async with session.post(url + PATH, data=form) as answer:
            content = await answer.json()
            assert answer.status == 201
            assert content["data"]


async def main(path: str, url: str, concurrency: int, *, close: bool) -> None:
    with open(path, newline="", encoding="utf-8") as file:  # noqa: ASYNC230 - as people write it
        rows = csv.DictReader(file)
        connector = aiohttp.TCPConnector(force_close=close)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(work(session, url, rows) for _ in range(concurrency)))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=importlib.import_module(sys.argv[4]).new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), close="close" in sys.argv[5:]))
