"""Who has it too, and who wants to hear of what."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.db import db
from community.errors import Invalid, NotAllowed
from community.models import Account, MeToo, Product, Question, Tag, Watch
from community.questions import queries, service, watching
from tests.conftest import NOW
from tests.factories import Factory, sign_in


@pytest.fixture
def reader(make: Factory) -> Account:
    return make.account("Reader")


def level_of(session: Session, by: Account, asked: Question) -> str | None:
    return session.scalar(select(Watch.level).where(Watch.account_id == by.id, Watch.question_id == asked.id))


def watched(session: Session, reader: Account) -> list[int]:
    session.commit()
    return [row.id for row in queries.question_list(session, "watched", reader=reader).rows]


def test_one_says_me_too_once_and_takes_it_back_once(session: Session, make: Factory, reader: Account) -> None:
    asked, other = make.question(), make.account()
    for by, is_so, count in (
        (reader, True, 1), (reader, True, 1), (other, True, 2), (reader, False, 1), (reader, False, 1), (reader, True, 2),
    ):  # fmt: skip
        watching.say_me_too(session, asked, is_so, by, NOW)
        session.commit()
        assert asked.me_too_count == count
        assert session.scalar(select(func.count()).select_from(MeToo)) == count


def test_askers_do_not_have_their_own_problem_too(session: Session, make: Factory, reader: Account) -> None:
    asked = make.question(reader)
    with pytest.raises(NotAllowed):
        watching.say_me_too(session, asked, True, reader, NOW)
    assert asked.me_too_count == 0


def test_whoever_has_it_too_hears_how_it_ends(session: Session, make: Factory, reader: Account) -> None:
    asked = make.question()
    watching.say_me_too(session, asked, True, reader, NOW)
    assert watched(session, reader) == [asked.id]


@pytest.mark.parametrize("what", ["me-too", "vote", "watch"])
def test_two_presses_at_the_same_moment_count_as_one(
    app: Flask, client: FlaskClient, session: Session, make: Factory, reader: Account, what: str
) -> None:
    asked = make.question()
    path = f"/posts/{asked.id}/vote" if what == "vote" else f"/questions/{asked.id}/{what}"
    sign_in(client, reader)
    cookie = client.get_cookie("session")
    assert cookie
    session.rollback()
    statuses, together = [], Barrier(4)

    def press() -> None:
        browser = app.test_client()
        browser.set_cookie("session", cookie.value)
        together.wait()
        statuses.append(browser.post(path, data={"value": "1", "level": "watching"}).status_code)

    presses = [Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(30)
    assert set(statuses) <= {302, 409}, "done, or told that somebody was faster"
    assert 302 in statuses
    session.rollback()
    asked = session.get_one(Question, asked.id)
    rows = session.scalar(select(func.count()).select_from(MeToo))
    assert (asked.me_too_count, rows, asked.score) == ((what == "me-too",) * 2 + (what == "vote",))
    db.session.remove()


def test_a_question_is_watched_muted_or_neither(session: Session, make: Factory, reader: Account) -> None:
    asked = make.question()
    for level, expected in (
        ("watching", "watching"), ("muted", "muted"), ("muted", "muted"), ("watching", "watching"), ("none", None), ("none", None),
    ):  # fmt: skip
        watching.watch(session, asked, level, reader, NOW)
        assert level_of(session, reader, asked) == expected
        assert watched(session, reader) == ([asked.id] if expected == "watching" else [])


@pytest.mark.parametrize("level", ["", "loud", "WATCHING"])
def test_there_is_no_other_level(session: Session, make: Factory, reader: Account, level: str) -> None:
    with pytest.raises(Invalid):
        watching.watch(session, make.question(), level, reader, NOW)


def test_the_watched_list_holds_what_products_and_tags_bring_and_not_what_is_muted(
    session: Session, make: Factory, reader: Account
) -> None:
    lamp, asker = make.product("lamp"), make.account("Asker")
    make.question(asker, tags=["unrelated"])
    about_lamp, tagged = make.question(asker, product=lamp), make.question(asker, tags=["battery"])
    both = make.question(asker, product=lamp, tags=["battery"])
    for what in (lamp, session.scalars(select(Tag).where(Tag.slug == "battery")).one()):
        watching.watch(session, what, "watching", reader, NOW)
    assert watched(session, reader) == [both.id, tagged.id, about_lamp.id]
    watching.watch(session, both, "muted", reader, NOW)
    assert watched(session, reader) == [tagged.id, about_lamp.id]
    watching.watch(session, lamp, "none", reader, NOW)
    assert watched(session, reader) == [tagged.id]
    assert watched(session, make.account("Nobody")) == []


@pytest.mark.parametrize("what", ["product", "tag"])
def test_a_muted_product_or_tag_brings_nothing_but_what_is_watched_by_itself(
    session: Session, make: Factory, reader: Account, what: str
) -> None:
    lamp, asker = make.product("lamp"), make.account("Asker")
    both, wanted = (make.question(asker, product=lamp, tags=["battery"]) for _ in range(2))
    unlabelled = make.question(asker, tags=["other"])
    battery, other = (session.scalars(select(Tag).where(Tag.slug == slug)).one() for slug in ("battery", "other"))
    for watch in (lamp, battery, other, wanted):
        watching.watch(session, watch, "watching", reader, NOW)
    assert watched(session, reader) == [unlabelled.id, wanted.id, both.id]
    watching.watch(session, lamp if what == "product" else battery, "muted", reader, NOW)
    assert watched(session, reader) == [unlabelled.id, wanted.id]


@pytest.mark.parametrize("verb", ["answers", "comments", "replies"])
def test_whoever_takes_part_hears_how_it_goes_on(session: Session, make: Factory, reader: Account, verb: str) -> None:
    asked = make.question()
    if verb == "comments":
        make.comment(asked, reader)
    else:
        make.answer(asked, reader, "Hold the button." if verb == "answers" else "Same here")
    assert level_of(session, reader, asked) == "watching"
    make.comment(asked, reader)
    assert watched(session, reader) == [asked.id]


def test_whoever_muted_it_hears_nothing_even_when_they_take_part(
    session: Session, make: Factory, reader: Account
) -> None:
    asked = make.question()
    watching.watch(session, asked, "muted", reader, NOW)
    session.commit()
    make.comment(make.answer(asked, reader), reader)
    watching.say_me_too(session, asked, True, reader, NOW)
    session.commit()
    assert level_of(session, reader, asked) == "muted"


def test_a_deleted_question_is_watched_by_nobody(session: Session, make: Factory, reader: Account) -> None:
    asker = make.account()
    asked = make.question(asker)
    watching.watch(session, asked, "watching", reader, NOW)
    service.remove(session, asked, asker, NOW)
    assert watched(session, reader) == []


def test_the_buttons_of_question_product_and_tag_say_how_it_stands(
    client: FlaskClient, session: Session, make: Factory, reader: Account
) -> None:
    asked = make.question(make.account("Asker"), tags=["battery"], product=make.product("lamp"))
    places = {
        f"/questions/{asked.id}/watch": f"/questions/{asked.id}",
        "/products/lamp/watch": "/questions?product=lamp",
        "/tags/battery/watch": "/questions?tag=battery",
    }
    sign_in(client, reader)
    for action, page in places.items():
        for level, pressed, offered in (
            ("watching", "Watching", "Mute"),
            ("muted", "Muted", "Watch"),
            ("none", "", "Mute"),
        ):
            response = client.post(action, data={"level": level}, follow_redirects=True)
            assert response.status_code == 200
            html = client.get(page).get_data(as_text=True)
            assert [one for one in ("Watching", "Muted") if f"</svg>{one}</button>" in html] == [pressed] * bool(
                pressed
            )
            assert f"</svg>{offered}</button>" in html, page
    assert client.post("/products/sofa/watch", data={"level": "watching"}).status_code == 404
    assert client.post("/tags/sofa/watch", data={"level": "watching"}).status_code == 404
    assert client.post(f"/questions/{asked.id}/watch", data={"level": "loud"}).status_code == 422
    assert session.scalars(select(Product.slug)).all() == ["lamp"]
