"""What can happen to a text that is in a kept day."""

from datetime import timedelta
from random import Random

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from community.models import Complaint, Customer, Echo, Mention, Product, Topic, Verbatim
from tests.conftest import NOW


def some_verbatim(session: Session, random: Random) -> int:
    return random.choice(session.scalars(select(Verbatim.id).order_by(Verbatim.id)).all())


def delete_text(session: Session, random: Random) -> None:
    session.execute(delete(Verbatim).where(Verbatim.id == some_verbatim(session, random)))


def erase_customer(session: Session, random: Random) -> None:
    """All goes by cascade."""
    key = random.choice(session.scalars(select(Verbatim.customer_id).order_by(Verbatim.id)).all())
    session.execute(text("UPDATE account SET customer_id = NULL WHERE customer_id = :key"), {"key": key})
    session.execute(delete(Customer).where(Customer.id == key))


def delete_case(session: Session, random: Random) -> None:
    session.execute(text("DELETE FROM complaint WHERE id = (SELECT max(id) FROM complaint)"))


def delete_topic(session: Session, random: Random) -> None:
    """Its mentions lose it by SET NULL."""
    session.execute(delete(Topic).where(Topic.id == session.scalar(select(Topic.id).order_by(Topic.id).limit(1))))


def delete_product(session: Session, random: Random) -> None:
    session.execute(delete(Product).where(Product.id == session.scalar(select(Product.id).limit(1))))


def move_mention(session: Session, random: Random) -> None:
    topic = random.choice([None, *session.scalars(select(Topic.id)).all()])
    key = random.choice(session.scalars(select(Mention.id).order_by(Mention.id)).all())
    session.execute(update(Mention).where(Mention.id == key).values(topic_id=topic))


def judge_anew(session: Session, random: Random) -> None:
    values = {"sentiment": "positive", "score": round(random.random(), 2), "intent": "praise"}
    key = some_verbatim(session, random)
    session.execute(update(Verbatim).where(Verbatim.id == key).values(leaving=True, **values))
    session.execute(update(Mention).where(Mention.verbatim_id == key).values(**values))


def mine_anew(session: Session, random: Random) -> None:
    row = session.execute(select(Mention.__table__).order_by(Mention.id.desc()).limit(1)).mappings().one()
    session.execute(delete(Mention).where(Mention.id == row["id"]))
    session.execute(insert(Mention), [{name: value for name, value in row.items() if name != "id"}])


def say_more(session: Session, random: Random) -> None:
    people, topics = session.scalars(select(Customer.id)).all(), session.scalars(select(Topic.id)).all()
    who, at = random.choice(people), NOW - timedelta(days=random.random() * 90)
    case = Complaint(
        customer_id=who, channel="email", external_id=f"{random.random()}", subject="", body="", created_at=at
    )
    session.add(case)
    session.flush()
    said = Verbatim(
        customer_id=who, channel="email", complaint_id=case.id, is_private=True, text="?", text_hash="?", said_at=at
    )
    session.add(said)
    session.flush()
    judged = {"sentiment": "neutral", "score": 0.0, "intent": "other", "leaving": False}
    session.add(Mention(
        verbatim_id=said.id, start=0, end=1, embedding=b"", revision="m", topic_id=random.choice(topics), **judged
    ))  # fmt: skip
    session.flush()


def say_earlier(session: Session, random: Random) -> None:
    key = some_verbatim(session, random)
    session.execute(
        update(Verbatim).where(Verbatim.id == key).values(said_at=NOW - timedelta(days=random.random() * 90))
    )


def give_to_another(session: Session, random: Random) -> None:
    people = session.scalars(select(Customer.id).order_by(Customer.id)).all()
    values = {"customer_id": random.choice(people), "channel": "chat", "language": "zh-Hans"}
    session.execute(update(Verbatim).where(Verbatim.id == some_verbatim(session, random)).values(**values))


def edit(session: Session, random: Random) -> None:
    session.execute(
        update(Verbatim)
        .where(Verbatim.id == some_verbatim(session, random))
        .values(text_hash=f"{random.random()}"[:30])
    )


def lose_leader(session: Session, random: Random) -> None:
    session.execute(update(Echo).where(Echo.verbatim_id == some_verbatim(session, random)).values(leader_id=None))


ACTIONS = (
    delete_text, erase_customer, delete_case, delete_topic, delete_product, move_mention, judge_anew, mine_anew, say_more,
    say_earlier, give_to_another, edit, lose_leader,
)  # fmt: skip
