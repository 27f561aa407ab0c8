"""A mapping file at work: read it, bind it to a spreadsheet and a form, turn rows into leads."""
