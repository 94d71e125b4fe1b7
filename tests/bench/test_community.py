"""The made-up community hangs together as one that people wrote, and is the same for the same seed."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.bench.community_of import LONG_ANSWERS, LONG_COMMENTS, Community, Made
from community.bench.texts import HAN, LANGUAGES, Writer
from community.db import db, writing
from community.models import Account, Answer, Comment, Post, Question, Vote, question_tag

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def made(app: Flask) -> Made:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("rows bring their own ids: SQLite only")
    community = Community(60, NOW)
    with writing(), db.engine.connect() as connection:
        for _ in community.write(connection):
            connection.commit()
        connection.commit()
    return community.made


def test_counts_and_scores_are_those_of_the_rows(made: Made, session: Session) -> None:
    answers = select(Answer.question_id, func.count()).group_by(Answer.question_id)
    counted = {question_id: many for question_id, many in session.execute(answers)}
    votes = select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id)
    scores = {post_id: total for post_id, total in session.execute(votes)}
    assert session.scalar(select(func.count(Post.id))) == made.posts
    for question in session.scalars(select(Question)):
        assert question.answer_count == counted.get(question.id, 0)
        assert (question.solved_at is not None) == bool(accepted(session, question.id))
    for post in session.scalars(select(Post)):
        assert post.score == scores.get(post.id, 0)


def accepted(session: Session, question_id: int) -> list[int]:
    return list(
        session.scalars(select(Answer.id).where(Answer.question_id == question_id, Answer.accepted_at.is_not(None)))
    )


def test_a_long_thread_has_thirty_answers_with_comments_on_each(made: Made, session: Session) -> None:
    assert made.long_ids
    answers = list(session.scalars(select(Answer.id).where(Answer.question_id == made.long_ids[0])))
    assert len(answers) == LONG_ANSWERS
    for parent in (made.long_ids[0], *answers):
        below = select(func.count(Comment.id)).where(Comment.parent_id == parent)
        assert session.scalar(below) == LONG_COMMENTS


def test_nothing_is_said_before_what_it_answers_nor_in_the_future(made: Made, session: Session) -> None:
    at = {post.id: post.created_at for post in session.scalars(select(Post))}
    for answer in session.scalars(select(Answer)):
        assert at[answer.question_id or 0] <= answer.created_at <= NOW
    for comment in session.scalars(select(Comment)):
        assert at[comment.parent_id or 0] <= comment.created_at <= NOW
    for question in session.scalars(select(Question)):
        below = session.scalars(select(Post.id).where(Post.question_id == question.id))
        assert question.active_at == max(at[post_id] for post_id in (question.id, *below))


def test_both_languages_are_spoken_and_few_tags_are_used_most(made: Made, session: Session) -> None:
    titles = session.scalars(select(Question.title)).all()
    chinese = [title for title in titles if HAN.search(title or "")]
    assert 0.2 < len(chinese) / len(titles) < 0.6
    uses = dict(session.execute(select(question_tag.c.tag_id, func.count()).group_by(question_tag.c.tag_id)).all())
    assert uses[1] == max(uses.values())
    assert session.scalar(select(func.count(Account.id))) == 250


def test_the_vocabulary_grows_with_the_texts() -> None:
    writer = Writer(1)

    def new_words(known: set[str], many: int) -> int:
        before = len(known)
        for _ in range(many):
            known.update(writer.text("en", 5).lower().split())
        return len(known) - before

    known: set[str] = set()
    assert new_words(known, 500) > 0
    new_words(known, 2_000)
    assert new_words(known, 2_000) > 200, "even late texts bring words that none had before"


def test_the_same_seed_writes_the_same() -> None:
    one, other = ([writer.text(language, 5) for language in LANGUAGES] for writer in (Writer(7), Writer(7)))
    assert one == other
