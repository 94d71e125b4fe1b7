"""Flags are weighed; enough of several people hides a post everywhere, and rejecting them brings all of it back."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid, NotAllowed
from community.models import Account, Answer, Flag, LogEntry, Question, QueueItem, Verbatim
from community.moderation import deciding, flags
from community.moderation.hiding import mark_of
from community.questions import queries, service
from community.questions.votes import vote
from community.reactions import deliver_pending
from community.search import queries as search
from tests.conftest import NOW
from tests.factories import Factory, sign_in


def item_of(session: Session, post_id: int) -> QueueItem:
    return session.scalars(select(QueueItem).where(QueueItem.post_id == post_id).order_by(QueueItem.id.desc())).first()  # type: ignore[return-value]


def flag_by(session: Session, post: Question | Answer, *people: Account, reason: str = "spam") -> None:
    for person in people:
        flags.flag(session, post, reason, "", person, NOW)
    session.commit()


def with_trust(make: Factory, trust: str, many: int = 1) -> list[Account]:
    found = [make.account() for _ in range(many)]
    for one in found:
        one.trust = trust
    make.session.commit()
    return found


def test_one_person_flags_a_post_once_and_may_take_it_back(session: Session, make: Factory) -> None:
    asked, reader = make.question(), make.account()
    flag_by(session, asked, reader)
    with pytest.raises(Conflict, match="already"):
        flags.flag(session, asked, "abuse", "", reader, NOW)
    session.rollback()
    flags.withdraw(session, asked.id, reader, NOW)
    session.commit()
    assert session.query(Flag).count() == 0
    assert item_of(session, asked.id).outcome == "withdrawn"


def test_flags_need_a_reason_and_somebody_elses_post(session: Session, make: Factory) -> None:
    asker = make.account()
    asked, reader = make.question(asker), make.account()
    with pytest.raises(NotAllowed):
        flags.flag(session, asked, "spam", "", asker, NOW)
    for reason, text in (("taste", ""), ("other", "  "), ("other", "x" * 501)):
        with pytest.raises(Invalid):
            flags.flag(session, asked, reason, text, reader, NOW)


def test_who_is_silenced_does_not_flag(session: Session, make: Factory) -> None:
    asked, reader = make.question(), make.account()
    reader.silenced_until = NOW + timedelta(days=1)
    with pytest.raises(NotAllowed, match="until"):
        flags.flag(session, asked, "spam", "", reader, NOW)


def test_the_flags_of_a_post_are_one_item_with_their_weight(session: Session, make: Factory) -> None:
    asked = make.question()
    flag_by(session, asked, *with_trust(make, "newcomer"), *with_trust(make, "member"))
    flag_by(session, asked, *with_trust(make, "newcomer"), reason="abuse")
    item = item_of(session, asked.id)
    assert session.query(QueueItem).count() == 1
    assert (item.reason, item.score) == ("spam", 0.5 + 1 + 0.5 + 1)  # and one for what harms while it waits


@pytest.mark.parametrize("trust", ["newcomer", "member", "regular", "leader"])
def test_one_ordinary_persons_word_never_hides_a_post(app: Flask, session: Session, make: Factory, trust: str) -> None:
    app.config["FLAG_HIDE_WEIGHT"] = 0.1
    asked, (person,) = make.question(), with_trust(make, trust)
    flag_by(session, asked, person)
    assert asked.deleted_at is None


def test_two_accounts_of_one_customer_are_one_person(app: Flask, session: Session, make: Factory) -> None:
    app.config["FLAG_HIDE_WEIGHT"] = 0.1
    asked = make.question()
    first, second = with_trust(make, "leader", 2)
    make.question(first)
    second.customer_id = first.customer_id
    session.commit()
    flag_by(session, asked, first, second)
    assert asked.deleted_at is None
    flag_by(session, asked, *with_trust(make, "newcomer"))
    assert mark_of(session.get_one(Question, asked.id)) == "hidden"


def test_a_moderators_flag_hides_at_once_but_never_a_post_of_the_staff(session: Session, make: Factory) -> None:
    moderator, agent = make.account("Mo", "moderator"), make.account("Ann", "agent")
    asked = make.question()
    official = make.answer(asked, agent)
    flag_by(session, official, moderator)
    assert official.deleted_at is None
    flag_by(session, asked, moderator)
    assert mark_of(asked) == "hidden"


def test_a_record_of_rejected_flags_weighs_less_and_of_upheld_ones_more(session: Session, make: Factory) -> None:
    moderator, wrong, right = make.account("Mo", "moderator"), make.account(), make.account()
    for person, outcome in ((wrong, "reject"), (right, "hide")):
        for number in range(4):
            asked = make.question(title=f"Question {number} of {outcome}", now=NOW - timedelta(hours=3 * number))
            flag_by(session, asked, person)
            deciding.decide(session, item_of(session, asked.id), outcome, moderator, NOW)
            session.commit()
    assert flags.weight(session, wrong) == pytest.approx(1 / 3, abs=0.01)
    assert flags.weight(session, right) == pytest.approx(5 / 3, abs=0.01)


def shown_anywhere(app: Flask, client: FlaskClient, word: str) -> set[str]:
    """The places where everybody can look in which the word stands."""
    places = ("/", "/questions", "/questions.atom", "/questions/hot", "/api/v1/questions")
    return {path for path in places if word in client.get(path).get_data(as_text=True)}


def test_enough_flags_take_a_post_out_of_sight_everywhere_and_rejecting_them_brings_it_back(
    app: Flask, client: FlaskClient, session: Session, make: Factory
) -> None:
    moderator, asker, other = make.account("Mo", "moderator"), make.account("Asker"), make.account("Other")
    asked = make.question(asker, title="Where is the okapi lamp?", body="It is gone.", tags=["okapi-tag"])
    given = make.answer(asked, other, body="Behind the zebra.")
    vote(session, asked, 1, other, NOW)
    service.accept(session, asked, given, asker, NOW)
    session.commit()
    deliver_pending()
    before = facts(session, asked.id, given.id)
    path = f"/questions/{asked.id}"
    page = client.get(path).get_data(as_text=True)
    assert "application/ld+json" in page
    assert len(shown_anywhere(app, client, "okapi")) == 5
    assert path in client.get("/sitemaps/questions-0.xml").get_data(as_text=True)

    flag_by(session, asked, *with_trust(make, "member", 3))
    deliver_pending()
    assert shown_anywhere(app, client, "okapi") == set()
    assert client.get(path).status_code == 404
    assert client.get(f"/posts/{given.id}").status_code == 404
    assert client.get(f"/api/v1/questions/{asked.id}").status_code == 404
    assert client.get("/sitemaps/questions-0.xml").status_code == 404
    assert not hits(app, session, "okapi")
    assert queries.counts(session)["questions"] == 0
    assert session.query(Verbatim).filter(Verbatim.post_id == asked.id).count() == 1  # the customer did say it

    deciding.decide(session, item_of(session, asked.id), "reject", moderator, NOW)
    session.commit()
    deliver_pending()
    assert facts(session, asked.id, given.id) == before
    assert client.get(path).status_code == 200
    assert path in client.get("/sitemaps/questions-0.xml").get_data(as_text=True)
    assert hits(app, session, "okapi")
    assert {flag.outcome for flag in session.query(Flag)} == {"rejected"}


def hits(app: Flask, session: Session, words: str) -> list[int]:
    session.rollback()
    found = search.find(app.config["SEARCH_INDEX_DIR"], words, session=session)
    return [hit.post_id for hit in found.hits] if found else []


def facts(session: Session, question_id: int, answer_id: int) -> list[object]:
    session.expire_all()
    asked, given = session.get_one(Question, question_id), session.get_one(Answer, answer_id)
    shown = [
        asked.deleted_at, asked.score, asked.answer_count, asked.solved_at, asked.hot, asked.hidden_as, asked.hidden_kept,
        [tag.slug for tag in queries.question(session, question_id).tags], given.deleted_at, given.accepted_at,
    ]  # fmt: skip
    session.rollback()
    return shown


def test_a_hidden_post_is_seen_by_its_author_with_a_note_and_by_the_staff(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    author, moderator, other = make.account("Author"), make.account("Mo", "moderator"), make.account()
    asked = make.question()
    given = make.answer(asked, author, body="Drink the okapi.")
    flag_by(session, given, moderator, reason="wrong")
    path, own_path = f"/questions/{asked.id}", f"/posts/{given.id}"
    session.rollback()
    assert "okapi" not in client.get(path).get_data(as_text=True)
    for reader, note in ((author, "Hidden by moderation"), (moderator, "In the queue")):
        own = client.application.test_client()
        sign_in(own, reader)
        page = own.get(path).get_data(as_text=True)
        assert "Drink the okapi." in page
        assert note in page
        assert '"suggestedAnswer"' not in page
    stranger = client.application.test_client()
    sign_in(stranger, other)
    assert "okapi" not in stranger.get(path).get_data(as_text=True)
    assert stranger.get(own_path).status_code == 404


def test_the_author_hears_of_a_decision_with_its_reason_and_note(
    client: FlaskClient, session: Session, make: Factory
) -> None:
    author, moderator = make.account("Author"), make.account("Mo", "moderator")
    asked = make.question(author)
    flag_by(session, asked, make.account(), reason="off topic")
    deciding.decide(session, item_of(session, asked.id), "hide", moderator, NOW, note="Ask the weather people.")
    session.commit()
    deliver_pending()
    sign_in(client, author)
    assert "A moderator hid your post: Off topic" in client.get("/notifications").get_data(as_text=True)
    page = client.get("/standing").get_data(as_text=True)
    assert "Ask the weather people." in page
    assert "not about the products" in page
    chinese = client.get("/notifications", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert 'lang="zh-CN"' in chinese


def test_withdrawn_flags_bring_back_what_their_weight_had_hidden(session: Session, make: Factory) -> None:
    asked, people = make.question(), with_trust(make, "member", 3)
    flag_by(session, asked, *people)
    assert mark_of(asked) == "hidden"
    flags.withdraw(session, asked.id, people[0], NOW)
    session.commit()
    assert asked.deleted_at is None
    assert [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)][-1] == "autoshow"
