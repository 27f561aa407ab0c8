"""Read YAML and remember where everything is: the data, and line and column of each key and value."""

from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from uploader.mapping.yaml_errors import COLON_WITHOUT_SPACE, explain, find_line_errors

Path = tuple[str | int, ...]  # keys and indexes from the top of the file to a value

# A mapping file has a few hundred nodes; aliases that refer to aliases can make billions of it.
MAX_NODES = 100_000

FIELD_DEPTH = 2  # of the path of a form field; deeper keys are the user's own texts

MAX_SHOWN = 100  # characters of a line that is shown with an error


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
        lines: The lines of the file.
        guessed_lines: Lines that were read by a guess; no more errors are added there.
    """

    data: Any = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)
    errors: list[LocatedError] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    guessed_lines: set[int] = field(default_factory=set)

    def position(self, path: Path) -> tuple[int, int]:
        """Return the line and column of a value, or of the nearest thing around it."""
        while path and path not in self.positions:
            path = path[:-1]
        return self.positions.get(path, (1, 1))

    def show(self, error: LocatedError) -> str:
        """Return an error with the line that it is in: `7:3: message`, and below `7 | email:Email`."""
        line = self.lines[error.line - 1].rstrip() if error.line <= len(self.lines) else ""
        shown = line.replace("\t", "→ ")[:MAX_SHOWN]
        return f"{error.line}:{error.column}: {error.message}" + (f"\n{error.line} | {shown}" if shown.strip() else "")

    def add_error(self, path: Path, message: str) -> None:
        """Add an error at a value's position."""
        line, column = self.position(path)
        if line not in self.guessed_lines:
            self.errors.append(LocatedError(line, column, message))


def read_yaml(text: str) -> Document:
    """Read YAML 1.2. Syntax errors and duplicate keys become errors of the document, not exceptions.

    Usual mistakes are repaired, so that the rest of the file can be read as well.
    """
    document = Document(lines=text.splitlines())
    try:
        root = _compose(document, text)
        document.data = _Reader(document).value(root, ()) if root else None
    except (YAMLError, RecursionError, ValueError) as error:
        document.errors.append(LocatedError(1, 1, f"not valid YAML: {str(error).splitlines()[0]}"))
    return document


def _compose(document: Document, text: str) -> Node | None:
    """Return the top of the file; None if it is empty or cannot be read even after repairs."""
    first: MarkedYAMLError | None = None
    root: Node | None = None
    try:
        root = YAML(pure=True).compose(text)
        if root is None or (isinstance(root, MappingNode) and not _has_colon_in_key(root)):
            return root
    except MarkedYAMLError as error:
        first = error
    found = find_line_errors(document.lines)
    repaired = dict(enumerate(document.lines, 1)) | {error.line: error.repaired for error in found}
    try:
        if found and isinstance(again := YAML(pure=True).compose("\n".join(repaired.values())), MappingNode):
            document.errors += [LocatedError(error.line, error.column, error.message) for error in found]
            document.guessed_lines = {error.line for error in found if error.is_guess}
            return again
    except MarkedYAMLError as second:
        if first and _has_progressed(first, second):
            before = [error for error in found if error.line <= _line_of(second)]
            document.errors += [LocatedError(error.line, error.column, error.message) for error in before]
            first = second
    if first:
        document.errors.append(LocatedError(*explain(first, document.lines)))
    return root


def _has_colon_in_key(root: MappingNode) -> bool:
    """Whether a key such as `email:{column` shows that a space is missing after a colon."""
    keys = [key for key, _ in root.value]
    keys += [key for _, value in root.value if isinstance(value, MappingNode) for key, _ in value.value]
    return any(isinstance(key, ScalarNode) and COLON_WITHOUT_SPACE.fullmatch(key.value) for key in keys)


def _has_progressed(first: MarkedYAMLError, second: MarkedYAMLError) -> bool:
    """Whether the parser got further after the repairs, or at least stumbles over something else."""
    one, other = _line_of(first), _line_of(second)
    return other > one or (other == one and first.problem != second.problem)


def _line_of(error: MarkedYAMLError) -> int:
    """Return the line in which the parser stopped, from 1."""
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 0


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
            value = self.value(value_node, (*path, key))
            if (
                value is None
                and len(path) <= FIELD_DEPTH
                and (match := COLON_WITHOUT_SPACE.fullmatch(key))
                and key_node.style is None
            ):
                key, value = match.groups()
                message = f"no space after the colon; write `{key}: {value}`"
                self._document.errors.append(LocatedError(line, column, message))
            if key in data:
                first = self._document.positions[(*path, key, "@")][0]
                message = f"{key!r} is already on line {first}; keep only one of them"
                self._document.errors.append(LocatedError(line, column, message))
                continue
            self._document.positions[(*path, key, "@")] = (line, column)
            if value_node.start_mark.index == value_node.end_mark.index:  # empty; the node points to what comes next
                self._document.positions[(*path, key)] = (line, column)
            data[key] = value
        return data
