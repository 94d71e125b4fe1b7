"""Themes with mentions, written straight into the tables as the mining job leaves them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community.db import db
from community.models import Account, Mention, Report, Theme, Topic, Verbatim
from tests.factories import Factory


def statements(client: FlaskClient, path: str) -> int:
    """How many statements the page costs."""
    counted: list[str] = []
    listener = lambda *arguments: counted.append(arguments[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    response = client.get(path)
    event.remove(db.engine, "before_cursor_execute", listener)
    assert response.status_code == 200, path
    return len(counted)


def lately(days: float = 2) -> datetime:
    """Some days ago, for pages that show the time up to now."""
    return datetime.now(UTC) - timedelta(days=days)


def make_theme(session: Session, name: str = "battery drains", name_zh: str | None = "电池耗电") -> Theme:
    """A theme of one topic."""
    theme = Theme(name=name, name_zh=name_zh, created_at=lately())
    session.add(theme)
    session.flush()
    session.add(
        Topic(
            theme_id=theme.id, label=name, keywords={"en": name.split()}, centroid=b"", threshold=0.5, revision="m",
            created_at=lately(),
        )
    )  # fmt: skip
    session.commit()
    return theme


def say(make: Factory, theme: Theme, text: str, by: Account | None = None, **more: Any) -> Mention:
    """A mention of the theme: in public as a question of `by`, else in private by a customer of its own."""
    session, at = make.session, more.get("at") or lately()
    if by:
        make.question(by, title=text[:60], body=text, now=at, product=more.get("product"))
    else:
        make.contact(text, channel=more.get("channel", "email"), address=more.get("address", ""), now=at)
    verbatim = session.scalars(select(Verbatim).order_by(Verbatim.id.desc()).limit(1)).one()
    verbatim.language, verbatim.mined_revision = more.get("language", "en"), "m"
    verbatim.sentiment, verbatim.score, verbatim.intent, verbatim.leaving = "negative", -0.8, "problem", False
    mention = Mention(
        verbatim_id=verbatim.id, start=0, end=len(text), sentiment=more.get("sentiment", "negative"),
        score=more.get("score", -0.8), intent=more.get("intent", "problem"), leaving=False, embedding=b"",
        revision="m", topic_id=session.scalars(select(Topic.id).where(Topic.theme_id == theme.id)).first(),
    )  # fmt: skip
    session.add(mention)
    session.commit()
    return mention


def make_report(session: Session, theme: Theme, quotes: list[int]) -> Report:
    """A stored report of one theme, as `mining.reports` writes it."""
    entry = {
        "id": theme.id, "kind": "problem", "impact": 3.0, "negativity": 0.8, "growth": 1.0, "score": -0.8,
        "now": {"mentions": 6, "customers": 6, "sentiments": {"negative": 6}, "intents": {"problem": 6}},
        "before": {"mentions": 0, "customers": 0}, "name": theme.name, "name_zh": theme.name_zh, "status": "new",
        "keywords": {"en": ["battery"]}, "languages": {"en": 6}, "channels": {"email": 6}, "products": {},
        "by_day": [0, 1, 2, 3], "quotes": quotes,
    }  # fmt: skip
    totals = {
        "verbatims": 6, "customers": 6, "score": -0.8, "leaving": 0, "sentiments": {"negative": 6},
        "intents": {"problem": 6},
    }  # fmt: skip
    content = {
        "days": 30, "totals": totals, "totals_before": totals, "least_customers": 5, "too_small": 0,
        "ranked": {"problem": [theme.id], "suggestion": [], "praise": [], "question": []},
        "themes": {str(theme.id): entry},
    }  # fmt: skip
    report = Report(starts_at=lately(30), ends_at=lately(0), created_at=lately(0), content=content)
    session.add(report)
    session.commit()
    return report
