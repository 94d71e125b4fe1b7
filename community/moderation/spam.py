"""How much a post looks like spam: plain signals with their weights, added up. What moderators decide teaches it.

Likeness to what was decided before is that of near-identical text (simhash of three letters in a row, which takes Chinese
as it takes English); it needs no model, so it runs where the post is written. Likeness in meaning needs the model: the
worker finds it some minutes later (`mining/likeness.py`), and the post is looked at again (`looking_again.py`).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from flask import current_app
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from community.models import ALIKE as MEANS_ALIKE
from community.models import VERY_ALIKE, Account, Likeness, Post, Question, SpamMark
from community.moderation import log, queue
from community.moderation.changes import Changes
from community.trust import links_and_images

LOOKED_AT = 500  # decided posts that a new one is compared with, the newest
LONGEST = 2_000  # characters that are compared
BITS = 64
SAME, NEAR = 3, 10  # bits in which the hashes of near-identical texts differ, at the most
ALIKE = 0.9  # likeness of two posts of one person that say the same
OWN_POSTS = 10  # of the same person that a new one is compared with
TYPED_A_SECOND = 25  # characters: twice what the fastest typists reach
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Facts:
    """What the signals are drawn from."""

    age: timedelta = timedelta(days=365)
    is_newcomer: bool = False
    links: int = 0
    repeated: float = 0.0  # share of words that stood in the text before
    own_likeness: float = 0.0  # to the most similar earlier post of the same person, 0 to 1
    spam_distance: int = BITS  # bits to the nearest post that was decided to be spam
    good_distance: int = BITS  # bits to the nearest that was published after a look
    spam_meaning: float = 0.0  # cosine with what the nearest post means that was decided to be spam; 0: not compared
    good_meaning: float = 0.0  # with the nearest that was published after a look
    typed_a_second: float = 0.0


def signals(facts: Facts) -> dict[str, float]:
    """By name, what each adds to the score; those that say nothing are left out."""
    found = {
        "new account": (1.0 if facts.age < timedelta(days=1) else 0.5 if facts.age < WEEK else 0.0)
        if facts.is_newcomer
        else 0.0,
        "links": min(2.0, 0.75 * facts.links) if facts.is_newcomer else min(1.0, 0.25 * facts.links),
        "repetition": 2.0 if facts.own_likeness >= ALIKE else 1.0 if facts.repeated > 0.7 else 0.0,
        "like spam": 3.0 if facts.spam_distance <= SAME else 2.0 if facts.spam_distance <= NEAR else 0.0,
        "like good": -2.0 if facts.good_distance <= NEAR and facts.good_distance < facts.spam_distance else 0.0,
        "fast": 1.0 if facts.is_newcomer and facts.typed_a_second > TYPED_A_SECOND else 0.0,
    }
    if not found["like spam"]:  # the same words mean the same: that counts once
        found["means spam"] = meaning(facts)
    return {name: weight for name, weight in found.items() if weight}


def meaning(facts: Facts) -> float:
    """What it adds that it means what decided spam means, and not rather what was published after a look."""
    if facts.spam_meaning < MEANS_ALIKE or facts.good_meaning >= facts.spam_meaning:
        return 0.0
    return 2.0 if facts.spam_meaning >= VERY_ALIKE else 1.0


def weighed(
    session: Session, by: Account, now: datetime, body: str, title: str = "", took_s: float | None = None
) -> Facts | None:
    """What may be wrong with a post that `by` is about to write; None for those who are trusted.

    It takes some milliseconds, so it is best found before the writer's place is taken.
    """
    if is_trusted(by):
        return None
    return facts_of(session, by, now, body, title, took_s)


def held(session: Session, post: Post, by: Account, facts: Facts | None, now: datetime) -> bool:
    """Whether the new post is held back for a moderator to look at; then nobody but its author and the staff sees it."""
    if facts is None:
        return False
    found, most = signals(facts), current_app.config["SPAM_SCORE"]
    reason = "suspected" if sum(found.values()) >= most else _first_posts(session, facts, by, post)
    if reason is None:
        return False
    hold(session, post, reason, found, now)
    return True


def is_trusted(author: Account) -> bool:
    """Whose posts are not scored."""
    return author.is_staff or author.trust in ("regular", "leader")


def hold(
    session: Session, post: Post, reason: str, found: dict[str, float], now: datetime, *, tells: bool = False
) -> None:
    """Put the post out of sight and into the queue, with the signals that say why; `tells`: its author hears of it."""
    details = details_of(found)
    changes = Changes(session, now)
    changes.mark(post, "held")
    item = queue.open_item(session, "held", post, reason, None, now, round(details["score"], 3), details)
    log.write(session, "held", None, now, item=item, reason=reason, changes=None, tells=tells)


def details_of(found: dict[str, float]) -> dict[str, Any]:
    """The signals as an item keeps them."""
    return {"signals": found, "score": sum(found.values()), "most": current_app.config["SPAM_SCORE"]}


def _first_posts(session: Session, facts: Facts, by: Account, post: Post) -> str | None:
    """The settings may hold back a newcomer's first posts, or those with links."""
    settings = current_app.config
    if not facts.is_newcomer or not (settings["HELD_FIRST_POSTS"] or (settings["HELD_FIRST_LINKS"] and facts.links)):
        return None
    before = select(func.count()).where(Post.author_id == by.id, Post.id != post.id, Post.deleted_at.is_(None))
    count = session.scalar(before) or 0
    if count < settings["HELD_FIRST_POSTS"]:
        return "newcomer"
    return "links" if facts.links and count < settings["HELD_FIRST_LINKS"] else None


