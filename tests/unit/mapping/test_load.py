"""Mapping files are read in any encoding of Unicode."""

from pathlib import Path

import pytest

from uploader.core.errors import MappingError
from uploader.mapping.load import read_mapping


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_mapping_in_any_encoding_of_unicode_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_bytes("version: 1\nfields: {firstName: Prénom}\n".encode(encoding))
    mapping = read_mapping(path)
    assert (mapping.document.errors, list(mapping.fields)) == ([], ["firstName"])


def test_a_mapping_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_bytes("fields: {firstName: Prénom}\n".encode("cp1252"))
    with pytest.raises(MappingError, match="it is not UTF-8 text") as caught:
        read_mapping(path)
    assert caught.value.hint == "Save it as UTF-8 in your editor."
