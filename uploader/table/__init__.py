"""CSV and workbooks -> rows, every cell text. The only room that reads spreadsheets."""

from uploader.table.names import find_column, fold, matching_columns
from uploader.table.table import Chunk, Table, open_table
from uploader.table.workbook import Sheet

__all__ = ["Chunk", "Sheet", "Table", "find_column", "fold", "matching_columns", "open_table"]
