"""Trust levels by thresholds; the limits of newcomers and of all, each saying when it ends."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.db import db, writing
from community.errors import Limited
from community.models import TRUST, Account, Answer, Post, Question
from community.trust import THRESHOLDS, Facts, check_limits, level_of, links_and_images, next_level
from tests.conftest import NOW
from tests.factories import Factory


@pytest.fixture
def newcomer(make: Factory, session: Session) -> Account:
    account = make.account("Nora")
    account.trust = "newcomer"
    session.commit()
    return account


def wrote(session: Session, by: Account, *moments: datetime) -> None:
    """Comments below a question, written without asking the limits."""
    asked = make_question(session, by)
    session.add_all(Answer(question_id=asked, body="words", author=by, created_at=moment) for moment in moments)
    session.commit()


def make_question(session: Session, by: Account) -> int:
    """Somebody else's question."""
    asked = Question(title="What now?", body="?", created_at=NOW - timedelta(days=9), active_at=NOW)
    session.add(asked)
    session.flush()
    return asked.id


# --- levels


def test_nobody_starts_above_newcomer() -> None:
    assert level_of(Facts()) == "newcomer"


@pytest.mark.parametrize("level", THRESHOLDS)
def test_a_level_begins_exactly_at_its_thresholds(level: str) -> None:
    assert level_of(THRESHOLDS[level]) == level


@pytest.mark.parametrize(
    ("level", "what"),
    [
        (level, what)
        for level, least in THRESHOLDS.items()
        for what in ("days", "posts", "votes", "solutions")
        if getattr(least, what)
    ],
)
def test_one_too_few_of_anything_keeps_the_level_below(level: str, what: str) -> None:
    least = THRESHOLDS[level]
    fewer = Facts(**(vars(least) | {what: getattr(least, what) - 1}))
    assert TRUST.index(level_of(fewer)) < TRUST.index(level)


def test_much_of_one_thing_makes_up_for_nothing_else() -> None:
    assert level_of(Facts(days=9999, posts=1, votes=9999, solutions=9999)) == "newcomer"
    assert level_of(Facts(days=9999, posts=9999)) == "member"


def test_what_is_lacking_to_the_next_level_is_counted() -> None:
    assert Facts(days=1, posts=5).lacks(THRESHOLDS["member"]) == Facts(days=2)
    assert [next_level(level) for level in TRUST] == ["member", "regular", "leader", None]


# --- links and images


@pytest.mark.parametrize(
    ("text", "links", "images"),
    [
        ("plain words, a.b and node.js", 0, 0),
        ("[one](https://a.example)", 1, 0),
        ("<https://a.example> and <mailto:me@a.example>", 2, 0),
        ("see https://a.example/x, http://b.example or www.c.example", 3, 0),
        ("看https://a.example/x。", 1, 0),
        ("[https://a.example](https://a.example)", 1, 0),
        ("[one][ref] and [two][ref]\n\n[ref]: https://a.example", 2, 0),
        ("[never used]: https://a.example", 0, 0),
        ("`https://a.example`", 0, 0),
        ("```\nhttps://a.example\n```\n\n    https://b.example", 0, 0),
        ("> quoted https://a.example\n\n- item <https://b.example>\n\n| a |\n|---|\n| https://c.example |", 3, 0),
        ("# https://a.example", 1, 0),
        ('<a href="https://a.example">x</a>', 1, 0),
        ("[here](/questions/7), [there](#post-8)", 0, 0),
        ("[tricky](//a.example)", 1, 0),
        ("![x](/uploads/a.webp)", 0, 1),
        ("![x](https://a.example/a.png) ![y][i]\n\n[i]: /uploads/b.webp", 0, 2),
        ("[![x](/uploads/a.webp)](https://a.example)", 1, 1),
        (r"\![no image, but a link](https://a.example)", 1, 0),
    ],
)
def test_links_and_images_are_counted_as_a_reader_would_see_them(text: str, links: int, images: int) -> None:
    assert links_and_images(text) == (links, images)


def test_a_newcomer_may_put_two_links_and_one_image_into_a_post(session: Session, newcomer: Account) -> None:
    check_limits(session, newcomer, "https://a.example https://b.example ![x](/uploads/a.webp)", NOW)


def test_a_third_link_is_refused_and_says_when_that_ends(session: Session, newcomer: Account) -> None:
    newcomer.created_at = NOW - timedelta(days=1, hours=5)
    wrote(session, newcomer, NOW - timedelta(hours=30))
    with pytest.raises(Limited) as refused:
        check_limits(session, newcomer, "https://a.example https://b.example https://c.example", NOW)
    assert refused.value.message == (
        "Newcomers may put 2 links into a post. This ends when you are a member. Still needed: 2 days, 2 posts."
    )
    assert refused.value.status == 429


def test_a_second_image_is_refused(session: Session, newcomer: Account) -> None:
    with pytest.raises(Limited, match=r"Newcomers may put 1 image into a post\. .*Still needed: 3 days, 3 posts\."):
        check_limits(session, newcomer, "![x](/uploads/a.webp) ![y](/uploads/b.webp)", NOW)


