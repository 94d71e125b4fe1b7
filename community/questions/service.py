"""Verbs of the forum. Each records its event, and the customer's words, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from community import outbox, uploads, verbatims
from community.counting import count_answers
from community.drafts import LONGEST_BODY
from community.errors import Conflict, Invalid, NotAllowed, NotFound
from community.heat import heat, reheat
from community.models import Account, Answer, Comment, Post, Product, Question, Revision, question_tag
from community.moderation.spam import Facts, held, weighed
from community.questions import tagging
from community.questions.open_thread import OpenThread, require_open
from community.questions.rules import LONGEST_COMMENT, checked, checked_title, named_tags
from community.questions.talk import is_talk
from community.questions.watching import follow
from community.trust import check_limits


def ask(
    session: Session, title: str, body: str, product: Product | None, tags: Sequence[str], by: Account, now: datetime,
    facts: Facts | None = None,
) -> Question:  # fmt: skip
    """A new question. Raises Invalid when title, body or tags break a rule, Limited when a newcomer must wait.

    What looks like spam waits for a moderator: it is `held`, and published by them. `facts`: it was weighed already.
    """
    check_limits(session, by, body, now)
    title, body = checked_title(title), checked(body, LONGEST_BODY)
    facts = facts or weighed(session, by, now, body, title)
    question = Question(
        title=title, body=body, product_id=product.id if product else None,
        author=by, created_at=now, active_at=now, tags=named_tags(session, tags), hot=heat(now, 0, 0, 0),
    )  # fmt: skip
    session.add(question)
    session.flush()
    follow(session, question.id, by, now)
    uploads.attach(session, question, by)
    if held(session, question, by, facts, now):
        return question
    verbatims.of_post(session, question, question.product_id, now)
    outbox.record(session, "question.asked", question.id, by, now)
    return question


def answer(
    session: Session, question: Question, body: str, by: Account, now: datetime, is_solution: bool = False,
    facts: Facts | None = None,
) -> Answer:  # fmt: skip
    """A new answer. It counts as one unless it is mere talk, or the asker's own words without `is_solution`.

    Raises Invalid, Limited, and Conflict when the question's words were erased.
    """
    check_limits(session, by, body, now)
    require_words(require_open(session, question, by, answers=True))
    body = checked(body, LONGEST_BODY)
    facts = facts or weighed(session, by, now, body)
    is_reply = (not is_solution) if by.id == question.author_id else is_talk(body)
    given = Answer(question_id=question.id, body=body, author=by, created_at=now, is_reply=is_reply)
    session.add(given)
    session.flush()
    follow(session, question.id, by, now)
    uploads.attach(session, given, by)
    if held(session, given, by, facts, now):
        return given
    if is_reply:
        session.execute(update(Question).where(Question.id == question.id).values(active_at=now))
    else:
        reheat(session, question.id, answer_count=Question.answer_count + 1, active_at=now)
    if by.id == question.author_id:
        _heard_from(session, question.id, by)
    verbatims.of_post(session, given, question.product_id, now)
    outbox.record(session, "answer.given", given.id, by, now)
    return given


def comment(
    session: Session, parent: Question | Answer, body: str, by: Account, now: datetime, facts: Facts | None = None
) -> Comment:
    """A new comment below a question or an answer. Raises Invalid, Limited, and Conflict when its words were erased."""
    check_limits(session, by, body, now)
    question_id = parent.id if isinstance(parent, Question) else parent.question_id
    thread = require_open(session, parent, by)
    require_words(thread)
    body = checked(body, LONGEST_COMMENT)
    facts = facts or weighed(session, by, now, body)
    written = Comment(question_id=question_id, parent_id=parent.id, body=body, author=by, created_at=now)
    session.add(written)
    session.flush()
    follow(session, question_id or 0, by, now)
    uploads.attach(session, written, by)
    if held(session, written, by, facts, now):
        return written
    session.execute(update(Question).where(Question.id == question_id).values(active_at=now))
    if by.id == thread.author_id:
        _heard_from(session, question_id, by)
    verbatims.of_post(session, written, thread.product_id, now)
    outbox.record(session, "comment.written", written.id, by, now)
    return written


def request_information(session: Session, question: Question, body: str, by: Account, now: datetime) -> Comment:
    """Ask the asker for details: a comment, and the question leaves the unanswered list until they reply.

    Raises NotAllowed for the asker, for newcomers, and for questions whose asker is gone; Conflict when it is solved.
    """
    if question.author_id is None or question.author_id == by.id:
        raise NotAllowed(_("There is nobody to ask but yourself."))
    if by.trust == "newcomer" and not by.is_staff:
        raise NotAllowed(_("Members can do this. Write a comment instead."))
    if question.solved_at:
        raise Conflict(_("The question is solved already."))
    written = comment(session, question, body, by, now)
    session.execute(update(Question).where(Question.id == question.id).values(needs_info_at=now))
    outbox.record(session, "information.requested", question.id, by, now, post_id=written.id)
    return written


def withdraw_request(session: Session, question: Question, by: Account) -> None:
    """Enough is known: the question is open to answers again. Raises NotAllowed for newcomers who did not ask it."""
    if by.trust == "newcomer" and not by.is_staff and question.author_id != by.id:
        raise NotAllowed(_("Members can do this. Write a comment instead."))
    session.execute(update(Question).where(Question.id == question.id).values(needs_info_at=None))


def set_reply(session: Session, given: Answer, is_reply: bool, by: Account, now: datetime) -> None:
    """Say whether it is an answer or only talk. Raises NotAllowed but for its author, staff and leaders."""
    if given.author_id != by.id and not by.is_staff and by.trust != "leader":
        raise NotAllowed(_("Only its author, leaders and the staff can do this."))
    if given.accepted_at and is_reply:
        raise Conflict(_("It was accepted as the answer."))
    if bool(given.is_reply) == is_reply:
        return
    given.is_reply = is_reply
    session.flush()
    count_answers(session, given.question_id)
    outbox.record(session, "answer.edited", given.id, by, now)


def accept(session: Session, question: Question, given: Answer, by: Account, now: datetime) -> None:
    """Mark the answer that solved it, in place of any other. Raises NotAllowed unless `by` asked the question."""
    if question.author_id != by.id:
        raise NotAllowed(_("Only the person who asked can accept an answer."))
    if given.question_id != question.id or given.deleted_at or given.erased_at:
        raise Invalid(_("That answer belongs to another question."))
    withdraw(session, question)
    given.accepted_at = question.solved_at = now
    given.is_reply, question.needs_info_at = False, None
    session.flush()
    count_answers(session, question.id)
    outbox.record(session, "answer.accepted", given.id, by, now)
    _touch_author(session, given, now)


def unaccept(session: Session, question: Question, by: Account, now: datetime) -> None:
    """Take the acceptance back. Raises NotAllowed unless `by` asked the question."""
    if question.author_id != by.id:
        raise NotAllowed(_("Only the person who asked can accept an answer."))
    given = session.scalar(select(Answer).where(Answer.question_id == question.id, Answer.accepted_at.is_not(None)))
    withdraw(session, question)
    if given:
        outbox.record(session, "answer.unaccepted", given.id, by, now)
        _touch_author(session, given, now)


def withdraw(session: Session, question: Question) -> None:
    session.execute(update(Answer).where(Answer.question_id == question.id).values(accepted_at=None))
    question.solved_at = None
    session.flush()


def edit(
    session: Session, post: Post, title: str | None, body: str, by: Account, now: datetime,
    labels: tuple[Product | None, Sequence[str]] | None = None,
) -> None:  # fmt: skip
    """Change the words of a post, and a question's product and tags, keeping how it read before.

    Raises NotAllowed, Invalid, Limited, and Conflict when its words were erased.
    """
    require_author_or_moderator(post, by)
    require_words(post)
    if post.hidden_as != "hidden":  # that one may be mended, whatever became of the thread; nobody sees it
        require_open(session, post, by)
    check_limits(session, by, body, now, is_new=False)
    longest = LONGEST_COMMENT if isinstance(post, Comment) else LONGEST_BODY
    body = checked(body, longest)
    title = checked_title(title) if isinstance(post, Question) and title is not None else None
    is_changed = body != post.body or (isinstance(post, Question) and title not in (None, post.title))
    if is_changed:
        _keep(session, post, by, now)
        post.body, post.edited_at = body, now
        if isinstance(post, Question):
            post.title = title or post.title
    if isinstance(post, Question):
        is_changed = _relabel(session, post, labels, by, now) or is_changed
        if is_changed:
            post.active_at = now
    if not is_changed:
        return
    session.flush()
    _heard_from(session, post.question_id or post.id, by)
    uploads.attach(session, post, by)
    verbatims.renew(session, post, now)
    outbox.record(session, f"{post.kind}.edited", post.id, by, now)


def restore(session: Session, post: Post, number: int, by: Account, now: datetime) -> None:
    """Let the post read as it did in revision `number`; how it reads now is kept too. Raises NotFound."""
    kept = session.scalar(select(Revision).where(Revision.post_id == post.id, Revision.number == number))
    if kept is None or not kept.body:
        raise NotFound
    edit(session, post, kept.title, kept.body, by, now)


def remove(session: Session, post: Post, by: Account, now: datetime) -> None:
    """Delete a post and what hangs on it, from sight, search and mining. Raises NotAllowed."""
    require_author_or_moderator(post, by)
    session.refresh(post, with_for_update=True)
    if post.deleted_at:
        raise NotFound
    below = Post.__table__.c
    children = select(Post.id).where(
        Post.deleted_at.is_(None), (below.question_id == post.id) | (below.parent_id == post.id)
    )
    ids = [post.id, *session.scalars(children)]
    session.execute(update(Post).where(Post.id.in_(ids)).values(deleted_at=now))
    if isinstance(post, Answer):
        _leave_question(session, post)
    if isinstance(post, Question):  # lists count the uses of tags without looking at the questions
        session.execute(delete(question_tag).where(question_tag.c.question_id == post.id))
    verbatims.forget(session, ids, now)
    outbox.record(session, f"{post.kind}.deleted", post.id, by, now)


def require_author_or_moderator(post: Post, by: Account) -> None:
    if post.author_id != by.id and not by.has_role("moderator"):
        raise NotAllowed(_("Only its author or a moderator can do this."))


def require_words(post: Post | OpenThread) -> None:
    if post.erased_at:
        raise Conflict(_("Its author erased the words of this post."))


def _heard_from(session: Session, question_id: int | None, by: Account) -> None:
    """The asker said something: whoever waited for details can go on."""
    session.execute(
        update(Question)
        .where(Question.id == question_id, Question.author_id == by.id, Question.needs_info_at.is_not(None))
        .values(needs_info_at=None)
    )


def _keep(session: Session, post: Post, by: Account, now: datetime) -> None:
    last = session.scalar(select(func.max(Revision.number)).where(Revision.post_id == post.id))
    session.add(
        Revision(
            post_id=post.id, number=1 + (last or 0), body=post.body, editor_id=by.id,
            title=post.title if isinstance(post, Question) else None, created_at=now,
        )
    )  # fmt: skip


def _relabel(
    session: Session, question: Question, labels: tuple[Product | None, Sequence[str]] | None, by: Account, now: datetime
) -> bool:  # fmt: skip
    """Whether product or tags changed. Tags that another than the author changed stand in the moderators' log."""
    if labels is None:
        return False
    product_id, tags = labels[0].id if labels[0] else None, named_tags(session, labels[1])
    session.refresh(question, ["tags"])
    if product_id == question.product_id and {tag.id for tag in tags} == {tag.id for tag in question.tags}:
        return False
    if by.id != question.author_id:
        tagging.write_down(session, question, question.tags, tags, by, now)
    question.product_id, question.tags = product_id, tags
    verbatims.move_to_product(session, question.id, product_id)
    return True


def _leave_question(session: Session, given: Answer) -> None:
    was_accepted, given.accepted_at = given.accepted_at, None
    session.flush()
    if was_accepted:
        session.execute(update(Question).where(Question.id == given.question_id).values(solved_at=None))
    count_answers(session, given.question_id)


def _touch_author(session: Session, post: Post, now: datetime) -> None:
    verbatims.touch_person(session, post.author_id, now)
