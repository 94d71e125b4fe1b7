"""Why a mention is read as it is: the nearest quotes of its topic, and the words that drive its sentiment."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.insights import likeness, queries
from community.insights.queries import Quote
from community.models import Explanation, Mention, Theme, Topic, Verbatim, Verdict

NEAREST = 5
COMPARED = 1_000  # the latest mentions of the topic


@dataclass
class Why:
    """What a mention's page shows. `quote` is None, and nothing else of it told, where too few customers speak."""

    theme: Theme | None
    quote: Quote | None = None
    verdict: Verdict | None = None
    near: list[tuple[Quote, float]] = field(default_factory=list)  # quote and cosine, nearest first
    explanation: Explanation | None = None
    words: list[tuple[str, float]] = field(default_factory=list)


def why(session: Session, mention: Mention, least: int) -> Why:
    """The reasons, under the same rules as quotes: from `least` customers in the theme on, personal data covered."""
    theme = queries.theme_of_mention(session, mention)
    if theme is None or not is_told_by(session, theme, least):
        return Why(theme)
    quote = queries.quotes(session, [mention.id]).get(mention.id)
    verdict = session.scalar(
        select(Verdict)
        .join(Verbatim, (Verbatim.id == Verdict.verbatim_id) & (Verbatim.text_hash == Verdict.text_hash))
        .where(Verdict.verbatim_id == mention.verbatim_id, Verdict.start == mention.start)
    )
    explanation = session.scalar(select(Explanation).where(Explanation.mention_id == mention.id))
    words = told_words(session, mention, explanation, quote) if quote and explanation else []
    return Why(theme, quote, verdict, nearest(session, mention), explanation, words)


def is_told_by(session: Session, theme: Theme, least: int) -> bool:
    """Whether at least so many customers ever spoke of the theme."""
    people = (
        select(Verbatim.customer_id)
        .join(Mention, Mention.verbatim_id == Verbatim.id)
        .join(Topic, Topic.id == Mention.topic_id)
        .where(Topic.theme_id == theme.id)
        .distinct()
        .limit(least)
        .subquery()
    )
    return (session.scalar(select(func.count()).select_from(people)) or 0) >= least


def nearest(session: Session, mention: Mention) -> list[tuple[Quote, float]]:
    """The mentions of its topic that are most alike, by other people, with their cosine."""
    rows = session.execute(
        select(Mention.id, Mention.embedding, Verbatim.language, Verbatim.customer_id)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(
            Mention.topic_id == mention.topic_id, Mention.revision == mention.revision, Mention.id != mention.id
        )
        .order_by(Mention.id.desc())
        .limit(COMPARED)
    ).all()  # fmt: skip
    own = session.execute(
        select(Verbatim.language, Verbatim.customer_id).where(Verbatim.id == mention.verbatim_id)
    ).one()
    rows = [row for row in rows if len(row.embedding) == len(mention.embedding) > 0]
    if not rows:
        return []
    languages = [own.language or "und", *(row.language or "und" for row in rows)]
    vectors = likeness.centred(
        session, mention.revision, [mention.embedding, *(row.embedding for row in rows)], languages
    )
    cosine = vectors[1:] @ vectors[0]  # (n, d) @ (d,) -> (n,)
    chosen: dict[int, float] = {}
    people = {own.customer_id}
    for place in cosine.argsort()[::-1].tolist():
        if rows[place].customer_id not in people and len(chosen) < NEAREST:
            people.add(rows[place].customer_id)
            chosen[rows[place].id] = float(cosine[place])
    found = queries.quotes(session, list(chosen))
    return [(found[key], likeness_) for key, likeness_ in chosen.items() if key in found]


def told_words(session: Session, mention: Mention, explanation: Explanation, quote: Quote) -> list[tuple[str, float]]:
    """The words with their weights, without those that are covered in the quote."""
    text = session.scalar(select(Verbatim.text).where(Verbatim.id == mention.verbatim_id)) or ""
    words = [(text[start:end], weight) for start, end, weight in explanation.words or []]
    return [(word, weight) for word, weight in words if word in quote.text]


def ask(session: Session, mention: Mention, now: datetime) -> None:
    """Ask the worker which words drive the mention's sentiment, unless that is known or asked."""
    if session.scalar(select(Explanation.id).where(Explanation.mention_id == mention.id)) is None:
        session.add(Explanation(mention_id=mention.id, asked_at=now))
        session.flush()
