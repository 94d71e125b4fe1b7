"""Themes that somebody spoke of, and reports issued of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient

from community.db import db
from community.models import Mention, Theme
from mining.issuing import Wanted, issue
from mining.units import Units
from tests.factories import Factory
from tests.insights.making import say

END = datetime(2026, 6, 8, tzinfo=UTC)
START = END - timedelta(days=7)
NOW = END + timedelta(hours=9)


def spoken(make: Factory, theme: Theme, people: int, at: datetime, words: str, **more: Any) -> list[Mention]:
    make.session.rollback()  # what was read before is old: another session wrote meanwhile
    return [
        say(make, theme, f"{words} {'abcdefghijklmnop'[n] * 9} is bad", at=at + timedelta(hours=n), **more)
        for n in range(people)
    ]


def issued(units: Units, start: datetime = START, end: datetime = END, **more: Any) -> int:
    db.session.rollback()
    kind = more.pop("kind", "weekly")
    key = issue(
        units, Wanted(kind, f"{kind}:{start:%m%d}:{end:%m%d}:{more.get('department')}", start, end, **more), NOW
    )
    assert key
    return key


def page(client: FlaskClient, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)
