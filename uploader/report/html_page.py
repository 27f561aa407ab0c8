"""A report as a page to read: one HTML file that needs nothing else, beside the CSV or xlsx."""

import functools
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from uploader import __version__
from uploader.core.command_line import relative_to_cwd, shell_quote, uploader_command
from uploader.core.messages import THEN_RETRY
from uploader.core.model import Outcome
from uploader.report.context import REHEARSAL, ReportContext, mapping_flags
from uploader.report.statistics import ReportStatistics
from uploader.report.wording import MEANINGS, OUTCOMES, RESULT_MEANINGS, RESULTS, next_steps
from uploader.report.writer import free_path, write_whole

if TYPE_CHECKING:
    from jinja2 import Template

# By this a page of ours is known, and may be written over.
MARK = "<!-- uploader: report -->"

SHOWN = 40  # groups of like reasons

SLOW = 1.0  # seconds; an answer that took less is told nobody

# What a page is of, where that is no upload.
VERBS = {"retry": "Retry of"}

CHART = 720, 160  # units of the drawing

# In the order of the bar: what went well first, what needs somebody last.
ORDER = (
    Outcome.ACCEPTED,
    Outcome.DUPLICATE,
    Outcome.UNSENT,
    Outcome.FAILED,
    Outcome.INVALID,
    Outcome.REJECTED,
    Outcome.UNKNOWN,
)


@dataclass(frozen=True)
class Part:
    """A piece of the bar or a line of its legend."""

    word: str
    count: int
    share: float
    meaning: str


def page_path(report: Path) -> Path:
    """The page of a report: the same name with .html, or the next free one if that is somebody else's file."""
    path = report.with_suffix(".html")
    if not path.exists() or _is_ours(path):
        return path
    return free_path(path)


def write_page(tally: ReportStatistics, about: ReportContext) -> Path:
    """Writes the page of a report. Raises OSError."""
    return write_whole(page_path(about.report), _template().render(_facts(tally, about)).encode("utf-8", "replace"))


def headline(counts: Mapping[str, int], *, is_check: bool) -> str:
    """What happened, in one sentence."""
    total = sum(counts.values())
    if is_check:
        good = counts.get(Outcome.UNSENT, 0)
        return f"{good:,} of {_leads(total)} would be sent; nothing was."
    bad = [f"{counts[word]:,} {word}" for word in reversed(ORDER) if word != Outcome.ACCEPTED and counts.get(word)]
    accepted = counts.get(Outcome.ACCEPTED, 0)
    if not bad:
        return f"All {total:,} leads were accepted." if total != 1 else "The one lead was accepted."
    verb = "was" if accepted == 1 else "were"
    others = "the others are" if total - accepted > 1 else "the other is"
    if total == 1:
        return f"The one lead was not accepted; it is {bad[0].removeprefix('1 ')}."
    return f"{accepted:,} of {_leads(total)} {verb} accepted; {others} {_listed(bad)}."


def _leads(count: int) -> str:
    return f"{count:,} lead{'' if count == 1 else 's'}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _facts(tally: ReportStatistics, about: ReportContext) -> dict[str, object]:
    """All that the template asks for."""
    groups = list(tally.reasons)
    is_check = about.run is None
    return {
        "mark": MARK,
        "headline": headline(tally.outcomes, is_check=is_check),
        "is_check": is_check,
        "rehearsal": REHEARSAL if about.rehearsed else "",
        "about": about,
        "parts": _parts(tally.outcomes, ORDER, MEANINGS, is_check=is_check),
        "results": _parts(tally.results, list(RESULTS), RESULT_MEANINGS)
        if any(tally.results[w] for w in RESULTS)
        else [],
        "steps": [step for step in next_steps(tally, about) if step[1]],
        "groups": groups[:SHOWN],
        "more_groups": len(groups) - SHOWN,
        "fixes": about.fixes or {},
        "fixed": _with_mapping(about),
        "chart": _chart(tally),
        "slow": tally.slow,
        "slowest": [one for one in about.slowest if one[1] >= SLOW],
        "about_what": "Check of" if is_check else VERBS.get(about.run.command if about.run else "", "Upload of"),
        "run_facts": _run_facts(tally, about),
        "paints": {**OUTCOMES, **RESULTS},
    }


def _with_mapping(about: ReportContext) -> str:
    """How what was added to the mapping counts; after a stop that is among the next steps."""
    if about.run is None or about.stopped:
        return ""
    report = shell_quote(relative_to_cwd(about.report))
    return about.flags.fill(uploader_command("retry", report, *mapping_flags(about.run)))


def _parts(
    counts: Mapping[str, int], order: Sequence[str], meanings: Mapping[str, str], *, is_check: bool = False
) -> list[Part]:
    total = sum(counts.get(word, 0) for word in order) or 1
    told = {**meanings, Outcome.UNSENT: "it would be sent"} if is_check else meanings
    return [Part(str(w), counts[w], 100 * counts[w] / total, told[w]) for w in order if counts.get(w)]


def _chart(tally: ReportStatistics) -> dict[str, object] | None:
    """Stacked columns over time; None where everything came at once."""
    buckets = tally.timeline.buckets()
    if len(buckets) < 3:
        return None
    width, height = CHART
    highest = max(sum(counts.values()) for _, counts in buckets) or 1
    step = width / len(buckets)
    columns = []
    for number, (begin, counts) in enumerate(buckets):
        base = float(height)
        for word in ORDER:
            if counts[word]:
                tall = height * counts[word] / highest
                base -= tall
                title = f"{begin:%H:%M:%S}: {counts[word]:,} {word}"
                place = (round(number * step, 2), round(base, 2), round(step * 0.92, 2), round(tall, 2))
                columns.append((word, *place, title))
    first, last = buckets[0][0], buckets[-1][0]
    same_day = first.date() == last.date()
    form = "%H:%M:%S" if same_day else "%d %b %H:%M"
    return {
        "columns": columns,
        "width": width,
        "height": height,
        "highest": highest,
        "first": f"{first:{form}}",
        "last": f"{last:{form}} UTC",
        "every": _span(tally.timeline.width),
    }


def _run_facts(tally: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Label and text, empty ones left out."""
    run = about.run
    facts = [("File", about.file.name)]
    if run:
        facts += [
            ("SHA-256", run.sha256),
            ("Sheet", run.sheet or ""),
            ("Mapping", Path(run.mapping_path).name),
            ("Enterprise", run.scope),
            ("Campaign", str(run.campaign)),
            ("Form", f"{run.form} ({about.form_name})" if about.form_name else str(run.form)),
            ("Link", str(run.link)),
            ("Publisher", str(run.publisher)),
            ("Run", run.id),
            ("By", run.who),
            ("Lawful", run.lawful),
        ]
    facts += [
        ("Sent", " to ".join(dict.fromkeys(tally.sent or ()))),
        ("Written", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("Versions", f"uploader {__version__}, Python {platform.python_version()}, {platform.system()}"),
    ]
    return [(label, text) for label, text in facts if text]


def _span(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(200)
    except OSError:
        return False


@functools.cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - only where a page is written

    text = Path(__file__).with_name("html_page.html.j2").read_text("utf-8")
    rooms = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    rooms.filters["remedy"] = lambda hint: hint.removesuffix(f", {THEN_RETRY}")  # the page says it once
    rooms.filters["number"] = lambda count: f"{count:,}"
    return rooms.from_string(text)
