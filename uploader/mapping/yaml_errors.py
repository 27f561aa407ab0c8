"""Explain mistakes in a YAML file to people who do not know YAML, and repair the usual ones to read the rest.

A parser stops at the first mistake, often in the wrong line. Here every line is looked at for what people do: tabs, a
missing space after a colon, a missing colon, wrong indentation. If the lines can be read once these are repaired, they
were the mistakes; the rest of the file is then checked as usual, so that all errors are reported at once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ruamel.yaml.error import MarkedYAMLError

from uploader.core.messages import count_of
from uploader.mapping.schema import MappingFile

_NAME = r"""[\w.\[\]*-]+|"[^"]*"|'[^']*'"""
_KEY = re.compile(rf"(?P<indent>[ ]*)(?P<dash>- +)?(?P<key>{_NAME}) *:(?P<value>\s.*|)$")
_NO_SPACE = re.compile(rf"(?P<start>[ ]*(?:- +)?(?:{_NAME})):(?P<value>(?!//)[^\s:].*)$")
_NO_COLON = re.compile(r"(?P<start>[ ]*)(?P<key>[A-Za-z][\w.\[\]]*)(?P<gap> *= *| +)(?P<value>[^\s=:#][^:]*)$")
_ONLY_KEY = re.compile(r"(?P<start>[ ]*)(?P<key>[A-Za-z][\w.\[\]]*) *$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'[^']*'""")
COLON_WITHOUT_SPACE = re.compile(r"([A-Za-z_][\w.\[\]-]*):(?!//)(\S.*)")  # as a key, by which it is seen
_BLOCK_TEXT = re.compile(r"[|>][-+\d]*$")

TAB_WIDTH = 2  # spaces that a tab at the beginning of a line stands for


@dataclass(frozen=True)
class LineError:
    """A mistake in one line.

    Attributes:
        line: The line, from 1.
        column: The column, from 1.
        message: What is wrong, and how to fix it.
        repaired: The line without the mistake.
        is_guess: Whether the repaired line may be wrong, so that nothing else is to be reported about it.
    """

    line: int
    column: int
    message: str
    repaired: str
    is_guess: bool = False


def find_line_errors(lines: Sequence[str]) -> list[LineError]:
    """Find the usual mistakes, at most one in each line."""
    return _LineChecker().check(lines)


# What the parser says (its context, a bar, its problem), and the same in plain words. {} is what a group matched.
_EXPLANATIONS = (
    (r"quoted scalar.*\|.*end of stream", "a quote is never closed"),
    (r"flow sequence", "a `[` is never closed, or a comma is missing after it"),
    (r"flow mapping", "a `{{` is never closed, or a comma is missing after it"),
    (r"mapping values are not allowed", "a text with a colon needs quotes"),
    (r"character '\\t' that cannot start", "a tab; use spaces instead"),
    (r"character '(.)' that cannot start", "a text that begins with {!r} needs quotes"),
    (r"alias", "a text that begins with '*' needs quotes"),
    (r"single document|document start", "the file has more than one part; remove the lines `---` and `...`"),
    (
        r"expected <block end>|node content",
        "this does not belong here; check the spaces and quotes here and in the line above",
    ),
)
_AT_THE_BEGINNING = 3  # of these the first say where something begins that has no end


def explain(error: MarkedYAMLError, lines: Sequence[str]) -> tuple[int, int, str]:
    """Return line, column and message for an error of the parser, in plain words."""
    reported = f"{error.context}|{error.problem or error.context}"
    mark = error.problem_mark or error.context_mark
    message = f"not valid YAML: {error.problem or error.context}"
    for rank, (pattern, explanation) in enumerate(_EXPLANATIONS):
        if match := re.search(pattern, reported, re.DOTALL):
            message = explanation.format(*match.groups())
            mark = (error.context_mark or mark) if rank < _AT_THE_BEGINNING else mark
            break
    line, column = (mark.line, mark.column) if mark else (0, 0)
    key = _KEY.match(lines[line]) if line < len(lines) and "with a colon" in message else None
    if key and '"' not in key["value"]:
        message += f': "{key["value"].strip()}"'
    return line + 1, column + 1, message


