"""What a digest of one account says: their questions first, then what they could answer, then how their answers helped."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from community.mail_addresses import page_url
from community.models import Account, Answer, Notification, Post, Question, Vote, Watch
from community.notifications.paths import path_of
from community.notifications.queries import visible
from community.notifications.recipients import RANKED
from community.notifications.wording import line
from community.web.markdown import plain

LOOKS_BACK = timedelta(days=14)  # older news is no news; it stands under the bell
MOST_READ = 300  # notifications that one digest looks at
MOST_THREADS = 8  # questions of a section
MOST_ITEMS = 3  # of one question
MOST_OPEN = 8
EXCERPT = 180  # characters


@dataclass
class Item:
    """One thing that happened."""

    line: str
    excerpt: str
    url: str


@dataclass
class Thread:
    """One question with what happened to it."""

    question_id: int
    title: str
    url: str
    items: list[Item] = field(default_factory=list)
    more: int = 0


@dataclass
class Digest:
    """All of one mail, and the notifications that it stands for."""

    own: list[Thread] = field(default_factory=list)
    other: list[Thread] = field(default_factory=list)
    open: list[Item] = field(default_factory=list)
    rest: list[Item] = field(default_factory=list)
    votes: int = 0
    solved: int = 0
    left_out: int = 0  # questions with news for which there was no room
    notification_ids: list[int] = field(default_factory=list)

    @property
    def says_something(self) -> bool:
        return bool(self.own or self.other or self.open or self.rest or self.votes or self.solved)


def gather(session: Session, account: Account, kinds: Collection[str], since: datetime, now: datetime) -> Digest:
    """The digest of these kinds; votes count from `since` on. A constant number of statements."""
    rows = pending(session, account, kinds, now)
    digest = Digest(notification_ids=[row.id for row in rows])
    muted = _muted(session, account, rows)
    heard = [row for row in rows if row.question_id not in muted]
    about = [row for row in heard if row.question and row.post]
    could_answer = [row for row in about if row.kind == "watched" and row.post_id == row.question_id]
    happened = [row for row in about if row not in could_answer]
    digest.own = threads([row for row in happened if row.question and row.question.author_id == account.id])
    digest.other = threads([row for row in happened if row.question and row.question.author_id != account.id])
    shown = {thread.question_id for thread in digest.own + digest.other}
    digest.left_out = len({row.question_id for row in happened} - shown)
    digest.open = [item(row, account) for row in could_answer if is_unanswered(row.question)][:MOST_OPEN]
    digest.rest = [item(row, account) for row in heard if row not in about][:MOST_OPEN]
    if "badge" in kinds:
        digest.votes, digest.solved = helped(session, account, since)
    return digest


def pending(session: Session, account: Account, kinds: Collection[str], now: datetime) -> Sequence[Notification]:
    """What was neither read nor mailed, newest first."""
    return session.scalars(
        select(Notification)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(
            Notification.account_id == account.id, Notification.read_at.is_(None), Notification.mailed_at.is_(None),
            Notification.kind.in_(kinds), Notification.created_at > now - LOOKS_BACK, visible(),
        )
        .options(
            selectinload(Notification.actor), selectinload(Notification.question), selectinload(Notification.post)
        )
        .order_by(Notification.created_at.desc(), Notification.id.desc())
        .limit(MOST_READ)
    ).all()  # fmt: skip


def _muted(session: Session, account: Account, rows: Sequence[Notification]) -> set[int | None]:
    """Questions that were muted since."""
    questions = {row.question_id for row in rows}
    muted = select(Watch.question_id).where(
        Watch.account_id == account.id, Watch.level == "muted", Watch.question_id.in_(questions)
    )
    return set(session.scalars(muted))


def is_unanswered(question: Question | None) -> bool:
    return question is not None and not question.answer_count and not question.solved_at


def threads(rows: Sequence[Notification]) -> list[Thread]:
    """Grouped by question, those with the newest first; the most specific first within one."""
    grouped: dict[int, list[Notification]] = {}
    for row in rows:
        grouped.setdefault(row.question_id or 0, []).append(row)
    found = []
    for of_one in list(grouped.values())[:MOST_THREADS]:
        of_one.sort(key=lambda row: RANKED.index(row.kind) if row.kind in RANKED else -1)
        question = of_one[0].question
        assert question is not None
        items = [item(row, None) for row in of_one[:MOST_ITEMS]]
        url = page_url(f"/posts/{question.id}")
        found.append(Thread(question.id, question.title or "", url, items, len(of_one) - len(items)))
    return found


def item(row: Notification, reader: Account | None) -> Item:
    """A line with an excerpt; for a question, its title is the line."""
    if row.post is not None and row.post_id == row.question_id and row.question and row.kind == "watched":
        said = row.question.title or ""
    else:
        said = line(row.kind, row.post.kind if row.post else None, row.actor.name if row.actor else None, row.details)
    excerpt = plain(row.post.body, EXCERPT) if row.post else ""
    path = path_of(row, reader) if reader else f"/posts/{row.post_id}"
    return Item(said, excerpt, page_url(path))


def helped(session: Session, account: Account, since: datetime) -> tuple[int, int]:
    """How many found the account's answers helpful since then, and how many questions they solved."""
    own = (Answer.author_id == account.id) & Answer.deleted_at.is_(None)
    votes = select(func.count()).select_from(Vote).join(Answer, Answer.id == Vote.post_id)
    solved = select(func.count()).select_from(Answer)
    return (
        session.scalar(votes.where(own, Vote.value == 1, Vote.created_at >= since)) or 0,
        session.scalar(solved.where(own, Answer.accepted_at >= since)) or 0,
    )
