"""An author's posts follow a new name into the index, and nobody's posts wait for that."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox
from community.models import Account, Event, Post
from community.reactions import deliver_pending
from community.search import reindexing
from community.search.whoosh_index import current_index
from tests.conftest import NOW
from tests.factories import Factory


def found(session: Session, text: str) -> set[int]:
    session.rollback()
    return {hit.post_id for hit in current_index().find(text, session=session, size=50).hits}


def rename(session: Session, account: Account, name: str, handle: str) -> None:
    account.name, account.handle = name, handle
    outbox.record(session, "account.renamed", account.id, account, NOW)
    session.commit()


def deliver(session: Session) -> int:
    session.rollback()
    rounds = 0
    while deliver_pending():
        rounds += 1
    return rounds


def test_posts_are_found_by_the_new_name(make: Factory, session: Session) -> None:
    mira = make.account("Mira Solberg")
    question = make.question(mira, title="Battery drains")
    answer = make.answer(make.question(title="Another"), mira, body="cable")
    deliver(session)
    rename(session, mira, "Ines Dahl", "ines")
    deliver(session)
    assert found(session, "author:ines is:question") == {question.id}
    assert found(session, "author:ines is:answer") == {answer.id}
    assert found(session, "author:mira") == set()
    assert current_index().check(session).post_ids == []


def test_many_posts_are_brought_up_to_date_some_at_a_time(
    make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "BATCH", 3)
    mira = make.account("Mira Solberg")
    asked = [make.question(mira, title=f"Battery {number}") for number in range(8)]
    deliver(session)
    rename(session, mira, "Ines Dahl", "ines")
    applied: list[int] = []
    index = type(current_index())
    apply = index.apply
    monkeypatch.setattr(
        index, "apply", lambda self, session, ids: applied.append(len(ids)) or apply(self, session, ids)
    )
    assert deliver(session) == 3
    assert applied == [3, 3, 2]
    assert found(session, "author:ines is:question") == {question.id for question in asked}
    assert session.scalars(select(Event).where(Event.finished_at.is_(None))).all() == []


def test_a_former_members_posts_lose_the_name(make: Factory, session: Session) -> None:
    mira = make.account("Mira Solberg")
    question = make.question(mira, title="Battery drains")
    deliver(session)
    for post in session.scalars(select(Post).where(Post.author_id == mira.id)):
        post.author_id = None
    outbox.record(session, "account.erased", mira.id, None, NOW)
    session.commit()
    deliver(session)
    assert found(session, "author:solberg") == set()
    assert found(session, "solberg") == set()
    assert found(session, "battery") == {question.id}
