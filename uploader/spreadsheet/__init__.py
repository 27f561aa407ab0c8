"""Read CSV files, workbooks and data files as rows of text cells. The only package that reads spreadsheets."""

from uploader.spreadsheet.column_names import find_column, fold, matching_columns
from uploader.spreadsheet.table import Chunk, Table, memory_table, missing_file, open_table
from uploader.spreadsheet.workbook import Sheet

__all__ = [
    "Chunk",
    "Sheet",
    "Table",
    "find_column",
    "fold",
    "matching_columns",
    "memory_table",
    "missing_file",
    "open_table",
]
