"""What xlsx can hold; a CSV holds anything."""

from uploader.core.errors import UploaderError

# What a sheet of xlsx holds at most ("Excel specifications and limits").
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767  # characters, those beyond U+FFFF counted twice


class DoesNotFit(UploaderError):
    """A row, a column or a cell is beyond what xlsx holds; CSV holds it."""
