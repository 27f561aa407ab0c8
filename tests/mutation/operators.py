"""Kinds of mutation that Cosmic Ray does not have: in SQL, in statements, in results, in comprehensions."""

import re
from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Operator
from parso.python.tree import Name

Position = tuple[tuple[int, int], tuple[int, int]]

# What makes a text SQL; our messages have no words in capitals.
_SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|AND|PRAGMA|BEGIN|CASE|UNION)\b")

# What SQL means something else with. `=` alone also assigns (SET x = ?), so it counts only behind WHERE and the like.
_SQL_CHANGES = (
    (r">=", ">"),
    (r"<=", "<"),
    (r"<>", "="),
    (r"(?<![<>\-])>(?![=>])", ">="),
    (r"<(?![=>])", "<="),
    (r"(?<=WHERE )(\w[\w.]*) = ", r"\1 <> "),
    (r"(?<=AND )(\w[\w.]*) = ", r"\1 <> "),
    (r"(?<=ON )(\w[\w.]*) = ", r"\1 <> "),
    (r"\bAND\b", "OR"),
    (r"\bOR\b(?! (?:IGNORE|REPLACE))", "AND"),
    (r"\bIS NULL\b", "IS NOT NULL"),
    (r"\bIS NOT NULL\b", "IS NULL"),
    (r"\bNOT EXISTS\b", "EXISTS"),
    (r"(?<!NOT )(?<!IF )\bEXISTS\b", "NOT EXISTS"),
    (r"\bNOT IN\b", "IN"),
    (r"(?<!NOT )\bIN\b", "NOT IN"),
    (r"\bmax\(", "min("),
    (r"\bmin\(", "max("),
    (r" DESC\b", ""),
    (r"\bDISTINCT ", ""),
    (r"\bLEFT JOIN\b", "JOIN"),
    (r"\bUNION ALL\b", "UNION"),
    (r"\bOR (?:IGNORE|REPLACE) ", ""),
    (r"\bBEGIN (?:IMMEDIATE|EXCLUSIVE)", "BEGIN"),
    (r"\bCOMMIT\b", "ROLLBACK"),
    (r"'(accepted|unknown|unsent|pending)'", "'none'"),
)


class ChangeSql(Operator):
    """Changes one comparison, condition, aggregate or clause of a statement in SQL."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        for _ in self._mutated(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = list(self._mutated(node))[index]
        return node

    def _mutated(self, node: Any) -> Iterator[str]:
        if node.type in {"string", "fstring_string"} and _SQL.search(node.value):
            for pattern, change in _SQL_CHANGES:
                for found in re.finditer(pattern, node.value):
                    yield node.value[: found.start()] + found.expand(change) + node.value[found.end() :]

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class RemoveStatement(Operator):
    """Replaces a call, a `raise`, or an assignment to an attribute or an item with `pass`."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type == "simple_stmt" and self._has_effect(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0] = _text(node.children[0], "pass")
        return node

    @staticmethod
    def _has_effect(statement: Any) -> bool:
        if statement.type == "expr_stmt":  # a name that is not assigned would only be a NameError
            is_augmented = statement.children[1].type == "operator" and statement.children[1].value != "="
            return is_augmented or statement.children[0].type in {"atom_expr", "power"}
        return statement.type in {"atom_expr", "power", "await_expr", "raise_stmt"}

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class ReturnNothing(Operator):
    """Returns None instead of a result."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type == "return_stmt" and len(node.children) > 1 and node.children[1].get_code().strip() != "None":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = _text(node.children[1], "None")
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class NegateFilter(Operator):
    """Negates the condition of a comprehension."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type == "comp_if":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = _text(node.children[1], f"not ({node.children[1].get_code().strip()})")
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class MissException(Operator):
    """Lets one exception of a handler pass: another is caught instead, which nothing raises."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        for kind in self._kinds(node):
            yield kind.start_pos, kind.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        kind = list(self._kinds(node))[index]
        siblings = kind.parent.children
        siblings[siblings.index(kind)] = _text(kind, "UnicodeTranslateError")
        return node

    @staticmethod
    def _kinds(node: Any) -> Iterator[Any]:
        if node.type == "except_clause":
            kinds = node.children[1]
            is_tuple = kinds.type == "atom" and kinds.children[1].type == "testlist_comp"
            yield from kinds.children[1].children[::2] if is_tuple else [kinds]

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _text(node: Any, code: str) -> Name:
    """Return what stands in the place of a node: any code, as parso writes a name as it is."""
    return Name(code, node.start_pos, node.get_first_leaf().prefix)


OWN_OPERATORS = {
    kind.__name__: kind for kind in (ChangeSql, RemoveStatement, ReturnNothing, NegateFilter, MissException)
}