@dataclass
class _LineChecker:
    """Walks over the lines with what a reader of YAML has to remember.

    Attributes:
        levels: The indentations of the keys around the current line.
        opens: Whether the line above is a key without a value, so that a deeper line follows.
        depth: How many brackets are open.
        text_indent: The indentation of a key whose value is a text of several lines, or None.
    """

    levels: list[int] = field(default_factory=lambda: [0])
    opens: bool = False
    depth: int = 0
    text_indent: int | None = None

    def check(self, lines: Sequence[str]) -> list[LineError]:
        found = (self._check_line(number, line) for number, line in enumerate(lines, 1))
        return [error for error in found if error]

    def _check_line(self, number: int, line: str) -> LineError | None:
        bare = _COMMENT.sub("", _QUOTED.sub(lambda match: "x" * len(match[0]), line))
        if not bare.strip() or self._continues(line, bare):
            return None
        error = _check_tab(number, line) or _check_start(number, line)
        text = error.repaired if error else line
        more = self._check_colon(number, text) or self._check_indent(number, text)
        text = more.repaired if more else text
        if more and (indented := self._check_indent(number, text)):
            text = indented.repaired
            more = replace(more, repaired=text)
        self._remember(text)
        return replace(error, repaired=text) if error else more

    def _continues(self, line: str, bare: str) -> bool:
        """Whether the line is part of a value that began above."""
        indent = len(line) - len(line.lstrip(" "))
        if self.text_indent is not None and indent > self.text_indent:
            return True
        self.text_indent = None
        was_open = self.depth > 0
        self.depth = max(0, self.depth + sum(map(bare.count, "[{")) - sum(map(bare.count, "]}")))
        return was_open

    def _check_colon(self, number: int, line: str) -> LineError | None:
        indent = len(line) - len(line.lstrip(" "))
        is_continuation = indent > self.levels[-1] and not self.opens
        return None if is_continuation and not _NO_SPACE.match(line) else _check_colon(number, line)

    def _check_indent(self, number: int, line: str) -> LineError | None:
        key = _KEY.match(line)
        if key is None or key["dash"]:
            return None
        indent, expected = len(key["indent"]), self.levels[-1]
        if self.opens and indent >= expected:
            return None
        if indent in self.levels and not self._is_misplaced_field(key["key"], indent):
            return None
        if indent in self.levels:
            message = f"a form field belongs under `fields:`; begin the line with {_spaces(self.levels[-1])}"
            return LineError(number, 1, message, " " * self.levels[-1] + line)
        near = min(self.levels, key=lambda level: (abs(level - indent), -level))
        message = f"the line begins with {_spaces(indent)}, others of its level with {_spaces(near)}; make them equal"
        return LineError(number, indent + 1, message, " " * near + line.lstrip(" "))

    def _is_misplaced_field(self, key: str, indent: int) -> bool:
        """Whether a key at the left edge can only be a field, because fields stand above it."""
        return indent == 0 and self.levels[-1] > 0 and key not in MappingFile.model_fields

    def _remember(self, line: str) -> None:
        key = _KEY.match(line)
        if key is None:
            return
        indent = len(key["indent"])
        value = _COMMENT.sub("", key["value"]).strip()
        if not key["dash"]:
            self.levels = [level for level in self.levels if level < indent] + [indent]
        self.opens = not value
        if _BLOCK_TEXT.match(value):
            self.text_indent = indent


def _check_tab(number: int, line: str) -> LineError | None:
    outside = _QUOTED.sub(lambda match: "x" * len(match[0]), line)
    if "\t" not in outside:
        return None
    start = line[: len(line) - len(line.lstrip())]
    message = "the line begins with a tab; use spaces instead" if "\t" in start else "a tab; use spaces instead"
    repaired = start.replace("\t", " " * TAB_WIDTH) + line.lstrip().replace("\t", " ")
    return LineError(number, outside.index("\t") + 1, message, repaired)


def _check_start(number: int, line: str) -> LineError | None:
    """Find no-break and wide spaces, which web pages and word processors put in front of a line."""
    start = line[: len(line) - len(line.lstrip())]
    if not start.strip(" "):
        return None
    repaired = " " * len(start) + line.lstrip()
    return LineError(number, 1, "the line begins with odd spaces; type plain ones instead", repaired)


def _check_colon(number: int, line: str) -> LineError | None:
    if match := _NO_SPACE.match(line):
        repaired = f"{match['start']}: {match['value']}"
        column = len(match["start"]) + 1
        return LineError(number, column, f"no space after the colon; write `{repaired.strip()}`", repaired)
    if (match := _NO_COLON.match(line)) and not line.lstrip().startswith("- "):
        repaired = f"{match['start']}{match['key']}: {match['value']}"
        column = len(match["start"]) + 1
        return LineError(number, column, f"no colon after {match['key']!r}; write `{repaired.strip()}`", repaired, True)
    if match := _ONLY_KEY.match(line):
        repaired = f"{match['start']}{match['key']}:"
        message = f"no colon after {match['key']!r}; write `{repaired.strip()}` and its value"
        return LineError(number, len(match["start"]) + 1, message, repaired, True)
    return None


def _spaces(count: int) -> str:
    return count_of(count, "space") if count else "no spaces"
