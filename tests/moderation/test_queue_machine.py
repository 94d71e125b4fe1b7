"""The queue under random actions of several people: nothing decided twice, the log replays, undoing restores exactly."""

from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import DomainError
from community.models import (
    CannedReason,
    LogEntry,
    Post,
    Question,
    QueueItem,
    Vote,
)
from community.moderation import deciding, flags, log, own_reasons, queue
from community.moderation.hiding import mark_of
from community.questions import curating
from community.questions import queries as questions
from community.questions.curating import Wish
from community.questions.votes import vote
from tests.conftest import NOW
from tests.factories import Factory
from tests.moderation.queue_picture import items_of, made_of, picture, replayed

PEOPLE = st.integers(0, 2)
ITEMS = st.integers(0, 5)
EXACT = ("hide", "delete", "reject", "merge", "split", "to answer", *own_reasons.ACTIONS)
ALL_ACTIONS = (*EXACT, "autohide", "autoshow")


def queue_machine(session: Session, make: Factory) -> type[RuleBasedStateMachine]:
    """A machine on this database; each run has posts and people of its own. None of it is spam: that would be learned."""

    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            session.rollback()
            self.now = NOW
            self.staff = [make.account("Mo", "moderator") for _ in range(3)]
            self.readers = [make.account() for _ in range(4)]
            asked = make.question(tags=["lamp", "light"])
            given = make.answer(asked)
            self.posts = [asked.id, given.id, make.comment(given).id, make.comment(asked).id, make.question().id]
            self.authors = [session.get_one(Post, one).author_id for one in self.posts]
            self.first = (
                session.query(LogEntry).count() and session.query(LogEntry).order_by(LogEntry.id.desc()).first()
            )
            self.first_id = self.first.id if self.first else 0
            self.reason_ids: list[int] = []
            self.before: dict[int, Any] = {}  # entry's id -> what could be seen before it
            self.after: dict[int, Any] = {}  # and after it

        def act(self, verb: Any) -> bool:
            """Whether it was done; a rule that says no changes nothing."""
            before = self.picture()
            last = self.last_entry()
            try:
                verb()
                session.commit()
            except DomainError:
                session.rollback()
                assert self.picture() == before
                return False
            after = self.picture()
            for entry in session.scalars(select(LogEntry.id).where(LogEntry.id > last).order_by(LogEntry.id)):
                self.before[entry], self.after[entry] = before, after
            session.rollback()
            return True

        def last_entry(self) -> int:
            found = session.scalar(select(LogEntry.id).order_by(LogEntry.id.desc()).limit(1)) or 0
            session.rollback()
            return found

        def picture(self) -> dict[str, Any]:
            return picture(session, self.posts, self.authors, [one.id for one in self.readers], self.reason_ids)

        def items(self) -> list[QueueItem]:
            return items_of(session, self.posts)

        def item(self, number: int) -> QueueItem | None:
            """Mostly one that waits; now and then one that was decided."""
            found = self.items()
            waiting = [one for one in found if one.state != "decided"]
            found = waiting if waiting and number % 3 else found
            return found[number % len(found)] if found else None

        @rule(who=st.integers(0, 3), which=st.integers(0, 4), reason=st.sampled_from(["wrong", "abuse", "duplicate"]))
        def flag(self, who: int, which: int, reason: str) -> None:
            post = session.get_one(Post, self.posts[which])
            if post.deleted_at is None:
                self.act(lambda: flags.flag(session, post, reason, "", self.readers[who], self.now))
            session.rollback()

        @rule(who=st.integers(0, 3), which=st.integers(0, 4))
        def withdraw(self, who: int, which: int) -> None:
            self.act(lambda: flags.withdraw(session, self.posts[which], self.readers[who], self.now))

        @rule(who=PEOPLE, number=ITEMS)
        def claim(self, who: int, number: int) -> None:
            if item := self.item(number):
                held_by_other = (
                    item.state == "claimed"
                    and item.claimed_by_id != self.staff[who].id
                    and item.claimed_until > self.now
                )
                done = self.act(lambda: queue.claim(session, item, self.staff[who], self.now))
                assert not (done and held_by_other)
            session.rollback()

        @rule(who=PEOPLE, number=ITEMS)
        def release(self, who: int, number: int) -> None:
            if item := self.item(number):
                self.act(lambda: queue.release(session, item, self.staff[who], self.now))
            session.rollback()

        @rule(who=PEOPLE, number=ITEMS, outcome=st.sampled_from(["hide", "delete", "reject"]))
        def decide(self, who: int, number: int, outcome: str) -> None:
            if item := self.item(number):
                was_decided = item.state == "decided"
                done = self.act(lambda: deciding.decide(session, item, outcome, self.staff[who], self.now))
                assert not (done and was_decided)
            session.rollback()

        @rule(who=PEOPLE, which=st.integers(2, 3), action=st.sampled_from(["split", "to answer"]))
        def split_off(self, who: int, which: int, action: str) -> None:
            """A comment becomes a question or an answer; what is out of sight, or was split off, does not."""
            comment = session.get_one(Post, self.posts[which])
            was_shown = comment.deleted_at is None
            wish = Wish(title="How is it reset?") if action == "split" else Wish()
            done = self.act(lambda: curating.curate(session, comment, action, wish, self.staff[who], self.now))
            assert done == was_shown
            session.rollback()

        @rule(who=PEOPLE, is_first=st.booleans(), flagged_as=st.sampled_from([None, "abuse", "duplicate"]))
        def merge(self, who: int, is_first: bool, flagged_as: str | None) -> None:
            """One of the two questions becomes part of the other; its flags may wait, or have been decided."""
            if flagged_as:
                self.flag(who, 0 if is_first else 4, flagged_as)
            pair = (self.posts[0], self.posts[4]) if is_first else (self.posts[4], self.posts[0])
            asked, into = (session.get_one(Question, one) for one in pair)
            is_shown = asked.deleted_at is None and into.deleted_at is None
            wish = Wish(target=into)
            done = self.act(lambda: curating.curate(session, asked, "merge", wish, self.staff[who], self.now))
            assert is_shown or not done
            session.rollback()

        @rule(who=st.integers(0, 3), which=st.integers(2, 3), value=st.sampled_from([-1, 0, 1]))
        def vote_on_a_comment(self, who: int, which: int, value: int) -> None:
            """Also on what was made of it."""
            there = session.get_one(Post, made_of(session, self.posts[which]) or self.posts[which])
            self.act(lambda: vote(session, there, value, self.readers[who], self.now))
            session.rollback()

        @rule(who=PEOPLE, number=st.integers(0, 2), text=st.sampled_from(["Never do that.", "Please do not."]))
        def write_a_reason(self, who: int, number: int, text: str) -> None:
            """One is added, or the words of one are changed."""
            row = session.get(CannedReason, self.reason_ids[number]) if number < len(self.reason_ids) else None
            name = f"Reason {number} of {self.staff[0].id}"
            texts = {"name": name, "name_zh": "", "text": text, "text_zh": ""}
            made: list[int] = []
            staff = self.staff[who]
            if self.act(lambda: made.append(own_reasons.write(session, row, texts, staff, self.now).id)):
                self.reason_ids += [one for one in made if one not in self.reason_ids]
            session.rollback()

        @rule(who=PEOPLE, number=st.integers(0, 2), is_back=st.booleans())
        def retire_a_reason(self, who: int, number: int, is_back: bool) -> None:
            if number < len(self.reason_ids):
                row = session.get_one(CannedReason, self.reason_ids[number])
                self.act(lambda: own_reasons.retire(session, row, is_back, self.staff[who], self.now))
            session.rollback()

        @rule(who=PEOPLE, number=ITEMS, reason=st.integers(0, 2))
        def decide_for_an_own_reason(self, who: int, number: int, reason: int) -> None:
            """A retired one is no reason to decide for."""
            if (item := self.item(number)) and reason < len(self.reason_ids):
                row = session.get_one(CannedReason, self.reason_ids[reason])
                is_retired, key = row.retired_at is not None, own_reasons.key_of(row)
                done = self.act(lambda: deciding.decide(session, item, "hide", self.staff[who], self.now, key))
                assert not (done and is_retired)
            session.rollback()

        @rule(who=PEOPLE, back=st.integers(0, 5))
        def undo(self, who: int, back: int) -> None:
            """Undoing brings back exactly what could be seen before, if nothing else happened since."""
            entries = list(
                session.scalars(
                    select(LogEntry)
                    .where(LogEntry.id > self.first_id, LogEntry.action.in_(ALL_ACTIONS))
                    .order_by(LogEntry.id.desc())
                )
            )
            if not entries:
                return
            entry = entries[back % len(entries)]
            is_last = entry.id == self.last_entry() and self.picture() == self.after.get(entry.id)
            expected = self.before.get(entry.id)
            entry = session.get_one(LogEntry, entry.id)
            done = self.act(lambda: log.undo(session, entry, self.staff[who], self.now))
            if done and is_last and entry.action in EXACT:
                assert self.picture() == expected
            session.rollback()

        @rule(minutes=st.sampled_from([1, 6, 11]))
        def wait(self, minutes: int) -> None:
            self.now += timedelta(minutes=minutes)

        @invariant()
        def what_hangs_below_follows_the_nearest_mark(self) -> None:
            if not hasattr(self, "posts"):
                return
            session.expire_all()
            rows = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(self.posts)))}
            for post in rows.values():
                above = [post.id, getattr(post, "parent_id", None), post.question_id]
                nearest = next((key for key in above if key in rows and mark_of(rows[key])), None)
                assert post.hidden_with_id == nearest
                assert (post.deleted_at is None) == (nearest is None)
            session.rollback()

        @invariant()
        def what_was_made_of_a_comment_stands_in_its_place(self) -> None:
            """While it is split off there is one post of these words in sight, with its votes; else none was made."""
            if not hasattr(self, "posts"):
                return
            session.expire_all()
            rows = {post.id: post for post in session.scalars(select(Post).where(Post.author_id.in_(self.authors)))}
            made = {made_of(session, row.id) for row in rows.values() if mark_of(row) == "split"}
            assert set(rows) == set(self.posts) | made
            for post in rows.values():
                votes = session.scalars(select(Vote.value).where(Vote.post_id == post.id))
                assert mark_of(post) == "split" or post.score == sum(votes)
            for question in (session.get_one(Question, self.posts[number]) for number in (0, 4)):
                answers = [one for one in rows.values() if one.kind == "answer" and one.question_id == question.id]
                assert question.answer_count == sum(one.deleted_at is None for one in answers)
            session.rollback()

        @invariant()
        def what_was_merged_is_never_shown_beside_what_it_was_merged_into(self) -> None:
            """And leads there, whatever is decided about its own words."""
            if not hasattr(self, "posts"):
                return
            session.expire_all()
            for question in (session.get_one(Question, self.posts[number]) for number in (0, 4)):
                assert (mark_of(question) == "merged") <= (question.merged_into_id is not None)
                if question.merged_into_id:
                    assert mark_of(question) in ("merged", "hidden", "deleted")
                    assert questions.merged_into(session, question.id) == question.merged_into_id
            session.rollback()

        @invariant()
        def the_log_replays_to_the_state_of_each_item(self) -> None:
            if not hasattr(self, "posts"):
                return
            session.expire_all()
            for item in self.items():
                assert replayed(session, item) == (item.state, item.outcome)
            session.rollback()

    return Machine


def test_the_queue_under_random_actions_of_several_people(app: Flask, session: Session, make: Factory) -> None:
    run_state_machine_as_test(
        queue_machine(session, make),
        settings=settings(
            max_examples=12, stateful_step_count=30, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )  # fmt: skip
