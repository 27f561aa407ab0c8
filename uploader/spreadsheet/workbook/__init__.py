"""Workbooks (xlsx, xlsm, xls, xlsb, ods): find the sheet with the leads, and read its rows as text."""

from uploader.spreadsheet.workbook.sheet import Sheet, open_sheet

__all__ = ["Sheet", "open_sheet"]
