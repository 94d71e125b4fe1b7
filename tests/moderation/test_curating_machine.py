"""Threads under random curation: whatever was merged, moved and split, undoing the newest brings back what was before."""

from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.errors import DomainError
from community.models import Account, Answer, Comment, LogEntry, Post, Question, Vote
from community.moderation import log
from tests.conftest import NOW
from tests.factories import Factory
from tests.moderation.acts import do, happen, picture

NUMBERS = st.integers(0, 9)
OF_THREADS = ("close", "reopen", "lock", "unlock", "pin", "unpin")


def curating_machine(session: Session, make: Factory) -> type[RuleBasedStateMachine]:
    """A machine on this database; each run has questions and people of its own."""

    class Machine(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            session.rollback()
            self.first = session.scalar(select(func.max(Post.id))) or 0
            self.mo = make.account("Mo", "moderator")
            self.people = [make.account() for _ in range(5)]
            self.asked = [make.question(person) for person in self.people[:3]]
            self.done: list[tuple[int, dict[str, list[Any]]]] = []  # entries, and what could be seen before each
            for where in range(3):
                for what in ("answer", "comment", "answer", "vote", "watch"):
                    happen(session, make, self.asked, self.people, what, where + 1, where)

        @rule(
            what=st.sampled_from(["answer", "comment", "vote", "too", "accept"]),
            who=st.integers(0, 4),
            where=st.integers(0, 2),
        )
        def customers_go_on(self, what: str, who: int, where: int) -> None:
            before = picture(session)
            happen(session, make, self.asked, self.people, what, who, where)
            if picture(session) != before:
                self.done = []  # what they did since need not be as it was

        @rule(which=NUMBERS, action=st.sampled_from(OF_THREADS))
        def a_thread_is_closed_locked_or_pinned(self, which: int, action: str) -> None:
            self.curate(Question, which, action, reason="off topic" if action == "close" else "")

        @rule(which=NUMBERS, into=NUMBERS)
        def a_question_is_merged(self, which: int, into: int) -> None:
            self.curate(Question, which, "merge", into)

        @rule(which=NUMBERS, into=NUMBERS)
        def an_answer_is_moved(self, which: int, into: int) -> None:
            self.curate(Answer, which, "move", into)

        @rule(which=NUMBERS)
        def an_answer_is_split_off(self, which: int) -> None:
            self.curate(Answer, which, "split", title="How is it reset?")

        @rule(which=NUMBERS, action=st.sampled_from(["split", "to answer"]))
        def a_comment_is_split_off(self, which: int, action: str) -> None:
            self.curate(Comment, which, action, title="What does this button do?")

        @rule()
        def the_newest_is_undone(self) -> None:
            if not self.done:
                return
            entry, before = self.done.pop()
            log.undo(session, session.get_one(LogEntry, entry), self.moderator(), NOW)
            session.commit()
            assert picture(session) == before

        def moderator(self) -> Account:
            return session.get_one(Account, self.mo.id)

        def living(self, kind: type[Post]) -> list[Any]:
            rows = select(kind).where(
                Post.id > self.first, Post.deleted_at.is_(None), Post.__table__.c.merged_into_id.is_(None)
            )
            return list(session.scalars(rows.order_by(Post.id)))

        def curate(self, kind: type[Post], which: int, action: str, into: int | None = None, **wish: Any) -> None:
            before, found = picture(session), self.living(kind)
            if not found:
                return
            if into is not None:
                questions = self.living(Question)
                wish["target"] = questions[into % len(questions)]
            try:
                entry = do(session, found[which % len(found)], action, self.moderator(), **wish)
            except DomainError:  # a rule said no: nothing is half done
                session.rollback()
                assert picture(session) == before
                return
            self.done.append((entry.id, before))
            session.rollback()

        @invariant()
        def each_answer_stands_in_a_thread_that_counts_it(self) -> None:
            if not hasattr(self, "first"):
                return
            session.expire_all()
            answers = self.living(Answer)
            for question in self.living(Question):
                own = [one for one in answers if one.question_id == question.id and not one.is_reply]
                assert question.answer_count == len(own)
            threads = {question.id for question in self.living(Question)}
            assert {one.question_id for one in answers} <= threads
            session.rollback()

        @invariant()
        def scores_are_the_votes(self) -> None:
            if not hasattr(self, "first"):
                return
            votes = dict(
                session.execute(select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id)).tuples().all()
            )
            for post in (*self.living(Question), *self.living(Answer), *self.living(Comment)):
                assert post.score == votes.get(post.id, 0)
            session.rollback()

    return Machine


def test_threads_under_random_curation_come_back_exactly(app: Flask, session: Session, make: Factory) -> None:
    run_state_machine_as_test(
        curating_machine(session, make),
        settings=settings(
            max_examples=5, stateful_step_count=15, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )  # fmt: skip
