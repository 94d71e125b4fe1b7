"""The bell, the list and the settings."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from community.db import db
from community.models import Account, Notification, Preference
from community.notifications import preferences, queries
from community.questions import service as questions
from tests.conftest import NOW
from tests.factories import Factory, sign_in
from tests.notifications.newly import React, text_of


@pytest.fixture
def client(client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """What the test has read ends with each request: SQLite would refuse a write after another's."""
    whole = client.open

    def opened(*arguments: Any, **more: Any) -> Any:
        session.rollback()
        got = whole(*arguments, **more)
        session.rollback()
        return got

    monkeypatch.setattr(client, "open", opened)
    return client


@pytest.fixture
def asker(make: Factory, client: FlaskClient) -> Account:
    account = make.account("Asker")
    sign_in(client, account)
    return account


def told(session: Session, account: Account, question: Any, many: int = 1, **more: Any) -> list[int]:
    """Notifications of different posts, the newest last; their ids."""
    rows = []
    for number in range(many):
        values = {
            "kind": "reply",
            "question_id": question.id,
            "post_id": None,
            "created_at": NOW + timedelta(minutes=number),
        }
        rows.append(Notification(account_id=account.id, **(values | more)))
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def unread(session: Session, account: Account) -> int:
    session.rollback()
    rows = select(func.count()).where(Notification.account_id == account.id, Notification.read_at.is_(None))
    return session.scalar(rows) or 0


def test_an_empty_list_says_how_it_fills(client: FlaskClient, asker: Account) -> None:
    assert "Nothing yet" in text_of(client, "/notifications")
    assert "Nothing here" in text_of(client, "/notifications?kind=mention")
    assert client.get("/notifications?kind=nonsense").status_code == 404


def test_the_list_shows_who_did_what_and_leads_there(
    make: Factory, session: Session, client: FlaskClient, asker: Account, react: React
) -> None:
    given = make.answer(make.question(asker, title="Why is it <dark>?"), make.account("Helper"), body="Turn **it** on.")
    react()
    page = text_of(client, "/notifications")
    for words in ("Helper answered your question", "Why is it &lt;dark&gt;?", "Turn it on.", "Unread:"):
        assert words in page
    [number] = session.scalars(select(Notification.id))
    assert f'href="/notifications/{number}/open"' in page
    got = client.get(f"/notifications/{number}/open")
    assert (got.status_code, got.location) == (302, f"/posts/{given.id}")
    assert unread(session, asker) == 0
    assert "Unread:" not in text_of(client, "/notifications")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Dest": "image"}, {"Sec-Purpose": "prefetch;prerender"}],
)
def test_a_picture_elsewhere_or_a_prefetch_marks_nothing(
    make: Factory, session: Session, client: FlaskClient, asker: Account, headers: dict[str, str]
) -> None:
    [number] = told(session, asker, make.question())
    assert client.get(f"/notifications/{number}/open", headers=headers).status_code == 302
    assert unread(session, asker) == 1


