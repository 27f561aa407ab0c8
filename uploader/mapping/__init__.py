"""Mapping files: read them, bind them to a spreadsheet and a form, turn rows into leads."""
