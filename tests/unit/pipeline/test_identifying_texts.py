"""The texts by which leads are recognized: the same for all spellings of a value."""

from uploader.core.model import IdentityScheme
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.identifying_texts import identifying_texts
from uploader.spreadsheet import Chunk

EMAIL, PHONE, NAME = ("email", "email"), ("telephone", "phone"), ("lastName", "text")
MAPPER = RowMapper(
    [FieldPlan(name, Columns((at,))) for at, (name, _) in enumerate((EMAIL, PHONE, NAME))], ("Email", "Phone", "Name")
)


def test_texts_are_canonical_by_their_kind() -> None:
    rows = [
        ("Ann@EXAMPLE.com", "+44 (0)7700 900123", "  Bell  "),
        ("", "", "Straße"),
        ("bob@example.com", "", ""),
        ("", "", ""),
    ]
    mapped = MAPPER.map_rows(Chunk([2, 3, 4, 5], [list(column) for column in zip(*rows, strict=True)]))
    sent = mapped.columns(["email", "telephone", "lastName"])
    canonical = [["ann@example.com", "447700900123", "bell"], ["", "", "strasse"], ["bob@example.com", "", ""]]
    assert identifying_texts(IdentityScheme((EMAIL,), 2), mapped) == ["ann@example.com", "", "bob@example.com", ""]
    texts = ["\x1f".join(values) for values in canonical]
    assert identifying_texts(IdentityScheme((EMAIL, PHONE, NAME), 2), mapped) == [*texts, ""]
    assert identifying_texts(IdentityScheme((("telephone", "text"), ("unknown", "other")), 1), mapped) == [
        sent[1][0].casefold() + "\x1f", "", "", "",
    ]  # fmt: skip
    assert identifying_texts(IdentityScheme((("telephone", "other"),), 2), mapped)[0] == "+44 (0)7700 900123"
    assert identifying_texts(None, mapped) == [""] * 4
    assert identifying_texts(IdentityScheme((PHONE,), 1), mapped)[0] == sent[1][0].casefold() != "447700900123"
