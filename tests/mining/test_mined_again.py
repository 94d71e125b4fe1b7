"""A text that was edited, deleted, corrected or taken over is mined again, and loses nothing that people said of it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.db import writing
from community.insights import corrections
from community.insights import placing as insights
from community.models import Account, Correction, Mention, Question, Signal, Verbatim, Verdict
from community.questions import service as questions
from mining import corpus, job, known
from mining.readers import read_batch
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder, found, sentence, sentences, topic_of
from tests.mining.runs import ENCODER, mined, verbatim


def edit(session: Session, post: Question, body: str) -> None:
    with writing():
        author = session.get_one(Account, post.author_id)
        questions.edit(session, post, post.title, body, author, datetime.now(UTC))
        session.commit()


def remove(session: Session, post: Question) -> None:
    with writing():
        questions.remove(session, post, session.get_one(Account, post.author_id), datetime.now(UTC))
        session.commit()


def test_an_edited_text_is_mined_again_and_its_mentions_replaced(units: Units, make: Factory, session: Session) -> None:
    question = make.question(body="It is broken. I hate it.")
    other = make.question(body="I love this one.")
    mined(units)
    edit(session, question, "Solved now, and it works. Great!")
    assert {m.verbatim_id for m in units.read(found)} == {verbatim(units, 1).id}, "void offsets are gone at once"
    assert verbatim(units).sentiment is None
    assert mined(units).verbatims == 1
    said = units.read(sentences)
    assert "Great!" in said
    assert "It is broken." not in said
    assert verbatim(units).sentiment == "positive"
    assert other.id != question.id


def test_an_edit_that_changes_no_word_is_not_mined_again(units: Units, make: Factory, session: Session) -> None:
    question = make.question(body="It is broken.")
    mined(units)
    before = units.read(found)
    edit(session, question, "It is broken.")
    assert mined(units).verbatims == 0
    assert units.read(found) == before


def test_a_deleted_post_leaves_no_mention_and_no_signal(units: Units, make: Factory, session: Session) -> None:
    question = make.question(body="This is terrible. I will cancel.")
    make.answer(question, body="That is awful.")
    mined(units)
    assert units.read(
        lambda session: session.scalar(select(func.count(Signal.id)).where(Signal.mention_id.is_not(None)))
    )
    remove(session, question)
    mined(units)
    assert units.read(found) == []
    assert (
        units.read(lambda session: session.scalars(select(Signal.kind).where(Signal.mention_id.is_not(None))).all())
        == []
    )


def test_a_text_edited_while_it_is_read_is_not_overwritten_by_what_the_old_one_said(
    units: Units, make: Factory, session: Session
) -> None:
    question = make.question(body="It is broken.")
    make.question(body="I love this one.")
    edits = ["Great, it works."]

    def edit_once(texts: Sequence[str]) -> None:
        if edits and "It is broken." in texts:
            edit(session, question, edits.pop())

    counts = mined(units, FakeEncoder(before=edit_once))
    assert not edits
    assert counts.verbatims == 2, "the dropped result is not counted; the new text is"
    assert "It is broken." not in units.read(sentences)
    assert "Great, it works." in units.read(sentences)
    assert verbatim(units).sentiment == "positive"


def test_a_text_deleted_while_it_is_read_stays_deleted(units: Units, make: Factory, session: Session) -> None:
    question = make.question(body="It is broken.")
    make.question(body="I love this one.")
    left = [question]

    def remove_once(texts: Sequence[str]) -> None:
        while left:
            remove(session, left.pop())

    assert mined(units, FakeEncoder(before=remove_once)).verbatims == 1
    assert "It is broken." not in units.read(sentences)


def test_a_batch_that_another_process_took_over_is_not_written(units: Units, make: Factory) -> None:
    make.question(body="It is broken.")

    def seize(texts: Sequence[str]) -> None:
        units.write(lambda session: session.execute(update(Verbatim).values(claimed_by="another")))

    batch = units.write(lambda session: corpus.claim(session, "fake-1", NOW))
    topics = units.read(lambda session: known.load(session, "fake-1"))
    result = read_batch(FakeEncoder(before=seize), batch)  # type: ignore[arg-type]
    assert job.write(units, batch, result, topics, "fake-1") == (0, 0)
    assert units.read(found) == []
    assert verbatim(units).claimed_by == "another"


def test_claims_that_lapse_while_the_run_stands_still_are_taken_over(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a run may be stopped for longer than two claims last; what is free then is not left behind."""
    make.contact("My parcel is late.")
    monkeypatch.setattr(corpus, "CLAIM", timedelta(seconds=0.05))
    first_free = corpus.next_free

    def slow(*arguments: Any) -> datetime | None:
        time.sleep(0.2)
        return first_free(*arguments)

    monkeypatch.setattr(corpus, "next_free", slow)
    units.write(lambda session: corpus.claim(session, ENCODER.revision, datetime.now(UTC) + timedelta(seconds=0.05)))
    assert mined(units).verbatims == 1


