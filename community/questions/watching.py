"""Who wants to hear of what: watching and muting questions, products and tags; "me too"."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community import outbox
from community.errors import Invalid, NotAllowed
from community.heat import reheat
from community.inserting import insert_missing
from community.models import Account, MeToo, Product, Question, Tag, Watch

LEVELS = ("watching", "muted", "none")


def watch(session: Session, what: Question | Product | Tag, level: str, by: Account, now: datetime) -> None:
    """Hear of it, hear nothing of it, or leave it to the rules (`none`). Raises Invalid."""
    if level not in LEVELS:
        raise Invalid(_("One can watch, mute, or do neither."))
    row = _row(session, what, by)
    if level == "none":
        if row:
            session.delete(row)
    elif row:
        row.level = level
    else:
        session.add(Watch(account_id=by.id, level=level, created_at=now, **_which(what)))
    session.flush()


def follow(session: Session, question_id: int, by: Account, now: datetime) -> None:
    """Whoever takes part hears how it goes on, unless they said otherwise before."""
    row = {"account_id": by.id, "level": "watching", "question_id": question_id, "created_at": now}
    insert_missing(session, Watch, [row], Watch.id)


def say_me_too(session: Session, question: Question, is_so: bool, by: Account, now: datetime) -> None:
    """Say that one has the same problem, or not any more. Raises NotAllowed for the asker."""
    if question.author_id == by.id:
        raise NotAllowed(_("It is your own question."))
    mine = session.get(MeToo, (by.id, question.id), with_for_update=True)
    if (mine is not None) == is_so:
        return
    if is_so:
        session.add(MeToo(account_id=by.id, question_id=question.id, created_at=now))
        follow(session, question.id, by, now)
    else:
        session.execute(delete(MeToo).where(MeToo.account_id == by.id, MeToo.question_id == question.id))
    session.flush()
    change = Question.me_too_count + (1 if is_so else -1)
    reheat(session, question.id, me_too_count=change)
    outbox.record(session, "question.shared", question.id, by, now)


def _row(session: Session, what: Question | Product | Tag, by: Account) -> Watch | None:
    ((name, value),) = _which(what).items()
    return session.scalar(
        select(Watch).where(Watch.account_id == by.id, getattr(Watch, name) == value).with_for_update()
    )


def _which(what: Question | Product | Tag) -> dict[str, int]:
    return {{Question: "question_id", Product: "product_id", Tag: "tag_id"}[type(what)]: what.id}