def test_an_edit_is_held_to_links_and_images_but_not_to_the_pace(session: Session, newcomer: Account) -> None:
    wrote(session, newcomer, *[NOW] * 9)
    check_limits(session, newcomer, "better words", NOW, is_new=False)
    with pytest.raises(Limited, match="links"):
        check_limits(session, newcomer, "www.a.example www.b.example www.c.example", NOW, is_new=False)


def test_who_has_all_that_is_needed_hears_that_it_ends_soon(session: Session, newcomer: Account) -> None:
    newcomer.created_at = NOW - timedelta(days=3)
    wrote(session, newcomer, *[NOW - timedelta(days=1)] * 3)
    with pytest.raises(Limited, match="This ends within a day"):
        check_limits(session, newcomer, "www.a.example " * 3, NOW)


def test_who_was_made_a_newcomer_by_a_person_hears_who_can_end_it(session: Session, newcomer: Account) -> None:
    newcomer.is_trust_fixed = True
    with pytest.raises(Limited, match="This ends when an administrator changes your level"):
        check_limits(session, newcomer, "www.a.example " * 3, NOW)


@pytest.mark.parametrize("level", ["member", "regular", "leader"])
def test_members_and_up_may_link_as_they_like(session: Session, newcomer: Account, level: str) -> None:
    newcomer.trust = level
    check_limits(session, newcomer, "https://a.example ![x](/uploads/a.webp) " * 20, NOW)


# --- pace


def test_a_newcomer_may_write_five_posts_within_an_hour(session: Session, newcomer: Account) -> None:
    wrote(session, newcomer, *(NOW - timedelta(minutes=m) for m in (48, 30, 20, 10)))
    check_limits(session, newcomer, "words", NOW)


def test_the_sixth_post_within_an_hour_is_refused_and_says_until_when(session: Session, newcomer: Account) -> None:
    wrote(session, newcomer, *(NOW - timedelta(minutes=m) for m in (300, 47.5, 30, 20, 10, 5)))
    with pytest.raises(Limited) as refused:
        check_limits(session, newcomer, "words", NOW)
    assert refused.value.message.startswith(
        "You have written 5 posts within an hour; more would be too many. "
        "You can post again at 12:13 UTC, in 13 minutes. This ends when you are a member."
    )
    check_limits(session, newcomer, "words", NOW + timedelta(minutes=13))


def test_deleting_posts_does_not_buy_new_ones(session: Session, newcomer: Account) -> None:
    wrote(session, newcomer, *[NOW - timedelta(minutes=1)] * 5)
    for post in session.scalars(select(Post).where(Post.author_id == newcomer.id)):
        post.deleted_at = NOW
    session.commit()
    with pytest.raises(Limited):
        check_limits(session, newcomer, "words", NOW)


def test_members_may_write_sixty_posts_an_hour(session: Session, newcomer: Account) -> None:
    newcomer.trust = "member"
    wrote(session, newcomer, *[NOW - timedelta(minutes=1)] * 59)
    check_limits(session, newcomer, "words", NOW)
    wrote(session, newcomer, NOW - timedelta(seconds=30))
    with pytest.raises(Limited) as refused:
        check_limits(session, newcomer, "words", NOW)
    assert refused.value.message == (
        "You have written 60 posts within an hour; more would be too many. "
        "You can post again at 12:59 UTC, in 59 minutes."
    )


def test_the_staff_know_no_limits(session: Session, make: Factory) -> None:
    for role in ("agent", "moderator", "manager", "admin"):
        account = make.account("", role)
        account.trust = "newcomer"
        wrote(session, account, *[NOW] * 61)
        check_limits(session, account, "https://a.example ![x](/uploads/a.webp) " * 20, NOW)


class TestOtherSettings:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"NEWCOMER_LINKS": 0, "NEWCOMER_IMAGES": 3, "NEWCOMER_POSTS_AN_HOUR": 1}

    def test_the_settings_hold(self, session: Session, newcomer: Account) -> None:
        check_limits(session, newcomer, "![x](/uploads/a.webp) " * 3, NOW)
        with pytest.raises(Limited, match="0 links"):
            check_limits(session, newcomer, "www.a.example", NOW)
        wrote(session, newcomer, NOW - timedelta(minutes=59))
        with pytest.raises(Limited, match="in 1 minute"):
            check_limits(session, newcomer, "words", NOW)


def test_of_many_posts_at_once_no_more_than_allowed_slip_past(app: Flask, session: Session, newcomer: Account) -> None:
    """They wait for one another at the account's row, or for SQLite's one writer."""
    question_id, account_id = make_question(session, newcomer), newcomer.id
    session.commit()
    start, refused = Barrier(8), []

    def post() -> None:
        with app.app_context(), writing():
            start.wait()
            by = db.session.get_one(Account, account_id)
            try:
                check_limits(db.session(), by, "words", NOW)
                db.session.add(Answer(question_id=question_id, body="words", author=by, created_at=NOW))
                db.session.commit()
            except Limited:
                refused.append(1)
                db.session.rollback()

    threads = [Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert session.scalar(select(func.count()).select_from(Answer).where(Answer.author_id == account_id)) == 5
