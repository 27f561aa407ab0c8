"""How the workbook looks."""

from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from uploader.report.wording import OUTCOMES, RESULTS, Paint

_TEXT = {"num_format": "@", "valign": "top"}
_OURS = {**_TEXT, "bg_color": "#F3F5F8", "border": 1, "border_color": "#D5DAE0"}
_HEADER = {**_TEXT, "bold": True, "border": 1}


@dataclass(frozen=True)
class Style:
    """The formats of a column's cells: those of one line, and those of several, whose row becomes higher."""

    flat: Format
    tall: Format


class Looks:
    """The formats of one workbook: every cell that holds a user's text is of the format "text"."""

    def __init__(self, book: Workbook) -> None:
        def look(**properties: object) -> Format:
            return book.add_format(properties)

        def style(**properties: object) -> Style:
            return Style(look(**properties), look(**properties, text_wrap=True))

        self.theirs = style(**_TEXT)
        self.ours = style(**_OURS)
        self.our_header = style(**_HEADER, bg_color="#22384D", font_color="#FFFFFF", border_color="#22384D")
        self.their_header = style(**_HEADER, bg_color="#DCE3EA", font_color="#1C2733", border_color="#B9C3CD")
        self.title = look(**_TEXT, bold=True, font_size=16)
        self.label = look(**_TEXT, font_color="#555B61")
        self.command = look(**_TEXT, font_name="Consolas", bg_color="#F3F5F8")
        self.count = look(num_format="#,##0", valign="top", align="right", indent=1)
        self._painted = {paint: _painted(book, paint) for paint in {*OUTCOMES.values(), *RESULTS.values()}}

    def painted(self, paint: Paint) -> Format:
        """A cell in these colours."""
        return self._painted[paint]


def _painted(book: Workbook, paint: Paint) -> Format:
    border = {"border": 1, "border_color": "#D5DAE0"}
    return book.add_format({"bg_color": paint.fill, "font_color": paint.ink, **border, "valign": "top"})
