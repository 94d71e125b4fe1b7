"""Saved searches: kept by their owner, and asked again without telling twice or forgetting a post."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import outbox
from community.db import db
from community.errors import Invalid, NotFound
from community.models import Account, Event, Mail, Notification, Preference, SavedSearch, Watch
from community.reactions import deliver_pending
from community.schedule import CHORES
from community.search import saving
from community.search.reporting_hits import indexed_until, report, run_saved_searches
from community.search.whoosh_index import current_index
from tests.conftest import NOW
from tests.factories import Factory

LATER = NOW + timedelta(hours=1)


def save(session: Session, by: Account, text: str = "battery", frequency: str = "now", **more: str) -> SavedSearch:
    made = saving.save(session, text, more.get("name", ""), frequency, by, NOW)
    session.commit()
    return made


def index_all(session: Session) -> None:
    session.rollback()
    while deliver_pending():
        pass


def run(session: Session, now: datetime = LATER) -> dict[str, int]:
    index_all(session)
    done = run_saved_searches(now)
    session.rollback()
    return done


def told(session: Session, account: Account) -> list[int | None]:
    """Posts that the account was told of by its saved searches."""
    session.rollback()
    rows = select(Notification.post_id).where(
        Notification.account_id == account.id, Notification.kind == "saved search"
    )
    return list(session.scalars(rows.order_by(Notification.post_id)))


def mails(session: Session) -> list[Mail]:
    return list(session.scalars(select(Mail).where(Mail.key.startswith("search:")).order_by(Mail.id)))


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


# Keeping them


def test_the_job_is_on_the_workers_list() -> None:
    assert [one.seconds for one in CHORES if one.work is run_saved_searches] == [600]


def test_a_search_is_kept_once_with_its_last_name_and_frequency(make: Factory, session: Session) -> None:
    mira = make.account()
    save(session, mira, " battery   drains ", "daily")
    save(session, mira, "battery drains", "weekly", name="My band")
    [kept] = saving.saved_searches(session, mira)
    assert (kept.query, kept.name, kept.frequency) == ("battery drains", "My band", "weekly")


@pytest.mark.parametrize("text", ["", "   ", "?!", '""'])
def test_what_looks_for_nothing_is_not_kept(make: Factory, session: Session, text: str) -> None:
    with pytest.raises(Invalid, match="look for"):
        saving.save(session, text, "", "daily", make.account(), NOW)


def test_an_unknown_frequency_is_refused(make: Factory, session: Session) -> None:
    with pytest.raises(Invalid):
        saving.save(session, "battery", "", "hourly", make.account(), NOW)


def test_there_is_a_most(make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_SAVED", 2)
    mira = make.account()
    save(session, mira, "one"), save(session, mira, "two")
    with pytest.raises(Invalid, match="2 saved searches"):
        saving.save(session, "three", "", "daily", mira, NOW)
    assert save(session, mira, "two", "weekly").frequency == "weekly"


def test_only_its_owner_changes_or_deletes_it(make: Factory, session: Session) -> None:
    kept, other = save(session, make.account()), make.account()
    with pytest.raises(NotFound):
        saving.change(session, kept.id, "Mine", "daily", other, NOW)
    with pytest.raises(NotFound):
        saving.remove(session, kept.id, other)


# Asking them again


def test_new_posts_are_told_with_one_mail_for_a_run(make: Factory, session: Session) -> None:
    mira = make.account("Mira")
    old = make.question(title="Battery before", now=later(-5))
    kept = save(session, mira, name="My band")
    asked = make.question(title="Battery drains", now=later(1))
    answered = make.answer(make.question(title="Other", now=later(-9)), body="It is the battery", now=later(2))
    assert run(session)["told"] == 2
    assert told(session, mira) == sorted([asked.id, answered.id])
    assert old.id not in told(session, mira)
    row = session.scalars(
        select(Notification).where(Notification.post_id == answered.id, Notification.kind == "saved search")
    ).one()
    assert row.details == {"name": "My band", "query": "battery"}
    assert (row.question_id, row.actor_id, row.mailed_at) == (answered.question_id, answered.author_id, LATER)
    [mail] = mails(session)
    assert mail.to == mira.email
    assert "2 new posts" in mail.subject
    assert "My band" in mail.subject
    for part in (mail.text, mail.html or ""):
        assert "Battery drains" in part
        assert f"/posts/{answered.id}" in part
        assert "/searches" in part
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in mail.headers["List-Unsubscribe"]
    assert kept.ran_at == LATER - timedelta(minutes=1)


def test_nothing_is_told_twice(make: Factory, session: Session) -> None:
    mira = make.account()
    save(session, mira)
    question = make.question(title="Battery drains", now=later(1))
    assert run(session)["told"] == 1
    outbox.record(session, "question.edited", question.id, None, later(70))
    session.commit()
    assert run(session, LATER + timedelta(hours=1)) == {"searches": 1, "told": 0}
    assert len(told(session, mira)) == len(mails(session)) == 1


def test_two_searches_for_one_post_tell_of_it_once(make: Factory, session: Session) -> None:
    mira = make.account()
    save(session, mira, "battery"), save(session, mira, "drains")
    make.question(title="Battery drains", now=later(1))
    assert run(session)["told"] == 1
    assert len(mails(session)) == 1


def test_two_workers_at_once_tell_once(make: Factory, session: Session, app: Flask) -> None:
    mira = make.account()
    kept_id = save(session, mira).id
    make.question(title="Battery drains", now=later(1))
    index_all(session)
    session.rollback()
    barrier, done = threading.Barrier(2), []

    def work() -> None:
        with app.app_context():
            barrier.wait()
            try:
                done.append(report(db.session(), current_index(), kept_id, later(30), LATER))
            except Exception as error:
                done.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 1]
    assert len(told(session, mira)) == len(mails(session)) == 1


def test_a_run_that_is_cut_off_is_done_again(make: Factory, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    mira = make.account()
    kept_id = save(session, mira).id
    make.question(title="Battery drains", now=later(1))
    index_all(session)
    monkeypatch.setattr("community.search.reporting_hits.mail.queue_all", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        report(session, current_index(), kept_id, later(30), LATER)
    session.rollback()
    assert told(session, mira) == []
    monkeypatch.undo()
    assert run(session)["told"] == 1


def test_a_post_that_is_not_yet_indexed_is_told_by_the_next_run(make: Factory, session: Session) -> None:
    mira = make.account()
    save(session, mira)
    index_all(session)
    late = make.question(title="Battery drains", now=later(10))
    until = indexed_until(session, later(20))
    assert until < late.created_at
    run_saved_searches(later(20))
    assert told(session, mira) == []
    run(session, later(40))
    assert told(session, mira) == [late.id]


def test_an_event_that_failed_for_good_holds_nobody_up(make: Factory, session: Session) -> None:
    make.question(title="Battery", now=later(1))
    session.execute(db.update(Event).values(attempts=outbox.LAST_ATTEMPT))
    session.commit()
    assert indexed_until(session, later(30)) == later(29)


@pytest.mark.parametrize(
    ("frequency", "passed", "is_asked"),
    [("now", 10, True), ("daily", 600, False), ("daily", 1440, True), ("weekly", 2000, False), ("weekly", 10_080, True), ("never", 99_999, False)],
)  # fmt: skip
def test_each_is_asked_as_often_as_was_chosen(
    make: Factory, session: Session, frequency: str, passed: int, is_asked: bool
) -> None:
    mira = make.account()
    save(session, mira, frequency=frequency)
    question = make.question(title="Battery drains", now=later(1))
    run(session, later(passed))
    assert told(session, mira) == ([question.id] if is_asked else [])


def test_own_posts_muted_questions_and_loose_hits_are_not_told(make: Factory, session: Session) -> None:
    mira = make.account()
    save(session, mira, "battery drains")
    make.question(mira, title="My battery drains", now=later(1))
    make.question(title="Battery alone", now=later(1))
    muted = make.question(title="Battery drains here", now=later(1))
    session.add(Watch(account_id=mira.id, question_id=muted.id, level="muted", created_at=NOW))
    session.commit()
    assert run(session)["told"] == 0
    assert mails(session) == []


def test_operators_are_obeyed(make: Factory, session: Session) -> None:
    mira, lamp = make.account(), make.product("lamp")
    save(session, mira, "product:lamp is:question")
    question = make.question(title="Battery", product=lamp, now=later(1))
    make.question(title="Battery", now=later(1))
    make.answer(question, body="Battery", now=later(1))
    run(session)
    assert told(session, mira) == [question.id]


@pytest.mark.parametrize("kind", ["saved search", "all"])
def test_who_stopped_these_mails_finds_it_under_the_bell(make: Factory, session: Session, kind: str) -> None:
    mira = make.account()
    save(session, mira)
    session.add(Preference(account_id=mira.id, kind=kind, frequency="never"))
    session.commit()
    question = make.question(title="Battery drains", now=later(1))
    run(session)
    assert told(session, mira) == [question.id]
    assert mails(session) == []


def test_mail_is_in_the_owners_language(make: Factory, session: Session) -> None:
    mira = make.account()
    mira.locale = "zh_CN"
    save(session, mira)
    make.question(title="Battery drains", now=later(1))
    run(session)
    assert 'lang="zh-CN"' in (mails(session)[0].html or "")


def test_whoever_listens_again_is_not_told_of_what_was_posted_meanwhile(make: Factory, session: Session) -> None:
    mira = make.account()
    kept = save(session, mira, frequency="never")
    make.question(title="Battery drains", now=later(1))
    saving.change(session, kept.id, "", "now", mira, later(5))
    session.commit()
    assert run(session)["told"] == 0
