"""The queue: claimed for ten minutes, decided once, undone exactly; pages by key in a constant number of statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from community.db import db
from community.errors import Conflict, Invalid, NotAllowed
from community.models import Account, Flag, LogEntry, Question, QueueItem, Verbatim
from community.moderation import deciding, flags, log, queries, queue
from community.moderation.hiding import end_deletions, mark_of
from community.web.urls import parse_number_key
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.test_flags import item_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ada(make: Factory) -> Account:
    return make.account("Ada", "admin")


@pytest.fixture
def item(session: Session, make: Factory) -> QueueItem:
    asked = make.question(make.account("Asker"), title="Buy okapis", tags=["lamp"])
    flags.flag(session, asked, "spam", "", make.account("Flagger"), NOW)
    session.commit()
    return item_of(session, asked.id)


def entry_of(session: Session, action: str) -> LogEntry:
    return session.scalars(select(LogEntry).where(LogEntry.action == action).order_by(LogEntry.id.desc())).first()  # type: ignore[return-value]


def test_what_one_claims_nobody_else_decides_for_ten_minutes(
    session: Session, item: QueueItem, mo: Account, ada: Account
) -> None:
    queue.claim(session, item, mo, NOW)
    session.commit()
    for verb in (
        lambda at: queue.claim(session, item, ada, at),
        lambda at: deciding.decide(session, item, "hide", ada, at),
    ):
        with pytest.raises(Conflict, match="Mo is looking at it"):
            verb(NOW + 9 * MINUTE)
        session.rollback()
    queue.claim(session, item, mo, NOW + 9 * MINUTE)  # work renews it
    session.commit()
    with pytest.raises(Conflict):
        queue.claim(session, item, ada, NOW + 15 * MINUTE)
    session.rollback()
    queue.claim(session, item, ada, NOW + 19 * MINUTE)
    assert item.claimed_by_id == ada.id


def test_the_second_to_decide_is_shown_who_did_and_how(
    app: Flask, session: Session, item: QueueItem, mo: Account, ada: Account
) -> None:
    with Session(db.engine) as other:
        theirs = other.get_one(QueueItem, item.id)
        version = theirs.version
        other.rollback()
        deciding.decide(session, item, "hide", mo, NOW)
        session.commit()
        late = other.get_one(QueueItem, item.id)
        late.__dict__["version"] = version  # as it was read before
        late.__dict__["state"] = "open"
        with pytest.raises(Conflict, match=r"Mo decided it .*: hidden"):
            deciding.decide(other, late, "reject", other.get_one(Account, ada.id), NOW)
        other.rollback()
    assert session.query(LogEntry).filter(LogEntry.action.in_(("hide", "reject"))).count() == 1


def test_nobody_decides_about_their_own_post_and_only_what_there_is_to_choose(
    session: Session, make: Factory, mo: Account, ada: Account
) -> None:
    asked = make.question(mo)
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    session.commit()
    own = item_of(session, asked.id)
    with pytest.raises(NotAllowed):
        deciding.decide(session, own, "reject", mo, NOW)
    for outcome, reason, note in (("publish", "", ""), ("hide", "taste", ""), ("hide", "spam", "x" * 1001)):
        with pytest.raises(Invalid):
            deciding.decide(session, own, outcome, ada, NOW, reason, note)


@pytest.mark.parametrize("outcome", ["hide", "delete", "reject"])
def test_undoing_restores_item_post_and_flags_exactly(
    session: Session, item: QueueItem, mo: Account, outcome: str
) -> None:
    before = state(session, item)
    deciding.decide(session, item, outcome, mo, NOW)
    session.commit()
    assert state(session, item) != before
    log.undo(session, entry_of(session, outcome), mo, NOW + timedelta(days=29))
    session.commit()
    assert state(session, item) == before


def state(session: Session, item: QueueItem) -> list[object]:
    session.expire_all()
    post = session.get_one(Question, item.post_id)
    found = [
        item.state, item.outcome, item.claimed_by_id, item.decided_by_id, item.decided_at, post.deleted_at, post.hidden_as,
        post.hidden_with_id, post.hidden_kept, [flag.outcome for flag in session.query(Flag).order_by(Flag.id)],
        session.query(Verbatim).filter(Verbatim.post_id == post.id).count(),
        len(session.execute(select(Question.tags.property.secondary)).all()),  # type: ignore[attr-defined]
    ]  # fmt: skip
    session.rollback()
    return found


def test_a_decision_is_undone_once_and_for_thirty_days_and_not_before_a_later_one(
    session: Session, item: QueueItem, mo: Account
) -> None:
    deciding.decide(session, item, "hide", mo, NOW)
    session.commit()
    first = entry_of(session, "hide")
    with pytest.raises(Conflict, match="30 days"):
        log.undo(session, first, mo, NOW + timedelta(days=31))
    log.undo(session, first, mo, NOW)
    session.commit()
    with pytest.raises(Conflict, match="already"):
        log.undo(session, first, mo, NOW)
    deciding.decide(session, item, "hide", mo, NOW)
    session.commit()
    second = entry_of(session, "hide")
    log.undo(session, second, mo, NOW)
    session.commit()
    assert [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)] == [
        "open", "hide", "undo", "hide", "undo",
    ]  # fmt: skip


def test_what_hangs_below_a_hidden_post_is_hidden_with_it_in_whatever_order_marks_come_and_go(
    session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    given = make.answer(asked)
    said = make.comment(given)
    items = []
    for post in (asked, given, said):
        flags.flag(session, post, "spam", "", make.account(), NOW)
        items.append(item_of(session, post.id))
    session.commit()
    for one in items:
        deciding.decide(session, one, "hide", mo, NOW)
    session.commit()
    assert [mark_of(post) for post in (asked, given, said)] == ["hidden"] * 3
    for action in (entry for entry in session.query(LogEntry).filter(LogEntry.action == "hide").order_by(LogEntry.id)):
        log.undo(session, action, mo, NOW)  # the question first: what is below it is still marked itself
        session.commit()
    assert [post.deleted_at for post in (asked, given, said)] == [None] * 3
    deciding.decide(session, items[1], "hide", mo, NOW)
    assert (asked.deleted_at, said.hidden_with_id) == (None, given.id)
    deciding.decide(session, items[0], "delete", mo, NOW)
    log.undo(session, entry_of(session, "hide"), mo, NOW)  # the answer is shown again, below a deleted question
    assert (given.hidden_with_id, given.hidden_as, said.hidden_with_id) == (asked.id, "deleted", asked.id)
    assert asked.answer_count == 0
    log.undo(session, entry_of(session, "delete"), mo, NOW)
    assert (given.deleted_at, said.deleted_at, asked.answer_count) == (None, None, 1)


@contextmanager
def counted() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT")):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_queue_costs_the_same_statements_for_one_item_as_for_many(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    flagger = make.account()
    many = [make.question(title=f"Question {n}", now=NOW - timedelta(hours=n)) for n in range(45)]
    flags.flag(session, many[0], "spam", "", flagger, NOW)
    session.commit()
    sign_in(client, mo)
    client.get("/moderation")
    with counted() as one:
        assert client.get("/moderation").status_code == 200
    session.rollback()
    for post in many[1:]:
        flags.flag(session, post, "abuse", "", flagger, NOW)
    session.commit()
    with counted() as more:
        page = client.get("/moderation").get_data(as_text=True)
    assert page.count("data-row>") == 20
    assert len(more) == len(one) <= 15


def test_paging_shows_each_item_once_the_most_urgent_first(session: Session, make: Factory, mo: Account) -> None:
    flagger = make.account()
    for number in range(45):
        post = make.question(title=f"Question {number}", now=NOW - timedelta(hours=number))
        flags.flag(session, post, "abuse" if number % 3 else "spam", "", flagger, NOW)
    session.commit()
    found, key = [], None
    while not found or key:
        page = queries.listed(session, "waiting", None, mo, NOW, parse_number_key(key))
        found += [(row.score, row.id) for row in page.rows]
        key = page.next_key
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 45


def test_several_are_decided_together_and_taken_back_together(
    client: FlaskClient, session: Session, make: Factory, mo: Account, ada: Account
) -> None:
    posts = [make.question(title=f"Question {n}", now=NOW - timedelta(hours=n)) for n in range(3)]
    for post in posts:
        flags.flag(session, post, "spam", "", make.account(), NOW)
    session.commit()
    ids = [item_of(session, post.id).id for post in posts]
    deciding.decide(session, session.get_one(QueueItem, ids[0]), "reject", ada, NOW)
    session.commit()
    sign_in(client, mo)
    sent = client.post("/moderation/decisions", data={"item": ids, "outcome": "delete"}, follow_redirects=True)
    page = sent.get_data(as_text=True)
    assert "2 decided." in page
    assert "1 left: Ada decided it" in page
    session.rollback()
    entries = [str(entry.id) for entry in session.query(LogEntry).filter(LogEntry.action == "delete")]
    session.rollback()
    client.post("/moderation/log/undoing", data={"entry": " ".join(entries)})
    assert {post.deleted_at for post in session.query(Question)} == {None}


def test_who_holds_an_item_and_who_decided_it_stands_on_its_page(
    client: FlaskClient, session: Session, item: QueueItem, mo: Account, ada: Account
) -> None:
    path = f"/moderation/items/{item.id}"
    session.rollback()
    sign_in(client, mo)
    assert "Claim for ten minutes" in client.get(path).get_data(as_text=True)
    client.post(f"{path}/claim")
    assert "Ten more minutes" in client.get(path).get_data(as_text=True)
    other = client.application.test_client()
    sign_in(other, ada)
    assert "Mo is looking at it" in other.get(path).get_data(as_text=True)
    refused = other.post(f"{path}/decision", data={"outcome": "hide", "note": "typed with care"})
    assert refused.status_code == 409
    assert "Mo is looking at it" in refused.get_data(as_text=True)
    assert "typed with care" in refused.get_data(as_text=True), "words are not lost"
    assert client.post(f"{path}/decision", data={"outcome": "hide"}).status_code == 303
    assert "hidden" in other.get(path).get_data(as_text=True)
    late = other.post(f"{path}/decision", data={"outcome": "reject", "note": "typed with care"})
    assert (late.status_code, "typed with care" in late.get_data(as_text=True)) == (409, True)
    assert "What you wrote was not sent" in late.get_data(as_text=True)
    assert "Waiting" in other.get("/moderation?state=decided").get_data(as_text=True)


def test_the_public_log_shows_decisions_and_nobodys_words(
    client: FlaskClient, session: Session, item: QueueItem, mo: Account
) -> None:
    deciding.decide(session, item, "hide", mo, NOW, note="a private note")
    session.commit()
    page = client.get("/moderation/log").get_data(as_text=True)
    assert "hidden" in page
    assert "Mo" in page
    for private in ("a private note", "Buy okapis", "Flagger", "Asker"):
        assert private not in page


def test_what_was_deleted_long_ago_is_deleted_for_good(session: Session, item: QueueItem, mo: Account) -> None:
    deciding.decide(session, item, "delete", mo, NOW)
    session.commit()
    assert end_deletions(NOW + timedelta(days=89)) == {}
    assert end_deletions(NOW + timedelta(days=91)) == {"posts": 1}
    session.rollback()
    post = session.get_one(Question, item.post_id)
    assert (post.hidden_with_id, post.hidden_as) == (None, None)
    assert post.deleted_at is not None
