"""One question of the demo with its answers, comments and votes, written the way the forum writes them."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.heat import heat
from community.models import Account, Answer, Comment, MeToo, Post, Product, Question, Tag, Vote, Watch

EVENTS = {"question": "question.asked", "answer": "answer.given", "comment": "comment.written"}
FIRST_VOTE, EACH_VOTE = timedelta(hours=1), timedelta(minutes=40)

Row = dict[str, Any]
People = dict[str, Account]


def add_thread(session: Session, row: Row, product: Product, people: People, now: datetime) -> Counter[str]:
    """Counts of the posts and votes added."""
    question = _question(session, row, product, people, now)
    votes = _votes(session, question, row, people, now)
    posts: list[Post] = [question]
    answers = [_answer(question, number, given, people, now) for number, given in _numbered(row["answers"])]
    session.add_all(answers)
    session.flush()
    for answer, given in zip(answers, row["answers"], strict=True):
        votes += _votes(session, answer, given, people, now)
        posts += _comments(session, question, answer, given, people, now)
    posts += [*answers, *_comments(session, question, question, row, people, now)]
    question.answer_count = len(answers)
    question.solved_at = next((answer.accepted_at for answer in answers if answer.accepted_at), None)
    question.active_at = max(post.created_at for post in posts)
    question.me_too_count = _me_too(session, question, row, people, now)
    question.hot = heat(question.created_at, question.score, len(answers), question.me_too_count)
    question.needs_info_at = _asked_back_at(question, posts)
    _watch(session, question, posts)
    with session.no_autoflush:  # nothing below is read back: one flush at the end
        for post in posts:
            verbatims.of_post(session, post, product.id, now)
            outbox.record(session, EVENTS[post.kind], post.id, post.author, now, imported=True)
    session.flush()
    return Counter([f"{post.kind}s" for post in posts]) + Counter(votes=votes)


def _question(session: Session, row: Row, product: Product, people: People, now: datetime) -> Question:
    question = Question(
        author=people[row["by"]], title=row["title"], body=row["body"], product_id=product.id,
        tags=_tags(session, row["tags"]), created_at=now - timedelta(days=row["day"]), score=_score(row),
        external_id=f"demo:{row['key']}",
    )  # fmt: skip
    session.add(question)
    session.flush()
    return question


def _answer(question: Question, number: int, row: Row, people: People, now: datetime) -> Answer:
    given_at = min(question.created_at + timedelta(hours=row["after_hours"]), now)
    return Answer(
        author=people[row["by"]], question_id=question.id, body=row["body"], created_at=given_at, score=_score(row),
        accepted_at=min(given_at + timedelta(hours=1), now) if row["accepted"] else None,
        external_id=f"{question.external_id}#a{number}",
    )  # fmt: skip


def _comments(
    session: Session, question: Question, parent: Post, row: Row, people: People, now: datetime
) -> list[Post]:
    mark = "" if parent.kind == "answer" else "#"  # q07#c1 stands below the question, q07#a2c1 below its answer
    comments: list[Post] = [
        Comment(
            author=people[said["by"]], question_id=question.id, parent_id=parent.id, body=said["body"],
            created_at=min(parent.created_at + timedelta(hours=said["after_hours"]), now),
            external_id=f"{parent.external_id}{mark}c{number}",
        )
        for number, said in _numbered(row["comments"])
    ]  # fmt: skip
    session.add_all(comments)
    session.flush()
    return comments


def _votes(session: Session, post: Post, row: Row, people: People, now: datetime) -> int:
    cast = [(key, 1) for key in row["up"]] + [(key, -1) for key in row["down"]]
    for place, (key, value) in enumerate(cast):
        at = min(post.created_at + FIRST_VOTE + place * EACH_VOTE, now)
        session.add(Vote(voter_id=people[key].id, post_id=post.id, value=value, created_at=at))
    return len(cast)


def _me_too(session: Session, question: Question, row: Row, people: People, now: datetime) -> int:
    """Every second of those who found a problem worth a vote has it too."""
    others = [people[key] for key in row["up"][::2] if key != row["by"]] if len(row["up"]) > 2 else []
    at = min(question.created_at + FIRST_VOTE, now)
    session.add_all(MeToo(account_id=other.id, question_id=question.id, created_at=at) for other in others)
    return len(others)


def _asked_back_at(question: Question, posts: list[Post]) -> datetime | None:
    """When the asker of an unanswered question was asked something, and has not replied."""
    said = [post for post in posts if isinstance(post, Comment) and post.parent_id == question.id]
    if question.answer_count or not said or said[-1].author_id == question.author_id:
        return None
    return said[-1].created_at if said[-1].body.rstrip().endswith(("?", "？")) else None


def _watch(session: Session, question: Question, posts: list[Post]) -> None:
    """Whoever took part hears how it goes on, as in the forum."""
    for account in {post.author.id: post.author for post in posts if post.author}.values():
        session.add(
            Watch(account_id=account.id, level="watching", question_id=question.id, created_at=question.created_at)
        )


def _tags(session: Session, slugs: list[str]) -> list[Tag]:
    known = {tag.slug: tag for tag in session.scalars(select(Tag).where(Tag.slug.in_(slugs)))}
    return [known.get(slug) or Tag(slug=slug) for slug in slugs]


def _score(row: Row) -> int:
    return len(row["up"]) - len(row["down"])


def _numbered(rows: list[Row]) -> enumerate[Row]:
    return enumerate(rows, start=1)
