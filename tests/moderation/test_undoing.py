"""What moderators did is taken back exactly, whatever happened since; and what cannot be says so truly."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import Conflict
from community.models import (
    Account,
    Correction,
    Flag,
    Likeness,
    Mention,
    QueueItem,
    Sanction,
    SpamMark,
    Upload,
    Verbatim,
    Verdict,
    Vote,
)
from community.moderation import appeals, bursts, deciding, flags, hiding, log, sanctions, spam
from community.privacy.service import erase
from community.questions import curating, votes
from community.questions.curating import Wish
from mining import job
from mining.job import Counts
from mining.units import Units
from tests.conftest import NOW
from tests.factories import Factory
from tests.mining.fakes import FakeEncoder

HOUR = timedelta(hours=1)


def newcomers(make: Factory, many: int) -> list[Account]:
    found = [make.account() for _ in range(many)]
    for one in found:
        one.trust, one.created_at = "newcomer", NOW - timedelta(hours=12)
    make.session.commit()
    return found


def item_of(session: Session, kind: str) -> QueueItem:
    waiting = select(QueueItem).where(QueueItem.kind == kind, QueueItem.state != "decided")
    return session.scalars(waiting).one()


def sum_of_votes(session: Session, post_id: int) -> int:
    return session.scalar(select(func.coalesce(func.sum(Vote.value), 0)).where(Vote.post_id == post_id)) or 0


def test_a_score_is_what_the_votes_add_up_to_though_somebody_voted_again_meanwhile(
    session: Session, make: Factory, mo: Account
) -> None:
    given, people = make.answer(make.question()), newcomers(make, 5)
    for person in people:
        votes.vote(session, given, -1, person, NOW)
    session.commit()
    bursts.set_bursts_aside(NOW + HOUR)
    session.rollback()
    votes.vote(session, given, -1, people[0], NOW + 2 * HOUR)
    session.commit()
    deciding.decide(session, item_of(session, "burst"), "restore", mo, NOW + 2 * HOUR)
    session.commit()
    session.refresh(given)
    assert given.score == sum_of_votes(session, given.id) == -5


def test_a_merge_is_undone_though_a_vote_that_came_along_was_taken_back(
    session: Session, make: Factory, mo: Account
) -> None:
    asked, target, voter = make.question(), make.question(title="Another one?"), make.account()
    votes.vote(session, asked, 1, voter, NOW)
    session.commit()
    entry = curating.curate(session, asked, "merge", Wish(target=target), mo, NOW)
    session.commit()
    votes.vote(session, target, 0, voter, NOW + HOUR)
    session.commit()
    log.undo(session, entry, mo, NOW + HOUR)
    session.commit()
    session.refresh(target)
    session.refresh(asked)
    assert (target.score, sum_of_votes(session, target.id)) == (0, 0)
    assert (asked.score, sum_of_votes(session, asked.id)) == (1, 1)


def test_flags_that_count_after_all_wait_for_a_decision(session: Session, make: Factory, mo: Account) -> None:
    asked = make.question()
    for person in newcomers(make, 8):
        flags.flag(session, asked, "spam", "", person, NOW)
    session.commit()
    bursts.set_bursts_aside(NOW + HOUR)
    session.rollback()
    deciding.decide(session, item_of(session, "burst"), "restore", mo, NOW + HOUR)
    session.commit()
    waiting = item_of(session, "flag")
    assert waiting.score > 0
    assert {(flag.outcome, flag.item_id) for flag in session.scalars(select(Flag))} == {(None, waiting.id)}
    deciding.decide(session, waiting, "reject", mo, NOW + HOUR)
    session.commit()
    assert set(session.scalars(select(Flag.outcome))) == {"rejected"}


def test_what_changed_nothing_stands_in_nobodys_way(session: Session, make: Factory, mo: Account) -> None:
    given, other, flagger = make.answer(make.question()), make.question(title="Another one?"), make.account()
    entry = curating.curate(session, given, "move", Wish(target=other), mo, NOW)
    session.commit()
    flags.flag(session, given, "spam", "", flagger, NOW)
    session.commit()
    flags.withdraw(session, given.id, flagger, NOW)
    log.write(session, "remove words", mo, NOW, post=given, details={"number": 1})
    session.commit()
    assert log.why_not(session, entry, NOW) is None


def test_a_decision_is_not_undone_while_the_same_waits_again(session: Session, make: Factory, mo: Account) -> None:
    asked = make.question()
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    entry = deciding.decide(session, item_of(session, "flag"), "reject", mo, NOW)
    session.commit()
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    session.commit()
    with pytest.raises(Conflict, match="waits in the queue again"):
        log.undo(session, entry, mo, NOW)


def test_each_sanction_and_each_post_has_an_appeal_of_its_own(session: Session, make: Factory, mo: Account) -> None:
    nora = make.account("Nora")
    asked = make.question(nora)
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    deciding.decide(session, item_of(session, "flag"), "hide", mo, NOW)
    for kind in ("silence", "suspension"):
        sanctions.sanction(session, nora, kind, 30, "abuse", "", mo, NOW)
    session.commit()
    appeals.of_post(session, nora, asked.id, "my post", NOW)
    for number, key in enumerate(session.scalars(select(Sanction.id).order_by(Sanction.id)).all()):
        appeals.against_sanction(session, nora, key, f"sanction {number}", NOW)
    session.commit()
    waiting = session.scalars(select(QueueItem).where(QueueItem.kind == "appeal").order_by(QueueItem.id))
    assert [one.details["text"] for one in waiting] == ["my post", "sanction 0", "sanction 1"]


def test_a_post_shown_on_appeal_is_no_longer_an_example_of_spam(session: Session, make: Factory, mo: Account) -> None:
    nora = make.account("Nora")
    asked = make.question(nora)
    spam.hold(session, asked, "suspected", {"links": 3.0}, NOW)
    deciding.decide(session, item_of(session, "held"), "delete", mo, NOW)
    session.commit()
    item = appeals.of_post(session, nora, asked.id, "It is no advertising.", NOW)
    deciding.decide(session, item, "grant", mo, NOW)
    session.commit()
    assert session.scalars(select(SpamMark.is_spam)).all() == [False]


def test_what_was_held_for_months_and_then_deleted_comes_back_within_the_time(
    session: Session, make: Factory, mo: Account
) -> None:
    asked, late = make.question(), NOW + timedelta(days=91)
    spam.hold(session, asked, "suspected", {"links": 3.0}, NOW)
    entry = deciding.decide(session, item_of(session, "held"), "delete", mo, late)
    session.commit()
    assert hiding.end_deletions(late + HOUR) == {}
    session.rollback()
    log.undo(session, entry, mo, late + HOUR)
    session.commit()
    session.refresh(asked)
    assert asked.hidden_as == "held"


def test_the_images_of_an_answer_go_along_when_it_is_split_off_and_come_back(
    session: Session, make: Factory, mo: Account
) -> None:
    writer = make.account()
    given = make.answer(make.question(), writer)
    image = Upload(
        key="k1.webp", account_id=writer.id, post_id=given.id, width=1, height=1, size=1, created_at=NOW
    )  # fmt: skip
    session.add(image)
    session.commit()
    entry = curating.curate(session, given, "split", Wish(title="Another one?"), mo, NOW)
    session.commit()
    session.refresh(image)
    assert image.post_id == entry.details["into"]
    log.undo(session, entry, mo, NOW)
    session.commit()
    session.refresh(image)
    assert image.post_id == given.id


def test_what_managers_corrected_in_a_post_waits_while_it_is_deleted_and_comes_back(
    session: Session, units: Units, make: Factory, mo: Account
) -> None:
    asked = make.question(title="Lamp", body="The lamp blinks. It is broken.")
    given = make.answer(asked, body="Hold the button.")
    text = session.scalars(select(Verbatim).where(Verbatim.post_id == asked.id)).one()
    place = text.text.index("It is")
    verdict = Verdict(verbatim_id=text.id, text_hash=text.text_hash, start=place, sentiment="positive", at=NOW)
    session.add(verdict)
    session.flush()
    session.add(Correction(kind="relabel", verdict_id=verdict.id, by_id=mo.id, at=NOW, told={}))
    verdict_id, asked_id, given_id = verdict.id, asked.id, given.id
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    session.commit()
    entry = deciding.decide(session, item_of(session, "flag"), "delete", mo, NOW)
    session.commit()
    assert session.query(Verbatim).filter(Verbatim.post_id.in_([asked_id, given_id])).count() == 0
    assert session.get_one(Verdict, verdict_id).post_id == asked_id
    log.undo(session, entry, mo, NOW)
    session.commit()
    job.mine(units, FakeEncoder(), Counts())  # type: ignore[arg-type]
    session.expire_all()
    again = session.scalars(select(Verbatim).where(Verbatim.post_id == asked_id)).one()
    kept = session.get_one(Verdict, verdict_id)
    assert (kept.verbatim_id, kept.post_id) == (again.id, None)
    assert session.scalars(select(Correction.verdict_id)).all() == [verdict_id]
    said = {mention.start: mention.sentiment for mention in session.query(Mention).filter_by(verbatim_id=again.id)}
    assert said[place] == "positive"


@pytest.mark.parametrize("keep_posts", [True, False])
def test_what_waits_with_a_deleted_post_is_erased_with_its_author(
    session: Session, make: Factory, mo: Account, keep_posts: bool
) -> None:
    author = make.account("Nora")
    asked = make.question(author, body="Pills, cheap.")
    text = session.scalars(select(Verbatim).where(Verbatim.post_id == asked.id)).one()
    session.add(Verdict(verbatim_id=text.id, text_hash=text.text_hash, start=0, sentiment="positive", at=NOW))
    flags.flag(session, asked, "spam", "", make.account(), NOW)
    session.commit()
    deciding.decide(session, item_of(session, "flag"), "delete", mo, NOW)
    session.add(Likeness(post_id=asked.id, revision="r", language="en", embedding=b"", at=NOW))
    session.commit()
    erase(session, author, keep_posts, NOW)
    session.commit()
    assert session.query(Verdict).count() == 0
    kept = int(keep_posts)  # a post that stays, without a name, goes on teaching what spam is
    assert (session.query(SpamMark).count(), session.query(Likeness).count()) == (kept, kept)
