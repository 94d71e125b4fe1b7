"""A small community made at random: texts with what mining found in them, questions with their answers, profiles."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from community.models import (
    Account,
    Answer,
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
from community.roles import ensure_roles
from mining import overview
from mining.units import Units
from tests.conftest import NOW

FEELINGS = (("negative", -0.7), ("neutral", 0.0), ("positive", 0.8), ("mixed", 0.1))
INTENTS = ("problem", "question", "suggestion", "praise", "other")
CHANNELS = ("email", "phone", "chat")
LANGUAGES = ("en", "zh-Hans")


class Community:
    """Everything within `days` before `end`; each customer writes with another weight, each theme has a mood of its own."""

    def __init__(self, session: Session, end: datetime, seed: int, days: int = 200, customers: int = 25):
        self.session, self.end, self.random, self.days = session, end, Random(seed), days
        self.products = [Product(slug=slug, name=slug, name_zh=slug) for slug in ("clock", "lamp", "radio")]
        self.accounts = [self.account(n, "customer") for n in range(customers)]
        self.staff = [self.account(n, "agent") for n in range(100, 103)]
        session.add_all(self.products)
        session.flush()
        self.themes = [self.theme(n) for n in range(5)]
        self.weights = [self.random.random() ** 2 + 0.05 for _ in self.accounts]

    def account(self, number: int, role: str) -> Account:
        customer = Customer(
            name=f"Customer {number}", value=self.random.choice(("low", "mid", "high", "unknown")), created_at=self.end,
            changed_at=self.end, is_profiled=number % 7 != 3,
        )  # fmt: skip
        account = Account(
            name=f"Person {number}", email=f"{number}@example.org", password="", active=True, fs_uniquifier=uuid4().hex,
            created_at=self.end - timedelta(days=1000), handle=f"person{number}", roles=[ensure_roles(self.session)[role]],
        )  # fmt: skip
        self.session.add_all([customer, account])
        self.session.flush()
        if role == "customer":
            account.customer_id = customer.id
            if customer.is_profiled:
                facts = {"level": "neutral", "stage": "active", "reasons": {}, "computed_at": self.end}
                self.session.add(Profile(customer_id=customer.id, loyalty=self.random.randint(0, 100), **facts))
        return account

    def theme(self, number: int) -> Theme:
        theme = Theme(name=f"Theme {number}", created_at=self.end)
        self.session.add(theme)
        self.session.flush()
        for part in range(2):
            self.session.add(Topic(
                theme_id=theme.id, label=f"{number} {part}", keywords={}, centroid=b"", threshold=0.5, revision="m",
                created_at=self.end,
            ))  # fmt: skip
        self.session.flush()
        return theme

    def moment(self) -> datetime:
        """Lately more often than long ago."""
        return self.end - timedelta(days=self.days * self.random.random() ** 2, seconds=1)

    def product_id(self) -> int | None:
        return self.random.choice([None, *(product.id for product in self.products)])

    def write(self, texts: int = 150, questions: int = 60) -> None:
        for number in range(texts):
            self.text(number)
        for number in range(questions):
            self.ask(number)
        self.session.commit()

    def text(self, number: int) -> None:
        """A complaint that says one thing or two; every twelfth is not read yet."""
        (author,) = self.random.choices(self.accounts, self.weights)
        at, product, channel = self.moment(), self.product_id(), self.random.choice(CHANNELS)
        words = " ".join(f"{uuid4().hex[:6]}" for _ in range(6))
        case = Complaint(
            customer_id=author.customer_id, channel=channel, external_id=str(number), subject="", body=words,
            product_id=product, created_at=at,
        )  # fmt: skip
        self.session.add(case)
        self.session.flush()
        feeling, score = self.random.choice(FEELINGS)
        judged = {
            "sentiment": feeling,
            "score": score,
            "intent": self.random.choice(INTENTS),
            "leaving": number % 9 == 0,
        }
        text = Verbatim(
            customer_id=author.customer_id, channel=channel, product_id=product, complaint_id=case.id, is_private=True,
            text=words, text_hash=uuid4().hex, said_at=at, language=self.random.choice(LANGUAGES), mined_revision="m",
            **(judged if number % 12 else {}),
        )  # fmt: skip
        self.session.add(text)
        self.session.flush()
        for part in range(self.random.choice((1, 2)) if number % 12 else 0):
            self.mention(text, part)

    def mention(self, text: Verbatim, part: int) -> None:
        number = self.random.randrange(len(self.themes))
        feeling, score = FEELINGS[self.random.randrange(3)] if self.random.random() < 0.3 else FEELINGS[number % 3]
        topics = [topic for topic in self.session.query(Topic).filter_by(theme_id=self.themes[number].id)]
        self.session.add(Mention(
            verbatim_id=text.id, start=part * 10, end=part * 10 + 9, sentiment=feeling, score=score, leaving=False,
            intent={"negative": "problem", "positive": "praise"}.get(feeling, "other"), embedding=bytes(512),
            revision="m", topic_id=self.random.choice(topics).id,
        ))  # fmt: skip

    def ask(self, number: int) -> None:
        """A question with answers by customers and staff, talk, votes; solved now or then."""
        (author,) = self.random.choices([*self.accounts, self.staff[0]], [*self.weights, 0.3])
        at = self.moment()
        question = Question(
            author_id=author.id, body="?", title=f"Question {number}", created_at=at, product_id=self.product_id(),
            deleted_at=at if number % 11 == 0 else None,
        )  # fmt: skip
        self.session.add(question)
        self.session.flush()
        given = [
            Answer(
                author_id=self.random.choice([author, *self.accounts, *self.staff]).id, question_id=question.id, body="!",
                created_at=at + timedelta(hours=self.random.expovariate(0.05)), score=self.random.choice((-1, 0, 2)),
                is_reply=self.random.random() < 0.2,
            )
            for _ in range(self.random.randrange(3))
        ]  # fmt: skip
        given = [answer for answer in given if answer.created_at < self.end]
        self.session.add_all(given)
        if given and self.random.random() < 0.6:
            solved = max(answer.created_at for answer in given) + timedelta(days=self.random.random() * 20)
            if solved < self.end:
                question.solved_at = self.random.choice(given).accepted_at = solved
        self.session.flush()


def rows(units: Units, statement: str) -> list[Any]:
    return units.read(lambda session: list(session.execute(text(statement))))


def moment(value: Any) -> datetime:
    """As SQLite and PostgreSQL give it."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def all_pages(units: Units, least: int) -> overview.Made:
    return units.read(lambda session: overview.all_periods(session, NOW, least))
