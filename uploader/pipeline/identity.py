"""How leads are identified: by this run, and by the earlier runs of its campaign, whose leads must stay recognized.

A lead's fingerprint depends on the mapping: on the identifying fields, and on how their values are made. When that
changes, the fingerprints of all ways that were used before are made as well, and looked up too.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.core.errors import MappingError
from uploader.core.identity import IdentityKind
from uploader.core.model import IdentityScheme
from uploader.ledger import OWN_KEY, Fingerprints, Ledger, RecordedIdentity
from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import Constant, FieldPlan
from uploader.mapping.load import Mapping as FieldMapping
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.mapping.schema import FieldSpec
from uploader.pipeline.identifying_texts import CANONICAL_FORM, CASE_FOLDED, Texts, hash_texts, identifying_texts
from uploader.spreadsheet import Chunk

# Of runs that were purged before schemes were recorded no more is known: it is the default of a mapping.
UNKNOWN_SCHEME = IdentityScheme((("email", "text"),), CASE_FOLDED)

_PHONE_NAME = re.compile(r"phone|mobile|cell|fax|\btel", re.IGNORECASE)


@dataclass(frozen=True)
class EarlierIdentity:
    """A way in which an earlier run identified leads.

    Attributes:
        scheme: Its fields.
        mapper: Makes their values as that run did, where its mapping did it differently; else None.
        make: Makes fingerprints with the key of a ledger that was moved into this one; None for the ledger's own key.
    """

    scheme: IdentityScheme
    mapper: RowMapper | None = None
    make: Fingerprints | None = None


@dataclass(frozen=True)
class LeadIdentity:
    """Makes the fingerprints of the leads of one run.

    Attributes:
        scheme: How this run identifies leads; None if nothing identifies them.
        earlier: How earlier runs of the campaign did, as far as it differs.
        make: Makes 16 bytes of a text.
        campaign: The enterprise and the campaign; leads of others have other fingerprints.
        keys: How many keys the ledger has fingerprints of.
        allow_duplicates: Leads are sent although they were accepted before.
    """

    scheme: IdentityScheme | None
    earlier: Sequence[EarlierIdentity]
    make: Fingerprints
    campaign: tuple[str, int]
    keys: int = 1
    allow_duplicates: bool = False

    @property
    def finds_duplicates(self) -> bool:
        """Whether this run looks for duplicates. Its leads may get fingerprints even so, for later runs."""
        return self.scheme is not None and self.scheme.finds_duplicates

    @property
    def schemes(self) -> set[IdentityScheme]:
        """All ways in which leads of the campaign are or were identified, as far as they are known."""
        return {one.scheme for one in self.earlier} | ({self.scheme} if self.scheme else set())

    def fingerprints(self, mapped: MappedRows) -> list[bytes | None]:
        """Return the fingerprint of each row; None for a row with problems or without identifying values."""
        return hash_texts(self.make, self._own_texts(mapped), mapped)

    def earlier_fingerprints(self, chunk: Chunk, mapped: MappedRows) -> Iterator[list[bytes | None]]:
        """Yield, for each earlier way, the fingerprints of all rows; None where they would be the run's own."""
        own = self._own_texts(mapped) if self.finds_duplicates else []
        for one in self.earlier:
            values = one.mapper.map_rows(chunk) if one.mapper else mapped
            texts = identifying_texts(one.scheme, values)
            if own and one.make is None:
                texts = ["" if text == same else text for text, same in zip(texts, own, strict=True)]
            yield hash_texts(one.make or self.make, texts, values)

    def _own_texts(self, mapped: MappedRows) -> Texts:
        return identifying_texts(self.scheme, mapped)


def make_identity(
    mapping: FieldMapping,
    plans: Sequence[FieldPlan],
    columns: Sequence[str],
    ledger: Ledger,
    campaign: tuple[str, int],
    *,
    allow_duplicates: bool = False,
    must_recognize: bool = True,
) -> LeadIdentity:
    """Return how a run identifies leads.

    Args:
        mapping: The run's mapping.
        plans: The plans of its fields.
        columns: The names of the input's columns.
        ledger: Knows the earlier runs.
        campaign: The enterprise and the campaign.
        allow_duplicates: Whether leads are sent although they were accepted before.
        must_recognize: Whether it is an error if accepted leads can no longer be recognized.

    Raises:
        MappingError: Accepted leads can no longer be recognized.
    """
    scheme = scheme_of(mapping, plans)
    keys = len(ledger.keys)  # before the runs that were moved in with them are read
    make = ledger.fingerprints(*campaign)
    earlier: dict[object, EarlierIdentity] = {}
    for recorded in ledger.runs.identities(*campaign):
        other = ledger.fingerprints(*campaign, recorded.key) if recorded.key != OWN_KEY else None
        old_mapping = parse_mapping(recorded.mapping, Path(recorded.mapping_path)) if recorded.mapping else None
        for one in _schemes(recorded, old_mapping):
            if not one.finds_duplicates and not (scheme and scheme.finds_duplicates):
                continue  # neither run looks for duplicates of the other
            if missing := [name for name in one.names if name not in mapping.fields]:
                if one.finds_duplicates and must_recognize and not allow_duplicates:
                    raise _unrecognizable(mapping, recorded, missing)
                continue
            if other or one != scheme or not scheme.finds_duplicates:
                earlier.setdefault((one, recorded.key), EarlierIdentity(one, None, other))
            made = _values_made_differently(one, mapping, old_mapping)
            is_new = old_mapping and made and (one, recorded.key, made) not in earlier
            if is_new and old_mapping and (mapper := _mapper(one, old_mapping, mapping, columns)):
                earlier[one, recorded.key, made] = EarlierIdentity(one, mapper, other)
    return LeadIdentity(scheme, tuple(earlier.values()), make, campaign, keys, allow_duplicates)


