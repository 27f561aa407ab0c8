"""What a check says of a value."""

import pytest

from uploader.mapping.transforms import InvalidValue
from uploader.mapping.validators import Check


def accepts(check: Check, value: str) -> bool:
    """Whether the value passes."""
    try:
        check(value)
    except InvalidValue:
        return False
    return True


def refused(check: Check, value: str) -> InvalidValue:
    """The reason why the value does not pass."""
    with pytest.raises(InvalidValue) as caught:
        check(value)
    assert caught.value.hint
    return caught.value
