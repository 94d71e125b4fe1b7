"""A customer's words enter mining here, in the same transaction as the post or complaint that they stand in.

Each function keeps the verbatim and the contact on the customer's timeline in step with their source.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import case, delete, select, update
from sqlalchemy.orm import Session

from community.models import (
    Account,
    Answer,
    Complaint,
    Customer,
    Echo,
    Interaction,
    Mention,
    Message,
    Post,
    Question,
    Verbatim,
    Verdict,
)
from community.recognition import customer_of

REASONS = {"question": "asked", "answer": "answered", "comment": "commented"}


def text_hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of_post(session: Session, post: Post, product_id: int | None, now: datetime) -> Verbatim | None:
    """Record a new post; None when the company wrote it, for then it is not a customer's word."""
    customer_id = _touched(session, post.author, now) if post.author else None
    if customer_id is None:
        return None
    verbatim = Verbatim(
        customer_id=customer_id, channel="forum", product_id=product_id, post_id=post.id, is_private=False,
        said_at=post.created_at, **_text(_words(post)),
    )  # fmt: skip
    contact = Interaction(
        customer_id=customer_id, channel="forum", reason=REASONS[post.kind], at=post.created_at, post_id=post.id
    )
    session.add_all([verbatim, contact])
    return verbatim


def _touched(session: Session, account: Account, now: datetime) -> int | None:
    """The customer whose account this is, touched, in one statement but at their first act; None for staff."""
    if account.is_staff or account.customer_id is None:
        customer = customer_of(session, account, now)
        return customer.id if customer else None
    changed_at = case((Customer.changed_at < now, now), else_=Customer.changed_at)
    changed = update(Customer).where(Customer.id == account.customer_id).values(changed_at=changed_at)
    return session.scalar(changed.returning(Customer.id).execution_options(synchronize_session=False))


def of_complaint(session: Session, complaint: Complaint, now: datetime) -> Verbatim:
    """Record a new complaint."""
    verbatim = Verbatim(
        customer_id=complaint.customer_id, channel=complaint.channel, product_id=complaint.product_id,
        complaint_id=complaint.id, is_private=True, said_at=complaint.created_at,
        **_text(_with_heading(complaint.subject, complaint.body)),
    )  # fmt: skip
    contact = Interaction(
        customer_id=complaint.customer_id, channel=complaint.channel, reason="complained",
        at=complaint.created_at, complaint_id=complaint.id,
    )  # fmt: skip
    session.add_all([verbatim, contact])
    touch(session, complaint.customer_id, now)
    return verbatim


def of_message(session: Session, complaint: Complaint, message: Message, now: datetime) -> Verbatim | None:
    """Record a turn in a complaint; only the customer's words are mined."""
    if not message.from_customer:
        return None
    verbatim = Verbatim(
        customer_id=complaint.customer_id, channel=complaint.channel, product_id=complaint.product_id,
        message_id=message.id, is_private=True, said_at=message.created_at, **_text(message.body),
    )  # fmt: skip
    contact = Interaction(
        customer_id=complaint.customer_id, channel=complaint.channel, reason="replied",
        at=message.created_at, complaint_id=complaint.id,
    )  # fmt: skip
    session.add_all([verbatim, contact])
    touch(session, complaint.customer_id, now)
    return verbatim


def renew(session: Session, post: Post, now: datetime) -> None:
    """The post was edited: its mentions go at once, since their offsets are void, and it waits to be mined again."""
    verbatim = session.scalar(select(Verbatim).where(Verbatim.post_id == post.id))
    if verbatim is None:
        return
    fresh = _text(_words(post))
    if fresh["text_hash"] == verbatim.text_hash:
        return
    session.execute(delete(Mention).where(Mention.verbatim_id == verbatim.id))
    session.execute(delete(Echo).where(Echo.leader_id == verbatim.id))  # what repeated the old words is compared anew
    verbatim.text, verbatim.text_hash = fresh["text"], fresh["text_hash"]
    verbatim.language = verbatim.sentiment = verbatim.score = verbatim.intent = verbatim.leaving = None
    verbatim.mined_revision = verbatim.claimed_by = verbatim.claimed_until = None
    touch(session, verbatim.customer_id, now)


