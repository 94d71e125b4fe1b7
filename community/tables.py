"""Cells of tables that a person will open in a spreadsheet: words stay words, and numbers stay numbers."""

import re
from typing import Any

FORMULA = re.compile(
    r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\t\r＝＋－＠]"
)  # spreadsheets in Chinese read the wide signs too
NUMBER = re.compile(r"-?\d+(\.\d+)?")
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no file of a spreadsheet may hold them


def safe_cell(value: Any) -> Any:
    """The value as a cell: text that a spreadsheet would run as a formula gets an apostrophe in front.

    Numbers, dates, truth values and None come back as they are, and so does a text that is a plain number.
    """
    if not isinstance(value, str):
        return value
    text = UNSEEN.sub("", value)
    if text[:1] in ("\t", "\r") or (FORMULA.match(text) and not NUMBER.fullmatch(text)):
        return "'" + text
    return text
