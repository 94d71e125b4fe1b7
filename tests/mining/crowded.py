"""A crowd written straight into the tables, in which each clause of a definition excludes or tells apart somebody.

Six themes, one of them merged into another; some customers without consent or without a profile, an erased one, posts
taken out of sight, texts that wait, mentions without a topic or of a quiet mood. Read back by statements of its own.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy.orm import Session

from community.models import (
    Account,
    Complaint,
    Customer,
    Mention,
    Product,
    Profile,
    Question,
    Theme,
    Topic,
    Verbatim,
)
from community.moderation import hiding
from community.privacy import service as privacy
from community.roles import ensure_roles
from mining.units import Units
from tests.conftest import NOW
from tests.mining.generated import moment, rows

STAGES = ("newcomer", "active", "established", "dormant", "lapsed")
TIERS = ("low", "mid", "high", "unknown")
INTENTS = ("problem", "question", "suggestion", "praise", "other")
CHANNELS = ("email", "phone", "chat")


class Said(NamedTuple):
    """One mention with a topic."""

    customer: int
    theme: int
    at: datetime
    intent: str


class Text(NamedTuple):
    customer: int
    at: datetime
    score: float | None  # None: it waits to be read
    product: str | None


class Person(NamedTuple):
    loyalty: int
    stage: str
    value: str


class Crowd:
    """People 0, 1, 2 ... whose texts are chosen by the test; `themes[5]` was merged into `themes[4]`."""

    def __init__(self, session: Session, people: int, seed: int, stages: int = 5, tiers: int = 4):
        self.session, self.random, self.kinds = session, Random(seed), (stages, tiers)
        self.products = [Product(slug=slug, name=slug, name_zh=slug) for slug in ("clock", "lamp", "radio")]
        self.themes = [Theme(name=f"Theme {number}", created_at=NOW) for number in range(6)]
        session.add_all([*self.products, *self.themes])
        session.flush()
        self.themes[5].merged_into_id = self.themes[4].id
        homes = [*self.themes[:5], self.themes[4]]  # what was merged brought its topics along
        self.topics = [[self.topic(home, f"{n} {part}") for part in range(2)] for n, home in enumerate(homes)]
        self.people = [self.person(number) for number in range(people)]
        session.add_all([topic for pair in self.topics for topic in pair])
        session.flush()

    def topic(self, home: Theme, label: str) -> Topic:
        facts = {"keywords": {}, "centroid": b"", "threshold": 0.5, "revision": "m", "created_at": NOW}
        return Topic(theme_id=home.id, label=label, **facts)

    def person(self, number: int) -> Customer:
        """Of nine one does not consent, though a profile is left, and of eleven one has none yet."""
        customer = Customer(
            name=f"Customer {number}", value=self.random.choice(TIERS[: self.kinds[1]]), is_profiled=number % 9 != 4,
            created_at=NOW, changed_at=NOW,
        )  # fmt: skip
        self.session.add(customer)
        self.session.flush()
        if number % 11 != 6:
            facts = {"level": "neutral", "reasons": {}, "computed_at": NOW}
            stage, loyalty = self.random.choice(STAGES[: self.kinds[0]]), self.random.randint(5, 95)
            self.session.add(Profile(customer_id=customer.id, loyalty=loyalty, stage=stage, **facts))
        return customer

    def account(self, number: int, age: float = 900) -> Account:
        account = Account(
            name=f"Person {number}", email=f"{number}@example.org", password="", active=True, fs_uniquifier=uuid4().hex,
            created_at=NOW - timedelta(days=age), handle=f"person{number}", customer_id=self.people[number].id,
            roles=[ensure_roles(self.session)["customer"]],
        )  # fmt: skip
        self.session.add(account)
        self.session.flush()
        return account

    def say(self, number: int, at: datetime, *told: tuple[int | None, str], post: Question | None = None) -> Verbatim:
        """A text that says these (theme, intent); none at all: it waits to be read."""
        customer, product = self.people[number], self.random.choice([None, *self.products])
        channel, source = "forum", {"post_id": post.id} if post else {}
        words = " ".join(uuid4().hex[:6] for _ in range(6))
        if post is None:
            channel = self.random.choice(CHANNELS)
            case = Complaint(
                customer_id=customer.id, channel=channel, external_id=uuid4().hex, subject="", body=words, created_at=at
            )
            self.session.add(case)
            self.session.flush()
            source = {"complaint_id": case.id}
        score = round(self.random.uniform(-1, 1), 3)
        judged = {"sentiment": "neutral", "score": score, "intent": told[0][1], "leaving": False} if told else {}
        text = Verbatim(
            customer_id=customer.id, channel=channel, product_id=product and product.id, is_private=not post, text=words,
            text_hash=uuid4().hex, said_at=at, mined_revision="m" if told else None, language="en", **judged, **source,
        )  # fmt: skip
        self.session.add(text)
        self.session.flush()
        for part, (theme, intent) in enumerate(told):
            topic = None if theme is None else self.random.choice(self.topics[theme]).id
            mention = {"sentiment": "neutral", "score": round(self.random.uniform(-1, 1), 3), "intent": intent}
            self.session.add(Mention(
                verbatim_id=text.id, start=part * 10, end=part * 10 + 9, leaving=False, embedding=bytes(512), revision="m",
                topic_id=topic, considered=topic is None, **mention,
            ))  # fmt: skip
        return text

    def take_away(self, at: datetime, *told: tuple[int, str]) -> None:
        """What person 0 says in a post is held back by a moderator; person 1 is erased, after they said it too."""
        account, leaver = self.account(0), self.account(1)
        post = Question(author_id=account.id, body="?", title="Q", created_at=at)
        self.session.add(post)
        self.session.flush()
        self.say(0, at, *told, post=post)
        self.say(1, at, *told)
        self.session.commit()
        hiding.set_mark(self.session, post, "held", NOW)
        privacy.erase(self.session, leaver, False, NOW)
        self.session.commit()


def random_words(random: Random) -> list[tuple[int | None, str]]:
    """What one text tells: nothing (it waits), something about a theme or two, something that is in no topic yet."""
    if random.random() < 0.08:
        return []
    themes: list[int | None] = [*range(6), None]
    return [(random.choice(themes), random.choice(INTENTS)) for _ in range(random.choice((1, 1, 2)))]


def mentions(units: Units) -> list[Said]:
    found = rows(
        units,
        "SELECT v.customer_id, t.theme_id, v.said_at, m.intent FROM mention m JOIN topic t ON t.id = m.topic_id"
        " JOIN verbatim v ON v.id = m.verbatim_id LEFT JOIN post p ON p.id = v.post_id"
        " WHERE p.id IS NULL OR p.deleted_at IS NULL",
    )
    return [Said(row[0], row[1], moment(row[2]), row[3]) for row in found]


def texts(units: Units) -> list[Text]:
    found = rows(
        units,
        "SELECT v.customer_id, v.said_at, v.score, d.slug FROM verbatim v LEFT JOIN product d ON d.id = v.product_id"
        " LEFT JOIN post p ON p.id = v.post_id WHERE p.id IS NULL OR p.deleted_at IS NULL",
    )
    return [Text(row[0], moment(row[1]), row[2], row[3]) for row in found]


def consenting(units: Units) -> dict[int, Person]:
    """Those who consent and have a profile."""
    found = rows(
        units,
        "SELECT c.id, p.loyalty, p.stage, c.value FROM customer c, profile p WHERE p.customer_id = c.id AND c.is_profiled",
    )
    return {row[0]: Person(*row[1:]) for row in found}


def how_active(count: int) -> str:
    return "one text" if count < 2 else "two or three" if count < 4 else "more"


def midnight(day: datetime) -> datetime:
    return day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
