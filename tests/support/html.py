"""An HTML report as a reader sees it."""

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """What a reader sees: the text, and the numbers of the legends; and every element that is there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.sources: list[str] = []
        self._silent = False
        self.feed(html)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self._silent = tag in {"style", "title", "script"}
        self.sources += [value or "" for name, value in attrs if name in {"src", "href", "action"}]

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += f" {data}"

    def count(self, word: str) -> int:
        """A legend's number."""
        found = re.search(rf" {word} ([\d,]+) ", self.text)
        return int(found[1].replace(",", "")) if found else 0
