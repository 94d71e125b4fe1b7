"""Who is gone is not called by name any more; the words of those who called them stay."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import calls
from community.db import writing
from community.models import Account, Event, Mention, Post, Revision, Verbatim
from community.privacy import service
from community.questions import service as questions
from community.reactions import deliver_pending
from community.search import queries as search
from tests.conftest import NOW
from tests.factories import Factory


@pytest.fixture
def zoe(make: Factory, session: Session) -> Account:
    gone = make.account("Zoe Quartz")
    assert gone.handle == "zoe-quartz"
    make.account("Zoe Quartz Junior")
    session.commit()
    return gone


def erase(session: Session, person: Account, keep_posts: bool) -> None:
    session.rollback()
    with writing():
        service.erase(session, person, keep_posts, NOW)
        session.commit()


def deliver(session: Session) -> None:
    session.rollback()
    while deliver_pending():
        pass


@pytest.mark.parametrize("keep_posts", [False, True])
def test_a_handle_is_covered_in_others_posts_their_former_words_and_what_was_mined(
    make: Factory, session: Session, zoe: Account, keep_posts: bool
) -> None:
    other = make.account("Other")
    asked = make.question(other, body="Dear @Zoe-Quartz, help.")
    questions.edit(session, asked, asked.title, "Thanks @zoe-quartz! It works.", other, NOW)
    session.commit()
    question_id, edited_at = asked.id, asked.edited_at
    erase(session, zoe, keep_posts)
    left = session.get_one(Post, question_id)
    assert left.body == "Thanks @…! It works."
    assert left.edited_at == edited_at
    assert session.scalars(select(Revision.body)).one() == "Dear @…, help."
    assert "zoe" not in session.scalars(select(Verbatim.text)).one()
    assert session.scalars(select(Mention)).all() == []
    told = session.scalars(select(Event).where(Event.kind == "account.erased")).one()
    assert question_id in told.details["post_ids"]


def test_addresses_and_others_whose_handle_begins_alike_stay(make: Factory, session: Session, zoe: Account) -> None:
    body = "@zoe-quartz-junior, https://example.org/@zoe-quartz and me@zoe-quartz.example"
    asked = make.question(make.account("Other"), body=body)
    session.commit()
    question_id = asked.id
    erase(session, zoe, keep_posts=True)
    assert session.get_one(Post, question_id).body == body


def test_in_chinese_the_words_behind_the_name_stay(make: Factory, session: Session) -> None:
    wang, longer = make.account("王伟"), make.account("王伟民")
    assert (wang.handle, longer.handle) == ("王伟", "王伟民")
    asked = make.question(make.account("Other"), body="谢谢@王伟你好，也谢谢@王伟民。")
    session.commit()
    question_id = asked.id
    erase(session, wang, keep_posts=True)
    assert session.get_one(Post, question_id).body == "谢谢@…你好，也谢谢@王伟民。"


@pytest.mark.parametrize(
    ("name", "written"),
    [("Émile", "@ÉMILE"), ("Straße", "@STRASSE"), ("Mira", "@ＭＩＲＡ"), ("Йорн", "@ЙОРН"), ("Σίσυφος", "@ΣΊΣΥΦΟΣ")],
)
def test_a_handle_is_covered_however_its_letters_are_written(
    make: Factory, session: Session, name: str, written: str
) -> None:
    gone = make.account(name)
    asked = make.question(make.account("Other"), body=f"Thanks {written}, and {written}你好")
    session.commit()
    question_id = asked.id
    erase(session, gone, keep_posts=True)
    assert session.get_one(Post, question_id).body == "Thanks @…, and @…你好"


def test_every_text_is_looked_through_however_many_there_are(
    make: Factory, session: Session, zoe: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "BATCH", 2)
    other = make.account("Other")
    ids = [make.question(other, body=f"{number} @zoe-quartz").id for number in range(5)]
    session.commit()
    erase(session, zoe, keep_posts=True)
    assert [session.get_one(Post, id).body for id in ids] == [f"{number} @…" for number in range(5)]


def test_the_search_finds_the_name_no_more(app: Flask, make: Factory, session: Session, zoe: Account) -> None:
    make.question(make.account("Other"), title="Which lamp?", body="Dear @zoe-quartz, help.")
    session.commit()
    deliver(session)
    assert found(app, session)
    erase(session, zoe, keep_posts=True)
    deliver(session)
    assert not found(app, session)


def found(app: Flask, session: Session) -> bool:
    return bool(search.find(app.config["SEARCH_INDEX_DIR"], '"zoe quartz"', session=session).hits)
