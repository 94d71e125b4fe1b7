"""A complaint by mail, from its coming in to its rating, in a real browser; and two cases that become one and two again."""

import re
from contextvars import Context
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community.complaints import chores
from community.db import db, writing
from community.mail_delivery import deliver_mail
from community.mail_inbox import take
from community.models import Account, Complaint, Message
from tests.factories import PASSWORD, Factory
from tests.journeys.conftest import Site

MAIL = """From: Mia Berg <mia@example.org>
To: complaints@localhost
Subject: The lamp is dark
Message-ID: <first@mails.example.org>
Content-Type: text/plain; charset=utf-8

It broke after two days, and nobody answers the telephone.
"""


@pytest.fixture
def settings(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return settings | {"MAIL_DIR": str(tmp_path / "outbox"), "UNDO_SEND_SECONDS": 60}


def elsewhere(app: Flask, work: Any) -> Any:
    """As the worker does it."""

    def done() -> Any:
        with app.app_context():
            return work()

    return Context().run(done)


def later(seconds: int) -> None:
    """The clock goes on: what was held leaves, what was resolved was resolved a while ago."""
    before = datetime.now(UTC) - timedelta(seconds=seconds)
    db.session.rollback()
    with writing():
        db.session.execute(update(Message).where(Message.held_until.is_not(None)).values(held_until=before))
        db.session.execute(update(Complaint).where(Complaint.resolved_at.is_not(None)).values(resolved_at=before))
        db.session.commit()


def sign_in(page: Page, site: Site, account: Account) -> None:
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", account.email or "")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main form").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"^(?!.*/sign-in)"))


@pytest.mark.journey
def test_complain_by_mail_reply_resolve_rate(
    site: Site, page: Page, make: Factory, session: Session, tmp_path: Path
) -> None:
    agent = make.account("Aino", "agent")
    assert elsewhere(site.app, lambda: take(MAIL.encode())) == "opened"
    session.rollback()
    sign_in(page, site, agent)
    page.goto(f"{site.address}/inbox")
    page.get_by_role("link", name="The lamp is dark").click()
    expect(page.get_by_text("nobody answers the telephone")).to_be_visible()
    page.fill("#reply-form textarea[name=body]", "Dear Sri,")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.get_by_text("It leaves in a few seconds.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#reply-form textarea[name=body]")).to_have_value("Dear Sri,")
    expect(page.locator(".question-head").get_by_text("new", exact=True)).to_be_visible()
    page.fill("#reply-form textarea[name=body]", "Dear Mia, a new one is on its way.")
    page.select_option("#then", "resolved")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.locator(".question-head").get_by_text("resolved", exact=True)).to_be_visible()

    elsewhere(site.app, lambda: later(120))
    elsewhere(site.app, chores.tend)
    elsewhere(site.app, mails_are_due)
    elsewhere(site.app, deliver_mail)
    mails = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "outbox").glob("*.eml"))]
    assert len(mails) == 2, "the reply, and the question how it went"
    reply = next(one for one in mails if "a new one is on its way" in one)
    assert "To: mia@example.org" in reply
    assert "In-Reply-To: <first@mails.example.org>" in reply
    address = re.search(r"^Reply-To: (\S+)", reply, re.MULTILINE)
    link = re.search(r"/rate/[\w.=-]+", "".join(mails).replace("=\n", ""))
    assert address
    assert link

    page.context.clear_cookies()
    page.goto(site.address + link[0])
    page.get_by_label("2: bad").check()
    page.get_by_label("One sentence").fill("It took too long.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you. What you say is read.")).to_be_visible()

    again = MAIL.replace("first@", "second@").replace("complaints@localhost", address[1])
    again = again.replace("It broke after two days, and nobody answers the telephone.", "The new one is dark too.")
    assert elsewhere(site.app, lambda: take(again.encode())) == "threaded"
    session.rollback()
    case = session.scalars(select(Complaint)).one()
    assert (case.status, case.reopened_count) == ("reopened", 1)
    session.rollback()
    sign_in(page, site, agent)
    page.goto(f"{site.address}/complaints/{case.id}")
    expect(page.get_by_text("It took too long.")).to_be_visible()
    expect(page.get_by_text("The new one is dark too.")).to_be_visible()
    expect(page.get_by_text("2 of 5")).to_be_visible()


def mails_are_due() -> None:
    from community.models import Mail

    db.session.rollback()
    with writing():
        db.session.execute(update(Mail).values(due_at=datetime.now(UTC) - timedelta(seconds=1)))
        db.session.commit()


@pytest.mark.journey
def test_two_cases_become_one_and_two_again(site: Site, page: Page, make: Factory, session: Session) -> None:
    customer, agent = make.account("Mia"), make.account("Aino", "agent")
    first = make.complaint(customer, subject="The lamp", body="It is dark.")
    second = make.complaint(customer, subject="The lamp again", body="It is still dark.")
    numbers = (first.id, second.id)
    session.rollback()
    sign_in(page, site, agent)
    page.goto(f"{site.address}/complaints/{numbers[1]}")
    page.select_option("#into", str(numbers[0]))
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_text("Merged. The merge can be undone")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/complaints/{numbers[0]}$"))
    expect(page.locator(".turns").get_by_text("It is still dark.")).to_be_visible()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_text("The cases are two again.")).to_be_visible()
    page.goto(f"{site.address}/complaints/{numbers[0]}")
    expect(page.locator(".turns").get_by_text("It is still dark.")).to_have_count(0)
