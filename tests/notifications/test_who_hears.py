"""Who hears of what, as what, and who does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Account, Event, Mail, Notification, Question, Tag, Watch
from community.names import possible_handles
from community.notifications import recipients
from community.notifications.calling import called
from community.questions import service as questions
from community.questions.watching import watch
from tests.conftest import NOW
from tests.factories import Factory

Heard = Callable[[Account], list[tuple[str, int]]]
React = Callable[[], None]


def watching(session: Session, account: Account, level: str = "watching", **what: int) -> None:
    session.add(Watch(account_id=account.id, level=level, created_at=NOW, **what))
    session.commit()


def mute(session: Session, account: Account, question: Question) -> None:
    watch(session, question, "muted", account, NOW)
    session.commit()


def test_the_asker_hears_of_an_answer_and_the_answerer_that_it_solved_it(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, helper = make.account("Asker"), make.account("Helper")
    asked = make.question(asker)
    given = make.answer(asked, helper)
    questions.accept(session, asked, given, asker, NOW)
    session.commit()
    react()
    assert heard(asker) == [("reply", given.id)]
    assert heard(helper) == [("accepted", given.id)]


def test_an_acceptance_that_was_taken_back_is_not_told(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, helper = make.account("Asker"), make.account("Helper")
    asked = make.question(asker)
    given = make.answer(asked, helper)
    questions.accept(session, asked, given, asker, NOW)
    questions.unaccept(session, asked, asker, NOW)
    session.commit()
    react()
    assert heard(helper) == []


def test_a_comment_reaches_the_author_of_what_it_stands_below_the_asker_and_those_who_watch(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, helper, other, watcher = (make.account(name) for name in ("Asker", "Helper", "Other", "Watcher"))
    asked = make.question(asker)
    given = make.answer(asked, helper)
    watching(session, watcher, question_id=asked.id)
    make.now += timedelta(seconds=1)
    written = make.comment(given, other)
    react()
    assert heard(asker) == [("reply", given.id), ("reply", written.id)]
    assert heard(helper) == [("reply", written.id)]
    assert heard(watcher) == [("watched", given.id), ("watched", written.id)]
    assert heard(other) == []
    below = dict(session.execute(select(Notification.account_id, Notification.details)).tuples().all())
    assert below[helper.id] == {"below": "answer"}


def test_whoever_took_part_hears_how_it_goes_on(make: Factory, react: React, heard: Heard) -> None:
    first, second = make.account("First"), make.account("Second")
    asked = make.question()
    make.answer(asked, first)
    given = make.answer(asked, second)
    react()
    assert heard(first) == [("watched", given.id)]


def test_an_asker_who_watches_too_hears_once_and_as_a_reply(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker = make.account("Asker")
    asked = make.question(asker)
    assert session.scalar(select(Watch.level).where(Watch.account_id == asker.id)) == "watching"
    given = make.answer(asked)
    react()
    assert heard(asker) == [("reply", given.id)]


def test_a_request_for_details_is_one_and_no_reply_beside_it(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, helper = make.account("Asker"), make.account("Helper")
    asked = make.question(asker)
    written = questions.request_information(session, asked, "Which version?", helper, NOW)
    session.commit()
    react()
    assert heard(asker) == [("needs information", written.id)]


def test_watching_a_product_or_a_tag_tells_of_new_questions_once(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    product, watcher, asker = make.product(), make.account("Watcher"), make.account("Asker")
    first = make.question(asker, tags=["wifi", "lamp"], product=product)
    for tag in session.scalars(select(Tag)):
        watching(session, watcher, tag_id=tag.id)
    watching(session, watcher, product_id=product.id)
    watching(session, asker, product_id=product.id)
    second = make.question(asker, tags=["wifi"])
    plain = make.question(asker)
    react()
    assert heard(watcher) == [("watched", first.id), ("watched", second.id)]
    assert heard(asker) == []
    assert plain.id not in {post for _, post in heard(watcher)}


def test_what_is_muted_gives_nothing(make: Factory, session: Session, react: React, heard: Heard) -> None:
    asker, called_one, helper = make.account("Asker"), make.account("Called"), make.account("Helper")
    asked = make.question(asker)
    given = make.answer(asked, helper)
    for account in (asker, called_one, helper):
        mute(session, account, asked)
    make.answer(asked, body="@called, you know this.")
    make.comment(given, make.account(), "And this?")
    questions.accept(session, asked, given, asker, NOW)
    session.commit()
    react()
    assert [heard(account) for account in (asker, called_one, helper)] == [[], [], []]


def test_a_muted_tag_wins_over_a_watched_product_but_not_over_being_called(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    product, watcher = make.product(), make.account("Watcher")
    make.question(tags=["spam"], product=product)
    watching(session, watcher, product_id=product.id)
    watching(session, watcher, "muted", tag_id=session.scalars(select(Tag.id)).one())
    second = make.question(tags=["spam"], product=product, body="@watcher knows.")
    react()
    assert heard(watcher) == [("mention", second.id)]


def test_being_called_is_told_in_place_of_what_is_less_specific(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, watcher, other = make.account("Asker"), make.account("Watcher"), make.account("Other")
    asked = make.question(asker)
    watching(session, watcher, question_id=asked.id)
    given = make.answer(asked, other, body="@Asker @WATCHER @other @nobody-at-all look.")
    react()
    assert heard(asker) == heard(watcher) == [("mention", given.id)]
    assert heard(other) == [], "nobody calls themselves"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("@mia look", ["mia"]),
        ("`@mia` and\n\n    @mia\n\n```\n@mia\n```", []),
        ("write to me@mia.example or x@mia", []),
        ("(@mia), “@Mia”: @小明你好，@小明 again", ["mia", "小明"]),
        ("你好@小明，帮我看看", ["小明"]),
        ("@mia你好 @mia-b", ["mia", "mia-b"]),
        ("@miau is somebody else", []),
        ("**@mia**_", ["mia"]),
    ],
)
def test_who_is_called(make: Factory, session: Session, body: str, names: list[str]) -> None:
    ids = {name: make.account(name).id for name in ("mia", "mia-b", "小明")}
    assert called(session, body) == [ids[name] for name in names]


def test_a_post_calls_ten_people_at_most(make: Factory, session: Session) -> None:
    accounts = [make.account(f"Friend {number}") for number in range(12)]
    assert called(session, " ".join(f"@{one.handle}" for one in accounts)) == [one.id for one in accounts[:10]]


def test_a_name_ends_only_beside_a_script_without_spaces() -> None:
    assert possible_handles("bobby") == ["bobby"]
    assert possible_handles("bob你好") == ["bob你好", "bob你", "bob"]


def test_an_edit_calls_those_who_were_not_called_before(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    mia, asker = make.account("Mia"), make.account("Asker")
    asked = make.question(asker)
    react()
    questions.edit(session, asked, None, "It hangs, @mia.", asker, NOW)
    session.commit()
    react()
    questions.edit(session, asked, None, "It hangs still, @mia.", asker, NOW)
    session.commit()
    react()
    assert heard(mia) == [("mention", asked.id)]


def test_the_suspended_and_the_imported_and_the_deleted_make_no_noise(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker, suspended, mia = make.account("Asker"), make.account("Gone"), make.account("Mia")
    asked = make.question(asker)
    watching(session, suspended, question_id=asked.id)
    suspended.active = False
    given = make.answer(asked, mia, body="@gone")
    questions.remove(session, given, mia, NOW)
    kept = make.answer(asked, make.account("Helper"))
    imported = make.answer(asked, make.account("Dump"))
    session.query(Event).filter_by(subject_id=imported.id).update({"details": {"imported": True}})
    session.commit()
    react()
    assert heard(suspended) == []
    assert heard(asker) == [("reply", kept.id)]


def test_an_unconfirmed_address_gets_no_mail_but_the_page_tells(
    make: Factory, session: Session, react: React, heard: Heard
) -> None:
    asker = make.account("Asker")
    asker.confirmed_at = None
    given = make.answer(make.question(asker))
    react()
    assert heard(asker) == [("reply", given.id)]
    assert session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_question_with_many_watchers_is_told_in_batches(
    make: Factory, session: Session, react: React, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "BATCH", 4)
    asked = make.question()
    watchers = [make.account() for _ in range(13)]
    for account in watchers:
        watching(session, account, question_id=asked.id)
    given = make.answer(asked, watchers[0])
    react()
    told = list(session.scalars(select(Notification.account_id).where(Notification.post_id == given.id)))
    assert sorted(told) == sorted([asked.author_id or 0, *(one.id for one in watchers[1:])])


def test_an_event_that_comes_twice_is_told_once(make: Factory, session: Session, react: React) -> None:
    asked = make.question(make.account("Asker"))
    given = make.answer(asked, body="@asker")
    make.comment(given)
    react()
    before = counts(session)
    assert min(before) > 0
    react()
    assert counts(session) == before


def counts(session: Session) -> tuple[int, int]:
    return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Notification, Mail))  # type: ignore[return-value]


def test_what_was_cut_off_between_two_batches_is_finished_by_the_next_delivery(
    make: Factory, session: Session, react: React, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "BATCH", 2)
    asked = make.question()
    for account in [make.account() for _ in range(6)]:
        watching(session, account, question_id=asked.id)
    given = make.answer(asked)
    whole = recipients.watchers

    def dies(*arguments: object):  # type: ignore[no-untyped-def]
        for parts in whole(*arguments):  # type: ignore[arg-type]
            yield parts
            raise KeyboardInterrupt

    monkeypatch.setattr(recipients, "watchers", dies)
    with pytest.raises(KeyboardInterrupt):
        react()
    session.rollback()
    monkeypatch.setattr(recipients, "watchers", whole)
    react()
    told = select(func.count()).select_from(Notification).where(Notification.post_id == given.id)
    assert session.scalar(told) == 7
