"""The daily and the weekly mail: what is in it, what is left out, when there is none."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Account, Mail, Notification, Watch
from community.notifications import preferences, service
from community.notifications.digests import send_digests
from community.questions import service as questions
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory
from tests.insights.making import lately

Mails = Callable[[Account], list[Mail]]
React = Callable[[], None]


def on(weekday: int) -> datetime:
    """The next morning of this day of the week (Monday is 0), from the time at which notifications are made."""
    now = lately()
    return now + timedelta(days=(weekday - now.weekday()) % 7)


TUESDAY, MONDAY = on(1), on(0)


def choose(session: Session, account: Account, is_paused: bool = False, **often: str) -> None:
    preferences.save(session, account.id, {kind.replace("_", " "): value for kind, value in often.items()}, is_paused)
    session.commit()


def only(rows: list[Mail]) -> Mail:
    [row] = rows
    return row


@pytest.fixture
def asker(make: Factory, session: Session) -> Account:
    account = make.account("Asker")
    choose(session, account, reply="daily", mention="daily", accepted="daily")
    return account


def test_everything_that_happened_is_in_one_mail_grouped_by_question(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    first, second = make.question(asker, title="Why is it dark?"), make.question(asker, title="Why is it loud?")
    given = make.answer(first, make.account("Helper"), body="Turn **it** on.")
    make.comment(first, make.account("Nosy"), body="Which lamp?")
    make.answer(second, make.account("Other"), body="It is old.")
    elsewhere = make.question(title="Who knows Asker?")
    make.answer(elsewhere, body="@asker does.")
    react()
    assert mails(asker) == []
    assert send_digests(TUESDAY)["digests"] >= 1
    mail = only(mails(asker))
    words = mail.text
    assert words.index("YOUR QUESTIONS") < words.index("* Why is it loud?") < words.index("WHERE YOU TOOK PART")
    assert words.count("Why is it dark?") == 1, "both of its news stand below one heading"
    for said in ("Helper answered your question: Turn it on.", "Nosy commented on your question: Which lamp?"):
        assert said in words
    assert words.index("WHERE YOU TOOK PART") < words.index("Who knows Asker?")
    assert "https://ask.example/posts/" in words
    assert f"https://ask.example/posts/{given.id}" in (mail.html or "")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.subject.endswith("and 2 other questions")


def test_a_digest_comes_once_and_what_was_mailed_does_not_come_again(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    make.answer(make.question(asker))
    react()
    assert send_digests(TUESDAY) == {"digests": 1}
    assert send_digests(TUESDAY) == {}
    assert send_digests(TUESDAY + timedelta(days=1)) == {}
    make.answer(make.question(asker))
    react()
    assert send_digests(TUESDAY + timedelta(days=1)) == {"digests": 1}
    assert len(mails(asker)) == 2


def test_what_was_read_or_deleted_or_muted_since_is_left_out_and_no_empty_mail_is_sent(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    read, gone, muted = (make.question(asker, title=f"Question {word}") for word in ("read", "gone", "muted"))
    helper = make.account("Helper")
    given = [make.answer(question, helper) for question in (read, gone, muted)]
    react()
    service.mark_question(session, asker, read.id, NOW)
    questions.remove(session, given[1], helper, NOW)
    session.query(Watch).filter_by(account_id=asker.id).delete()
    session.add(Watch(account_id=asker.id, question_id=muted.id, level="muted", created_at=NOW))
    session.commit()
    assert send_digests(TUESDAY) == {}
    assert mails(asker) == []


def test_questions_one_could_answer_are_those_that_nobody_answered_yet(
    make: Factory, session: Session, react: React, mails: Mails
) -> None:
    product, watcher = make.product(), make.account("Watcher")
    session.add(Watch(account_id=watcher.id, product_id=product.id, level="watching", created_at=NOW))
    session.commit()
    make.question(title="Still open?", body="It blinks.", product=product)
    make.answer(make.question(title="Answered already?", product=product))
    react()
    assert send_digests(TUESDAY) == {"digests": 1}
    mail = only(mails(watcher))
    assert "COULD YOU ANSWER THESE?" in mail.text
    assert "Still open?" in mail.text
    assert "It blinks." in mail.text
    assert "Answered already?" not in mail.text
    assert mail.subject == "1 question that you could answer"


def test_on_mondays_people_hear_how_their_answers_helped(make: Factory, session: Session, mails: Mails) -> None:
    helper, asker = make.account("Helper"), make.account("Asker")
    asked = make.question(asker)
    given = make.answer(asked, helper)
    for voter in (asker, make.account()):
        vote(session, given, 1, voter, MONDAY - timedelta(days=3))
    questions.accept(session, asked, given, asker, MONDAY - timedelta(days=3))
    session.commit()
    assert send_digests(MONDAY + timedelta(days=1)) == {}
    assert send_digests(MONDAY) == {"digests": 1}
    mail = only(mails(helper))
    assert "found helpful 2 times" in mail.text
    assert "You solved 1 question." in mail.text
    assert send_digests(MONDAY + timedelta(days=7)) == {}, "that was last week"


def test_weekly_waits_for_monday_and_never_never_comes(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    choose(session, asker, reply="weekly")
    silent = make.account("Silent")
    choose(session, silent, reply="never")
    make.answer(make.question(asker))
    make.answer(make.question(silent))
    react()
    assert send_digests(TUESDAY) == {}
    assert send_digests(MONDAY) == {"digests": 1}
    assert only(mails(asker)).key == f"digest:{asker.id}:{MONDAY.date()}"
    assert mails(silent) == []


def test_while_paused_nothing_comes_and_afterwards_what_is_left(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    choose(session, asker, is_paused=True)
    make.answer(make.question(asker))
    react()
    assert send_digests(TUESDAY) == {}
    choose(session, asker)
    assert send_digests(TUESDAY) == {"digests": 1}


@pytest.mark.parametrize("change", [{"active": False}, {"confirmed_at": None}, {"email": None}])
def test_nobody_who_may_not_get_mail_gets_a_digest(
    make: Factory, session: Session, react: React, asker: Account, change: dict[str, object]
) -> None:
    make.answer(make.question(asker))
    react()
    session.query(Account).filter_by(id=asker.id).update(change)
    session.commit()
    assert send_digests(TUESDAY) == {}


def test_a_digest_is_in_the_readers_language(
    make: Factory, session: Session, react: React, mails: Mails, asker: Account
) -> None:
    asker.locale = "zh_CN"
    make.answer(make.question(asker, title="灯不亮"), body="打开它。")
    react()
    send_digests(TUESDAY)
    mail = only(mails(asker))
    assert '<html lang="zh-CN">' in (mail.html or "")
    assert "灯不亮" in mail.subject


def test_a_run_that_was_cut_off_leaves_nobody_out_and_sends_nothing_twice(
    make: Factory, session: Session, react: React, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [make.account() for _ in range(3)]
    for account in people:
        choose(session, account, reply="daily")
        make.answer(make.question(account))
    react()
    whole = service.note_mailed

    def dies(*arguments: object) -> None:
        if len(list(session.scalars(select(Mail.id)))) == 2:
            raise KeyboardInterrupt
        whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "note_mailed", dies)
    with pytest.raises(KeyboardInterrupt):
        send_digests(TUESDAY)
    session.rollback()
    monkeypatch.setattr(service, "note_mailed", whole)
    assert send_digests(TUESDAY) == {"digests": 2}
    assert [len(mails(account)) for account in people] == [1, 1, 1]


def test_an_account_with_hundreds_of_news_gets_a_mail_of_bounded_length(
    make: Factory, session: Session, mails: Mails, asker: Account
) -> None:
    helper = make.account("Helper")
    for number in range(12):
        asked = make.question(asker, title=f"Question number {number}")
        for _ in range(5):
            given = make.answer(asked, helper)
            session.add(Notification(
                account_id=asker.id, kind="reply", question_id=asked.id, post_id=given.id, actor_id=helper.id,
                created_at=TUESDAY - timedelta(hours=1),
            ))  # fmt: skip
    session.commit()
    assert send_digests(TUESDAY) == {"digests": 1}
    mail = only(mails(asker))
    assert mail.subject == "News on “Question number 11” and 11 other questions"
    assert mail.text.count("and 2 more") == mail.text.count("* Question number") == 8
    assert "and 4 more questions" in mail.text
    left = session.query(Notification).filter(Notification.mailed_at.is_(None)).count()
    assert left == 0, "the rest stands under the bell"
