"""Which columns a form field could come from, and how good each is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from uploader.core.form import Form
from uploader.mapping.proposal.cell_patterns import objection
from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.concepts import Meaning, cells_of, keys_of, meaning
from uploader.mapping.proposal.name_tokens import split
from uploader.mapping.proposal.proposal import Confidence

SIMILAR = 82  # percent, from rapidfuzz
# Other concepts that a field may come from: the value is right, if not the one that was meant.
_NEAR: Mapping[str, Mapping[str, Confidence]] = {
    "telephone": {"mobile": "sure"},
    "mobile": {"telephone": "likely"},
    "opt_in": {"opt_in_email": "likely"},
    "opt_in_email": {"opt_in": "likely"},
}


@dataclass(frozen=True)
class Target:
    """A form field and what its name means in this form."""

    name: str
    meaning: Meaning


@dataclass(frozen=True)
class Candidate:
    """A column for a field; `rank` orders candidates, higher is better; `score` is in percent, 0 for none."""

    target: Target
    column: Column
    rank: int
    confidence: Confidence
    why: str
    score: int = 0


def read_targets(form: Form) -> list[Target]:
    """Each field once. `name` and `title` mean what the form's other fields leave for them."""
    names = list(dict.fromkeys(field.name for field in form.fields))
    found = {name: meaning(name) for name in names}
    concepts = {one.concept for one in found.values()}
    return [Target(name, _settled(one, concepts)) for name, one in found.items()]


def _settled(found: Meaning, concepts: set[str]) -> Meaning:
    has_first, has_last = "first_name" in concepts, "last_name" in concepts
    match found.concept:
        case "name" if has_first and not has_last:
            return replace(found, concept="last_name")
        case "given_or_full_name" if has_last and not has_first:
            return replace(found, concept="first_name")
        case "name" | "given_or_full_name":
            return replace(found, concept="full_name", weak=has_first or has_last or "full_name" in concepts)
        case "title":
            return replace(found, concept="salutation" if "job_title" in concepts else "job_title", weak=True)
        case _:
            return found


def candidates(target: Target, columns: Sequence[Column]) -> Iterator[Candidate]:
    """All columns that the field could come from, each with what the cells say taken into account.

    An empty column comes after those that have cells, if any has.
    """
    has_cells = any(column.cells for column in columns)
    for column in columns:
        found = _by_name(target, column) or _by_cells(target, column) or _by_similarity(target, column)
        if found and (weighed := _weighed(found)):
            is_empty = has_cells and not column.cells
            yield replace(weighed, rank=weighed.rank - 22) if is_empty else weighed


def _by_name(target: Target, column: Column) -> Candidate | None:
    ours, theirs = target.meaning, column.meaning
    if _same_name(target.name, column.name):
        return _of_same_name(target, column)
    if theirs.foreign or not ours.concept:
        return None
    same = theirs.concept == ours.concept
    confidence: Confidence | None = "sure" if same else _NEAR.get(ours.concept, {}).get(theirs.concept)
    if confidence is None:
        return None
    rank, doubt = _by_place(ours, theirs)
    if ours.weak or theirs.weak or confidence == "likely" or ours.concept == "opt_out":
        rank, doubt = rank - 12, doubt or "the name can mean something else"
    rank -= 0 if same else 2
    return Candidate(target, column, rank, "likely" if doubt else "sure", doubt or "same meaning")


def _same_name(one: str, two: str) -> bool:
    first, second = split(one), split(two)
    return first == second and bool(first.words)


def _of_same_name(target: Target, column: Column) -> Candidate | None:
    """Sure, unless the cells say that it is something else than its name says: a `Name` that is the last name."""
    told = column.meaning
    if told == meaning(column.name) or (told.concept == target.meaning.concept and not told.weak):
        return Candidate(target, column, 100, "sure", "same name")
    if told.concept != target.meaning.concept and target.meaning.concept == "full_name":
        return None
    return Candidate(target, column, 70, "likely", "same name, but its cells may be something else")


def _by_place(ours: Meaning, theirs: Meaning) -> tuple[int, str]:
    """The rank of a column of the right concept, and what is doubtful about it, "" for nothing."""
    if theirs.number != ours.number:
        return 74, "it is one of several"
    if theirs.place == ours.place:
        return 95, ""
    match theirs.place:
        case "work":
            return (90, "") if not ours.place else (76, "it is for work")
        case "":
            return 80, f"it does not say {ours.place!r}"
        case "company":
            return 72, "it may be the company's, not the person's"
        case place:
            return 78, f"it is {'the private one' if place == 'home' else 'another one'}"


def _by_cells(target: Target, column: Column) -> Candidate | None:
    """An unknown name, or a wrong one, over e-mail addresses."""
    if target.meaning.concept != "email" or column.meaning.foreign or column.meaning.concept in {"email", "opt_out"}:
        return None
    if column.share("email") < 0.6:
        return None
    return Candidate(target, column, 50, "likely", "its cells are e-mail addresses")


def _by_similarity(target: Target, column: Column) -> Candidate | None:
    """Names that are nearly the same, such as one with a slip of the pen; never where the column has a meaning."""
    if column.meaning.concept or column.meaning.foreign:
        return None
    ours, theirs = split(target.name), split(column.name)
    if len(theirs.key) < 4 or theirs.number != ours.number:
        return None
    concept = target.meaning.concept
    score = similarity(theirs.key, [ours.key, *(keys_of(concept) if concept else ())])
    if score < SIMILAR:
        return None
    return Candidate(target, column, 40 + (score - SIMILAR), "likely", "similar name", score)


def similarity(key: str, keys: Sequence[str]) -> int:
    """Of the nearest of the keys with at least four letters, in percent."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - loads in a while, and only this command needs it

    found = process.extractOne(key, [known for known in keys if len(known) > 3], scorer=fuzz.ratio)
    return int(found[1]) if found else 0


def _weighed(found: Candidate) -> Candidate | None:
    """With the cells taken into account: what they contradict is likely at most, or out of the question (and then
    worth a word only if the name left no doubt)."""
    if found.why.startswith("its cells"):
        return found
    doubt, rules_out = objection(cells_of(found.target.meaning.concept), found.column.cells)
    if doubt and found.confidence != "sure":
        return None
    if rules_out:
        return replace(found, rank=0, confidence="none", why=doubt)
    if doubt:
        return replace(found, rank=found.rank - 40, confidence="likely", why=f"{found.why}, but {doubt}")
    return found
