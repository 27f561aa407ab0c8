"""Which mutants there are, and a sample of them."""

import ast
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutation.operators import OWN_OPERATORS

# `is` and `==` mean the same for numbers, texts and enums, which are all that is compared here.
SAME_MEANING = ("_Eq_Is", "_NotEq_IsNot", "_Is_Eq", "_IsNot_NotEq")

# Options that, if they are True, only raise an error where there is a bug elsewhere, or save memory.
INERT_OPTIONS = {"zip": {"strict"}, "dataclass": {"frozen", "slots"}}

# Cosmic Ray's own does not know handlers of several exceptions with dotted names; ours does.
REPLACED = {"core/ExceptionReplacer"}


class Mutant(NamedTuple):
    """One change of one place.

    Attributes:
        module: The module's path in the project.
        line: The line of the place, from 1.
        column: Its column, from 0.
        operator: The kind of change.
        occurrence: Which of the module's changes of this kind it is.
    """

    module: str
    line: int
    column: int
    operator: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line}:{self.column} {self.operator}#{self.occurrence}"

    def apply(self, source: str) -> str:
        """Return the module's source with the change."""
        mutated = mutate_code(source, _operators()[self.operator], self.occurrence)
        assert mutated, f"{self} is not there"
        return str(mutated)


def sample(root: Path, modules: Iterable[str], size: int, seed: int) -> list[Mutant]:
    """Return up to `size` mutants, the same for a seed: each of another place, or of another kind."""
    places: dict[tuple[str, int, int, str], list[Mutant]] = defaultdict(list)
    for module in sorted(modules):
        for mutant in mutants_of(module, (root / module).read_text("utf-8")):
            kind = mutant.operator.partition("_")[0]
            places[mutant.module, mutant.line, mutant.column, kind].append(mutant)
    chance = random.Random(seed)
    shuffled = chance.sample(sorted(places), len(places))
    chosen = (chance.choice(places[place]) for place in shuffled)
    return sorted(islice((mutant for mutant in chosen if _compiles(mutant, root)), size))


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Yield all mutants of a module, except those that cannot matter: of annotations, and without a new meaning."""
    inert = _inert_ranges(source)
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in _operators().items():
        if name.endswith(SAME_MEANING):
            continue
        positions = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, start in enumerate(positions):
            if not any(begin <= start < end for begin, end in inert):
                yield Mutant(module, *start, name, occurrence)


def _compiles(mutant: Mutant, root: Path) -> bool:
    try:
        ast.parse(mutant.apply((root / mutant.module).read_text("utf-8")))
    except SyntaxError:
        return False
    return True


@cache
def _operators() -> dict[str, Operator]:
    names = [name for name in operator_names() if not get_operator(name).arguments() and name not in REPLACED]
    return {name.removeprefix("core/"): get_operator(name)() for name in names} | {
        name: kind() for name, kind in OWN_OPERATORS.items()
    }


def _inert_ranges(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the places that do nothing: annotations and imports for them, docstrings, protocols, `INERT_OPTIONS`."""
    found: list[Any] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.arg(annotation=ast.expr() as annotation) | ast.AnnAssign(annotation=annotation):
                found.append(annotation)
            case ast.FunctionDef(returns=ast.expr() as result) | ast.AsyncFunctionDef(returns=ast.expr() as result):
                found.append(result)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                found.append(node)
            case ast.ClassDef(bases=[ast.Name(id="Protocol")]) | ast.Expr(value=ast.Constant()):
                found.append(node)
            case ast.Call(func=ast.Name(id="cast"), args=[kind, _]):
                found.append(kind)
            case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in INERT_OPTIONS:
                found += [
                    one for one in keywords if one.arg in INERT_OPTIONS[name] and ast.unparse(one.value) == "True"
                ]
            case _:
                pass
    return [((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)) for node in found]