def test_a_corrected_mention_stays_corrected_in_every_later_run(units: Units, make: Factory, session: Session) -> None:
    make.question(title="About it", body="It is broken. I love the colour.")
    mined(units)
    manager = make.account("Mia", "manager")
    wrong = session.scalars(select(Mention).order_by(Mention.start)).all()[1]
    start = wrong.start
    insights.relabel(session, wrong, "positive", "suggestion", manager, NOW)
    session.commit()
    for revision in ("fake-1", "fake-2", "fake-3"):
        if revision == "fake-1":
            units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
        assert mined(units, FakeEncoder(revision)).verbatims == 1
        row = units.read(lambda session: session.scalars(select(Mention).where(Mention.start == start)).one())
        assert (row.sentiment, row.intent, row.revision) == ("positive", "suggestion", revision)
        assert row.score >= 0.5
        assert verbatim(units).sentiment == "positive", "the text follows its parts, whatever the model reads it as"
    others = [m.sentiment for m in units.read(found) if m.start != start]
    assert others == ["neutral", "positive"]
    correction = session.scalars(select(Correction)).one()
    corrections.undo(session, correction.id, manager, NOW)
    session.commit()
    mined(units, FakeEncoder("fake-4"))
    untouched = verbatim(units)
    assert (untouched.sentiment, untouched.mined_revision) == ("mixed", "fake-4")


def test_a_correction_of_one_label_leaves_the_other_to_the_machine(
    units: Units, make: Factory, session: Session
) -> None:
    make.question(title="About it", body="It is broken.")
    mined(units)
    manager = make.account("Mia", "manager")
    wrong = session.scalars(select(Mention).order_by(Mention.start.desc())).first()
    assert wrong is not None
    insights.relabel(session, wrong, None, "question", manager, NOW)
    session.commit()
    mined(units, FakeEncoder("fake-2"))
    last = units.read(found)[-1]
    assert (last.sentiment, last.intent) == ("negative", "question")


def test_a_correction_does_not_speak_of_another_text(units: Units, make: Factory, session: Session) -> None:
    question = make.question(title="About it", body="It is broken.")
    mined(units)
    manager = make.account("Mia", "manager")
    for mention in session.scalars(select(Mention)).all():
        insights.relabel(session, mention, "positive", None, manager, NOW)
    session.commit()
    edit(session, question, "It is awful!!")
    mined(units)
    assert units.read(found)[-1].sentiment == "negative"
    assert units.read(lambda session: session.scalar(select(func.count(Verdict.id)))) == 2


def test_a_mention_at_the_same_place_keeps_its_topic_when_mined_again(units: Units, make: Factory) -> None:
    for number in range(18):
        make.contact(sentence("battery", number) + "\n\n" + sentence("delivery", number))
    mined(units)
    before = units.read(topic_of)
    assert len({topic for topic in before.values() if topic}) == 2
    units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
    assert mined(units).verbatims == 18
    assert units.read(topic_of) == before
