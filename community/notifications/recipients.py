"""Who hears of an event, and as what. The most specific kind wins; `accepted` stands for itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from community.models import Answer, Comment, Event, Post, Question, Watch, question_tag
from community.notifications.calling import called

RANKED = ("needs information", "mention", "reply", "watched")  # most specific first; one of them for a post
EDITS_CALL_FOR = timedelta(days=7)  # an edit of an older post calls nobody
BATCH = 500  # watchers at a time


@dataclass(frozen=True)
class Part:
    """As what one account hears of a post; for a comment, below what it stands."""

    kind: str
    below: str = ""  # "answer" or "question" when it is the hearer's own


@dataclass
class News:
    """A post that people hear of."""

    post: Post
    question: Question
    actor_id: int | None
    at: datetime
    direct: dict[int, Part] = field(default_factory=dict)
    watched: ColumnElement[bool] | None = None  # which rows of Watch say that somebody wants to hear of it

    def tell(self, account_id: int | None, kind: str, below: str = "") -> None:
        """Tell this account, unless it hears of it as something more specific already."""
        if account_id is None or account_id == self.actor_id:
            return
        known = self.direct.get(account_id)
        if known is None or _rank(kind) < _rank(known.kind):
            self.direct[account_id] = Part(kind, below or (known.below if known else ""))


def _rank(kind: str) -> int:
    return RANKED.index(kind) if kind in RANKED else -1


def news_of(session: Session, event: Event) -> News | None:
    """What there is to tell of an event; None when its post was deleted since, or nobody needs to hear of it."""
    if event.details.get("imported"):
        return None
    post_id = event.details.get("post_id") if event.kind == "information.requested" else event.subject_id
    post = session.get(Post, post_id) if post_id else None
    question = post if isinstance(post, Question) else session.get(Question, post.question_id) if post else None
    if post is None or question is None or post.deleted_at or question.deleted_at or post.erased_at:
        return None
    news = News(post, question, event.actor_id, event.created_at)
    tellers = {
        "question.asked": _asked, "answer.given": _answered, "comment.written": _commented,
        "information.requested": _asked_back, "answer.accepted": _accepted,
        "question.edited": _edited, "answer.edited": _edited, "comment.edited": _edited,
    }  # fmt: skip
    tellers[event.kind](session, news)
    return news


def _asked(session: Session, news: News) -> None:
    _call(session, news)
    tags = select(question_tag.c.tag_id).where(question_tag.c.question_id == news.question.id)
    news.watched = Watch.tag_id.in_(tags)
    if news.question.product_id:
        news.watched = or_(news.watched, Watch.product_id == news.question.product_id)


def _answered(session: Session, news: News) -> None:
    _call(session, news)
    news.tell(news.question.author_id, "reply")
    news.watched = Watch.question_id == news.question.id


def _commented(session: Session, news: News) -> None:
    _call(session, news)
    assert isinstance(news.post, Comment)
    parent = session.get(Post, news.post.parent_id)
    is_request = news.question.needs_info_at == news.post.created_at  # its own event may come later
    below = parent.kind if parent else ""
    if parent:
        news.tell(parent.author_id, "reply", below)
    is_own = parent is not None and parent.author_id == news.question.author_id
    news.tell(news.question.author_id, "needs information" if is_request else "reply", below if is_own else "")
    news.watched = Watch.question_id == news.question.id


def _asked_back(session: Session, news: News) -> None:
    news.tell(news.question.author_id, "needs information", "question")


def _accepted(session: Session, news: News) -> None:
    if isinstance(news.post, Answer) and news.post.accepted_at:
        news.tell(news.post.author_id, "accepted")


def _edited(session: Session, news: News) -> None:
    """Whom the edit calls; those who were told of the post before are not told again."""
    if news.at - news.post.created_at < EDITS_CALL_FOR:
        _call(session, news)


def _call(session: Session, news: News) -> None:
    for account_id in called(session, news.post.body):
        if account_id != news.post.author_id:
            news.tell(account_id, "mention")


def watchers(session: Session, news: News) -> Iterator[dict[int, Part]]:
    """Those who watched when it happened, BATCH rows at a time, but for those who are told directly."""
    last, rows = 0, None
    while news.watched is not None and (rows is None or len(rows) == BATCH):
        rows = session.execute(
            select(Watch.id, Watch.account_id)
            .where(news.watched, Watch.level == "watching", Watch.created_at <= news.at, Watch.id > last)
            .order_by(Watch.id)
            .limit(BATCH)
        ).all()
        told = {row.account_id for row in rows} - set(news.direct) - {news.actor_id}
        if told:
            yield dict.fromkeys(sorted(told), Part("watched"))
        last = rows[-1].id if rows else last


def muted(session: Session, news: News, parts: dict[int, Part]) -> set[int]:
    """Who does not want to hear of it: the question is muted, or it is only watched and its product or a tag is muted."""
    question = Watch.question_id == news.question.id
    rows = session.execute(
        select(Watch.account_id, Watch.question_id).where(
            Watch.account_id.in_(parts),
            Watch.level == "muted",
            question if news.watched is None else or_(question, news.watched),
        )
    )
    return {row.account_id for row in rows if row.question_id or parts[row.account_id].kind == "watched"}
