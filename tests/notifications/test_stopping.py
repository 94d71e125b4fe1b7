"""What a mail about news says, what it may be answered with, and how it is stopped."""

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.mail_addresses import stop_token
from community.models import Account, Mail, Preference, Watch
from community.notifications import preferences
from community.notifications.letters import language_of
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


class TestStopping:
    """Anyone who holds the link of a mail, signed in or not, with or without a script."""

    def path(self, account: Account, kind: str = "watched") -> str:
        return f"/unsubscribe/{stop_token(account.id, kind)}"

    def often(self, session: Session, account: Account) -> dict[str, str]:
        session.rollback()
        return preferences.frequencies(session, [account.id])[account.id]

    def test_looking_at_it_changes_nothing(self, make: Factory, session: Session, client: FlaskClient) -> None:
        mia = make.account("Mia")
        for _ in range(2):
            assert "Stop them" in text_of(client, self.path(mia))
        assert self.often(session, mia)["watched"] == "daily"

    def test_one_click_by_a_mailbox_stops_without_sign_in_or_token_of_a_form(
        self, app: Flask, make: Factory, session: Session, client: FlaskClient
    ) -> None:
        app.config["WTF_CSRF_ENABLED"] = True
        mia = make.account("Mia")
        got = client.post(self.path(mia), data={"List-Unsubscribe": "One-Click"})
        assert got.status_code == 200
        often = self.often(session, mia)
        assert (often["watched"], often["reply"]) == ("never", "now")
        assert client.post(self.path(mia), data={"List-Unsubscribe": "One-Click"}).status_code == 200, (
            "twice does no harm"
        )

    @pytest.mark.parametrize("before", [None, "weekly"])
    def test_undo_brings_back_what_was(
        self, make: Factory, session: Session, client: FlaskClient, before: str | None
    ) -> None:
        mia = make.account("Mia")
        if before:
            preferences.save(session, mia.id, {"watched": before}, is_paused=False)
            session.commit()
        page = client.post(self.path(mia)).get_data(as_text=True)
        token = re.search(r'name="before" value="([^"]+)"', page)
        assert token is not None
        assert "as it did before" in client.post(self.path(mia), data={"before": token[1]}).get_data(as_text=True)
        assert self.often(session, mia)["watched"] == (before or "daily")

    def test_undo_works_for_its_own_account_only(self, make: Factory, session: Session, client: FlaskClient) -> None:
        mia, tom = make.account("Mia"), make.account("Tom")
        page = client.post(self.path(mia)).get_data(as_text=True)
        token = re.search(r'name="before" value="([^"]+)"', page)
        assert token is not None
        for wrong in (token[1], "nonsense"):
            assert client.post(self.path(tom), data={"before": wrong}).status_code == 404
        assert session.scalars(select(Preference.account_id)).all() == [mia.id]

    def test_all_and_the_digest(self, make: Factory, session: Session, client: FlaskClient) -> None:
        mia, tom = make.account("Mia"), make.account("Tom")
        client.post(self.path(mia), data={"all": "1"})
        assert set(self.often(session, mia).values()) == {"never"}
        client.post(self.path(tom, "digest"))
        assert {kind for kind, often in self.often(session, tom).items() if often == "never"} == {
            "watched", "saved search", "badge",
        }  # fmt: skip

    def test_a_link_that_was_changed_is_nothing(self, make: Factory, client: FlaskClient) -> None:
        mia = make.account("Mia")
        for wrong in (self.path(mia)[:-1], "/unsubscribe/x", f"/unsubscribe/{stop_token(99999, 'reply')}"):
            assert client.get(wrong).status_code == client.post(wrong).status_code == 404


def test_a_mail_about_a_reply_can_be_answered_is_threaded_and_stops_with_one_click(
    make: Factory, session: Session, client: FlaskClient, react: React
) -> None:
    mia = make.account("Mia")
    asked = make.question(mia, title="灯不亮？")
    given = make.answer(
        asked, make.account("Tom"), body="看 ![x](https://evil.example/p.gif) [这里](/questions/1) <b>x</b>"
    )
    react()
    [mail] = session.scalars(select(Mail))
    headers = mail.headers
    assert (mail.to, mail.subject) == (mia.email, "Re: 灯不亮？")
    assert headers["In-Reply-To"] == headers["References"] == f"<question-{asked.id}@ask.example>"
    assert headers["Message-ID"] == f"<post-{given.id}.{mia.id}.reply@ask.example>"
    assert re.fullmatch(r"reply\+[a-z2-7]{32}@reply\.ask\.example", headers["Reply-To"])
    assert (headers["Auto-Submitted"], headers["List-Unsubscribe-Post"]) == (
        "auto-generated",
        "List-Unsubscribe=One-Click",
    )
    found = re.fullmatch(
        r"<https://ask\.example(/unsubscribe/[^>]+)>, <mailto:stop\+[a-z2-7]+@reply\.ask\.example>",
        headers["List-Unsubscribe"],
    )
    assert found is not None
    assert client.post(found[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    html = mail.html or ""
    assert "<img" not in html
    assert 'href="https://ask.example/questions/1"' in html
    assert "<b>x</b>" not in html
    assert f"https://ask.example/posts/{given.id}" in mail.text


def test_an_acceptance_asks_for_no_reply_and_a_new_question_opens_its_thread(
    make: Factory, session: Session, react: React
) -> None:
    asker, helper, watcher = make.account("Asker"), make.account("Helper"), make.account("Watcher")
    product = make.product()
    preferences.save(session, watcher.id, {"watched": "now"}, is_paused=False)
    session.add(Watch(account_id=watcher.id, product_id=product.id, level="watching", created_at=NOW))
    asked = make.question(asker, product=product)
    given = make.answer(asked, helper)
    questions.accept(session, asked, given, asker, NOW)
    session.commit()
    react()
    mails = {mail.account_id: mail for mail in session.scalars(select(Mail))}
    assert "Reply-To" not in mails[helper.id].headers
    assert "solved it" in mails[helper.id].text
    assert mails[watcher.id].headers["Message-ID"] == f"<question-{asked.id}@ask.example>"
    assert mails[watcher.id].subject == asked.title
    assert "posted as an answer" in mails[watcher.id].text


@pytest.mark.parametrize(("locale", "language"), [("zh_CN", "zh-CN"), ("en", "en"), (None, "en")])
def test_a_mail_is_in_its_readers_language(
    make: Factory, session: Session, react: React, locale: str | None, language: str
) -> None:
    mia = make.account("Mia")
    mia.locale = locale
    make.answer(make.question(mia))
    react()
    [mail] = session.scalars(select(Mail))
    assert f'<html lang="{language}">' in (mail.html or "")
    assert language_of(mia) == (locale or "en")


def test_names_with_line_breaks_stay_in_their_line(make: Factory, session: Session, react: React) -> None:
    tom = make.account("Tom")
    tom.name = "Tom\r\nBcc: victim@example.org"
    asked = make.question(make.account("Mia"))
    asked.title = "Title\r\nBcc: victim@example.org"
    make.answer(asked, tom)
    react()
    [mail] = session.scalars(select(Mail))
    assert mail.subject == "Re: Title Bcc: victim@example.org"
    assert "\n" not in json.dumps(mail.headers)
