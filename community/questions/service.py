"""Verbs of the forum. Each records its event, and the customer's words, in the caller's transaction."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community import outbox, verbatims
from community.errors import Invalid, NotAllowed, NotFound
from community.models import Account, Answer, Comment, Post, Product, Question, Revision, Tag

MOST_TAGS = 5
LONGEST_TITLE = 200
LONGEST_BODY = 30_000
LONGEST_COMMENT = 2_000


def ask(
    session: Session, title: str, body: str, product: Product | None, tags: Sequence[str], by: Account, now: datetime
) -> Question:
    """A new question. Raises Invalid when title, body or tags break a rule."""
    question = Question(
        title=checked_title(title), body=checked(body, LONGEST_BODY), product_id=product.id if product else None,
        author=by, created_at=now, active_at=now, tags=named_tags(session, tags),
    )  # fmt: skip
    session.add(question)
    session.flush()
    verbatims.of_post(session, question, question.product_id, now)
    outbox.record(session, "question.asked", question.id, by, now)
    return question


def answer(session: Session, question: Question, body: str, by: Account, now: datetime) -> Answer:
    """A new answer. Raises Invalid."""
    given = Answer(question_id=question.id, body=checked(body, LONGEST_BODY), author=by, created_at=now)
    session.add(given)
    session.flush()
    session.execute(
        update(Question).where(Question.id == question.id).values(answer_count=Question.answer_count + 1, active_at=now)
    )
    verbatims.of_post(session, given, question.product_id, now)
    outbox.record(session, "answer.given", given.id, by, now)
    return given


def comment(session: Session, parent: Question | Answer, body: str, by: Account, now: datetime) -> Comment:
    """A new comment below a question or an answer. Raises Invalid."""
    question_id = parent.id if isinstance(parent, Question) else parent.question_id
    written = Comment(
        question_id=question_id, parent_id=parent.id, body=checked(body, LONGEST_COMMENT), author=by, created_at=now
    )
    session.add(written)
    session.flush()
    session.execute(update(Question).where(Question.id == question_id).values(active_at=now))
    product_id = session.scalar(select(Question.product_id).where(Question.id == question_id))
    verbatims.of_post(session, written, product_id, now)
    outbox.record(session, "comment.written", written.id, by, now)
    return written


def accept(session: Session, question: Question, given: Answer, by: Account, now: datetime) -> None:
    """Mark the answer that solved it, in place of any other. Raises NotAllowed unless `by` asked the question."""
    if question.author_id != by.id:
        raise NotAllowed(_("Only the person who asked can accept an answer."))
    if given.question_id != question.id or given.deleted_at:
        raise Invalid(_("That answer belongs to another question."))
    withdraw(session, question)
    given.accepted_at = question.solved_at = now
    session.flush()
    outbox.record(session, "answer.accepted", given.id, by, now)
    _touch_author(session, given, now)


def unaccept(session: Session, question: Question, by: Account, now: datetime) -> None:
    """Take the acceptance back. Raises NotAllowed unless `by` asked the question."""
    if question.author_id != by.id:
        raise NotAllowed(_("Only the person who asked can accept an answer."))
    withdraw(session, question)


def withdraw(session: Session, question: Question) -> None:
    session.execute(update(Answer).where(Answer.question_id == question.id).values(accepted_at=None))
    question.solved_at = None
    session.flush()


def edit(session: Session, post: Post, title: str | None, body: str, by: Account, now: datetime) -> None:
    """Change the words of a post, keeping how it read before. Raises NotAllowed, Invalid."""
    require_author_or_moderator(post, by)
    longest = LONGEST_COMMENT if isinstance(post, Comment) else LONGEST_BODY
    before = Revision(
        post_id=post.id, number=1 + (session.scalar(_last_revision(post)) or 0), body=post.body, editor_id=by.id,
        title=post.title if isinstance(post, Question) else None, created_at=now,
    )  # fmt: skip
    session.add(before)
    post.body, post.edited_at = checked(body, longest), now
    if isinstance(post, Question) and title is not None:
        post.title = checked_title(title)
        post.active_at = now
    session.flush()
    verbatims.renew(session, post, now)
    outbox.record(session, f"{post.kind}.edited", post.id, by, now)


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
    verbatims.forget(session, ids, now)
    outbox.record(session, f"{post.kind}.deleted", post.id, by, now)


def require_author_or_moderator(post: Post, by: Account) -> None:
    if post.author_id != by.id and not by.has_role("moderator"):
        raise NotAllowed(_("Only its author or a moderator can do this."))


def _leave_question(session: Session, given: Answer) -> None:
    values: dict[str, object] = {"answer_count": Question.answer_count - 1}
    if given.accepted_at:
        given.accepted_at = None
        values["solved_at"] = None
    session.flush()
    session.execute(update(Question).where(Question.id == given.question_id).values(**values))


def _last_revision(post: Post):  # type: ignore[no-untyped-def]
    return select(func.max(Revision.number)).where(Revision.post_id == post.id)


def _touch_author(session: Session, post: Post, now: datetime) -> None:
    customer_id = session.scalar(select(Account.customer_id).where(Account.id == post.author_id))
    if customer_id:
        verbatims.touch(session, customer_id, now)


def checked_title(title: str) -> str:
    title = " ".join(title.split())
    if len(title) < 3:
        raise Invalid(_("Please give the question a title."))
    if len(title) > LONGEST_TITLE:
        raise Invalid(_("The title is longer than %(most)s characters.", most=LONGEST_TITLE))
    return title


def checked(body: str, longest: int) -> str:
    body = body.replace("\r\n", "\n").strip()
    if not body:
        raise Invalid(_("Please write something."))
    if len(body) > longest:
        raise Invalid(_("The text is longer than %(most)s characters.", most=longest))
    return body


def named_tags(session: Session, names: Sequence[str]) -> list[Tag]:
    """The tags of these names, made where new. Raises Invalid when there are too many."""
    slugs = sorted({slug for name in names if (slug := tag_slug(name))})
    if len(slugs) > MOST_TAGS:
        raise Invalid(_("A question takes %(most)s tags at most.", most=MOST_TAGS))
    known = {tag.slug: tag for tag in session.scalars(select(Tag).where(Tag.slug.in_(slugs)))}
    for slug in slugs:
        if slug not in known:
            known[slug] = Tag(slug=slug)
            session.add(known[slug])
    session.flush()
    return [known[slug] for slug in slugs]


def tag_slug(name: str) -> str:
    """Letters and digits of any script, joined by hyphens, at most 50."""
    return re.sub(r"[^\w]+", "-", name.casefold()).strip("-_")[:50]
