"""Those who raised a theme hear what became of it: where they spoke, once each, and only if they want to."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.insights import corrections
from community.insights import service as themes
from community.models import (
    Account,
    Correction,
    Customer,
    Outcome,
    Telling,
    Theme,
    Verbatim,
)
from community.notifications import preferences
from community.outcomes import service, telling, words
from community.privacy import service as privacy
from tests.factories import Factory
from tests.insights.making import lately, make_theme, say
from tests.outcomes.making import WORDS, again, deliver, failed, heard, published


@pytest.fixture
def theme(session: Session) -> Theme:
    return make_theme(session, "courier")


@pytest.fixture
def manager(make: Factory) -> Account:
    return make.account("Manager", "manager")


def test_who_spoke_in_the_forum_hears_there_and_who_complained_on_the_case(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    asker = make.account("Asker")
    say(make, theme, "The courier lost it", by=asker)
    say(make, theme, "The courier left it in the rain", address="wet@example.org")
    say(make, theme, "The courier is lovely", address="glad@example.org", intent="praise")
    published(session, theme, manager)
    deliver(app)
    news, mails, notices = heard(session)
    assert [(one.account_id, one.details["title"]) for one in news] == [(asker.id, WORDS["title"])]
    assert {mail.to for mail in mails} == {asker.email, "wet@example.org"}
    assert len(notices) == 1
    assert "**The courier is another**" in notices[0].body
    assert not failed(session)
    case = next(mail for mail in mails if mail.to == "wet@example.org")
    assert case.subject == "Re: The courier left it in the rain", "in the thread of the case"
    assert case.headers["References"].startswith("<case-")
    assert "/you-said/stop/" in case.headers["List-Unsubscribe"]
    assert case.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    forum = next(mail for mail in mails if mail.to == asker.email)
    assert "/unsubscribe/" in forum.headers["List-Unsubscribe"]
    assert "Parcels" in forum.text


def test_each_reads_it_in_the_language_of_their_own(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    reader = make.account("Reader")
    reader.locale = "zh_CN"
    say(make, theme, "快递把包裹弄丢了", by=reader, language="zh-Hans")
    say(make, theme, "快递又迟到了", address="zh@example.org", language="zh-Hans")
    published(session, theme, manager)
    deliver(app)
    _news, mails, notices = heard(session)
    assert all("包裹会" in mail.text for mail in mails)
    assert "换了快递" in notices[0].body
    assert len(mails) == 2


def test_who_said_it_often_and_in_two_places_hears_once_where_they_spoke_last(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    asker = make.account("Asker")
    for days in (9, 5):
        say(make, theme, f"The courier lost it {days}", by=asker, at=lately(days))
    complaint = make.complaint(asker, "The courier again", now=lately(3))
    verbatim = session.scalars(select(Verbatim).where(Verbatim.complaint_id == complaint.id)).one()
    mention = say(make, theme, "not theirs", address="other@example.org")
    mention.verbatim_id, mention.end = verbatim.id, 5
    session.commit()
    published(session, theme, manager)
    assert [(row.way, row.complaint_id) for row in session.scalars(select(Telling))] == [("case", complaint.id)]
    deliver(app)
    news, mails, notices = heard(session)
    assert [one.details["complaint_id"] for one in news] == [complaint.id]
    assert len(mails) == 1 == len(notices)


def test_a_second_delivery_a_withdrawal_and_its_undoing_tell_nobody_twice(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    for n in range(3):
        say(make, theme, f"The courier lost it {n}", by=make.account())
        say(make, theme, f"The courier lost mine {n}")
    row = published(session, theme, manager)
    deliver(app)
    before = [len(some) for some in heard(session)]
    assert before == [3, 6, 3]
    assert again(session, row) == 0
    service.withdraw(session, session.get_one(Outcome, row.id), manager, lately(0))
    session.commit()
    deliver(app)
    withdrawal = session.scalars(select(Correction).where(Correction.kind == "withdraw")).one()
    corrections.undo(session, withdrawal.id, manager, lately(0))
    session.commit()
    deliver(app)
    assert session.get_one(Outcome, row.id).state == "published"
    told = [len(some) for some in heard(session)]
    assert told == [3, 3, 3], "mail that had not left was withdrawn, and nobody is told again"


def test_who_waits_when_it_is_withdrawn_hears_when_it_is_brought_back(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost it", by=make.account())
    row = published(session, theme, manager)
    service.withdraw(session, row, manager, lately(0))
    session.commit()
    deliver(app)
    assert heard(session)[0] == []
    withdrawal = session.scalars(select(Correction).where(Correction.kind == "withdraw")).one()
    corrections.undo(session, withdrawal.id, manager, lately(0))
    session.commit()
    deliver(app)
    assert len(heard(session)[0]) == 1


def test_people_of_two_themes_that_are_merged_hear_of_one_outcome_only(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    other, both, one = make_theme(session, "parcels"), make.account("Both"), make.account("One")
    say(make, theme, "The courier lost it", by=both)
    say(make, other, "The parcel is gone", by=both)
    say(make, other, "My parcel is gone too", by=one)
    published(session, theme, manager)
    deliver(app)
    themes.merge(session, theme, other, manager, lately(0))
    session.commit()
    row = published(session, other, manager)
    assert row.counted == {"told": {"forum mail": 1}, "left_out": {"told before": 1}}
    deliver(app)
    assert sorted(news.account_id for news in heard(session)[0]) == sorted([both.id, one.id])


def test_who_does_not_want_it_or_cannot_be_reached_is_left_out_with_the_reason(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    said = {
        why: say(make, theme, f"The courier lost it, {why}", address=f"{n}@example.org")
        for n, why in enumerate(("opted out", "no consent", "told"))
    }
    say(make, theme, "The courier lost it, by phone", channel="phone", address="+491234567")
    gone = make.account("Gone")
    say(make, theme, "The courier lost it, by a former member", by=gone)
    quiet = make.account("Quiet")
    say(make, theme, "The courier lost it, quietly", by=quiet)
    preferences.save(session, quiet.id, {"outcome": "never"}, False)
    gone.active = False

    def customer(why: str) -> Customer:
        verbatim = session.get_one(Verbatim, said[why].verbatim_id)
        return session.get_one(Customer, verbatim.customer_id)

    customer("opted out").hears_outcomes = False
    customer("no consent").is_profiled = False
    session.commit()
    row = published(session, theme, manager)
    assert row.counted == {
        "told": {"case mail": 1, "forum page": 1},
        "left_out": {"opted out": 1, "no consent": 1, "no account": 1, "no address": 1},
    }
    deliver(app)
    news, mails, _notices = heard(session)
    assert [one.account_id for one in news] == [quiet.id]
    assert [mail.to for mail in mails] == ["2@example.org"]


def test_who_says_no_between_publishing_and_telling_is_not_told(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost it", address="a@example.org")
    leaver = make.account("Leaver")
    say(make, theme, "The courier lost it too", by=leaver)
    published(session, theme, manager)
    session.scalars(select(Customer).order_by(Customer.id)).first().hears_outcomes = False  # type: ignore[union-attr]
    session.commit()
    privacy.erase(session, leaver, False, lately(0))
    session.commit()
    deliver(app)
    assert heard(session)[:2] == ([], [])
    assert [row.left_out for row in session.scalars(select(Telling))] == ["opted out"], "who is erased left no row"


def test_one_who_cannot_be_told_does_not_keep_the_others_from_hearing(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make.account(f"Person {n}") for n in range(4)]
    for one in people:
        say(make, theme, f"The courier lost it, {one.name}", by=one)
    row = published(session, theme, manager)
    letter = words.letter
    broken = people[1].id

    def breaking(outcome: Outcome, reader: Account) -> object:
        if reader.id == broken:
            raise ValueError("no such letter")
        return letter(outcome, reader)

    monkeypatch.setattr(words, "letter", breaking)
    with pytest.raises(ValueError, match="no such letter"):
        telling.tell_all(session, row.id)
    assert {one.account_id for one in heard(session)[0]} == {one.id for one in people} - {broken}
    monkeypatch.setattr(words, "letter", letter)
    assert again(session, row) == 1
    assert len(heard(session)[1]) == 4


def test_who_has_no_account_stops_such_mails_by_the_link_and_takes_it_back(
    app: Flask, client: FlaskClient, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost it", address="a@example.org")
    published(session, theme, manager)
    deliver(app)
    link = heard(session)[1][0].headers["List-Unsubscribe"].strip("<>").removeprefix("http://localhost:8000")
    assert client.get(link).status_code == 200
    assert session.scalars(select(Customer.hears_outcomes)).all() == [True], "a mailbox opens links by itself"
    session.rollback()
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert session.scalars(select(Customer.hears_outcomes)).all() == [False]
    session.rollback()
    client.post(link, data={"again": "1"})
    assert session.scalars(select(Customer.hears_outcomes)).all() == [True]
    assert client.get(link + "x").status_code == 404


def test_nothing_that_is_told_says_that_somebody_else_complained(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    say(make, theme, "The courier lost my ring", address="a@example.org")
    say(make, theme, "Kate's parcel", address="kate@example.org")
    published(session, theme, manager)
    deliver(app)
    for mail in heard(session)[1]:
        other = {"a@example.org": "Kate", "kate@example.org": "ring"}[mail.to]
        assert other not in mail.text
        assert not any(word in mail.text for word in ("others", "customers", "2 "))


def test_who_wants_a_digest_hears_in_the_page_and_gets_no_mail_at_once(
    app: Flask, make: Factory, session: Session, theme: Theme, manager: Account
) -> None:
    asker, complains = make.account("Asker"), make.account("Complains")
    for one in (asker, complains):
        preferences.save(session, one.id, {"outcome": "daily"}, False)
    say(make, theme, "The courier lost it", by=asker)
    mention = say(make, theme, "Another's", address="x@example.org")
    case = make.complaint(complains, "The courier lost mine")
    verbatim = session.scalars(select(Verbatim).where(Verbatim.complaint_id == case.id)).one()
    mention.verbatim_id, mention.end = verbatim.id, 5
    session.commit()
    row = published(session, theme, manager)
    assert row.counted == {"told": {"forum digest": 1, "case digest": 1}, "left_out": {}}
    deliver(app)
    news, mails, notices = heard(session)
    assert [one.mailed_at for one in news] == [None, None], "the digest takes them"
    assert mails == []
    assert [one.complaint_id for one in notices] == [case.id]
