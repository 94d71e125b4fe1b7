"""Silence and suspension hold for a time, are told with their reason, and may be appealed once."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid, NotAllowed, NotFound
from community.models import Account, LogEntry, Mail, Notification, QueueItem, Sanction, SignIn
from community.moderation import appeals, deciding, log, sanctions
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory, sign_in

DAY = timedelta(days=1)


def entry_of(session: Session, action: str) -> LogEntry:
    return session.scalars(select(LogEntry).where(LogEntry.action == action)).one()


def suspend(session: Session, nora: Account, mo: Account, kind: str = "suspension", days: int = 365) -> Sanction:
    """From now on, as the clock of the pages has it, unless for a few days."""
    sanctions.sanction(session, nora, kind, days, "abuse", "You called Ann a fool.", mo, NOW)
    session.commit()
    return session.scalars(select(Sanction).order_by(Sanction.id.desc())).first()  # type: ignore[return-value]


def test_who_is_silenced_reads_and_does_not_write_until_it_ends(
    session: Session, make: Factory, mo: Account, nora: Account
) -> None:
    asked = make.question()
    suspend(session, nora, mo, "silence", 3)
    with pytest.raises(NotAllowed, match="2026-06-04"):
        make.answer(asked, nora, now=NOW + 2 * DAY)
    session.rollback()
    assert make.answer(asked, nora, now=NOW + 3 * DAY).id


def test_who_is_suspended_is_signed_out_and_led_to_why_and_until_when_by_the_right_password(
    client: FlaskClient, session: Session, mo: Account, nora: Account
) -> None:
    sign_in(client, nora)
    session.rollback()
    suspend(session, nora, mo)
    email = nora.email
    assert session.query(SignIn).filter_by(account_id=nora.id).count() == 0
    session.rollback()
    assert client.get("/ask").status_code == 302
    wrong = client.post("/sign-in", data={"email": email, "password": "not it at all"})
    assert wrong.status_code == 200
    right = client.post("/sign-in", data={"email": email, "password": PASSWORD}, follow_redirects=True)
    page = right.get_data(as_text=True)
    assert "Your account is suspended" in page
    assert "You called Ann a fool." in page
    assert client.get("/standing/nobody").status_code == 404
    sent = client.post(f"{right.request.path}/appeal", data={"sanction": "1", "text": "It was a joke."})
    assert sent.status_code == 303
    again = client.post(f"{right.request.path}/appeal", data={"sanction": "1", "text": "Really."})
    assert again.status_code == 409
    item = session.scalars(select(QueueItem)).one()
    assert (item.kind, item.account_id, item.details["text"]) == ("appeal", nora.id, "It was a joke.")


def test_a_granted_appeal_lifts_the_sanction_and_undoing_brings_it_back(
    session: Session, make: Factory, mo: Account, nora: Account
) -> None:
    ada = make.account("Ada", "admin")
    one = suspend(session, nora, mo)
    item = appeals.against_sanction(session, nora, one.id, "It was a joke.", NOW + DAY)
    session.commit()
    deciding.decide(session, item, "grant", ada, NOW + DAY, note="We see.")
    session.commit()
    assert (nora.active, nora.suspended_until, one.lifted_at) == (True, None, NOW + DAY)
    with pytest.raises(Conflict):
        log.undo(session, entry_of(session, "suspend"), mo, NOW + DAY)
    session.rollback()
    log.undo(session, entry_of(session, "grant"), mo, NOW + DAY)
    session.commit()
    assert (nora.active, nora.suspended_until, one.lifted_at) == (False, one.ends_at, None)


def test_the_queue_shows_what_an_appeal_says_and_against_which_decision(
    client: FlaskClient, session: Session, make: Factory, mo: Account, nora: Account
) -> None:
    suspend(session, nora, make.account("Early", "moderator"), "silence", 3)
    one = suspend(session, nora, mo, days=30)
    item = appeals.against_sanction(session, nora, one.id, "It was a joke. " + "Really! " * 100, NOW + DAY)
    session.commit()
    assert appeals.appealed(session, [item]) == {item.id: ("suspend", NOW, "Mo", NOW + 30 * DAY)}
    item_id = item.id
    sign_in(client, mo)
    session.rollback()
    for path in ("/moderation", f"/moderation/items/{item_id}"):
        page = " ".join(client.get(path).get_data(as_text=True).split())
        assert "It was a joke." in page
        assert "Against: suspended · Mo," in page
        assert "until Jul 1, 2026" in page
    assert client.get("/moderation").get_data(as_text=True).count("Really!") < 30, "shortened"


def test_undoing_a_suspension_leaves_nothing_of_it(session: Session, mo: Account, nora: Account) -> None:
    suspend(session, nora, mo)
    log.undo(session, entry_of(session, "suspend"), mo, NOW)
    session.commit()
    assert (nora.active, nora.suspended_until, session.query(Sanction).count()) == (True, None, 0)


def test_the_longest_of_several_counts_and_each_ends_by_itself(session: Session, mo: Account, nora: Account) -> None:
    suspend(session, nora, mo, days=7)
    suspend(session, nora, mo, days=3)
    assert nora.suspended_until == NOW + 7 * DAY
    assert sanctions.end_suspensions(NOW + 6 * DAY) == {}
    assert sanctions.end_suspensions(NOW + 8 * DAY) == {"accounts": 1}
    session.rollback()
    assert (nora.active, nora.suspended_until) == (True, None)


def test_who_was_inactive_for_another_reason_stays_so(session: Session, mo: Account, nora: Account) -> None:
    nora.active = False
    session.commit()
    suspend(session, nora, mo, "silence", 3)
    assert nora.active is False


@pytest.mark.parametrize("given", [("exile", 3, "abuse"), ("silence", 4, "abuse"), ("silence", 3, "taste")])
def test_only_what_there_is_to_choose(
    session: Session, mo: Account, nora: Account, given: tuple[str, int, str]
) -> None:
    with pytest.raises(Invalid):
        sanctions.sanction(session, nora, *given, "", mo, NOW)


def test_the_staff_is_not_sanctioned_and_others_do_not_appeal_for_one(
    session: Session, make: Factory, mo: Account, nora: Account
) -> None:
    with pytest.raises(NotAllowed):
        sanctions.sanction(session, make.account("Ann", "agent"), "silence", 3, "abuse", "", mo, NOW)
    one = suspend(session, nora, mo)
    with pytest.raises(NotFound):
        appeals.against_sanction(session, make.account(), one.id, "For a friend", NOW)
    with pytest.raises(NotFound):
        appeals.against_sanction(session, nora, one.id, "Too late", NOW + 366 * DAY)


def test_a_suspension_is_told_by_mail_with_an_address_that_works_without_signing_in(
    client: FlaskClient, session: Session, mo: Account, nora: Account
) -> None:
    suspend(session, nora, mo)
    deliver_pending()
    assert session.query(Notification).filter_by(account_id=nora.id, kind="decision").count() == 1
    mail = session.scalars(select(Mail).where(Mail.account_id == nora.id)).one()
    path = next(word for word in mail.text.split() if "/standing/" in word).partition("/standing/")[2]
    session.rollback()
    assert client.get(f"/standing/{path}").status_code == 200


def test_a_moderator_silences_somebody_from_their_profile(
    client: FlaskClient, session: Session, mo: Account, nora: Account
) -> None:
    handle = nora.handle
    session.rollback()
    sign_in(client, mo)
    session.rollback()
    assert f"/moderation/people/{handle}" in client.get(f"/people/{handle}").get_data(as_text=True)
    sent = {"kind": "silence", "days": "7", "reason": "abuse", "note": "Be kind."}
    page = client.post(f"/moderation/people/{handle}", data=sent, follow_redirects=True).get_data(as_text=True)
    assert "Silenced until" in page
    wrong = client.post(f"/moderation/people/{handle}", data=sent | {"days": "5"})
    assert wrong.status_code == 422
    assert "Be kind." in wrong.get_data(as_text=True)
