"""Find the columns that a form field could come from, and rank them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from uploader.core.did_you_mean import spelling_similarity
from uploader.core.form import Form
from uploader.mapping.proposal.cell_patterns import find_objection
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.concepts import NameMeaning, cell_kind_of, keys_of, meaning_of
from uploader.mapping.proposal.name_tokens import tokenize
from uploader.mapping.proposal.proposal import Confidence

MIN_SIMILARITY = 82  # percent
# Other concepts that a field may come from: a right value, if not the intended one.
_ALTERNATIVES: Mapping[str, Mapping[str, Confidence]] = {
    "telephone": {"mobile": "sure"},
    "mobile": {"telephone": "likely"},
    "opt_in": {"opt_in_email": "likely"},
    "opt_in_email": {"opt_in": "likely"},
}


@dataclass(frozen=True)
class Target:
    """A form field, and what its name means in this form."""

    name: str
    meaning: NameMeaning


@dataclass(frozen=True)
class Candidate:
    """A column for a field. Candidates with a higher `rank` are better; `score` is the names' similarity in percent."""

    target: Target
    column: Column
    rank: int
    confidence: Confidence
    reason: str
    score: int = 0


def read_targets(form: Form) -> list[Target]:
    """Return each field of a form once; `name` and `title` mean what the other fields leave for them."""
    names = list(dict.fromkeys(field.name for field in form.fields))
    found = {name: meaning_of(name) for name in names}
    concepts = {one.concept for one in found.values()}
    return [Target(name, _resolve(one, concepts)) for name, one in found.items()]


def _resolve(found: NameMeaning, concepts: set[str]) -> NameMeaning:
    has_first, has_last = "first_name" in concepts, "last_name" in concepts
    match found.concept:
        case "name" if has_first and not has_last:
            return replace(found, concept="last_name")
        case "given_or_full_name" if has_last and not has_first:
            return replace(found, concept="first_name")
        case "name" | "given_or_full_name":
            return replace(found, concept="full_name", ambiguous=has_first or has_last or "full_name" in concepts)
        case "title":
            return replace(found, concept="salutation" if "job_title" in concepts else "job_title", ambiguous=True)
        case _:
            return found


def find_candidates(target: Target, columns: Sequence[Column]) -> Iterator[Candidate]:
    """Yield the columns that a field could come from, ranked by their names and cells.

    Empty columns rank below all others, unless all are empty.
    """
    has_cells = any(column.cells for column in columns)
    for column in columns:
        found = _by_name(target, column) or _by_cells(target, column) or _by_similarity(target, column)
        if found and (weighed := _weigh_cells(found)):
            is_empty = has_cells and not column.cells
            yield replace(weighed, rank=weighed.rank - 22) if is_empty else weighed


def _by_name(target: Target, column: Column) -> Candidate | None:
    ours, theirs = target.meaning, column.meaning
    if _is_same_name(target.name, column.name):
        return _same_name_candidate(target, column)
    if theirs.foreign or not ours.concept:
        return None
    same = theirs.concept == ours.concept
    confidence: Confidence | None = "sure" if same else _ALTERNATIVES.get(ours.concept, {}).get(theirs.concept)
    if confidence is None:
        return None
    rank, doubt = _by_place(ours, theirs)
    if ours.ambiguous or theirs.ambiguous or confidence == "likely" or ours.concept == "opt_out":
        rank, doubt = rank - 12, doubt or "the name is ambiguous"
    rank -= 0 if same else 2
    return Candidate(target, column, rank, "likely" if doubt else "sure", doubt or "same meaning")


def _is_same_name(one: str, two: str) -> bool:
    first, second = tokenize(one), tokenize(two)
    return first == second and bool(first.words)


def _same_name_candidate(target: Target, column: Column) -> Candidate | None:
    """Return a sure candidate, unless the cells mean something else than the name: a `Name` that is the last name."""
    meaning = column.meaning
    if meaning == meaning_of(column.name) or (meaning.concept == target.meaning.concept and not meaning.ambiguous):
        return Candidate(target, column, 100, "sure", "same name")
    if meaning.concept != target.meaning.concept and target.meaning.concept == "full_name":
        return None
    return Candidate(target, column, 70, "likely", "same name, but its cells look like something else")


def _by_place(ours: NameMeaning, theirs: NameMeaning) -> tuple[int, str]:
    """Return the rank of a column with the right concept, and what is doubtful about it ("" for nothing)."""
    if theirs.number != ours.number:
        return 74, "it is one of several"
    if theirs.place == ours.place:
        return 95, ""
    match theirs.place:
        case "work":
            return (90, "") if not ours.place else (76, "it is for work")
        case "":
            return 80, f"its name does not say {ours.place!r}"
        case "company":
            return 72, "it may be the company's, not the person's"
        case place:
            return 78, f"it is {'the private one' if place == 'home' else 'another one'}"


def _by_cells(target: Target, column: Column) -> Candidate | None:
    """Match a column with e-mail addresses under any name."""
    if target.meaning.concept != "email" or column.meaning.foreign or column.meaning.concept in {"email", "opt_out"}:
        return None
    if column.share("email") < 0.6:
        return None
    return Candidate(target, column, 50, "likely", "its cells are e-mail addresses")


def _by_similarity(target: Target, column: Column) -> Candidate | None:
    """Match a name with a typo; never if the column's name has a meaning of its own."""
    if column.meaning.concept or column.meaning.foreign:
        return None
    ours, theirs = tokenize(target.name), tokenize(column.name)
    if len(theirs.key) < 4 or theirs.number != ours.number:
        return None
    concept = target.meaning.concept
    keys = [key for key in (ours.key, *(keys_of(concept) if concept else ())) if len(key) > 3]
    score = spelling_similarity(theirs.key, keys)
    if score < MIN_SIMILARITY:
        return None
    return Candidate(target, column, 40 + (score - MIN_SIMILARITY), "likely", "similar name", score)


def _weigh_cells(found: Candidate) -> Candidate | None:
    """Take the cells into account: what contradicts them is at most likely, or ruled out.

    Returns None if it is ruled out and the name was doubtful anyway.
    """
    if found.reason.startswith("its cells"):
        return found
    doubt, rules_out = find_objection(cell_kind_of(found.target.meaning.concept), found.column.cells)
    if doubt and found.confidence != "sure":
        return None
    if rules_out:
        return replace(found, rank=0, confidence="none", reason=doubt)
    if doubt:
        return replace(found, rank=found.rank - 40, confidence="likely", reason=f"{found.reason}, but {doubt}")
    return found
