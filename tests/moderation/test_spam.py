"""What looks like spam waits for a moderator; the signals say why, and what moderators decide teaches the score."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Event, LogEntry, Notification, Question, QueueItem, SpamMark, Verbatim
from community.moderation import deciding, log, spam
from community.moderation.hiding import mark_of
from community.moderation.spam import Facts, fingerprint, nearest, signals
from community.reactions import deliver_pending
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory, sign_in
from tests.moderation.test_flags import item_of

SPAM = "Cheap okapi pills, the best pills, order today and win a lamp for free, tell all your friends about it"
SPAM_ZH = "便宜的手表，最好的手表，今天下单免费送台灯，快告诉你所有的朋友，数量有限先到先得"


@pytest.fixture
def newcomer(make: Factory) -> Account:
    account = make.account("Nora New")
    account.trust = "newcomer"
    make.session.commit()
    return account


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), {}),
        (Facts(age=timedelta(hours=2)), {}),  # a member by thresholds, or by hand
        (Facts(age=timedelta(hours=2), is_newcomer=True), {"new account": 1.0}),
        (Facts(age=timedelta(days=3), is_newcomer=True, links=2), {"new account": 0.5, "links": 1.5}),
        (Facts(links=3), {"links": 0.75}),
        (Facts(own_likeness=0.95), {"repetition": 2.0}),
        (Facts(repeated=0.8), {"repetition": 1.0}),
        (Facts(spam_distance=2), {"like spam": 3.0}),
        (Facts(spam_distance=9, good_distance=4), {"like spam": 2.0, "like good": -2.0}),
        (Facts(is_newcomer=True, typed_a_second=80), {"fast": 1.0}),
        (Facts(typed_a_second=80), {}),
    ],
)
def test_each_signal_has_its_weight(facts: Facts, expected: dict[str, float]) -> None:
    assert signals(facts) == expected


@pytest.mark.parametrize("text", [SPAM, SPAM_ZH])
def test_nearly_the_same_text_has_nearly_the_same_fingerprint(text: str) -> None:
    mark = fingerprint(text)
    assert nearest(mark, [fingerprint(text.replace(",", " !").upper())]) <= spam.SAME
    assert nearest(mark, [fingerprint(f"{text} 7")]) <= spam.NEAR
    assert nearest(mark, [fingerprint("How do I descale the coffee maker? 咖啡机怎么除垢？")]) > spam.NEAR
    assert nearest(mark, []) == nearest(fingerprint(""), [mark]) == spam.BITS


def test_a_newcomers_first_posts_with_links_wait_and_members_do_not(
    session: Session, make: Factory, newcomer: Account
) -> None:
    body = "See https://shop.example for more."
    held, plain = make.question(newcomer, body=body), make.question(newcomer, title="Which lamp?", body="It hangs.")
    members = make.question(make.account(), body=body)
    assert (held.hidden_as, plain.hidden_as, members.hidden_as) == ("held", None, None)
    item = item_of(session, held.id)
    assert (item.kind, item.reason, item.details["signals"]["links"]) == ("held", "links", 0.75)


def test_the_settings_may_hold_a_newcomers_first_posts_whatever_they_say(
    app: Flask, session: Session, make: Factory, newcomer: Account
) -> None:
    app.config["HELD_FIRST_POSTS"] = 1
    assert make.question(newcomer).hidden_as == "held"
    app.config["HELD_FIRST_POSTS"] = 0
    assert make.question(newcomer, title="Something else", body="Quite another thing.").hidden_as is None


def test_nobody_hears_of_a_held_answer_until_it_is_published(
    session: Session, make: Factory, newcomer: Account
) -> None:
    asker, moderator = make.account("Asker"), make.account("Mo", "moderator")
    asked = make.question(asker)
    given = make.answer(asked, newcomer, body="Look at https://shop.example for a new one.")
    deliver_pending()
    assert mark_of(given) == "held"
    assert session.get_one(Question, asked.id).answer_count == 0
    assert session.query(Notification).count() == session.query(Verbatim).filter_by(post_id=given.id).count() == 0
    session.rollback()
    deciding.decide(session, item_of(session, given.id), "publish", moderator, NOW)
    session.commit()
    deliver_pending()
    told = {(row.account_id, row.kind) for row in session.query(Notification)}
    assert told == {(asker.id, "reply"), (newcomer.id, "decision")}
    assert session.get_one(Question, asked.id).answer_count == 1
    assert session.query(Verbatim).filter_by(post_id=given.id).count() == 1


def test_what_was_decided_to_be_spam_is_recognised_and_forgotten_when_that_is_undone(
    session: Session, make: Factory, newcomer: Account
) -> None:
    moderator, member = make.account("Mo", "moderator"), make.account()
    first = make.question(newcomer, title="Pills", body=f"{SPAM} https://pills.example")
    deciding.decide(session, item_of(session, first.id), "delete", moderator, NOW)
    session.commit()
    again = make.question(member, title="Pills", body=f"{SPAM}!! https://pills.example")
    assert mark_of(again) == "held"
    assert item_of(session, again.id).details["signals"]["like spam"] == 3.0
    deleted = session.scalars(select(LogEntry).where(LogEntry.action == "delete")).one()
    log.undo(session, deleted, moderator, NOW)
    session.commit()
    assert session.query(SpamMark).count() == 0
    assert mark_of(make.question(make.account(), title="Pills", body=f"{SPAM}! https://pills.example")) is None


def test_what_was_published_after_a_look_counts_in_favour_of_its_like(session: Session, make: Factory) -> None:
    moderator = make.account("Mo", "moderator")
    people = [make.account() for _ in range(2)]
    for person in people:
        person.trust = "newcomer"
    session.commit()
    body = "The manual at https://a.example and https://b.example says that the lamp needs both bulbs. Is that so?"
    first = make.question(people[0], body=body)
    deciding.decide(session, item_of(session, first.id), "publish", moderator, NOW)
    session.commit()
    second = make.question(people[1], body=body + " Really")
    assert item_of(session, second.id).details["signals"]["like good"] == -2.0


def test_what_a_newcomer_types_faster_than_anybody_can_is_a_signal(
    client: FlaskClient, session: Session, newcomer: Account
) -> None:
    email = newcomer.email
    session.rollback()
    client.post("/sign-in", data={"email": email, "password": PASSWORD})
    page = client.get("/ask").get_data(as_text=True)
    began = page.split('name="began" value="')[1].split('"')[0]
    for number, value in enumerate((began, "b.forged.mark", "")):
        body = f"Buy it at https://shop{number}.example now. " + f"Words {number} of no use to anybody. " * 9
        client.post("/ask", data={"title": f"A new lamp {number}", "body": body, "began": value})
    rows = session.scalars(select(QueueItem).order_by(QueueItem.id))
    assert ["fast" in item.details["signals"] for item in rows] == [True, False, False]


def test_the_author_sees_a_held_post_with_a_note_and_the_moderator_why_it_waits(
    client: FlaskClient, session: Session, make: Factory, newcomer: Account
) -> None:
    moderator = make.account("Mo", "moderator")
    asked = make.question(newcomer, body="Look: https://shop.example")
    path, item_id = f"/questions/{asked.id}", item_of(session, asked.id).id
    session.rollback()
    assert client.get(path).status_code == 404
    sign_in(client, newcomer)
    page = client.get(path).get_data(as_text=True)
    assert "Waits for a moderator" in page
    assert "noindex" in page
    other = client.application.test_client()
    session.rollback()
    sign_in(other, moderator)
    shown = other.get(f"/moderation/items/{item_id}").get_data(as_text=True)
    assert "links that lead away" in shown
    assert "Publish it" in shown


def says_much(asked: dict[str, Any]) -> float:
    return 5.0 if "pills" in asked["text"] else 0.0


def breaks(asked: dict[str, Any]) -> float:
    raise RuntimeError("out of order")


class Answers(BaseHTTPRequestHandler):
    asked: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"score": 4}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.mark.parametrize(
    ("hook", "is_held"),
    [(f"{__name__}:says_much", True), (f"{__name__}:breaks", False), ("no.such:thing", False), ("", False)],
)
def test_an_outside_service_may_hold_a_post_and_never_breaks_the_forum(
    app: Flask, session: Session, make: Factory, hook: str, is_held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("types").SimpleNamespace(**globals()))
    app.config["SPAM_HOOK"] = hook
    asked = make.question(body="Some pills for your lamp")
    session.rollback()
    deliver_pending()
    session.rollback()
    assert (mark_of(session.get_one(Question, asked.id)) == "held") == is_held
    assert session.query(Event).filter(Event.finished_at.is_(None), Event.error.is_not(None)).count() == 0


def test_an_outside_service_may_be_asked_by_http(app: Flask, session: Session, make: Factory, outside: str) -> None:
    app.config["SPAM_HOOK"] = outside
    asked = make.question(body="See https://pills.example")
    session.rollback()
    deliver_pending()
    session.rollback()
    assert mark_of(session.get_one(Question, asked.id)) == "held"
    assert Answers.asked[-1]["links"] == 1
