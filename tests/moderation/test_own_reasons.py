"""Moderators write reasons of their own, in both languages; decisions taken for them are told in the reader's."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, Invalid
from community.models import Account, CannedReason, LogEntry, Post, QueueItem
from community.moderation import deciding, flags, log, own_reasons
from tests.conftest import NOW
from tests.factories import Factory, sign_in

TEXTS = {
    "name": "Serial number",
    "name_zh": "序列号",
    "text": "Please never post a serial number.",
    "text_zh": "请不要公开序列号。",
}


def write(session: Session, by: Account, row: CannedReason | None = None, **texts: str) -> CannedReason:
    row = own_reasons.write(session, row, TEXTS | texts, by, NOW)
    session.commit()
    return row


def flagged(session: Session, make: Factory) -> QueueItem:
    post = make.question(make.account("Nora"))
    flags.flag(session, post, "other", "look", make.account(), NOW)
    session.commit()
    return session.scalars(select(QueueItem).where(QueueItem.post_id == post.id)).one()


def test_a_decision_for_an_own_reason_is_told_in_the_authors_language_after_it_was_retired_too(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    row = write(session, mo)
    key = own_reasons.key_of(row)
    item = flagged(session, make)
    deciding.decide(session, item, "hide", mo, NOW, key, "")
    own_reasons.retire(session, row, False, mo, NOW)
    session.commit()
    author = session.get_one(Account, item.account_id)
    session.rollback()
    sign_in(client, author)
    session.rollback()
    english = client.get("/standing").get_data(as_text=True)
    assert "Please never post a serial number." in english
    with client.session_transaction() as kept:
        kept["locale"] = "zh_CN"
    chinese = client.get("/standing").get_data(as_text=True)
    assert "序列号" in chinese
    assert "请不要公开序列号。" in chinese
    assert "序列号" in client.get("/moderation/log").get_data(as_text=True)


def test_a_retired_reason_is_no_choice_until_it_is_used_again(session: Session, make: Factory, mo: Account) -> None:
    row = write(session, mo)
    key, item = own_reasons.key_of(row), flagged(session, make)
    own_reasons.retire(session, row, False, mo, NOW)
    session.commit()
    assert key not in own_reasons.choices(session)
    assert key in own_reasons.readable(session)
    with pytest.raises(Invalid):
        deciding.decide(session, item, "hide", mo, NOW, key)
    with pytest.raises(Conflict):
        own_reasons.retire(session, row, False, mo, NOW)
    own_reasons.retire(session, row, True, mo, NOW)
    assert deciding.decide(session, item, "hide", mo, NOW, key).reason == key
    for wrong in ("own:999", "own:", "own:x", "nothing"):
        assert not own_reasons.is_choice(session, wrong)


def test_what_is_no_reason_is_refused(session: Session, mo: Account) -> None:
    write(session, mo)
    for texts in ({"name": " "}, {"text": ""}, {"name": "x" * 81}, {"text": "x" * 1_001, "name": "Other"}):
        with pytest.raises(Invalid):
            own_reasons.write(session, None, TEXTS | texts, mo, NOW)
    with pytest.raises(Conflict):
        own_reasons.write(session, None, TEXTS, mo, NOW)


def test_each_change_is_a_row_of_the_log_and_can_be_undone_unless_another_followed(
    session: Session, mo: Account
) -> None:
    row, other = write(session, mo), write(session, mo, name="Other")
    write(session, mo, row, text="Never post one.")
    write(session, mo, other, name="Other", text="Nor this.")
    write(session, mo, row, text="Never.")
    own_reasons.retire(session, row, False, mo, NOW)
    session.commit()
    actions = [entry.action for entry in session.scalars(select(LogEntry).order_by(LogEntry.id))]
    assert actions == ["add reason"] * 2 + ["change reason"] * 3 + ["retire reason"]
    first, _other, second = session.scalars(
        select(LogEntry).where(LogEntry.action == "change reason").order_by(LogEntry.id)
    )
    with pytest.raises(Conflict):
        log.undo(session, first, mo, NOW)
    session.rollback()
    for entry in (second, first):
        log.undo(session, entry, mo, NOW)
        session.commit()
    assert session.get_one(CannedReason, row.id).text == TEXTS["text"]
    assert own_reasons.history(session)[0].details["action"] == "change reason"


def test_a_name_that_another_reason_has_meanwhile_does_not_come_back(session: Session, mo: Account) -> None:
    row = write(session, mo)
    write(session, mo, row, name="Renamed")
    write(session, mo, name=TEXTS["name"])
    renaming = session.scalars(select(LogEntry).where(LogEntry.action == "change reason")).one()
    with pytest.raises(Conflict, match="changed since"):
        log.undo(session, renaming, mo, NOW)
    session.rollback()
    assert session.get_one(CannedReason, row.id).name == "Renamed"


def test_moderators_keep_them_on_a_page_and_choose_them_for_posts_people_and_threads(
    client: FlaskClient, session: Session, make: Factory, mo: Account
) -> None:
    item = flagged(session, make)
    item_id, post_id = item.id, item.post_id
    handle = session.get_one(Account, item.account_id).handle
    session.rollback()
    sign_in(client, mo)
    session.rollback()
    page = "/moderation/reasons"
    assert client.post(page, data=TEXTS | {"text": ""}).status_code == 422
    assert client.post(page, data=TEXTS).status_code == 303
    assert client.post(page, data=TEXTS).status_code == 409
    session.rollback()
    row = session.scalars(select(CannedReason)).one()
    row_id, key = row.id, own_reasons.key_of(row)
    session.rollback()
    assert client.post(f"{page}/{row_id}", data=TEXTS | {"name": "Serial"}).status_code == 303
    html = client.get(page).get_data(as_text=True)
    assert "reason changed" in html
    for place in (
        "/moderation",
        f"/moderation/items/{item_id}",
        f"/moderation/people/{handle}",
        f"/posts/{post_id}/curation",
    ):
        assert f'value="{key}"' in client.get(place).get_data(as_text=True), place
    assert client.post(f"/posts/{post_id}/curation", data={"action": "close", "reason": key}).status_code == 303
    assert "Serial. It takes no more answers." in client.get(f"/questions/{post_id}").get_data(as_text=True)
    sent = {"kind": "silence", "days": "3", "reason": key, "note": ""}
    assert client.post(f"/moderation/people/{handle}", data=sent).status_code == 303
    assert client.post(f"{page}/{row_id}/retirement").status_code == 303
    session.rollback()
    assert session.get_one(Post, post_id).closed_for == key  # type: ignore[attr-defined]
    session.rollback()
    assert f'value="{key}"' not in client.get("/moderation").get_data(as_text=True)
