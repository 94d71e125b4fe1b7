"""Threads are closed, locked and pinned, tags become one and are changed; all comes back exactly."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid
from community.models import (
    Account,
    LogEntry,
    Tag,
    TagSynonym,
    Watch,
    question_tag,
)
from community.questions import queries, service, tagging, watching
from community.questions.rules import named_tags
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.moderation.acts import do, picture, undo


def test_a_closed_question_takes_no_more_answers_until_it_is_opened_again(
    session: Session, make: Factory, mo: Account
) -> None:
    asked = make.question()
    with pytest.raises(Invalid):
        do(session, asked, "close", mo, reason="taste")
    entry = do(session, asked, "close", mo, reason="off topic")
    with pytest.raises(Conflict, match="closed"):
        make.answer(asked)
    session.rollback()
    make.comment(asked)
    with pytest.raises(Conflict):
        do(session, asked, "close", mo, reason="off topic")
    session.rollback()
    undo(session, entry, mo)
    assert make.answer(asked).id


def test_at_a_locked_question_only_the_staff_writes_and_votes(session: Session, make: Factory, mo: Account) -> None:
    asker = make.account()
    asked = make.question(asker)
    given = make.answer(asked)
    do(session, asked, "lock", mo)
    reader = make.account()
    for verb in (
        lambda: make.answer(asked, reader), lambda: make.comment(given, reader),
        lambda: vote(session, given, 1, reader, NOW), lambda: service.edit(session, asked, "Another", "text", asker, NOW),
    ):  # fmt: skip
        with pytest.raises(Conflict, match="locked"):
            verb()
        session.rollback()
    assert make.answer(asked, mo).id
    do(session, asked, "unlock", mo)
    assert make.answer(asked, reader).id


def test_a_pinned_question_stands_above_the_newest_once(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    old = make.question(title="The old rules", now=NOW - timedelta(days=9))
    make.question(title="Something new")
    do(session, old, "pin", mo)
    page = client.get("/questions").get_data(as_text=True)
    assert page.count("The old rules") == 1
    assert page.index("The old rules") < page.index("Something new")
    assert "pinned" in page


def test_tags_that_mean_the_same_become_one_and_come_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    both, old = make.question(tags=["lamp", "lamps"]), make.question(make.account(), tags=["lamps"])
    reader = make.account()
    watching.watch(session, session.scalars(select(Tag).where(Tag.slug == "lamps")).one(), "watching", reader, NOW)
    session.commit()
    before = picture(session)
    entry = tagging.merge_tags(session, "Lamps", "lamp", mo, NOW)
    session.commit()
    assert [tag.slug for tag in queries.question(session, both.id).tags] == ["lamp"]
    assert [tag.slug for tag in queries.question(session, old.id).tags] == ["lamp"]
    assert session.query(Watch).filter(Watch.tag_id.is_not(None)).one().account_id == reader.id
    assert [tag.slug for tag in named_tags(session, ["LAMPS", "lamp"])] == ["lamp"]
    session.rollback()
    assert client.get("/questions?tag=lamps").status_code == 200
    undo(session, session.get_one(LogEntry, entry.id), mo)
    assert picture(session) == before
    assert session.query(TagSynonym).count() == 0
    for names in (("lamp", "lamp"), ("x", "nothing-like-it"), ("", "lamp")):
        with pytest.raises(Invalid):
            tagging.merge_tags(session, *names, mo, NOW)


def test_the_page_of_a_thread_offers_what_can_be_done_and_says_what_cannot(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asked, other = make.question(), make.question(make.account(), title="Another one")
    given = make.answer(asked)
    ids = asked.id, other.id, given.id
    session.rollback()
    sign_in(client, mo)
    session.rollback()
    path = f"/posts/{ids[0]}/curation"
    assert "Merge it" in client.get(path).get_data(as_text=True)
    assert "Split it off" in client.get(f"/posts/{ids[2]}/curation").get_data(as_text=True)
    for target in ("", "999", str(ids[0])):
        assert client.post(path, data={"action": "merge", "target": target}).status_code == 422
    assert client.post(path, data={"action": "split", "title": "No answer"}).status_code == 422
    sent = client.post(path, data={"action": "merge", "target": f"http://localhost/questions/{ids[1]}?page=2#post-3"})
    assert sent.location == f"/questions/{ids[1]}"
    page = client.get(sent.location).get_data(as_text=True)
    assert "Done: merged." in page
    assert "Undo" in page


def slugs(session: Session, question_id: int) -> set[str]:
    rows = select(Tag.slug).join(question_tag).where(question_tag.c.question_id == question_id)
    return set(session.scalars(rows))


def test_tags_that_a_moderator_changed_stand_in_the_log_and_come_back(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    asker = make.account()
    asked = make.question(asker, tags=["lamp", "light"])
    service.edit(session, asked, None, asked.body, asker, NOW, (None, ["lamp", "night"]))
    session.commit()
    assert session.scalars(select(LogEntry)).all() == []
    service.edit(session, asked, None, asked.body, mo, NOW, (None, ["lamp", "battery"]))
    session.commit()
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.action, entry.details["old"], entry.details["new"]) == (
        "retag", ["lamp", "night"], ["battery", "lamp"],
    )  # fmt: skip
    assert "lamp, night → battery, lamp" in client.get("/moderation/log").get_data(as_text=True)
    session.rollback()
    undo(session, entry, mo)
    assert slugs(session, asked.id) == {"lamp", "night"}
    service.edit(session, asked, "Another title", asked.body, mo, NOW, (None, ["lamp", "night"]))
    session.commit()
    assert len(session.scalars(select(LogEntry).where(LogEntry.action == "retag")).all()) == 1
