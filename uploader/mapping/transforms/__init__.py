"""The transforms that a mapping can name, and the repair of damaged cells."""

from uploader.mapping.invalid_value import InvalidValue
from uploader.mapping.transforms.country import find_country
from uploader.mapping.transforms.options import ColumnTransform, NeedsRegion, TidyCells, Transform
from uploader.mapping.transforms.registry import TRANSFORMS, TRANSFORMS_WITH_OPTIONS, build, value_when_empty
from uploader.mapping.transforms.repair import (
    find_damage,
    find_lost_digits,
    is_undamaged,
    keep_undamaged,
    repair,
    repair_email,
)

__all__ = [
    "TRANSFORMS",
    "TRANSFORMS_WITH_OPTIONS",
    "ColumnTransform",
    "InvalidValue",
    "NeedsRegion",
    "TidyCells",
    "Transform",
    "build",
    "find_country",
    "find_damage",
    "find_lost_digits",
    "is_undamaged",
    "keep_undamaged",
    "repair",
    "repair_email",
    "value_when_empty",
]
