"""Whoever had a post hidden may mend it, and ask once to have it looked at again."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Conflict, NotFound
from community.models import Account, Answer, Flag, LogEntry, Post, QueueItem, Revision
from community.moderation import appeals, deciding, flags, log
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import Factory, sign_in

DAY = timedelta(days=1)


@pytest.fixture
def post(session: Session, make: Factory, nora: Account, mo: Account) -> Answer:
    """Nora's answer, flagged as advertising and hidden."""
    given = make.answer(make.question(), nora, "Buy my lamps.")
    flags.flag(session, given, "spam", "", make.account("Fay"), NOW)
    hide(session, given, mo)
    return given


def hide(session: Session, post: Post, mo: Account) -> None:
    waiting = select(QueueItem).where(QueueItem.post_id == post.id, QueueItem.state != "decided")
    deciding.decide(session, session.scalars(waiting).one(), "hide", mo, NOW)
    session.commit()


def test_a_granted_appeal_shows_the_post_again_and_turns_the_flaggers_record(
    session: Session, make: Factory, mo: Account, nora: Account, post: Answer
) -> None:
    item = appeals.of_post(session, nora, post.id, "They are not mine, I only like them.", NOW + DAY)
    session.commit()
    assert (item.kind, item.reason, item.details["kind"]) == ("appeal", "spam", "post")
    decided = deciding.decide(session, item, "grant", mo, NOW + DAY)
    session.commit()
    session.refresh(post)
    assert (post.deleted_at, post.hidden_as) == (None, None)
    assert session.scalars(select(Flag.outcome)).all() == ["rejected"]
    log.undo(session, decided, mo, NOW + 2 * DAY)
    session.commit()
    session.refresh(post)
    assert post.hidden_as == "hidden"
    assert session.scalars(select(Flag.outcome)).all() == ["upheld"]


def test_an_appeal_is_made_once_each_time_that_it_was_hidden(
    session: Session, make: Factory, mo: Account, nora: Account, post: Answer
) -> None:
    item = appeals.of_post(session, nora, post.id, "Why?", NOW + DAY)
    session.commit()
    with pytest.raises(Conflict):
        appeals.of_post(session, nora, post.id, "Why?", NOW + DAY)
    deciding.decide(session, item, "refuse", mo, NOW + DAY)
    session.commit()
    with pytest.raises(Conflict):
        appeals.of_post(session, nora, post.id, "But why?", NOW + 2 * DAY)
    assert appeals.appealable(session, nora, [post.id]) == set()


def test_only_the_author_of_what_moderation_hid_can_appeal(
    session: Session, make: Factory, nora: Account, post: Answer
) -> None:
    seen = make.answer(make.question(), nora)
    for account, key in ((make.account(), post.id), (nora, seen.id), (nora, 999_999)):
        with pytest.raises(NotFound):
            appeals.of_post(session, account, key, "Why?", NOW)


def test_what_a_moderator_will_look_at_anyway_needs_no_appeal(
    session: Session, make: Factory, nora: Account, mo: Account
) -> None:
    given = make.answer(make.question(), nora)
    for name in ("Ann", "Bea", "Cho", "Dee", "Eve"):
        flagger = make.account(name)
        flagger.trust = "leader"
        session.commit()
        flags.flag(session, given, "abuse", "", flagger, NOW)
    session.commit()
    session.refresh(given)
    assert given.hidden_as == "hidden"
    assert session.scalar(select(LogEntry.id).where(LogEntry.action == "autohide"))
    with pytest.raises(Conflict, match="anyway"):
        appeals.of_post(session, nora, given.id, "Why?", NOW)


