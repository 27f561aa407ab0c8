"""Assign columns to form fields, the best pair first; no column is assigned twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from uploader.mapping.proposal.candidates import Candidate, Target, find_candidates
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.proposal import Confidence

_MIN_JOINED_RANK = 76  # of phone columns used as alternatives: not a second phone or the company's


@dataclass(frozen=True)
class Match:
    """The columns of one field, tried in this order; `reason` also names a column that was not chosen."""

    columns: tuple[Column, ...]
    confidence: Confidence
    reason: str
    score: int = 0


def assign_columns(targets: Sequence[Target], columns: Sequence[Column]) -> dict[str, Match]:
    """Assign columns to the fields of a form.

    Returns:
        The match by field name. Fields without a candidate are left out; a field whose only candidates are ruled out
        by their cells has confidence "none".
    """
    pairs = [found for target in targets for found in find_candidates(target, columns)]
    chosen = _choose_best(pairs)
    used = {found.column.name for found in chosen.values() if found.confidence != "none"}
    result: dict[str, Match] = {}
    for name, found in chosen.items():
        ours = [one for one in pairs if one.target.name == name and one.confidence != "none"]
        free = [one for one in ours if one.column.name not in used]
        result[name] = (
            _match_phones(found, free) if found.target.meaning.concept == "telephone" else _match_single(found, free)
        )
        used |= {column.name for column in result[name].columns}
    return result


def _choose_best(pairs: Iterable[Candidate]) -> dict[str, Candidate]:
    """Return the best candidate of each field: by rank, then by filled cells, then in the sheet's order."""
    chosen: dict[str, Candidate] = {}
    used: set[str] = set()
    for found in sorted(pairs, key=lambda one: (-one.rank, -len(one.column.cells))):
        if found.target.name in chosen or found.column.name in used:
            continue
        chosen[found.target.name] = found
        if found.confidence != "none":
            used.add(found.column.name)
    return chosen


def _match_single(found: Candidate, free: Sequence[Candidate]) -> Match:
    """Match one column; an equally good one with other cells makes it only likely."""
    if found.confidence == "none":
        return Match((), "none", f"{column_label(found.column)}: {found.reason}")
    rivals = [one for one in free if one.rank == found.rank and _differs(one.column, found.column)]
    result = Match((found.column,), found.confidence, found.reason, found.score)
    if rivals:
        return replace(result, confidence="likely", reason=f"{column_label(rivals[0].column)} fits as well")
    others = [
        column_label(one.column) for one in sorted(free, key=lambda one: -one.rank) if one.rank >= _MIN_JOINED_RANK - 20
    ]
    return replace(result, reason=f"{found.reason}; preferred to {others[0]}") if others else result


def _differs(one: Column, other: Column) -> bool:
    """Whether the cells differ; two empty columns differ, as someone will fill them in."""
    return one.rows != other.rows or not one.cells


def _match_phones(found: Candidate, free: Sequence[Candidate]) -> Match:
    """Match mobile numbers first, then other phones; the first that is not empty is used."""
    if found.confidence == "none" or found.rank < _MIN_JOINED_RANK:
        return _match_single(found, free)
    joined = [found, *(one for one in free if one.rank >= _MIN_JOINED_RANK and one.column.meaning.place != "home")]
    joined.sort(key=lambda one: (one.column.meaning.concept != "mobile", -one.rank))
    if len(joined) == 1:
        return _match_single(found, free)
    doubtful = next((one for one in joined if one.confidence != "sure"), None)
    reason = f"{column_label(doubtful.column)}: {doubtful.reason}" if doubtful else "the first that is not empty"
    return Match(tuple(one.column for one in joined), "likely" if doubtful else "sure", reason)


def column_label(column: Column) -> str:
    """Return the column's name as comments show it."""
    return f"'{column.name}'"
