"""Read YAML and remember where everything is: the data, and line and column of each key and value."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

Path = tuple[str | int, ...]  # keys and indexes from the top of the file to a value

# A mapping file has a few hundred nodes; aliases that refer to aliases can make billions of it.
MAX_NODES = 100_000


@dataclass(frozen=True, order=True)
class LocatedError:
    """What is wrong in a mapping file, and where; line and column count from 1."""

    line: int
    column: int
    message: str


@dataclass
class Document:
    """A YAML file's data, positions and errors.

    Attributes:
        data: Dicts, lists, str and None. A scalar is its text as the file has it, so that 007 stays 007.
        positions: (line, column) by the path of each value, and of each key by path + "@".
        errors: What is wrong, in the order it was found.
    """

    data: Any = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    errors: list[LocatedError] = field(default_factory=list)

    def position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of a value, or of the nearest thing around it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))

    def add_error(self, path: Path, message: str) -> None:
        """Add an error at a value's position."""
        self.errors.append(LocatedError(*self.position(path), message))


def read_yaml(text: str) -> Document:
    """Read YAML 1.2. Syntax errors and duplicate keys become errors of the document, not exceptions."""
    document = Document()
    try:
        root = YAML(pure=True).compose(text)
        document.data = _Reader(document).value(root, ()) if root else None
    except MarkedYAMLError as error:
        document.errors.append(_syntax_error(error, text.splitlines()))
    except (YAMLError, RecursionError, ValueError) as error:
        document.errors.append(LocatedError(1, 1, f"not valid YAML: {str(error).splitlines()[0]}"))
    return document


def _syntax_error(error: MarkedYAMLError, lines: Sequence[str]) -> LocatedError:
    """Locate the error where it was made: the parser notices a missing colon or quote only further down."""
    problem, context = str(error.problem or error.context), str(error.context)
    mark = error.problem_mark or error.context_mark
    if "a simple key" in context:
        mark = error.context_mark
    elif "quoted scalar" in context and "end of stream" in problem:
        mark, problem = error.context_mark, "a quote is never closed"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "mapping values" in problem and (key := _find_key_without_colon(lines, line, column)):
        (line, column), problem = key, "could not find expected ':'"
    return LocatedError(line, column, f"not valid YAML: {problem}")


def _find_key_without_colon(lines: Sequence[str], line: int, column: int) -> tuple[int, int] | None:
    """Return the position of the line before, if it has the same indentation and no colon.

    The colon here is then the first in its line; a second one (`a: b: c`) is itself the error.
    """
    filled = [(number, text) for number, text in enumerate(lines[:line], 1) if text.split("#")[0].strip()]
    if len(filled) < 2:
        return None
    (number, before), (_, here) = filled[-2:]
    indent = len(before) - len(before.lstrip())
    has_same_indent = len(here) - len(here.lstrip()) == indent and ":" not in here[: column - 1]
    return (number, indent + 1) if has_same_indent and ":" not in before.split("#")[0] else None


class _Reader:
    """Turns nodes into data; records positions and duplicate keys."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._nodes = 0

    def value(self, node: Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ValueError("it is too large, or its aliases are circular")
        self._document.positions.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, ScalarNode):
            return None if node.tag == "tag:yaml.org,2002:null" else node.value
        if isinstance(node, MappingNode):
            return self._dict(node, path)
        return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]

    def _dict(self, node: MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else "a list or table as a key"
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            if key in data:
                first = self._document.positions[(*path, key, "@")][0]
                message = f"{key!r} is already on line {first}; keep only one of them"
                self._document.errors.append(LocatedError(line, column, message))
                continue
            self._document.positions[(*path, key, "@")] = (line, column)
            if value_node.start_mark.index == value_node.end_mark.index:  # empty; the node points to what comes next
                self._document.positions[(*path, key)] = (line, column)
            data[key] = self.value(value_node, (*path, key))
        return data
