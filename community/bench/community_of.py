"""A community of any size, straight into the tables: threads in both languages with answers, comments and votes.

Half of everything is about few products, carries few tags and is written by few people, as everywhere (Zipf's law).
Texts are not mined, so no verbatims are written. SQLite only: the rows bring their own ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from community.bench.texts import Writer
from community.heat import heat
from community.models import Account, MeToo, Notification, Post, Product, Related, Role, Tag, Vote, Watch, question_tag
from community.models.accounts import account_role
from community.roles import ROLES

YEARS = timedelta(days=3 * 365)
ANSWERS = (0, 1, 1, 2, 2, 3, 3, 3, 4, 5, 6, 7)  # of a question: about 3
LONG_ANSWERS = 30  # of a long thread, each with comments, as the question has
LONG_COMMENTS = 3
MOST_LONG = 40
QUESTION, ANSWER, COMMENT = 8, 6, 2  # sentences, as a median: some 400, 300 and 100 letters of English
CHINESE = 0.4  # of the threads
BATCH = 1_000  # questions a transaction

Row = dict[str, Any]


@dataclass
class Made:
    """What was made: how much of it, and what the bench looks at."""

    questions: int
    posts: int = 0
    reader_id: int = 1
    long_ids: list[int] = field(default_factory=list)  # questions with LONG_ANSWERS answers
    question_ids: list[int] = field(default_factory=list)  # some of the others
    tags: list[str] = field(default_factory=list)  # the most used first
    titles: list[str] = field(default_factory=list)


class Zipf:
    """Draws places of a list, the n-th with a weight of 1/n."""

    def __init__(self, random: Random, many: int):
        self.random, self.places = random, range(many)
        self.weights = list(accumulate(1 / (place + 1) for place in self.places))

    def draw(self, many: int = 1) -> list[int]:
        return self.random.choices(self.places, cum_weights=self.weights, k=many)


class Community:
    """Rows of a community of so many questions. Ids grow with time, as they do when people write."""

    def __init__(self, questions: int, now: datetime, seed: int = 1):
        self.made, self.now = Made(questions), now
        self.writer = Writer(seed)
        self.random = self.writer.random
        self.authors = Zipf(self.random, max(250, questions // 10))
        self.tags = Zipf(self.random, round(30 * questions**0.3))
        self.products = Zipf(self.random, 12)
        self.every = max(1, questions // min(MOST_LONG, max(1, questions // 25)))  # which threads are long
        self.rows: dict[Any, list[Row]] = {}

    def write(self, connection: Connection) -> Iterator[int]:
        """Insert everything; how many questions were written, after each batch, which the caller commits."""
        self._frame()
        self._flush(connection)
        for first in range(0, self.made.questions, BATCH):
            last = min(first + BATCH, self.made.questions)
            for number in range(first, last):
                self._thread(number)
            self._flush(connection)
            yield last
        self._reader()
        self._flush(connection)

    def _flush(self, connection: Connection) -> None:
        for table, rows in self.rows.items():
            connection.execute(insert(table), rows)
        self.rows = {}

    def _add(self, table: Any, **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)

    def _frame(self) -> None:
        """Products, tags, and people; the first of them is the reader of the bench."""
        for number in self.products.places:
            self._add(Product.__table__, id=number + 1, slug=f"product-{number + 1}", name=f"Fjordly {number + 1}")
        slugs: dict[str, None] = {}
        while len(slugs) < len(self.tags.places):
            slugs[self.writer.word("en" if self.random.random() > CHINESE else "zh")[:50]] = None
        self.made.tags = list(slugs)
        for number, slug in enumerate(slugs, start=1):
            self._add(Tag.__table__, id=number, slug=slug)
        for number, (name, text) in enumerate(ROLES.items(), start=1):
            self._add(Role.__table__, id=number, name=name, description=text)
        for number in self.authors.places:
            name = self.writer.word("en").title()
            self._add(
                Account.__table__, id=number + 1, email=f"person{number + 1}@example.org", name=f"{name} {number + 1}",
                handle=f"{name.lower()}-{number + 1}", active=True, fs_uniquifier=f"{number + 1:064}", trust="regular",
                created_at=self.now - YEARS, confirmed_at=self.now - YEARS, may_profile=True, locale="en",
            )  # fmt: skip
            role = "agent" if number % 50 == 2 else "customer"
            self._add(account_role, account_id=number + 1, role_id=1 + list(ROLES).index(role))

    def _post(self, kind: str, by: int, at: datetime, body: str, **more: Any) -> Row:
        self.made.posts += 1
        row = dict.fromkeys(column.name for column in Post.__table__.columns)
        row |= {"id": self.made.posts, "kind": kind, "author_id": by + 1, "created_at": at, "body": body, "score": 0}
        row |= more
        self.rows.setdefault(Post.__table__, []).append(row)
        return row

    def _thread(self, number: int) -> None:
        """A question with all that hangs on it."""
        is_long = number % self.every == self.every // 2
        language = "zh" if self.random.random() < CHINESE else "en"
        at = self.now - YEARS * (1 - number / self.made.questions)
        by, product = self.authors.draw()[0], self.products.draw()[0] + 1
        asked = self._post("question", by, at, self.writer.text(language, QUESTION), title=self.writer.title(language))
        self._label(asked, product, is_long)
        many = LONG_ANSWERS if is_long else self.random.choice(ANSWERS)
        asked["answer_count"], asked["active_at"] = many, at
        asked["score"] = self._votes(asked)
        answers = [self._answer(asked, language) for _ in range(many)]
        for parent in [asked, *answers] if is_long else self.random.choices([asked, *answers], k=3):
            for _ in range(LONG_COMMENTS if is_long else 1):
                self._comment(asked, parent, language)
        if answers and self.random.random() < 0.5:
            best = max(answers, key=lambda row: row["score"])
            best["accepted_at"] = asked["solved_at"] = self._later(best["created_at"])
        asked["hot"] = heat(at, asked["score"], many, asked["me_too_count"])

    def _label(self, asked: Row, product: int, is_long: bool) -> None:
        asked |= {"product_id": product, "me_too_count": 0}
        for tag in set(self.tags.draw(self.random.randint(1, 4))):
            self._add(question_tag, question_id=asked["id"], tag_id=tag + 1)
        known = self.made.question_ids
        for other in set(self.random.sample(known, min(5, len(known)))):
            self._add(Related.__table__, question_id=asked["id"], other_id=other, likeness=self.random.random())
        for by in {self.authors.draw()[0] for _ in range(self.random.choice((0, 0, 0, 1, 3)))}:
            self._add(MeToo.__table__, account_id=by + 1, question_id=asked["id"], created_at=asked["created_at"])
            asked["me_too_count"] += 1
        self._add(
            Watch.__table__, account_id=asked["author_id"], level="watching", question_id=asked["id"], product_id=None,
            tag_id=None, created_at=asked["created_at"],
        )  # fmt: skip
        if is_long:
            self.made.long_ids.append(asked["id"])
        elif len(known) < 1_000 or self.random.random() < 0.01:
            known.append(asked["id"])
            self.made.titles.append(asked["title"])

    def _answer(self, asked: Row, language: str) -> Row:
        at = self._later(asked["created_at"])
        body = self.writer.text(language, ANSWER)
        given = self._post("answer", self.authors.draw()[0], at, body, question_id=asked["id"], is_reply=False)
        given["score"] = self._votes(given)
        asked["active_at"] = max(asked["active_at"], at)
        return given

    def _comment(self, asked: Row, parent: Row, language: str) -> None:
        at = self._later(parent["created_at"])
        body = self.writer.text(language, COMMENT, may_decorate=False)
        self._post("comment", self.authors.draw()[0], at, body, question_id=asked["id"], parent_id=parent["id"])
        asked["active_at"] = max(asked["active_at"], at)

    def _votes(self, post: Row) -> int:
        """One in three has votes, a few have many; their sum."""
        score = 0
        for by in set(self.authors.draw(min(30, int(self.random.paretovariate(1.6)) - 1))):
            value = -1 if self.random.random() < 0.1 else 1
            if by + 1 != post["author_id"]:
                at = post["created_at"]
                self._add(Vote.__table__, voter_id=by + 1, post_id=post["id"], value=value, created_at=at)
                score += value
        return score

    def _later(self, moment: datetime) -> datetime:
        return min(self.now, moment + timedelta(hours=self.random.lognormvariate(1.5, 1.5)))

    def _reader(self) -> None:
        """The reader has a full house: things watched, and notifications, some of them unread."""
        for number, question_id in enumerate(self.made.question_ids[-200:]):
            self._add(
                Notification.__table__, account_id=1, kind="reply", question_id=question_id, post_id=question_id,
                actor_id=2, created_at=self.now, details={}, read_at=self.now if number % 10 else None,
            )  # fmt: skip
        for which in ("product_id", "tag_id"):
            blank = {"question_id": None, "product_id": None, "tag_id": None}
            self._add(Watch.__table__, account_id=1, level="watching", created_at=self.now, **blank | {which: 3})
