"""Take the pictures in `docs/screens/` again: `python -m tests.make_screenshots`. It needs Chromium."""

import sys
import tempfile
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.tour import tour
from tests.support.web import chromium, serving_page

# The pictures in the guide, by the tour's names. Of the others, `python -m tests.make_screenshots FOLDER` takes all.
SHOWN = ("start", "columns-decided", "rows", "confirm", "sending", "report-with-results", "history", "about")


def take(folder: Path, names: tuple[str, ...] | None, *, scheme: str = "light", width: int = 1280) -> None:
    """Take a picture of each screen."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serving_page(Path(home), "--sandbox") as server, chromium() as browser:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        for name in tour(page, server):
            if names is None or name in names:
                page.screenshot(path=folder / f"{name}.png")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for scheme, width in (("light", 1280), ("dark", 1280), ("light", 800)):
            take(Path(sys.argv[1]) / f"{scheme}-{width}", None, scheme=scheme, width=width)
    else:
        take(ROOT / "docs" / "screens", SHOWN)
