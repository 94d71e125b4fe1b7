"""Dates as a reader sees them."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from community.web.languages import ago


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "a moment ago"), (-40, "30 seconds ago"), (-130, "2 minutes ago"), (5, "in 30 seconds"), (3600, "in 1 hour")],
)
def test_what_was_never_reads_as_what_is_to_come_nor_the_other_way_round(app: Flask, seconds: int, text: str) -> None:
    with app.test_request_context():
        assert f">{text}<" in ago(datetime.now(UTC) + timedelta(seconds=seconds))