def identity_mapping(mapping: FieldMapping, scheme: IdentityScheme | None) -> str:
    """Return a mapping with the identifying fields only, without their checks: what a purged run keeps of its own."""
    if scheme is None:
        return ""
    kept = {"column", "template", "value", "default", "values", "transform", "type"}
    fields = {name: mapping.fields[name].model_dump(include=kept, exclude_defaults=True) for name in scheme.names}
    return json.dumps({"version": 1, "fields": fields}, ensure_ascii=False)


def record_older_identities(ledger: Ledger) -> None:
    """Record how the runs of older versions identified leads, before a purge drops their mappings."""
    for run in ledger.runs.without_identity():
        mapping = parse_mapping(run.mapping, Path(run.mapping_path))
        for scheme in _schemes(RecordedIdentity(run.id, (), run.mapping, run.mapping_path), mapping):
            ledger.runs.add_identity(run.id, scheme)


def scheme_of(mapping: FieldMapping, plans: Sequence[FieldPlan]) -> IdentityScheme | None:
    """Return how a mapping identifies leads.

    Where duplicates are not looked for, leads are identified for later runs that do: by their e-mail, or else by all
    values from the spreadsheet.
    """
    names, kinds = mapping.duplicates, {plan.name: _kind_of(plan) for plan in plans}
    finds_duplicates = bool(names)
    if not names:
        names = ["email"] if "email" in kinds else [one.name for one in plans if not isinstance(one.source, Constant)]
    fields = tuple((name, kinds[name]) for name in names if name in kinds)
    return IdentityScheme(fields, CANONICAL_FORM, finds_duplicates) if fields else None


def _kind_of(plan: FieldPlan) -> IdentityKind:
    if plan.is_email:
        return "email"
    return "phone" if "phone" in plan.transform_names or _PHONE_NAME.search(plan.name) else "text"


def _schemes(recorded: RecordedIdentity, old_mapping: FieldMapping | None) -> Sequence[IdentityScheme]:
    """Return how a run identified leads; runs of older versions did not record it."""
    if recorded.schemes:
        return recorded.schemes
    if old_mapping is None:
        return [UNKNOWN_SCHEME]
    fields = tuple((name, "text") for name in old_mapping.duplicates)
    return [IdentityScheme(fields, CASE_FOLDED)] if fields else []


def _values_made_differently(
    scheme: IdentityScheme, mapping: FieldMapping, old_mapping: FieldMapping | None
) -> tuple[str, ...]:
    """Return how an earlier mapping made the identifying values, if this one makes them in another way."""
    if old_mapping is None or any(name not in old_mapping.fields for name in scheme.names):
        return ()
    old, new = ([_how(one.fields[name]) for name in scheme.names] for one in (old_mapping, mapping))
    return tuple(old) if old != new else ()


def _how(spec: FieldSpec) -> str:
    """Return what decides about a field's value."""
    return repr((spec.column, spec.template, spec.value, spec.default, spec.values, spec.transform))


def _mapper(scheme: IdentityScheme, old: FieldMapping, new: FieldMapping, columns: Sequence[str]) -> RowMapper | None:
    """Return what makes the identifying values as an earlier run did.

    If the file lacks the columns for it, the values come from where this run takes them, and are changed as that run
    did. None if that is what this run does anyway.
    """
    if plans := _plans(scheme, old, old, columns):
        return RowMapper(plans, columns)
    if all(_steps(old.fields[name]) == _steps(new.fields[name]) for name in scheme.names):
        return None
    plans = _plans(scheme, old, new, columns)
    return RowMapper(plans, columns) if plans else None


def _plans(
    scheme: IdentityScheme, old: FieldMapping, source: FieldMapping, columns: Sequence[str]
) -> list[FieldPlan] | None:
    """Return the plans of an earlier run's identifying fields without their checks; None if columns are missing.

    Args:
        scheme: The fields.
        old: The earlier mapping, which decides how values are changed.
        source: The mapping that decides where values come from.
        columns: The columns of the file.
    """
    checks = ("allowed", "pattern", "min_length", "max_length")
    unchecked: dict[str, object] = {"required": False, "must_be": [], **dict.fromkeys(checks)}
    again = parse_mapping(old.text, old.path)
    again.fields.clear()
    for name in scheme.names:
        places = {key: getattr(source.fields[name], key) for key in ("column", "template", "value", "default")}
        again.fields[name] = old.fields[name].model_copy(update={**unchecked, **places})
    again.head.suppressed = None
    again.head.where.clear()
    plans = Binder(again, columns).plans()
    return None if again.document.errors else plans


def _steps(spec: FieldSpec) -> str:
    """Return what changes a field's value, wherever it comes from."""
    return repr((spec.values, spec.transform))


def _unrecognizable(mapping: FieldMapping, recorded: RecordedIdentity, missing: Sequence[str]) -> MappingError:
    """Return the error that accepted leads can no longer be recognized."""
    names = " and ".join(missing)
    return MappingError(
        f"{mapping.path.name} does not map {names}, and leads of this campaign were identified by it before (run "
        f"{recorded.run}). Leads that were accepted cannot be recognized any more, so nothing was sent.",
        f"Map {names} again. To send all rows even so, also leads that were accepted before, add --allow-duplicates.",
    )
