"""Gives each form field its column, the best pair first; no column is given twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from uploader.mapping.proposal.candidates import Candidate, Target, candidates
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.proposal import Confidence

_JOINS = 76  # the lowest rank of a telephone that stands in for another: not a second one, nor the company's


@dataclass(frozen=True)
class Match:
    """The columns of one field, the first not empty counts; and what was not taken."""

    columns: tuple[Column, ...]
    confidence: Confidence
    why: str
    score: int = 0


def matches(targets: Sequence[Target], columns: Sequence[Column]) -> dict[str, Match]:
    """Field name -> its match; a field without any is missing, one that the cells rule out has confidence "none"."""
    pairs = [found for target in targets for found in candidates(target, columns)]
    chosen = _chosen(pairs)
    used = {found.column.name for found in chosen.values() if found.confidence != "none"}
    result: dict[str, Match] = {}
    for name, found in chosen.items():
        ours = [one for one in pairs if one.target.name == name and one.confidence != "none"]
        free = [one for one in ours if one.column.name not in used]
        result[name] = _phones(found, free) if found.target.meaning.concept == "telephone" else _one(found, free)
        used |= {column.name for column in result[name].columns}
    return result


def _chosen(pairs: Iterable[Candidate]) -> dict[str, Candidate]:
    """The best candidates by field: sorted by rank, then by how full the column is, then as they stand."""
    chosen: dict[str, Candidate] = {}
    used: set[str] = set()
    for found in sorted(pairs, key=lambda one: (-one.rank, -len(one.column.cells))):
        if found.target.name in chosen or found.column.name in used:
            continue
        chosen[found.target.name] = found
        if found.confidence != "none":
            used.add(found.column.name)
    return chosen


def _one(found: Candidate, free: Sequence[Candidate]) -> Match:
    """One column; as good a one beside it that says something else is doubt enough."""
    if found.confidence == "none":
        return Match((), "none", f"{quoted(found.column)}: {found.why}")
    rivals = [one for one in free if one.rank == found.rank and _differs(one.column, found.column)]
    result = Match((found.column,), found.confidence, found.why, found.score)
    if rivals:
        return replace(result, confidence="likely", why=f"{quoted(rivals[0].column)} would do as well")
    others = [quoted(one.column) for one in sorted(free, key=lambda one: -one.rank) if one.rank >= _JOINS - 20]
    return replace(result, why=f"{found.why}; rather than {others[0]}") if others else result


def _differs(one: Column, other: Column) -> bool:
    """Two empty columns are not the same: someone will fill them."""
    return one.rows != other.rows or not one.cells


def _phones(found: Candidate, free: Sequence[Candidate]) -> Match:
    """Mobiles first, then other telephones: the first not empty counts."""
    if found.confidence == "none" or found.rank < _JOINS:
        return _one(found, free)
    joined = [found, *(one for one in free if one.rank >= _JOINS and one.column.meaning.place != "home")]
    joined.sort(key=lambda one: (one.column.meaning.concept != "mobile", -one.rank))
    if len(joined) == 1:
        return _one(found, free)
    doubtful = next((one for one in joined if one.confidence != "sure"), None)
    why = f"{quoted(doubtful.column)}: {doubtful.why}" if doubtful else "the first that is not empty"
    return Match(tuple(one.column for one in joined), "likely" if doubtful else "sure", why)


def quoted(column: Column) -> str:
    """Its name, for a comment."""
    return f"'{column.name}'"
