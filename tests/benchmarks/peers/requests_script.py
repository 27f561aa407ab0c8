"""The script that everybody writes first: a requests session, one row after the other."""

import csv
import sys

import requests

from tests.benchmarks.peers.aiohttp_loop import PATH
from tests.benchmarks.spreadsheet import FIELDS, HEADER


def main(path: str, url: str) -> None:
    with open(path, newline="", encoding="utf-8") as file, requests.Session() as session:
        for row in csv.DictReader(file):
            form = {f"form[{field}]": row[name] for field, name in zip(FIELDS, HEADER, strict=True)}
            answer = session.post(url + PATH, data=form, timeout=60)
            assert answer.status_code == 201
            assert answer.json()["data"]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