def test_an_appeal_is_shown_beside_the_decision_that_it_was_made_against(
    client: FlaskClient, session: Session, make: Factory, mo: Account, nora: Account, post: Answer
) -> None:
    first = appeals.of_post(session, nora, post.id, "They are not mine.", NOW + DAY)
    session.commit()
    granted = deciding.decide(session, first, "grant", mo, NOW + DAY)
    session.commit()
    flags.flag(session, post, "abuse", "", make.account("Gil"), NOW + 2 * DAY)
    waiting = session.scalars(select(QueueItem).where(QueueItem.kind == "flag", QueueItem.state != "decided")).one()
    ada = make.account("Ada", "admin")
    deciding.decide(session, waiting, "delete", ada, NOW + 2 * DAY)
    session.commit()
    second = appeals.of_post(session, nora, post.id, "Still not mine.", NOW + 3 * DAY)
    session.commit()
    assert granted.action == "grant"
    assert appeals.appealed(session, [first, second, waiting]) == {
        first.id: ("hide", NOW, "Mo", None), second.id: ("delete", NOW + 2 * DAY, "Ada", None),
    }  # fmt: skip
    sign_in(client, mo)
    session.rollback()
    page = " ".join(client.get("/moderation").get_data(as_text=True).split())
    assert "<bdi>Nora</bdi>: <bdi>Still not mine.</bdi>" in page
    assert "Against: deleted · Ada," in page


def test_the_author_mends_a_hidden_post_and_appeals_on_their_standing(
    client: FlaskClient, session: Session, nora: Account, post: Answer
) -> None:
    key = post.id
    sign_in(client, nora)
    session.rollback()
    standing = client.get("/standing").get_data(as_text=True)
    assert f"/posts/{key}/edit" in standing
    assert "Ask to have it looked at again" in standing
    empty = client.post("/standing/appeal", data={"post": key, "text": " "})
    assert empty.status_code == 422
    assert client.post(f"/posts/{key}/edit", data={"body": "Hold the button."}).status_code == 302
    sent = client.post("/standing/appeal", data={"post": key, "text": "I took the link out."})
    assert sent.status_code == 303
    after = client.get("/standing").get_data(as_text=True)
    assert "Ask to have it looked at again" not in after
    assert "appealed, waits for a decision" in after
    session.rollback()
    mended = session.get_one(Post, key)
    assert (mended.body, mended.hidden_as) == ("Hold the button.", "hidden")
    assert session.scalar(select(func.count()).where(Revision.post_id == key)) == 1


def test_nobody_else_and_nothing_deleted_can_be_edited(
    client: FlaskClient, session: Session, make: Factory, mo: Account, nora: Account, post: Answer
) -> None:
    key = post.id
    sign_in(client, make.account("Otto"))
    session.rollback()
    assert client.post(f"/posts/{key}/edit", data={"body": "Mine now"}).status_code == 404
    item = appeals.of_post(session, nora, key, "Why?", NOW)
    deciding.decide(session, item, "refuse", mo, NOW)
    session.commit()
    flagged = make.answer(make.question(), nora)
    flags.flag(session, flagged, "abuse", "", make.account("Fay"), NOW)
    waiting = session.scalars(select(QueueItem).where(QueueItem.post_id == flagged.id)).one()
    deciding.decide(session, waiting, "delete", mo, NOW)
    session.commit()
    flagged_id = flagged.id
    client.get("/sign-out")
    client.post("/sign-out")
    sign_in(client, nora)
    session.rollback()
    assert client.get(f"/posts/{flagged_id}/edit").status_code == 404


def test_a_moderator_decides_about_the_words_that_they_read(
    client: FlaskClient, session: Session, mo: Account, nora: Account, post: Answer
) -> None:
    item = appeals.of_post(session, nora, post.id, "I took the link out.", NOW)
    session.commit()
    item_id, key = item.id, post.id
    sign_in(client, mo)
    session.rollback()
    assert "Show it again" in client.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    session.get_one(Post, key).body = "Buy my lamps, really."
    session.get_one(Post, key).edited_at = NOW
    session.commit()
    late = client.post(f"/moderation/items/{item_id}/decision", data={"outcome": "grant", "edited": ""})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Its author changed it" in page
    assert "Buy my lamps, really." in page
    session.rollback()
    assert session.get_one(Post, key).hidden_as == "hidden"
    deliver_pending()
    seen = NOW.isoformat()
    assert (
        client.post(f"/moderation/items/{item_id}/decision", data={"outcome": "grant", "edited": seen}).status_code
        == 303
    )
    session.rollback()
    assert session.get_one(Post, key).hidden_as is None
