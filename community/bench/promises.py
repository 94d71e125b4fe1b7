"""Whether everything that was acknowledged is in the database, exactly once, and all that follows from it with it."""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.bench.writers import MARK, Done
from community.models import Answer, Draft, Event, Post, Question, Vote
from community.search import service as search

SETTLE_SECONDS = 120  # that the worker is given to deliver the rest
EVENTS = {"question": "question.asked", "answer": "answer.given", "comment": "comment.written"}
SEEN = re.compile(rf"{MARK}\d+-\d+")


def broken_promises(session: Session, done: Sequence[Done], first_id: int) -> list[str]:
    """What was lost, doubled or counted wrongly, in words; posts with ids from `first_id` on are new."""
    return [
        *posts(session, done, first_id),
        *events(session, done),
        *votes(session, done),
        *answer_counts(session, done),
        *drafts(session, done),
    ]


def posts(session: Session, done: Sequence[Done], first_id: int) -> Iterable[str]:
    there: dict[str, list[int]] = defaultdict(list)
    for post_id, body in session.execute(select(Post.id, Post.body).where(Post.id >= first_id)):
        for mark in SEEN.findall(body):
            there[mark].append(post_id)
    for one in done:
        if one.kind not in EVENTS:
            continue
        found = there.pop(one.mark, [])
        if one.is_acknowledged and found != [one.subject]:
            yield f"{one.kind} {one.mark} was acknowledged as {one.subject}, but is there as {found}"
        elif len(found) > 1:
            yield f"{one.kind} {one.mark} is there {len(found)} times"
    yield from (f"{mark} was never sent" for mark in there)


def events(session: Session, done: Sequence[Done]) -> Iterable[str]:
    """One of each post, in the same commit."""
    known = {
        (kind, subject)
        for kind, subject in session.execute(
            select(Event.kind, Event.subject_id).where(Event.kind.in_(EVENTS.values()))
        )
    }
    for one in done:
        if one.kind in EVENTS and one.is_acknowledged and (EVENTS[one.kind], one.subject) not in known:
            yield f"{one.kind} {one.subject} has no event"


def votes(session: Session, done: Sequence[Done]) -> Iterable[str]:
    """The last acknowledged vote of each person on each post, and scores that are the sum of the votes."""
    last = {(one.person, one.subject): one for one in done if one.kind == "vote" and one.is_acknowledged}
    touched = {post for _, post in last}
    rows = select(Vote.voter_id, Vote.post_id, Vote.value).where(Vote.post_id.in_(touched))
    known = {(voter, post): value for voter, post, value in session.execute(rows)}
    for key, one in last.items():
        if known.get(key, 0) != one.value:
            yield f"vote of {key[0]} on {key[1]} is {known.get(key, 0)}, not {one.value}"
    scores = select(Post.id, Post.score).where(Post.id.in_(touched))
    for post, score in session.execute(scores):
        if score != (right := sum(value for (_, on), value in known.items() if on == post)):
            yield f"score of {post} is {score}, not {right}"


def answer_counts(session: Session, done: Sequence[Done]) -> Iterable[str]:
    answered = [one.subject for one in done if one.kind == "answer" and one.is_acknowledged]
    touched = select(Answer.question_id).where(Answer.id.in_(answered))
    right = (
        select(Answer.question_id, func.count().label("many"))
        .where(Answer.question_id.in_(touched), Answer.is_reply.is_not(True), Answer.deleted_at.is_(None))
        .group_by(Answer.question_id)
        .subquery()
    )
    wrong = select(Question.id).join(right, right.c.question_id == Question.id)
    for question_id in session.scalars(wrong.where(Question.answer_count != right.c.many)):
        yield f"answers of question {question_id} are counted wrongly"


def drafts(session: Session, done: Sequence[Done]) -> Iterable[str]:
    last = {one.person: one for one in done if one.kind == "draft" and one.is_acknowledged}
    for person, one in last.items():
        body = session.scalar(select(Draft.body).where(Draft.account_id == person)) or ""
        if one.mark not in SEEN.findall(body):
            yield f"the last draft of {person} is not {one.mark}"


def settled_after(session: Session) -> float | None:
    """Seconds until the worker had delivered every event; None if it did not in time."""
    started = time.monotonic()
    while time.monotonic() - started < SETTLE_SECONDS:
        waiting = session.scalar(select(func.count()).where(Event.finished_at.is_(None)))
        session.rollback()
        if not waiting:
            return round(time.monotonic() - started, 1)
        time.sleep(0.5)
    return None


def unfound(index_dir: Path, session: Session) -> int:
    """Posts of which the search index is not what the tables say."""
    return len(search.check(index_dir, session).post_ids)
