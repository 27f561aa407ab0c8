"""Where in a mapping file the corrections of a field's values belong, as lines that can be pasted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from uploader.mapping.invalid_value import to_yaml_text
from uploader.mapping.load import Mapping as MappingText
from uploader.mapping.yaml_reader import read_yaml


@dataclass(frozen=True)
class _Edit:
    """A change of one line: `line` (from 1) becomes `text`, or `text` is inserted below it."""

    line: int
    text: str
    is_insertion: bool = False

    def apply(self, lines: list[str]) -> str:
        kept = [lines[self.line - 1]] if self.is_insertion else []
        return "\n".join([*lines[: self.line - 1], *kept, self.text, *lines[self.line :]])


def place_fixes(mapping: MappingText, fixes: Mapping[str, str]) -> dict[str, str]:
    """Return the YAML to paste by the sentence that says where.

    `{"In map.yaml, replace line 24 (country) with:": "  country: {column: Country, values: {UK: United Kingdom}}"}`

    Args:
        mapping: The mapping that the rows were read with.
        fixes: Corrections by form field, such as `UK: United Kingdom, Deutschland: Germany`.
    """
    is_current = not mapping.has_changed()
    keys = {name: mapping.keys.get(name, name) for name in fixes}
    # From the bottom up: a line that is added does not change the numbers of those still to come.
    names = sorted(fixes, key=lambda name: mapping.document.position(("fields", keys[name], "@")), reverse=True)
    return dict(_place(mapping, name, fixes[name], is_current=is_current) for name in names)


def _place(mapping: MappingText, name: str, pairs: str, *, is_current: bool) -> tuple[str, str]:
    file, key = mapping.path.name, mapping.keys.get(name, name)
    if not is_current:  # the lines have other numbers by now
        return f"In {file}, field {key}, add to `values`:", pairs
    edit = next((edit for edit in _edits(mapping, key, pairs) if _is_right(mapping, key, pairs, edit)), None)
    if edit is None:
        line, _ = mapping.document.position(("fields", key, "@"))
        return f"In {file}, line {line} ({key}), add to `values`:", pairs
    if edit.is_insertion:
        return f"In {file}, add below line {edit.line} ({key}):", edit.text
    return f"In {file}, replace line {edit.line} ({key}) with:", edit.text


def _edits(mapping: MappingText, key: str, pairs: str) -> Iterator[_Edit]:
    """Yield the change that fits the way in which the field is written; none if it shares its line with others."""
    document = mapping.document
    path = ("fields", key)
    line, column = document.position((*path, "@"))
    if document.lines[line - 1][: column - 1].strip():
        return
    spec = document.data["fields"][key]
    if not isinstance(spec, dict):
        yield from _expand(document.lines, line, document.position(path), _source(spec), pairs)
    elif isinstance(known := spec.get("values"), dict):
        first = next(iter(known), None)
        yield from _add(document.lines, document.position((*path, "values")), (line, column), pairs, first is None)
    else:
        rest = [document.position((*path, other, "@")) for other in spec]
        yield from _add_values(document.lines, line, document.position(path), rest, f"values: {{{pairs}}}")


def _expand(lines: list[str], line: int, start: tuple[int, int], source: str, pairs: str) -> Iterator[_Edit]:
    """Turn `country: Country  # comment` into a table; the comment stays if it is one."""
    text = lines[line - 1]
    if start[0] != line:
        return
    table = f"{text[: start[1] - 1]}{{column: {source}, values: {{{pairs}}}}}"
    _, mark, comment = text[start[1] - 1 :].rpartition("  # ")
    if mark:
        yield _Edit(line, f"{table}{mark}{comment}")
    yield _Edit(line, table)


def _source(columns: Any) -> str:
    if isinstance(columns, list):
        return f"[{', '.join(map(to_yaml_text, columns))}]"
    return to_yaml_text(str(columns))


def _add(
    lines: list[str], start: tuple[int, int], name: tuple[int, int], pairs: str, is_empty: bool
) -> Iterator[_Edit]:
    """Add to the `values` that the field has, in braces or one on each line."""
    line, column = start
    text = lines[line - 1]
    if text[column - 1] == "{":
        yield _Edit(line, f"{text[:column]}{pairs}{'' if is_empty else ', '}{text[column:]}")
    elif line > name[0]:
        indent = " " * (column - 1)
        added = [f"{indent}{pair}" for pair in _split(pairs)]
        yield _Edit(line - 1, "\n".join(added), is_insertion=True)


def _add_values(
    lines: list[str], name_line: int, start: tuple[int, int], keys: list[tuple[int, int]], values: str
) -> Iterator[_Edit]:
    """Add `values` to a field without it: behind the first key in braces, or as a line of its own."""
    line, column = start
    text = lines[line - 1]
    if text[column - 1] != "{":
        yield _Edit(name_line, f"{' ' * (column - 1)}{values}", is_insertion=True)
    elif len(keys) > 1:
        line, column = keys[1]
        text = lines[line - 1]
        yield _Edit(line, f"{text[: column - 1]}{values}, {text[column - 1 :]}")
    else:
        end = text.find("}", column)
        yield _Edit(line, f"{text[:end].rstrip()}, {values}{text[end:]}")
        yield _Edit(line, f"{text[:column]}{values}, {text[column:]}")


def _split(pairs: str) -> list[str]:
    """Split `UK: United Kingdom, "a, b": c` into its pairs, as texts."""
    return [f"{to_yaml_text(key)}: {to_yaml_text(value)}" for key, value in _read(pairs).items()]


def _read(pairs: str) -> dict[str, Any]:
    return dict(read_yaml(f"{{{pairs}}}").data or {})


def _is_right(mapping: MappingText, key: str, pairs: str, edit: _Edit) -> bool:
    """Whether the change adds the values and changes nothing else."""
    document = read_yaml(edit.apply(mapping.document.lines))
    data = mapping.document.data
    spec = data["fields"][key]
    table = dict(spec) if isinstance(spec, dict) else {"column": spec}
    table["values"] = {**(table.get("values") or {}), **_read(pairs)}
    return not document.errors and document.data == {**data, "fields": {**data["fields"], key: table}}
