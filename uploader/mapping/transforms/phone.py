"""The transform `phone` and its options: by default `(+44)07123456789`, as the platform wants it."""

from functools import partial
from typing import Literal

from pydantic import field_validator

from uploader.mapping.transforms.options import ColumnTransform, NeedsRegion, Options, Transform

Format = Literal["platform", "e164", "national", "international"]


class PhoneOptions(Options):
    """How to read and write phone numbers.

    `region` is the country of numbers without a country code. `column` names a column with the country of each row;
    a number with another country's code is then invalid, and `region` is used where that column is empty. `values` of a
    field that name a country for that column's cells are followed. Without `region` and `column`, every number needs
    its country code.
    """

    region: str | None = None
    column: str | None = None
    format: Format = "platform"

    @field_validator("region")
    @classmethod
    def _as_code(cls, region: str | None) -> str | None:
        from uploader.mapping.transforms.phone_number import region_code  # noqa: PLC0415 - phonenumbers takes a while to load

        code = region_code(region) if region else None
        if region is not None and code is None:
            raise ValueError(f"region: {region!r} is not a country with phone numbers; write its ISO code, such as GB")
        return code

    def transform(self) -> Transform | NeedsRegion:
        """Return a transform that reads a number and writes it in `format`."""
        from uploader.mapping.transforms.numbering_plan import platform_numbers  # noqa: PLC0415 - see above
        from uploader.mapping.transforms.phone_number import region_code, rewrite  # noqa: PLC0415

        region, column, form = self.region, self.column, self.format
        where = f"correct the column {column}" if column else "name the country in the mapping: {phone: {region: GB}}"
        hint = f"Write the number with + and its country code, or {where}"

        def convert(value: str) -> str:
            return rewrite(value, region, hint, form)

        def convert_with_region(value: str, region_text: str) -> str:
            # An unknown country is not replaced by `region`: that would make the number another country's.
            if not region_text.strip():
                return rewrite(value, region, hint, form)
            return rewrite(value, region_code(region_text), hint, form, is_row_country=True)

        if column:
            return NeedsRegion(column, convert_with_region)
        return ColumnTransform(convert, partial(platform_numbers, region=region)) if form == "platform" else convert
