"""The HTML report: one file without any other resources, beside the CSV or xlsx."""

import base64
import functools
import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.core.command_line import relative_to_cwd, shell_quote, uploader_command, without_commands
from uploader.core.message_groups import MessageGroups
from uploader.core.messages import THEN_RETRY, count_of
from uploader.core.model import Outcome
from uploader.core.unicode_text import replace_control_characters
from uploader.core.version import __version__
from uploader.report.context import SANDBOX_NOTE, ReportContext, mapping_flags
from uploader.report.statistics import ReportStatistics
from uploader.report.timeline import ORDER, draw_chart
from uploader.report.wording import (
    NOTHING_TO_DO,
    OUTCOME_COLORS,
    RESULT_COLORS,
    RESULT_MEANINGS,
    next_steps,
    outcome_meanings,
)
from uploader.report.writer import free_path, write_whole

if TYPE_CHECKING:
    from jinja2 import Template

# Copies a command. The page allows no other script, by its hash.
COPY_SCRIPT = Path(__file__).with_name("copy_button.js").read_text("utf-8")

# Marks our own HTML files, which may be overwritten.
MARK = "<!-- uploader: report -->"

MAX_REASONS = 40  # groups of similar reasons
SLOW_RESPONSE = 1.0  # seconds; faster ones are not listed

# What the page is about, by the command of the run; of others it is an upload.
TITLES = {"retry": "Retry of"}


@dataclass(frozen=True)
class BarSegment:
    """A segment of a bar, with its line in the legend."""

    word: str
    count: int
    meaning: str


def html_path(report: Path) -> Path:
    """Return the path of a report's HTML file: the same name with .html, or the next free one if that is taken."""
    path = report.with_suffix(".html")
    if not path.exists() or _is_ours(path):
        return path
    return free_path(path)


def write_html_page(statistics: ReportStatistics, about: ReportContext) -> Path:
    """Write the HTML report and return its path.

    Args:
        statistics: Counts over the report's rows.
        about: Facts about the run; `about.report` says where the HTML file goes.

    Raises:
        OSError: The file cannot be written.
    """
    page = _template("html_page.html.j2").render(_facts(statistics, about))
    return write_whole(html_path(about.report), page.encode("utf-8", "replace"))


def render_part(statistics: ReportStatistics, about: ReportContext, reword: Callable[[str], str] = str) -> str:
    """Return what the report shows as a part of another page, which has its own styles and next steps.

    Args:
        statistics: What the report is about.
        about: Its run.
        reword: Puts what a hint says about commands and files in the words of that page.
    """
    facts = {**_facts(statistics, about), "is_part": True, "reword": reword}
    return _template("report_body.html.j2").render(facts)


def headline(counts: Mapping[str, int], results: Mapping[str, int] | None = None, *, is_check: bool) -> str:
    """Return what happened in a sentence, and in another one how many leads the platform found invalid.

    Args:
        counts: Rows by outcome.
        results: Rows by validation result.
        is_check: Whether nothing was sent.
    """
    invalid = (results or {}).get("invalid", 0)
    found = (
        f" {count_of(invalid, 'lead')} {'is' if invalid == 1 else 'are'} invalid on the platform." if invalid else ""
    )
    return _what_happened(counts, is_check=is_check) + found


def _what_happened(counts: Mapping[str, int], *, is_check: bool) -> str:
    total = sum(counts.values())
    if is_check:
        good = counts.get(Outcome.UNSENT, 0)
        return f"{good:,} of {count_of(total, 'lead')} would be sent. Nothing was sent."
    bad = [f"{counts[word]:,} {word}" for word in reversed(ORDER) if word != Outcome.ACCEPTED and counts.get(word)]
    accepted = counts.get(Outcome.ACCEPTED, 0)
    if not bad:
        return f"All {total:,} leads were accepted." if total != 1 else "The lead was accepted."
    if total == 1:
        return f"The lead was not accepted. It is {bad[0].removeprefix('1 ')}."
    verb = "was" if accepted == 1 else "were"
    others = "The others are" if total - accepted > 1 else "The other is"
    return f"{accepted:,} of {count_of(total, 'lead')} {verb} accepted. {others} {_enumeration(bad)}."


def _enumeration(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _facts(statistics: ReportStatistics, about: ReportContext) -> dict[str, object]:
    """Return the variables of the template."""
    is_check = about.run is None
    return {
        "mark": MARK,
        "is_part": False,
        "reword": str,
        "headline": headline(statistics.outcomes, statistics.results, is_check=is_check),
        "is_check": is_check,
        "sandbox_note": SANDBOX_NOTE if about.is_sandbox else "",
        "about": about,
        "outcomes": _segments(statistics.outcomes, ORDER, outcome_meanings(statistics, is_check=is_check)),
        "results": _segments(statistics.results, list(RESULT_COLORS), RESULT_MEANINGS),
        "steps": [step for step in next_steps(statistics, about) if step != NOTHING_TO_DO],
        "people": statistics.people,
        "reasons": _reasons(statistics.reasons),
        "validation_reasons": _reasons(statistics.validation_reasons),
        "script": COPY_SCRIPT,
        "script_hash": base64.b64encode(hashlib.sha256(COPY_SCRIPT.encode()).digest()).decode(),
        "fixes": about.fixes or {},
        "retry_with_mapping": _retry_with_mapping(about),
        "chart": draw_chart(statistics.timeline),
        "most_attempts": statistics.most_attempts,
        "slowest": [one for one in about.slowest if one[1] >= SLOW_RESPONSE],
        "title": "Check of" if is_check else TITLES.get(about.run.command if about.run else "", "Upload of"),
        "run_facts": _run_facts(statistics, about),
        "colors": {**OUTCOME_COLORS, **RESULT_COLORS},
    }


def _reasons(groups: MessageGroups) -> dict[str, object]:
    """Return reasons of several rows, reasons of one row each, and how many are left out."""
    shown = list(groups)[:MAX_REASONS]
    return {
        "groups": [group for group in shown if group.count > 1],
        "singles": [group for group in shown if group.count == 1],
        "more": len(groups) - len(shown),
    }


def _retry_with_mapping(about: ReportContext) -> str:
    """Return the command that uses the changed mapping; empty after a stop, where the next steps have it."""
    if about.run is None or about.stopped:
        return ""
    report = shell_quote(relative_to_cwd(about.report))
    return about.flags.fill(uploader_command("retry", report, *mapping_flags(about.run)))


def _segments(counts: Mapping[str, int], order: Sequence[str], meanings: Mapping[str, str]) -> list[BarSegment]:
    return [BarSegment(str(word), counts[word], meanings[word]) for word in order if counts.get(word)]


def _run_facts(statistics: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Return label and text of each fact that is known."""
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
            ("Sent by", run.user),
            ("Consent to send", run.consent),
        ]
    facts += [
        ("Sent", " to ".join(dict.fromkeys(statistics.sent or ()))),
        ("Written", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("Versions", f"uploader {__version__}, Python {platform.python_version()}, {platform.system()}"),
    ]
    return [(label, text) for label, text in facts if text]


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(200)
    except OSError:
        return False


def _hint_parts(hint: str) -> list[str]:
    """Return a hint in parts, of which every second is code; without its end, which the page says once."""
    return hint.removesuffix(f", {THEN_RETRY}").split("`")


@functools.cache
def _template(name: str) -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only where a page is written

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: replace_control_characters(value) if type(value) is str else value,
    )
    environment.filters["hint_parts"] = _hint_parts
    environment.filters["without_commands"] = without_commands
    environment.filters["number"] = lambda count: f"{count:,}"
    return environment.get_template(name)
