"""YAML with the place of everything in it: data, and the line and column of each key and value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

At = tuple[str | int, ...]

# A mapping file has some hundred nodes; aliases that refer to aliases can make it billions.
MAX_NODES = 100_000


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong in a mapping file; line and column count from 1."""

    line: int
    column: int
    message: str


@dataclass
class Document:
    """`data` is made of dicts, lists, str and None: every scalar is its text as it stands in the file, so that
    007 stays 007. `marks` gives (line, column) for the path of each value, and for each key under path + "@".
    """

    data: Any = None
    marks: dict[At, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def place(self, at: At) -> tuple[int, int]:
        """The place of a value, or of the nearest thing around it."""
        while at and at not in self.marks:
            at = at[:-1]
        return self.marks.get(at, (1, 1))

    def fault(self, at: At, message: str) -> None:
        """Notes a fault at a value's place."""
        self.faults.append(Fault(*self.place(at), message))


def read_yaml(text: str) -> Document:
    """Reads YAML 1.2. Syntax errors and duplicate keys are faults of the document, not exceptions."""
    document = Document()
    try:
        root = YAML(pure=True).compose(text)
        document.data = _Reader(document).value(root, ()) if root else None
    except MarkedYAMLError as error:
        document.faults.append(_syntax_fault(error, text.splitlines()))
    except (YAMLError, RecursionError, ValueError) as error:
        document.faults.append(Fault(1, 1, f"not valid YAML: {str(error).splitlines()[0]}"))
    return document


def _syntax_fault(error: MarkedYAMLError, lines: Sequence[str]) -> Fault:
    """The fault at the line that has it: the parser stumbles over a missing colon or quote only further down."""
    problem, context = str(error.problem or error.context), str(error.context)
    mark = error.problem_mark or error.context_mark
    if "a simple key" in context:
        mark = error.context_mark
    elif "quoted scalar" in context and "end of stream" in problem:
        mark, problem = error.context_mark, "a quote is opened and never closed"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "mapping values" in problem and (colonless := _colonless(lines, line, column)):
        (line, column), problem = colonless, "could not find expected ':'"
    return Fault(line, column, f"not valid YAML: {problem}")


def _colonless(lines: Sequence[str], line: int, column: int) -> tuple[int, int] | None:
    """Where the key before this place begins, if it stands just as far in and has no colon.

    The colon here is then the first in its line; a second one (`a: b: c`) is itself the fault.
    """
    filled = [(number, text) for number, text in enumerate(lines[:line], 1) if text.split("#")[0].strip()]
    if len(filled) < 2:
        return None
    (number, before), (_, here) = filled[-2:]
    indent = len(before) - len(before.lstrip())
    is_alike = len(here) - len(here.lstrip()) == indent and ":" not in here[: column - 1]
    return (number, indent + 1) if is_alike and ":" not in before.split("#")[0] else None


class _Reader:
    """Turns nodes into data, noting places and duplicate keys on the way."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def value(self, node: Node, at: At) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError("it is too large, or its aliases go in a circle")
        self._document.marks.setdefault(at, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, ScalarNode):
            return None if node.tag == "tag:yaml.org,2002:null" else node.value
        if isinstance(node, MappingNode):
            return self._dict(node, at)
        return [self.value(child, (*at, index)) for index, child in enumerate(node.value)]

    def _dict(self, node: MappingNode, at: At) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else "a list or table as a key"
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if key in data:
                first = self._document.marks[(*at, key, "@")][0]
                self._document.faults.append(
                    Fault(line, column, f"{key!r} stands twice; it is already on line {first}. Keep one")
                )
                continue
            self._document.marks[(*at, key, "@")] = (line, column)
            if value_node.start_mark.index == value_node.end_mark.index:  # empty, and "at" what comes next
                self._document.marks[(*at, key)] = (line, column)
            data[key] = self.value(value_node, (*at, key))
        return data
