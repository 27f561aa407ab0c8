"""The sandbox's automatic checks of an accepted lead."""

import pytest

from uploader.mapping.validators import EMPTY_FIELDS
from uploader.sandbox.fixtures import FIELDS
from uploader.sandbox.options import SandboxOptions
from uploader.sandbox.quality_checks import failed_jobs

VALUES = {"firstName": "Joe", "lastName": "Bloggs", "email": "joe@example.com", "country": "Germany", "source": "Web"}


@pytest.mark.parametrize("empty", range(8))
def test_three_empty_visible_fields_make_a_lead_invalid(empty: int) -> None:
    filled = {field.name: VALUES.get(field.name, "Filled") for field in FIELDS}
    optional = [field.name for field in FIELDS if not field.required]
    for name in optional[:empty]:
        filled[name] = ""
    jobs = failed_jobs(filled, is_duplicate=False)
    assert [job for job in jobs if "empty fields" in job] == (
        [f"Too many empty fields ({', '.join(optional[:empty])})"] if empty >= 3 else []
    )


def test_the_mapping_warns_from_the_number_at_which_the_platform_objects() -> None:
    assert EMPTY_FIELDS == SandboxOptions().empty_fields == 3
