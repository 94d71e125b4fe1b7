"""Erasing leaves nothing of the person, and everything of the others; all of it or nothing."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import uploads
from community.db import writing
from community.models import (
    Account,
    Answer,
    Comment,
    Complaint,
    Customer,
    Mail,
    Mention,
    MeToo,
    Notification,
    Post,
    Profile,
    Question,
    Report,
    Revision,
    Signal,
    Tag,
    Verbatim,
    Vote,
)
from mining import job
from mining.profiles import renew_profiles
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder
from tests.privacy.erased import count, deliver, erase, is_found
from tests.privacy.leaving import MARK, TRACES, Traces, found_in_files, found_in_tables, leave_traces


@pytest.fixture
def left(app: Flask, make: Factory, session: Session) -> Traces:
    """The traces, delivered: the index has them, too."""
    with writing():
        session.rollback()
        traces = leave_traces(make)
    deliver(session)
    session.rollback()
    return traces


def test_the_traces_are_there_before(app: Flask, session: Session, left: Traces) -> None:
    found = found_in_tables(session, *TRACES)
    assert {"post.title", "post.body", "revision.body", "complaint.body", "message.body", "verbatim.text"} <= found
    assert {"draft.body", "mail.text", "mail.subject", "tag.slug", "account.name", "saved_search.query"} <= found
    assert is_found(app, session, MARK)
    assert found_in_files(app, MARK)
    assert left.upload
    assert uploads.path_of(left.upload).is_file()


def test_after_erasing_everything_no_trace_is_found_anywhere(app: Flask, session: Session, left: Traces) -> None:
    email = left.person.email or ""
    erase(session, left.person)
    assert found_in_tables(session, *TRACES, email) == set()
    deliver(session)
    assert found_in_tables(session, *TRACES, email) == set()
    assert not is_found(app, session, MARK)
    assert not is_found(app, session, "zebulon")
    assert list(Path(app.config["UPLOADS_DIR"]).rglob("*.webp")) == []


def test_after_leaving_the_posts_the_name_is_found_nowhere(app: Flask, session: Session, left: Traces) -> None:
    email = left.person.email or ""
    erase(session, left.person, keep_posts=True)
    deliver(session)
    assert found_in_tables(session, *TRACES[1:], email) == set()
    assert {place.split(".")[0] for place in found_in_tables(session, MARK)} == {"post", "revision", "tag", "mail"}
    assert is_found(app, session, MARK)
    assert not is_found(app, session, "zebulon")
    assert left.upload
    assert left.loose
    files = {path.stem for path in Path(app.config["UPLOADS_DIR"]).rglob("*.webp")}
    assert files == {left.upload.key}, "the image in a post stays, the loose one goes"


def test_kept_posts_are_a_former_member_s(session: Session, left: Traces) -> None:
    alone, accepted = left.questions["alone"].id, left.answers["accepted"].id
    scores = dict(session.execute(select(Post.id, Post.score)).tuples().all())
    person = left.person.id
    erase(session, left.person, keep_posts=True)
    asked = session.get_one(Question, alone)
    assert (asked.author_id, asked.deleted_at, asked.erased_at) == (None, None, None)
    assert MARK in (asked.title or "")
    assert session.get_one(Answer, accepted).accepted_at, "what solved it still does"
    assert session.scalars(select(Revision.editor_id)).all() == [None, None, None]
    assert dict(session.execute(select(Post.id, Post.score)).tuples().all()) == scores, "votes count on, without a name"
    assert session.get(Account, person) is None


def test_customer_and_case_go_with_all_that_was_mined(session: Session, units: Units, left: Traces) -> None:
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    renew_profiles(units, NOW, job.silent)
    erase(session, left.person, keep_posts=True)
    others = session.get_one(Account, left.other.id).customer_id
    assert session.scalars(select(Customer.id)).all() == [others]
    assert set(session.scalars(select(Verbatim.customer_id))) == {others}
    assert set(session.scalars(select(Signal.customer_id))) <= {others}
    assert session.scalars(select(Profile.customer_id)).all() == [others]
    assert count(session, Complaint) == 0
    known = set(session.scalars(select(Verbatim.id)))
    assert set(session.scalars(select(Mention.verbatim_id))) <= known


def test_words_of_others_stay_below_an_erased_post(session: Session, left: Traces) -> None:
    answered, reply = left.questions["answered"].id, left.answers["reply"].id
    discussed, below = left.answers["discussed"].id, left.comments["below"].id
    erase(session, left.person)
    asked = session.get_one(Question, answered)
    assert (asked.title, asked.body, asked.deleted_at, asked.erased_at) == ("", "", None, NOW)
    assert asked.solved_at, "what the asker said of another's answer stays true"
    assert session.get_one(Answer, reply).body == "Hold it."
    given = session.get_one(Answer, discussed)
    assert (given.body, given.deleted_at, given.erased_at) == ("", None, NOW)
    assert session.get_one(Comment, below).body == "Which one?"


def test_what_nobody_wrote_below_is_deleted(session: Session, left: Traces) -> None:
    gone = [left.questions["alone"].id, left.answers["accepted"].id, left.comments["mine"].id]
    erase(session, left.person)
    rows = session.execute(
        select(Post.body, Post.deleted_at, Post.erased_at, Post.author_id).where(Post.id.in_(gone))
    ).tuples()
    assert set(rows) == {("", NOW, None, None)}
    assert count(session, Revision) == 0
    assert session.scalars(select(Tag.slug)).all() == ["light"], "a label of others stays"


def test_a_question_whose_accepted_answer_vanished_is_open_again(session: Session, left: Traces) -> None:
    others = left.questions["others"].id
    erase(session, left.person)
    asked = session.get_one(Question, others)
    assert asked.solved_at is None
    assert asked.answer_count == 0
    assert (
        session.scalar(select(func.count()).where(Answer.accepted_at.is_not(None), Answer.question_id == others)) == 0
    )


def test_votes_are_taken_back_one_by_one(session: Session, left: Traces) -> None:
    others, reply, answered = left.questions["others"].id, left.answers["reply"].id, left.questions["answered"].id
    session.get_one(Question, others).score = 41  # an imported score, of which one vote is theirs
    session.commit()
    erase(session, left.person)
    assert session.get_one(Question, others).score == 40
    assert session.get_one(Answer, reply).score == 0
    assert session.get_one(Question, others).me_too_count == 0
    assert count(session, MeToo) == 0
    assert session.execute(select(Vote.voter_id, Vote.post_id)).tuples().all() == [(left.other.id, answered)]


def test_others_are_no_longer_told_of_them(session: Session, left: Traces) -> None:
    erase(session, left.person)
    kept = session.execute(select(Mail.subject, Mail.sent_at)).tuples().all()
    assert sorted(kept, key=str) == [("", NOW), ("Nothing of theirs", None)]
    authors = select(Post.author_id).join(Notification, Notification.post_id == Post.id)
    assert None not in session.scalars(authors).all()


def test_frozen_counts_of_a_report_stay(session: Session, left: Traces) -> None:
    before = session.scalars(select(Report.content)).one()["totals"]
    erase(session, left.person)
    assert session.scalars(select(Report.content)).one()["totals"] == before
