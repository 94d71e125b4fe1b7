"""Which words drive a mention's sentiment: each is left out once, and the sentence is read again without it.

Only for what somebody looks at: mentions that a person asked about, and those that the latest report quotes.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import rjieba
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Explanation, Mention, Report, Verbatim
from mining.encoder import Encoder
from mining.labels import SENTIMENTS
from mining.units import Units

Word = tuple[int, int]
Weighed = tuple[int, int, float]

A_RUN = 100  # mentions a run: with 20 words each 2,000 short sentences, some seconds
MOST_WORDS = 40  # of one mention
STRONGEST = 5
LEAST = 0.03  # of probability: less is noise
WORDS = re.compile(r"(?P<han>[\u3400-\u9fff]+)|[^\W_]+(?:['’][^\W_]+)*")


def is_asked(session: Session) -> bool:
    """Whether a person waits for an explanation."""
    return session.scalar(select(Explanation.id).where(Explanation.worked_out_at.is_(None)).limit(1)) is not None


def explain(units: Units, encoder: Encoder, now: datetime) -> int:
    """Work out what was asked for, then what the latest report quotes; how many mentions."""
    wanted = units.read(wanted_mentions)
    if not wanted:
        return 0
    found = driving_words(encoder, [text for _, _, text in wanted])
    rows = {
        key: (sentiment, [[start + offset, end + offset, weight] for start, end, weight in words])
        for (key, offset, _), (sentiment, words) in zip(wanted, found, strict=True)
    }
    return units.write(lambda session: store(session, rows, now))


def wanted_mentions(session: Session) -> list[tuple[int, int, str]]:
    """Id, start and words of up to A_RUN mentions that wait, those that people asked about first."""
    asked = session.scalars(
        select(Explanation.mention_id).where(Explanation.worked_out_at.is_(None)).order_by(Explanation.id).limit(A_RUN)
    ).all()
    keys = list(dict.fromkeys([*asked, *quoted(session)]))[:A_RUN]
    rows = session.execute(
        select(Mention.id, Mention.start, Mention.end, Verbatim.text)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Mention.id.in_(keys))
        .order_by(Mention.id)
    )
    return [(row.id, row.start, row.text[row.start : row.end]) for row in rows]


def quoted(session: Session) -> list[int]:
    """The mentions that the latest report quotes and nobody explained yet."""
    content = session.scalar(select(Report.content).order_by(Report.ends_at.desc(), Report.id.desc()).limit(1))
    keys = [key for theme in (content or {}).get("themes", {}).values() for key in theme.get("quotes", [])]
    known = set(session.scalars(select(Explanation.mention_id).where(Explanation.mention_id.in_(keys))))
    return [key for key in keys if key not in known]


def driving_words(encoder: Encoder, texts: Sequence[str]) -> list[tuple[str, list[Weighed]]]:
    """For each text its sentiment, and the words without which that is less probable: start, end, by how much."""
    words = [words_of(text)[:MOST_WORDS] for text in texts]
    variants = [
        variant for text, found in zip(texts, words, strict=True)
        for variant in (text, *(without(text, word) for word in found))
    ]  # fmt: skip
    chances = encoder.judge(variants).sentiment
    result: list[tuple[str, list[Weighed]]] = []
    row = 0
    for found in words:
        label = int(chances[row].argmax())
        weights = chances[row, label] - chances[row + 1 : row + 1 + len(found), label]
        row += 1 + len(found)
        weighed = [(start, end, round(float(by), 3)) for (start, end), by in zip(found, weights, strict=True)]
        strongest = sorted((one for one in weighed if one[2] >= LEAST), key=lambda one: -one[2])[:STRONGEST]
        result.append((SENTIMENTS[label], strongest))
    return result


def words_of(text: str) -> list[Word]:
    """Where its words begin and end; Chinese by the dictionary."""
    found: list[Word] = []
    for match in WORDS.finditer(text):
        if match["han"] is None:
            found.append(match.span())
            continue
        start = match.start()
        for word in rjieba.cut(match["han"], hmm=False):
            found.append((start, start + len(word)))
            start += len(word)
    return found


def without(text: str, word: Word) -> str:
    return " ".join((text[: word[0]] + text[word[1] :]).split())


def store(session: Session, rows: dict[int, tuple[str, list[list[float]]]], now: datetime) -> int:
    """Write down what was found of the mentions that are still there."""
    alive = session.scalars(select(Mention.id).where(Mention.id.in_(rows)).with_for_update()).all()
    kept = {
        row.mention_id: row for row in session.scalars(select(Explanation).where(Explanation.mention_id.in_(alive)))
    }
    for key in alive:
        row = kept.get(key)
        if row is None:
            row = Explanation(mention_id=key, asked_at=now)
            session.add(row)
        row.sentiment, row.words = rows[key]
        row.worked_out_at = now
    return len(alive)
