"""A small deterministic stand-in for the network, and texts made for it: rules are tested here, not a model.

Words are hashed to directions, so texts that share words lie close; a few key words decide what a text is said to be.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from community import verbatims
from community.models import Complaint, Mention, Topic, Verbatim
from community.recognition import recognise
from mining.encoder import Judgements

WIDTH = 384
NEGATIVE = re.compile(r"terrible|broken|awful|hate|坏|差", re.IGNORECASE)
POSITIVE = re.compile(r"love|great|wonderful|喜欢|好", re.IGNORECASE)
PROPOSES = re.compile(r"please add|建议", re.IGNORECASE)
LEAVES = re.compile(r"cancel|退订", re.IGNORECASE)
IGNORED = frozenset("the a an is it i my and of to in for with".split())

SUBJECTS = {
    "battery": "battery charge drains overnight phone cell".split(),
    "delivery": "courier parcel delivery late address driver".split(),
    "login": "login password account locked reset code".split(),
    "screen": "screen flickers pixels display brightness glass".split(),
    "refund": "refund money bank invoice returned payment".split(),
    "sound": "speaker sound crackles volume headphones noise".split(),
}
FILLERS = "monday tuesday april london again cousin yesterday window morning really office kitchen".split()


@cache
def direction(word: str) -> NDArray[np.float32]:
    """The unit vector (d,) of a word."""
    rng = np.random.default_rng(int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big"))
    vector = rng.normal(size=WIDTH)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def embedding(text: str) -> NDArray[np.float32]:
    """Hashed words of a text, Chinese by the character (d,)."""
    words = [word for word in re.findall(r"[a-z']+|\d+|[^\W\d_a-z]", text.lower()) if word not in IGNORED] or [
        "nothing"
    ]
    total = np.sum([direction(word) for word in words], axis=0)
    return (total / max(float(np.linalg.norm(total)), 1e-9)).astype(np.float32)


def feeling(text: str) -> tuple[float, float, float]:
    if NEGATIVE.search(text):
        return (0.9, 0.06, 0.04)
    return (0.04, 0.06, 0.9) if POSITIVE.search(text) else (0.1, 0.8, 0.1)


def wish(text: str) -> int:
    """Its place in INTENTS."""
    if PROPOSES.search(text):
        return 2
    if text.rstrip().endswith(("?", "？")):
        return 1
    if NEGATIVE.search(text):
        return 0
    return 3 if POSITIVE.search(text) else 4


@dataclass
class FakeEncoder:
    """What `mining.encoder.Encoder` offers, without a model. `before` is called with each batch, as a test likes."""

    revision: str = "fake-1"
    seconds_a_batch: float = 0.0
    before: Callable[[Sequence[str]], None] | None = None
    width: int = WIDTH

    def embed(self, texts: Sequence[str], progress: Any = None) -> NDArray[np.float32]:
        return np.stack([embedding(text) for text in texts]) if len(texts) else np.zeros((0, WIDTH), np.float32)

    def judge(self, texts: Sequence[str], progress: Any = None) -> Judgements:
        if self.before:
            self.before(texts)
        time.sleep(self.seconds_a_batch)
        intents = np.full((len(texts), 5), 0.05, np.float32)
        intents[range(len(texts)), [wish(text) for text in texts]] = 0.8
        return Judgements(
            self.embed(texts),
            np.array([feeling(text) for text in texts], np.float32).reshape(len(texts), 3),
            intents,
            np.array([0.9 if LEAVES.search(text) else 0.1 for text in texts], np.float32),
        )


def sentence(subject: str, number: int, ending: str = "") -> str:
    """The `number`th of many different sentences about a subject; 24 numbers give 24 sentences."""
    words = SUBJECTS[subject]
    left_out = {number % len(words)} if number % 4 else set()
    kept = [word for place, word in enumerate(words) if place not in left_out]
    filler = FILLERS[(number * 5 + len(subject)) % len(FILLERS)]
    return " ".join([*kept, filler, ending]).strip().capitalize() + "."


def tell(session: Session, texts: Iterable[tuple[str, str]], now: datetime) -> None:
    """Many complaints, each a text and its customer's address. One commit for all, as each waits for the disk."""
    say(session, texts, now)
    session.commit()


def say(
    session: Session,
    texts: Iterable[tuple[str, str]],
    now: datetime,
    channel: str = "email",
    product_id: int | None = None,
) -> None:
    """The same without the commit, by any channel and about a product."""
    customers: dict[str, int] = {}
    for text, address in texts:
        if address not in customers:
            customers[address] = recognise(session, channel, address, address.split("@")[0], now).id
        opened = Complaint(
            customer_id=customers[address], channel=channel, subject=text[:9], body=text, created_at=now,
            product_id=product_id,
        )  # fmt: skip
        session.add(opened)
        session.flush()
        verbatims.of_complaint(session, opened, now)


class Found(NamedTuple):
    """A mention as tests compare it: all that the job decides, without the row's own id."""

    verbatim_id: int
    start: int
    end: int
    sentiment: str
    intent: str
    leaving: bool
    revision: str


def found(session: Session) -> list[Found]:
    """Every mention, in reading order."""
    rows = session.scalars(select(Mention).order_by(Mention.verbatim_id, Mention.start))
    return [Found(m.verbatim_id, m.start, m.end, m.sentiment, m.intent, m.leaving, m.revision) for m in rows]


def sentences(session: Session) -> list[str]:
    """What the mentions' offsets give back of their texts, in reading order."""
    rows = session.execute(
        select(Verbatim.text, Mention.start, Mention.end)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .order_by(Verbatim.id, Mention.start)
    )
    return [text[start:end] for text, start, end in rows]


def topic_of(session: Session) -> dict[tuple[int, int], int | None]:
    """(verbatim, start) -> topic id of every mention."""
    rows = session.execute(select(Mention.verbatim_id, Mention.start, Mention.topic_id))
    return {(row.verbatim_id, row.start): row.topic_id for row in rows}


def partition(session: Session) -> set[frozenset[tuple[int, int]]]:
    """Which mentions share a topic, whatever the topics' ids."""
    groups: dict[int, set[tuple[int, int]]] = {}
    for place, topic in topic_of(session).items():
        if topic is not None:
            groups.setdefault(topic, set()).add(place)
    return {frozenset(group) for group in groups.values()}


def topic_ids(session: Session) -> list[int]:
    return list(session.scalars(select(Topic.id).order_by(Topic.id)))
