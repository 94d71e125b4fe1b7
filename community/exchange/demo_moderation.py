"""The demo's moderation: some flags, one decided; a held post; somebody silenced who appeals. Once, with the posts."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Post, Question, QueueItem, Sanction
from community.moderation import appeals, deciding, flags, sanctions, spam

FILE = Path(__file__).with_name("demo") / "moderation.json"

Row = dict[str, Any]


def add_moderation(session: Session, people: dict[str, Account], now: datetime) -> Counter[str]:
    """Counts of what was added; nothing when the held post is there already."""
    row = moderated()
    key = f"demo:{row['held']['key']}"
    if session.scalar(select(Post.id).where(Post.external_id == key)):
        return Counter()
    _held(session, row["held"], key, people, now)
    for one in row["flags"]:
        post, at = _post(session, one["post"]), now - timedelta(hours=one["hours"])
        flags.flag(session, post, one["reason"], one["text"], people[one["by"]], at)
    _decided(session, row["decided"], people, now)
    _sanction(session, row["sanction"], people, now)
    session.flush()
    return Counter(flags=len(row["flags"]), held=1, appeals=1)


def moderated() -> Row:
    """What the file says."""
    row: Row = json.loads(FILE.read_text(encoding="utf-8"))
    return row


def _post(session: Session, key: str) -> Post:
    return session.scalars(select(Post).where(Post.external_id == f"demo:{key}")).one()


def _held(session: Session, row: Row, key: str, people: dict[str, Account], now: datetime) -> None:
    at = now - timedelta(days=row["day"])
    question = Question(
        author=people[row["by"]], title=row["title"], body=row["body"], created_at=at, active_at=at, external_id=key
    )
    session.add(question)
    session.flush()
    spam.hold(session, question, "suspected", row["signals"], at)


def _decided(session: Session, row: Row, people: dict[str, Account], now: datetime) -> None:
    post = _post(session, row["post"])
    item = session.scalars(select(QueueItem).where(QueueItem.post_id == post.id)).one()
    deciding.decide(session, item, row["outcome"], people[row["by"]], now - timedelta(hours=row["hours"]))


def _sanction(session: Session, row: Row, people: dict[str, Account], now: datetime) -> None:
    account, at = people[row["account"]], now - timedelta(days=row["day"])
    by = people[row["by"]]
    sanctions.sanction(session, account, "silence", row["days"], row["reason"], row["note"], by, at)
    session.flush()
    mine = session.scalars(select(Sanction).where(Sanction.account_id == account.id)).one()
    appeals.against_sanction(session, account, mine.id, row["appeal"], at + timedelta(days=1))