def facts_of(
    session: Session, by: Account, now: datetime, body: str, title: str = "", took_s: float | None = None,
    post_id: int = 0,
) -> Facts:  # fmt: skip
    """Of a new post, or with its id of one that is there."""
    body = body.replace("\r\n", "\n").strip()
    words = f"{title}\n{body}" if title else body
    mark, pieces = fingerprint(words), pieces_of(words)
    marks = session.execute(
        select(SpamMark.print, SpamMark.is_spam).order_by(SpamMark.at.desc(), SpamMark.post_id).limit(LOOKED_AT)
    ).all()
    meant = likeness_of(session, post_id) if post_id else None
    own = session.scalars(
        select(Post)
        .where(Post.author_id == by.id, Post.id != post_id)
        .order_by(Post.created_at.desc())
        .limit(OWN_POSTS)
    )
    return Facts(
        age=now - by.created_at, is_newcomer=by.trust == "newcomer", links=links_and_images(body)[0],
        repeated=repeated(words), own_likeness=max((alike(pieces, pieces_of(text_of(one))) for one in own), default=0.0),
        spam_distance=nearest(mark, (row.print for row in marks if row.is_spam)),
        good_distance=nearest(mark, (row.print for row in marks if not row.is_spam)),
        typed_a_second=len(body) / took_s if took_s and len(body) > 100 else 0.0,
        spam_meaning=(meant and meant.spam) or 0.0, good_meaning=(meant and meant.good) or 0.0,
    )  # fmt: skip


def likeness_of(session: Session, post_id: int) -> Likeness | None:
    """What the worker found; None before that, and when the post that it is like is no longer decided to be spam."""
    stands = exists().where(SpamMark.post_id == Likeness.like_id, SpamMark.is_spam)
    return session.scalar(select(Likeness).where(Likeness.post_id == post_id, Likeness.like_id.is_(None) | stands))


def text_of(post: Post) -> str:
    return f"{post.title}\n{post.body}" if isinstance(post, Question) else post.body


def pieces_of(text: str) -> set[str]:
    """Every three letters in a row, whatever their case, width and punctuation."""
    text = "".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))[:LONGEST]
    return {text[at : at + 3] for at in range(max(1, len(text) - 2))} if text else set()


def fingerprint(text: str) -> int:
    """A signed number of 64 bits, few of which differ between texts that are nearly the same; 0 for no words."""
    pieces = pieces_of(text)
    data = b"".join(blake2b(piece.encode("utf-8", "replace"), digest_size=8).digest() for piece in pieces)
    value = 0
    for column in range(8):
        counts = Counter(data[column::8])
        for bit in range(8):
            ups = sum(count for byte, count in counts.items() if byte >> bit & 1)
            value |= (2 * ups > len(pieces)) << (8 * column + bit)
    return value - (1 << BITS) if value >= 1 << (BITS - 1) else value


def alike(one: set[str], other: set[str]) -> float:
    """The share of what either has that both have, 0 to 1."""
    return len(one & other) / len(one | other) if one and other else 0.0


def nearest(mark: int, others: Iterable[int]) -> int:
    """Bits that differ from the nearest of them; BITS when there is none, or nothing to compare."""
    if not mark:
        return BITS
    return min((((mark ^ other) & ((1 << BITS) - 1)).bit_count() for other in others if other), default=BITS)


def repeated(text: str) -> float:
    """The share of its words that stood there before, of texts with twenty words or more."""
    words: Sequence[str] = re.findall(r"[\u3400-\u9fff]|\w+", text.casefold())
    return 1 - len(set(words)) / len(words) if len(words) >= 20 else 0.0


def learn(changes: Changes, post: Post, is_spam: bool) -> None:
    """Remember what the decided post reads like; undoing the decision forgets it."""
    if mark := fingerprint(text_of(post)):
        changes.delete(SpamMark, SpamMark.__table__.c.post_id == post.id)
        changes.insert(SpamMark, post_id=post.id, print=mark, is_spam=is_spam, at=changes.now)
