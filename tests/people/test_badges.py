"""Badges: a test for each rule, one short of it and at it; what was earned stays, and is told once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community import badges, reputation
from community.models import Account, Answer, Award, Notification, Verbatim
from community.questions import service as questions
from community.questions.votes import vote
from community.questions.watching import say_me_too
from tests.conftest import NOW
from tests.factories import Factory

DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.fixture
def account(make: Factory) -> Account:
    account = make.account("Bea")
    account.trust, account.is_trust_fixed = "member", True  # badges are not about levels
    return account


def has(session: Session, account: Account, now: datetime = NOW) -> set[str]:
    """The badges that the account has, counted now."""
    session.commit()
    reputation.recount_accounts(session, [account.id], now)
    session.commit()
    return set(session.scalars(select(Award.badge).where(Award.account_id == account.id)))


def solve(session: Session, make: Factory, by: Account, times: int) -> Answer:
    """So many different askers accept an answer; the last of them."""
    for _ in range(times):
        asker = make.account()
        asked = make.question(asker)
        given = make.answer(asked, by)
        questions.accept(session, asked, given, asker, NOW)
    session.commit()
    return given


def test_first_question(session: Session, make: Factory, account: Account) -> None:
    assert has(session, account) == set()
    asked = make.question(account)
    make.question(account)
    assert has(session, account) == {"first-question"}
    award = session.scalars(select(Award).where(Award.account_id == account.id)).one()
    assert (award.post_id, award.awarded_at) == (asked.id, NOW)


def test_curious_asks_on_five_different_days(session: Session, make: Factory, account: Account) -> None:
    for day in (0, 0, 1, 2, 3, 3):
        make.question(account, now=NOW + day * DAY)
    assert "curious" not in has(session, account)
    fifth = make.question(account, now=NOW + 4 * DAY)
    assert "curious" in has(session, account, NOW + 4 * DAY)
    assert session.scalar(select(Award.post_id).where(Award.badge == "curious")) == fifth.id


def test_closed_the_loop_accepts_somebody_elses_answer(session: Session, make: Factory, account: Account) -> None:
    asked = make.question(account)
    questions.accept(session, asked, make.answer(asked, account), account, NOW)
    assert "closed-the-loop" not in has(session, account)
    questions.accept(session, asked, make.answer(asked), account, NOW)
    assert "closed-the-loop" in has(session, account)


def test_a_popular_question_is_that_of_ten_others_too(session: Session, make: Factory, account: Account) -> None:
    asked = make.question(account)
    for _ in range(9):
        say_me_too(session, asked, True, make.account(), NOW)
    assert "popular-question" not in has(session, account)
    say_me_too(session, asked, True, make.account(), NOW)
    assert "popular-question" in has(session, account)
    assert session.scalar(select(Award.post_id).where(Award.badge == "popular-question")) == asked.id


def test_first_answer_is_no_mere_reply(session: Session, make: Factory, account: Account) -> None:
    given = make.answer(make.question(), account, body="Thanks!")
    given.is_reply = True
    assert has(session, account) == set()
    make.answer(make.question(), account)
    assert has(session, account) == {"first-answer"}


def test_first_solution_is_of_somebody_elses_question(session: Session, make: Factory, account: Account) -> None:
    asked = make.question(account)
    questions.accept(session, asked, make.answer(asked, account), account, NOW)
    assert "first-solution" not in has(session, account)
    given = solve(session, make, account, 1)
    assert "first-solution" in has(session, account)
    assert session.scalar(select(Award.post_id).where(Award.badge == "first-solution")) == given.id


def test_a_helper_has_solved_ten_problems(session: Session, make: Factory, account: Account) -> None:
    solve(session, make, account, 9)
    assert "helper" not in has(session, account)
    tenth = solve(session, make, account, 1)
    assert "helper" in has(session, account)
    assert session.scalar(select(Award.post_id).where(Award.badge == "helper")) == tenth.id


def test_a_mentor_has_solved_fifty_problems(session: Session, make: Factory, account: Account) -> None:
    solve(session, make, account, 49)
    assert "mentor" not in has(session, account)
    solve(session, make, account, 1)
    assert "mentor" in has(session, account)


def test_a_teacher_wrote_an_answer_that_five_found_helpful(session: Session, make: Factory, account: Account) -> None:
    first, other = (make.answer(make.question(), account) for _ in range(2))
    for _ in range(4):
        vote(session, first, 1, make.account(), NOW)
    vote(session, other, 1, make.account(), NOW)
    vote(session, first, -1, make.account(), NOW)
    twin = make.account()
    twin.customer_id = account.customer_id
    vote(session, first, 1, twin, NOW)
    assert "teacher" not in has(session, account), "neither other answers, nor no's, nor one's own second account"
    vote(session, first, 1, make.account(), NOW)
    assert "teacher" in has(session, account)
    assert session.scalar(select(Award.post_id).where(Award.badge == "teacher")) == first.id


def test_bilingual_answers_in_both_languages(session: Session, make: Factory, account: Account) -> None:
    answers = [make.answer(make.question(), account) for _ in range(3)]

    def read_as(*languages: str | None) -> None:
        for given, language in zip(answers, languages, strict=True):
            session.execute(update(Verbatim).where(Verbatim.post_id == given.id).values(language=language))

    for languages in ((None, None, None), ("en", "en", "und"), ("zh-Hans", "zh-Hant", "zh-Hans")):
        read_as(*languages)
        assert "bilingual" not in has(session, account), languages
    read_as("en", "en", "zh-Hant")
    assert "bilingual" in has(session, account)
    assert session.scalar(select(Award.post_id).where(Award.badge == "bilingual")) == answers[2].id


def test_a_supporter_found_ten_posts_helpful(session: Session, make: Factory, account: Account) -> None:
    for _ in range(9):
        vote(session, make.question(), 1, account, NOW)
    vote(session, make.question(), -1, account, NOW)
    assert "supporter" not in has(session, account)
    vote(session, make.question(), 1, account, NOW)
    assert "supporter" in has(session, account)


def test_an_editor_improved_five_posts(session: Session, make: Factory, account: Account) -> None:
    posts = [make.question(account) for _ in range(5)]
    for post in (*posts[:4], posts[0]):
        questions.edit(session, post, post.title, f"{post.body} More.", account, NOW)
    assert "editor" not in has(session, account), "one post twice is one post"
    questions.edit(session, posts[4], posts[4].title, "Better.", account, NOW)
    assert "editor" in has(session, account)


def test_one_year_after_joining_if_they_wrote_something(session: Session, make: Factory, account: Account) -> None:
    assert "one-year" not in has(session, account, NOW + 2 * YEAR)
    make.comment(make.question(), account)
    assert "one-year" not in has(session, account, NOW + YEAR - timedelta(seconds=1))
    assert "one-year" in has(session, account, NOW + YEAR + DAY)
    award = session.scalars(select(Award).where(Award.badge == "one-year")).one()
    assert (award.awarded_at, award.post_id) == (NOW + YEAR, None)


def test_each_badge_has_its_test_here() -> None:
    assert set(badges.BADGES) == {
        "first-question", "curious", "closed-the-loop", "popular-question", "first-answer", "first-solution", "helper",
        "mentor", "teacher", "bilingual", "supporter", "editor", "one-year",
    }  # fmt: skip
    assert all(len(badge.key) <= 30 and badge.group in badges.GROUPS for badge in badges.ALL)


def test_what_was_earned_stays_when_the_post_goes(session: Session, make: Factory, account: Account) -> None:
    asked = make.question(account)
    assert has(session, account) == {"first-question"}
    questions.remove(session, asked, account, NOW)
    assert has(session, account) == {"first-question"}


def test_posts_that_are_gone_earn_nothing_new(session: Session, make: Factory, account: Account) -> None:
    questions.remove(session, make.question(account), account, NOW)
    given = make.answer(make.question(), account)
    given.erased_at = NOW
    assert has(session, account) == set()


def test_a_badge_is_told_once(session: Session, make: Factory, account: Account) -> None:
    make.question(account)
    for _ in range(3):
        has(session, account)
    told = session.scalars(select(Notification).where(Notification.account_id == account.id)).one()
    assert (told.kind, told.details, told.post_id, told.read_at) == ("badge", {"badge": "first-question"}, None, None)


def test_what_was_earned_long_ago_and_members_who_cannot_sign_in_are_not_told(
    session: Session, make: Factory, account: Account
) -> None:
    make.question(account)
    assert has(session, account, NOW + 8 * DAY) == {"first-question"}
    imported = make.account()
    imported.active, imported.email, imported.external_id = False, None, "site:9"
    make.question(imported)
    assert has(session, imported) == {"first-question"}
    assert session.scalar(select(func.count()).select_from(Notification)) == 0


def test_the_company_collects_no_badges_and_moderators_do(session: Session, make: Factory) -> None:
    for role, expected in (("agent", set()), ("manager", set()), ("admin", set()), ("moderator", {"first-answer"})):
        staff = make.account("", role)
        make.answer(make.question(), staff)
        assert has(session, staff) == expected, role


def test_each_of_many_accounts_earns_by_its_own_posts(session: Session, make: Factory) -> None:
    asked = make.question()
    authors = [make.answer(asked).author_id or 0 for _ in range(5)]
    session.commit()
    found = badges.earned(session, authors, NOW)
    assert {(one.account_id, one.badge) for one in found} == {(author, "first-answer") for author in authors}
    assert badges.earned(session, [], NOW) == []
