"""Writes questions, answers and comments of a dump, a batch at a time, with their verbatims and events."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from community import outbox, verbatims
from community.exchange.authors import accounts_of, make_customers
from community.exchange.dump_posts import PostRow
from community.exchange.reporting import Tally
from community.heat import heat
from community.models import Account, Answer, Comment, Post, Question, Tag

EVENTS = {"question": "question.asked", "answer": "answer.given", "comment": "comment.written"}
Place = tuple[int, int, int | None]  # ids of the post itself, of its question, and of the question's product


def write_questions(session: Session, rows: list[PostRow], tally: Tally, now: datetime) -> None:
    """New questions with their tags."""
    accounts = _accounts(session, rows, tally, now)
    tags = tags_named(session, {tag for row in rows for tag in row.tags})
    questions = [
        Question(
            **_common(row, accounts), title=row.title, answer_count=0, active_at=row.edited_at or row.created_at,
            tags=[tags[slug] for slug in row.tags], hot=heat(row.created_at, row.score, 0, 0),
        )
        for row in rows
    ]  # fmt: skip
    _add(session, questions, {}, now)


def write_answers(
    session: Session, rows: list[PostRow], places: Mapping[str, Place], accepted: Mapping[str, str], tally: Tally,
    now: datetime,
) -> None:  # fmt: skip
    """New answers below their questions; `accepted` is answer -> question, by external id."""
    accounts = _accounts(session, rows, tally, now)
    asked = {places[row.parent_key][1] for row in rows}
    solved = set(session.scalars(select(Question.id).where(Question.id.in_(asked), Question.solved_at.is_not(None))))
    answers: list[Answer] = []
    for row in rows:
        question_id = places[row.parent_key][1]
        is_accepted = accepted.get(row.external_id) == row.parent_key and question_id not in solved
        accepted_at = row.created_at if is_accepted else None  # the dump keeps no better moment
        answers.append(Answer(**_common(row, accounts), question_id=question_id, accepted_at=accepted_at))
    _add(session, answers, {place[1]: place[2] for place in places.values()}, now)
    _renew_questions(session, answers)


def write_comments(
    session: Session, rows: list[PostRow], places: Mapping[str, Place], tally: Tally, now: datetime
) -> None:
    """New comments below their questions or answers."""
    accounts = _accounts(session, rows, tally, now)
    comments = [
        Comment(**_common(row, accounts), parent_id=places[row.parent_key][0], question_id=places[row.parent_key][1])
        for row in rows
    ]
    _add(session, comments, {place[1]: place[2] for place in places.values()}, now)
    _renew_questions(session, comments)


def places_of(session: Session, keys: Iterable[str], is_for_comments: bool) -> dict[str, Place]:
    """Where new posts may go, by external id: below questions, and comments below answers too."""
    keys = set(keys)
    questions = select(Question.external_id, Question.id, Question.product_id).where(Question.external_id.in_(keys))
    places: dict[str, Place] = {
        str(key): (question_id, question_id, product_id)
        for key, question_id, product_id in session.execute(questions)
    }  # fmt: skip
    if is_for_comments:
        asked = aliased(Question)  # both are in one table
        answers = (
            select(Answer.external_id, Answer.id, asked.id, asked.product_id)
            .join(asked, asked.id == Answer.question_id)
            .where(Answer.external_id.in_(keys))
        )
        places |= {str(row[0]): (row[1], row[2], row[3]) for row in session.execute(answers)}
    return places


def tags_named(session: Session, slugs: set[str]) -> dict[str, Tag]:
    """The tag of each slug, made now if it is new."""
    tags = {tag.slug: tag for tag in session.scalars(select(Tag).where(Tag.slug.in_(slugs)))}
    tags |= {slug: Tag(slug=slug) for slug in sorted(slugs - tags.keys())}
    session.add_all(tags.values())
    session.flush()
    return tags


def _accounts(session: Session, rows: list[PostRow], tally: Tally, now: datetime) -> dict[str, Account]:
    """The authors' accounts by external id, each the account of a customer."""
    accounts, made = accounts_of(session, (row.author for row in rows if row.author), now)
    make_customers(session, accounts.values(), now)
    if made:
        tally.notes["authors made from the rows themselves"] += made
    return accounts


def _common(row: PostRow, accounts: Mapping[str, Account]) -> dict[str, Any]:
    return {
        "author": accounts[row.author.external_id] if row.author else None,
        "body": row.body, "created_at": row.created_at, "edited_at": row.edited_at, "score": row.score,
        "external_id": row.external_id,
    }  # fmt: skip


def _add(session: Session, posts: Sequence[Post], products: Mapping[int, int | None], now: datetime) -> None:
    """Store the posts, and what follows from each; `products` by id of the question."""
    session.add_all(posts)
    session.flush()
    with session.no_autoflush:  # nothing below is read back: one flush at the end
        for post in posts:
            product_id = products.get(post.question_id or 0) if isinstance(post, Answer | Comment) else None
            verbatims.of_post(session, post, product_id, now)
            outbox.record(session, EVENTS[post.kind], post.id, post.author, now, imported=True)
    session.flush()


def _renew_questions(session: Session, posts: Sequence[Answer | Comment]) -> None:
    """Counts and dates of the questions to which these answers or comments were added."""
    latest: dict[int, datetime] = {}
    for post in posts:
        assert post.question_id is not None
        latest[post.question_id] = max(latest.get(post.question_id, post.created_at), post.edited_at or post.created_at)
    answers = select(Answer.question_id, func.count(), func.max(Answer.accepted_at))
    answers = answers.where(Answer.question_id.in_(latest), Answer.deleted_at.is_(None)).group_by(Answer.question_id)
    counts = {row[0]: (row[1], row[2]) for row in session.execute(answers)}
    for question in session.scalars(select(Question).where(Question.id.in_(latest))):
        question.answer_count, accepted_at = counts.get(question.id, (0, None))
        question.solved_at = question.solved_at or accepted_at
        question.hot = heat(question.created_at, question.score, question.answer_count, question.me_too_count or 0)
        question.active_at = max(question.active_at or question.created_at, latest[question.id])
    session.flush()