def move_to_product(session: Session, question_id: int, product_id: int | None) -> None:
    """The question is about another product: so is what was said below it."""
    posts = select(Post.id).where((Post.id == question_id) | (Post.question_id == question_id))
    session.execute(update(Verbatim).where(Verbatim.post_id.in_(posts)).values(product_id=product_id))


def complaint_to_product(session: Session, complaint_id: int, product_id: int | None) -> None:
    """The complaint is about another product: so is what was said in it."""
    messages = select(Message.id).where(Message.complaint_id == complaint_id)
    its_own = (Verbatim.complaint_id == complaint_id) | Verbatim.message_id.in_(messages)
    session.execute(update(Verbatim).where(its_own).values(product_id=product_id))


def withhold(session: Session, post_ids: list[int], now: datetime) -> None:
    """Nobody is to read these posts for now: as `forget`, but what people decided of them waits, and comes back with them."""
    of_text = select(Verbatim.post_id).where(Verbatim.id == Verdict.verbatim_id).scalar_subquery()
    texts = select(Verbatim.id).where(Verbatim.post_id.in_(post_ids))
    session.execute(
        update(Verdict).where(Verdict.verbatim_id.in_(texts)).values(post_id=of_text, verbatim_id=None),
        execution_options={"synchronize_session": False},
    )
    _take_away(session, post_ids, now)


def release(session: Session, verbatim: Verbatim) -> None:
    """The post's words are mined again: what people decided of them before holds again."""
    session.flush()
    session.execute(
        update(Verdict).where(Verdict.post_id == verbatim.post_id).values(verbatim_id=verbatim.id, post_id=None)
    )


def forget(session: Session, post_ids: list[int], now: datetime) -> None:
    """These posts are gone: so are their verbatims, mentions (by cascade), what people decided of them, and contacts."""
    session.execute(delete(Verdict).where(Verdict.post_id.in_(post_ids)))
    _take_away(session, post_ids, now)


def _take_away(session: Session, post_ids: list[int], now: datetime) -> None:
    customers = session.scalars(select(Verbatim.customer_id).where(Verbatim.post_id.in_(post_ids))).all()
    session.execute(delete(Verbatim).where(Verbatim.post_id.in_(post_ids)))
    session.execute(delete(Interaction).where(Interaction.post_id.in_(post_ids)))
    for customer_id in set(customers):
        touch(session, customer_id, now)


def touch(session: Session, customer_id: int, now: datetime) -> None:
    """The customer's profile has to be computed again."""
    session.execute(
        update(Customer).where(Customer.id == customer_id, Customer.changed_at < now).values(changed_at=now),
        execution_options={"synchronize_session": False},  # comparing every loaded customer made imports twice as slow
    )


def touch_person(session: Session, account_id: int | None, now: datetime) -> None:
    """As `touch`, for the customer whose account it is, if it is one's."""
    its_customer = select(Account.customer_id).where(Account.id == account_id).scalar_subquery()
    session.execute(
        update(Customer).where(Customer.id == its_customer, Customer.changed_at < now).values(changed_at=now),
        execution_options={"synchronize_session": False},
    )


def _words(post: Post) -> str:
    if isinstance(post, Question):
        return _with_heading(post.title or "", post.body)
    assert isinstance(post, Answer) or post.kind == "comment"
    return post.body


def _with_heading(heading: str, body: str) -> str:
    """The heading as a sentence of its own, unless the body repeats it."""
    return body if body.startswith(heading) else f"{heading}\n\n{body}"


def _text(text: str) -> dict[str, str]:
    text = text.replace("\0", "")
    return {"text": text, "text_hash": text_hash(text)}
