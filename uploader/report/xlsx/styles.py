"""Cell formats of the workbook."""

from dataclasses import dataclass

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from uploader.report.wording import OUTCOME_COLORS, RESULT_COLORS, Colors

_TEXT = {"num_format": "@", "valign": "top"}
_ADDED = {**_TEXT, "bg_color": "#F3F5F8", "border": 1, "border_color": "#D5DAE0"}
_HEADER = {**_TEXT, "bold": True, "border": 1}


@dataclass(frozen=True)
class ColumnFormat:
    """The formats of a column's cells.

    Attributes:
        one_line: For text on one line.
        wrapped: For text on several lines, which makes its row higher.
    """

    one_line: Format
    wrapped: Format


class CellFormats:
    """The formats of one workbook. Cells with a user's text have the number format "text".

    Attributes:
        input: The columns of the input.
        added: The columns that a report adds.
        input_header: Their names.
        added_header: Their names.
    """

    def __init__(self, book: Workbook) -> None:
        def add(**properties: object) -> Format:
            return book.add_format(properties)

        def column(**properties: object) -> ColumnFormat:
            return ColumnFormat(add(**properties), add(**properties, text_wrap=True))

        self.input = column(**_TEXT)
        self.added = column(**_ADDED)
        self.added_header = column(**_HEADER, bg_color="#22384D", font_color="#FFFFFF", border_color="#22384D")
        self.input_header = column(**_HEADER, bg_color="#DCE3EA", font_color="#1C2733", border_color="#B9C3CD")
        self.title = add(**_TEXT, bold=True, font_size=16)
        self.label = add(**_TEXT, font_color="#555B61")
        self.command = add(**_TEXT, font_name="Consolas", bg_color="#F3F5F8")
        self.count = add(num_format="#,##0", valign="top", align="right", indent=1)
        every = {*OUTCOME_COLORS.values(), *RESULT_COLORS.values()}
        self._colored = {colors: _colored_format(book, colors) for colors in every}

    def colored(self, colors: Colors) -> Format:
        """Return the format of a cell in these colors."""
        return self._colored[colors]


def _colored_format(book: Workbook, colors: Colors) -> Format:
    border = {"border": 1, "border_color": "#D5DAE0"}
    return book.add_format({"bg_color": colors.background, "font_color": colors.text, **border, "valign": "top"})
