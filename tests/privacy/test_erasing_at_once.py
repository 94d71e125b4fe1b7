"""An erasure while others post, delivered twice, taken back, or of somebody with very many posts."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from community import uploads
from community.db import Base, db, writing
from community.errors import Conflict, NotFound
from community.models import (
    Account,
    Customer,
    Event,
    Post,
    Upload,
    Verbatim,
)
from community.privacy import service
from community.questions import service as questions
from community.search.whoosh_index import current_index
from tests.conftest import NOW
from tests.factories import Factory
from tests.privacy.erased import count, deliver, erase, is_found
from tests.privacy.leaving import MARK, Traces, found_in_files, leave_traces


@pytest.fixture
def left(app: Flask, make: Factory, session: Session) -> Traces:
    """The traces, delivered: the index has them, too."""
    with writing():
        session.rollback()
        traces = leave_traces(make)
    deliver(session)
    session.rollback()
    return traces


def test_erasing_twice_finds_nobody(session: Session, left: Traces) -> None:
    gone = Account(id=left.person.id, name="Loaded before")
    erase(session, left.person)
    with pytest.raises(NotFound):
        service.erase(session, gone, False, NOW)


@pytest.mark.parametrize("role", ["agent", "moderator", "manager", "admin"])
def test_staff_cannot_erase_themselves_here(session: Session, make: Factory, role: str) -> None:
    staff = make.account("Staff", role)
    with pytest.raises(Conflict, match="administrator"):
        service.erase(session, staff, False, NOW)
    session.rollback()
    assert session.get(Account, staff.id)


def test_what_is_rolled_back_erased_nothing(app: Flask, session: Session, left: Traces) -> None:
    before = rows_by_table(session)
    with writing():
        session.rollback()
        service.erase(session, left.person, False, NOW)
        session.rollback()
    assert rows_by_table(session) == before
    assert left.upload
    assert uploads.path_of(left.upload).is_file()


def rows_by_table(session: Session) -> dict[str, int]:
    session.rollback()
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def test_what_follows_may_be_delivered_twice(app: Flask, session: Session, left: Traces) -> None:
    erase(session, left.person)
    deliver(session)
    with writing():
        session.rollback()
        for event in session.scalars(select(Event)):
            event.finished_at, event.due_at = None, NOW
        session.commit()
    deliver(session)
    assert session.scalar(select(func.count()).where(Event.finished_at.is_(None))) == 0
    assert session.scalars(select(Event.error).where(Event.error.is_not(None))).all() == []
    assert not is_found(app, session, MARK)


def test_many_posts_and_images_go_in_batches(session: Session, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.batches.batches.__defaults__", (2,))
    person, other = make.account(), make.account()
    for number in range(5):
        asked = make.question(person, title=f"Question {number}")
        if number % 2:
            make.answer(asked, other)
    session.add_all(
        Upload(key=f"{number:028x}-1x1", account_id=person.id, width=1, height=1, size=1, created_at=NOW)
        for number in range(3)
    )
    session.commit()
    erase(session, person)
    told = session.scalars(select(Event.details).where(Event.kind == "account.erased").order_by(Event.id)).all()
    assert [len(one["post_ids"]) for one in told] == [2, 2, 1, 0, 0]
    assert sum(len(one["uploads"]) for one in told) == 3
    kinds = session.scalars(select(Event.kind).where(Event.kind.in_(["question.deleted", "question.edited"]))).all()
    assert sorted(kinds) == ["question.deleted"] * 3 + ["question.edited"] * 2


def test_who_posts_in_another_browser_meanwhile_is_done_before_or_not_at_all(
    app: Flask, session: Session, make: Factory
) -> None:
    """Whichever comes first, no word of theirs stays."""
    person = make.account()
    make.question(person, title="The first one")
    account_id = person.id
    session.rollback()
    sessions = sessionmaker(db.engine)
    outcomes: list[str] = []
    begun = threading.Event()

    def post() -> None:
        for number in range(200):
            try:
                with app.app_context(), writing(), sessions() as own:
                    by = own.get(Account, account_id)
                    if by is None:
                        outcomes.append("nobody")
                        return
                    questions.ask(own, f"Raced {number}", "It hangs.", None, (), by, NOW + timedelta(hours=number))
                    own.commit()
                    outcomes.append("posted")
                    begun.set()
            except IntegrityError:
                outcomes.append("refused")
                return

    thread = threading.Thread(target=post)
    thread.start()
    assert begun.wait(10)
    with writing():
        session.rollback()
        service.erase(session, session.get_one(Account, account_id), False, NOW)
        session.commit()
    thread.join(30)
    assert set(session.scalars(select(Post.body))) == {""}
    assert session.scalar(select(func.count(Post.id)).where(Post.deleted_at.is_(None))) == 0
    assert count(session, Verbatim) == count(session, Customer) == 0
    assert outcomes[0] == "posted"
    assert outcomes[-1] in {"nobody", "refused"}


def test_the_index_forgets_on_disk(app: Flask, session: Session, left: Traces) -> None:
    """A deleted document stays in its segment until that is merged; then its words are in no file any more."""
    erase(session, left.person)
    deliver(session)
    session.rollback()
    current_index().merge(is_purge=True)  # as the job does each night
    assert found_in_files(app, MARK) == []
