"""Cells of tables: nothing that a customer writes runs as a formula, and numbers stay numbers."""

import csv
import io
from datetime import date

import pytest

from community.tables import safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+49 30 1234", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1+1", "\r=1+1", "  =1+1", "\n=1+1",
        "\u200b=1+1", "\ufeff=1+1", "＝1+1", "＋1", "－1+1", "＠SUM(A1)", "\x00=1+1",
    ],
)  # fmt: skip
def test_words_that_a_spreadsheet_would_run_get_an_apostrophe(text):
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize(
    "value", [-5, 3.25, None, True, date(2026, 11, 1), "-3.5", "12", "", "快递 = 慢", "a-b", "it's"]
)
def test_numbers_dates_and_plain_words_stay_as_they_are(value):
    assert safe_cell(value) == value
    assert type(safe_cell(value)) is type(value)


def test_signs_that_no_spreadsheet_may_hold_are_left_out():
    assert safe_cell("slow\x00 \x1bcourier\nagain") == "slow courier\nagain"


def test_a_row_that_is_written_and_read_again_has_no_formula():
    file = io.StringIO()
    csv.writer(file).writerow([safe_cell(one) for one in ["=HYPERLINK(1)", -4, "-4", "fine"]])
    file.seek(0)
    assert next(csv.reader(file)) == ["'=HYPERLINK(1)", "-4", "-4", "fine"]