def test_the_list_goes_on_by_key_and_leaves_none_out(
    make: Factory, session: Session, client: FlaskClient, asker: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 4)
    ids = told(session, asker, make.question(), 10)
    told(session, asker, make.question(), 1, created_at=NOW + timedelta(minutes=3))
    seen, path = [], "/notifications?kind=reply"
    while path:
        page = text_of(client, path)
        seen += re.findall(r"/notifications/(\d+)/open", page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 11
    assert seen[0] == str(ids[-1])


def test_filters_by_kind_and_by_what_is_unread(
    make: Factory, session: Session, client: FlaskClient, asker: Account
) -> None:
    asked = make.question()
    told(session, asker, asked, kind="mention", read_at=NOW)
    told(session, asker, asked, kind="accepted")
    assert text_of(client, "/notifications").count("/open") == 2
    assert text_of(client, "/notifications?kind=mention").count("/open") == 1
    assert "says that your answer solved it" in text_of(client, "/notifications?unread=1")
    assert text_of(client, "/notifications?unread=1").count("/open") == 1


def test_marking_one_read_and_unread_again(
    make: Factory, session: Session, client: FlaskClient, asker: Account
) -> None:
    [number] = told(session, asker, make.question())
    client.post(f"/notifications/{number}/read")
    assert unread(session, asker) == 0
    got = client.post(f"/notifications/{number}/read", data={"undo": "1", "next": "/notifications?unread=1"})
    assert (got.status_code, got.location) == (303, "/notifications?unread=1")
    assert unread(session, asker) == 1
    assert (
        client.post(f"/notifications/{number}/read", data={"next": "https://evil.example"}).location == "/notifications"
    )


def test_marking_all_leaves_what_came_meanwhile_and_what_is_of_another_kind(
    make: Factory, session: Session, client: FlaskClient, asker: Account
) -> None:
    asked = make.question()
    seen = told(session, asker, asked, 3)
    told(session, asker, asked, kind="mention")
    told(session, asker, asked, kind="accepted")
    other = make.account("Other")
    told(session, other, asked)
    client.post("/notifications/read", data={"last_id": str(seen[-1]), "kind": "reply"})
    assert unread(session, asker) == 2
    client.post("/notifications/read", data={"last_id": str(seen[-1] + 1)})
    assert unread(session, asker) == 1
    assert unread(session, other) == 1
    assert client.post("/notifications/read", data={"last_id": "nonsense"}).status_code == 303


def test_the_page_of_a_question_tells_that_its_news_were_seen(
    make: Factory, session: Session, client: FlaskClient, asker: Account
) -> None:
    asked, other = make.question(), make.question()
    told(session, asker, asked, 2)
    told(session, asker, other)
    got = client.post("/notifications/seen", data={"question_id": str(asked.id)})
    assert (got.status_code, got.json) == (200, {"unread": "1"})
    for wrong in ("", "nonsense", "99999", "-1", str(2**40)):
        assert client.post("/notifications/seen", data={"question_id": wrong}).status_code == 404


@pytest.mark.parametrize(("many", "shown"), [(0, ""), (1, "1"), (99, "99"), (100, "99+"), (130, "99+")])
def test_the_bell_counts_up_to_99_with_one_statement(
    make: Factory, session: Session, asker: Account, many: int, shown: str
) -> None:
    told(session, asker, make.question(), many)
    number = asker.id
    statements: list[str] = []
    listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    assert queries.unread_count(session, number) == shown
    event.remove(db.engine, "before_cursor_execute", listener)
    assert len(statements) == 1


def test_what_was_deleted_neither_counts_nor_shows(
    make: Factory, session: Session, client: FlaskClient, asker: Account, react: React
) -> None:
    helper = make.account("Helper")
    given = make.answer(make.question(asker), helper)
    react()
    assert queries.unread_count(session, asker.id) == "1"
    questions.remove(session, given, helper, NOW)
    session.commit()
    assert queries.unread_count(session, asker.id) == ""
    assert "Nothing yet" in text_of(client, "/notifications")


def test_the_list_costs_the_same_number_of_statements_whatever_its_length(
    make: Factory, session: Session, client: FlaskClient, asker: Account
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            given = make.answer(make.question(asker))
            told(session, asker, given, question_id=given.question_id, post_id=given.id, actor_id=given.author_id)
        statements: list[str] = []
        listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        text_of(client, "/notifications")
        event.remove(db.engine, "before_cursor_execute", listener)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_the_settings_show_the_defaults_and_keep_what_is_chosen(
    session: Session, client: FlaskClient, asker: Account
) -> None:
    page = text_of(client, "/settings/notifications")
    assert len(re.findall(r'name="(?:reply|mention|watched|badge)" value="\w+"[^>]*checked', page)) == 4
    assert re.search(r'name="watched" value="daily"[^>]*checked', page)
    got = client.post("/settings/notifications", data={"watched": "never", "reply": "weekly", "paused": "1"})
    assert got.status_code == 303
    page = text_of(client, "/settings/notifications")
    assert re.search(r'name="watched" value="never"[^>]*checked', page)
    assert re.search(r'name="reply" value="weekly"[^>]*checked', page)
    assert re.search(r'name="paused"[^>]*checked', page)
    assert set(preferences.frequencies(session, [asker.id])[asker.id].values()) == {"never"}
    client.post("/settings/notifications", data={"watched": "now"})
    session.rollback()
    chosen = preferences.frequencies(session, [asker.id])[asker.id]
    assert (chosen["watched"], chosen["reply"], chosen["badge"]) == ("now", "weekly", "weekly")


def test_a_frequency_that_there_is_not_is_refused(session: Session, client: FlaskClient, asker: Account) -> None:
    assert client.post("/settings/notifications", data={"watched": "hourly"}).status_code == 422
    assert session.scalar(select(Preference.kind)) is None


def test_who_has_not_confirmed_the_address_is_told_that_no_mail_comes(
    session: Session, client: FlaskClient, asker: Account
) -> None:
    assert "has not been confirmed" not in text_of(client, "/settings/notifications")
    asker.confirmed_at = None
    session.commit()
    assert "has not been confirmed" in text_of(client, "/settings/notifications")
