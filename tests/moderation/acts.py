"""What moderators do to threads, each in one unit of work."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import DomainError
from community.models import (
    Account,
    Answer,
    Comment,
    LogEntry,
    MeToo,
    Notification,
    Post,
    Question,
    Revision,
    Verbatim,
    Vote,
    Watch,
    question_tag,
)
from community.moderation import log
from community.questions import curating, service, watching
from community.questions.curating import Wish
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory


def do(session: Session, post: Post, action: str, by: Account, **wish: Any) -> LogEntry:
    entry = curating.curate(session, post, action, Wish(**wish), by, NOW)
    session.commit()
    return entry


def undo(session: Session, entry: LogEntry, by: Account) -> None:
    log.undo(session, entry, by, NOW)
    session.commit()


def picture(session: Session) -> dict[str, list[Any]]:
    """All that merging touches, row by row."""
    session.rollback()
    tables: dict[str, tuple[Any, ...]] = {
        "posts": (
            Post.id, Post.kind, Post.question_id, Post.body, Post.author_id, Post.score, Post.hidden_as, Post.hidden_with_id,
            Comment.parent_id, Answer.accepted_at, Question.solved_at, Question.answer_count, Question.me_too_count,
            Question.merged_into_id,
        ),
        "votes": (Vote.voter_id, Vote.post_id, Vote.value, Vote.created_at),
        "too": (MeToo.account_id, MeToo.question_id), "watches": (Watch.account_id, Watch.question_id, Watch.level),
        "revisions": (Revision.post_id, Revision.number, Revision.body),
        "words": (Verbatim.post_id, Verbatim.text, Verbatim.product_id),
        "told": (Notification.account_id, Notification.post_id, Notification.question_id),
        "tags": (question_tag.c.question_id, question_tag.c.tag_id),
    }  # fmt: skip
    found = {}
    for name, columns in tables.items():
        rows = select(*(getattr(column, "expression", column) for column in columns))
        if name == "posts":
            table = Post.__table__
            rows = select(*(table.c[column.key] for column in columns))
        if name == "told":
            rows = rows.where(Notification.kind != "decision")
        found[name] = sorted(session.execute(rows).all(), key=repr)
    session.rollback()
    return found


def happen(
    session: Session, make: Factory, asked: list[Question], people: list[Account], what: str, who: int, where: int
) -> None:
    question, person = session.get_one(Question, asked[where].id), people[who]
    try:
        if what == "answer":
            make.answer(question, person, body=f"Hold the button for {who} seconds.")
        elif what == "comment":
            make.comment((queries_of(session, question.id) or [question])[-1], person)
        elif what == "vote":
            vote(session, (queries_of(session, question.id) or [question])[0] if who % 2 else question, 1, person, NOW)
        elif what == "too":
            watching.say_me_too(session, question, True, person, NOW)
        elif what == "watch":
            watching.watch(session, question, "muted" if who % 2 else "watching", person, NOW)
        elif what == "accept" and (found := queries_of(session, question.id)):
            service.accept(session, question, found[-1], session.get_one(Account, question.author_id), NOW)
        elif what == "edit":
            service.edit(
                session, question, None, f"It hangs, said {who}.", session.get_one(Account, question.author_id), NOW
            )
        session.commit()
    except DomainError:  # a rule said no
        session.rollback()


def queries_of(session: Session, question_id: int) -> list[Answer]:
    return list(session.scalars(select(Answer).where(Answer.question_id == question_id, Answer.deleted_at.is_(None))))
