"""Rows that come with types: data files, and tables in memory. Every value becomes the text of a cell."""

from uploader.spreadsheet.data.memory import MemoryRows
from uploader.spreadsheet.data.opening import DATA_SUFFIXES, DataFile, is_data_file, open_data_file
from uploader.spreadsheet.data.values import value_text

__all__ = ["DATA_SUFFIXES", "DataFile", "MemoryRows", "is_data_file", "open_data_file", "value_text"]
