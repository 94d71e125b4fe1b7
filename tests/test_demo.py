"""The demo community, mined with the shipped weights: its report names the four stories that were planted in it."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from community.exchange import demo_community
from community.insights.rendering import render
from community.models import (
    Alert,
    Complaint,
    Mail,
    Mention,
    Notification,
    Outcome,
    Post,
    Product,
    Report,
    Telling,
    Topic,
    Verbatim,
)
from community.outcomes import demo as fix
from community.outcomes import words as said
from community.reactions import deliver_pending
from mining import job
from mining.encoder import Encoder
from mining.listing import MOST
from mining.reports import content_of
from mining.units import Units

STORIES = json.loads((Path(demo_community.__file__).parent / "demo" / "stories.json").read_text(encoding="utf-8"))
DEMO_DAYS = 90
WORDS = {  # of the theme's name or keywords, and the section where it belongs
    "A": ("problem", {"battery", "update", "firmware", "4.2", "电池", "固件", "更新", "升级"}),
    "B": ("problem", {"kestrel", "bristol", "parcel", "delivered", "delivery", "布里斯托", "签收", "快递"}),
    "C": ("praise", {"dawn", "sunrise", "wake", "light", "晨光", "叫醒", "变亮"}),
    "D": ("suggestion", {"csv", "export", "spreadsheet", "导出", "表格"}),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo lies once it is mined, for the tests that come after: to read it takes half a minute."""
    return tmp_path_factory.mktemp("demo") / "mined.db"


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, kept: Path) -> str:
    path = tmp_path / "demo.db"
    shutil.copy(kept if kept.exists() else request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def mined(session: Session, units: Units, database_url: str, kept: Path) -> Session:
    if not kept.exists():
        demo_community.load(session, datetime.now(UTC), "not a password")
        session.commit()
        job.run(units, Encoder())
        session.rollback()
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as database:
            database.execute("VACUUM INTO ?", (str(kept),))
    return session


def test_the_demo_is_mined_once_and_its_report_names_the_four_stories(mined: Session, units: Units) -> None:
    report = mined.scalar(select(Report))
    assert report is not None
    now = datetime.now(UTC)
    content = content_of(mined, now - timedelta(days=90), now, 5)  # all of the demo: no story hangs on the month's edge
    for story, (kind, words) in WORDS.items():
        found = [theme_of_story(mined, story, key) for key in content["ranked"][kind]]
        recall, precision, key = max(found)
        theme = content["themes"][str(key)]
        named = {word.casefold() for some in theme["keywords"].values() for word in some}
        assert any(word in " ".join(named) for word in words), (story, theme["name"], named)
        assert recall >= 0.35, (story, recall, theme["name"])
        assert precision >= 0.35, (story, precision, theme["name"])
        assert content["ranked"][kind].index(key) < MOST, (story, "stands too low in its section")
        assert is_dated_right(theme["since"], STORIES[story]["starts_day"], now), (story, theme["name"], theme["since"])
    outside = mined.scalar(select(func.avg(case((Mention.topic_id.is_(None), 1.0), else_=0.0))))
    assert outside is not None
    assert outside <= 0.1
    assert job.run(units, Encoder()).verbatims == 0
    for form in ("md", "html", "json", "terminal"):
        assert render(report.id, form, "zh_CN")


def is_dated_right(since: dict[str, Any], starts_day: int, now: datetime) -> bool:
    """Whether it began within three days of when it was made to, or was there all the time that the demo tells of."""
    if starts_day >= DEMO_DAYS:
        return since["on"] is None
    begun = (now - timedelta(days=starts_day)).date()
    return since["on"] is not None and abs(date.fromisoformat(since["on"]) - begun) <= timedelta(days=3)


def test_the_demo_raises_an_alert_of_each_kind(mined: Session) -> None:
    alerts = mined.scalars(select(Alert)).all()
    assert {alert.kind for alert in alerts} == {"more", "new", "leaving"}
    left = select(Product.slug).join(Alert, Alert.product_id == Product.id).where(Alert.kind == "leaving")
    assert mined.scalars(left).all() == ["fjordly-brew"]
    held = [theme_of_story(mined, "C", alert.theme_id) for alert in alerts if alert.kind == "more" and alert.theme_id]
    assert any(recall >= 0.35 for recall, _precision, _key in held), "the praise of the day"
    fresh = [theme_of_story(mined, "E", alert.theme_id) for alert in alerts if alert.kind == "new" and alert.theme_id]
    assert any(recall >= 0.8 for recall, _precision, _key in fresh), "what is new"


def theme_of_story(session: Session, story: str, theme_id: int) -> tuple[float, float, int]:
    """Share of the story's texts that the theme holds, share of the theme's texts that tell the story, and its id."""
    texts = set(STORIES[story]["texts"])
    rows: Any = session.execute(
        select(Post.external_id, Complaint.external_id)
        .select_from(Mention)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Post, Post.id == Verbatim.post_id, isouter=True)
        .join(Complaint, Complaint.id == Verbatim.complaint_id, isouter=True)
        .where(Topic.theme_id == theme_id)
    )
    held = {(post or complaint or "").removeprefix("demo:") for post, complaint in rows} - {""}
    return len(texts & held) / len(texts), len(texts & held) / max(1, len(held)), theme_id


def test_the_invented_fix_is_told_once_and_measured_beyond_chance(
    app: Flask, mined: Session, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    assert "is done" in fix.act(mined, now)
    mined.commit()
    assert fix.act(mined, now) == "", "a second time there is nothing to do"
    mined.rollback()
    letter = said.letter
    monkeypatch.setattr(said, "letter", dies_at(3, letter))  # the worker dies in the middle
    with pytest.raises(Death):
        deliver_pending()
    mined.rollback()
    monkeypatch.setattr(said, "letter", letter)
    while deliver_pending(datetime.now(UTC) + timedelta(minutes=5)):  # the dead one's claim is over by then
        pass
    outcome = mined.scalars(select(Outcome)).one()
    tellings = mined.scalars(select(Telling)).all()
    assert len(tellings) >= 12
    assert all(row.told_at for row in tellings)
    news = mined.scalars(select(Notification.account_id).where(Notification.kind == "outcome")).all()
    assert len(news) == len(set(news)) == len(tellings)
    mails = mined.scalars(
        select(Mail.to).where(Mail.key.startswith("outcome:") | Mail.key.startswith("message:"))
    ).all()
    assert len(mails) == len(set(mails)) == len(tellings)
    mined.rollback()
    job.run(units, Encoder())
    mined.expire_all()
    effect = mined.get_one(Outcome, outcome.id).effect
    assert effect is not None
    assert effect["mentions"]["high"] < 0, "they speak of it less, beyond chance"
    assert effect["mentions"]["after"] < effect["mentions"]["before"] / 4
    assert effect["sentiment"]["difference"] > 0
    assert min(effect["customers"], effect["others"]) >= 5


class Death(BaseException):
    """As a kill: nothing catches it."""


def dies_at(number: int, letter: Any) -> Any:
    left = [number]

    def counted(*arguments: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            raise Death
        return letter(*arguments)

    return counted
