"""A text follows what people said of its parts: its feeling and its wish come from its mentions, once one is relabelled.

What the whole was taken for came from the same misreading, so the parts decide, by the square root of their length.
What the model reads the whole as is kept with the verdict, and is back when the last verdict is taken back.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Mention, Verbatim, Verdict

CLEAR = 0.5  # the score from which a mention takes a side
SIDE_SHARE = 0.25  # of a text that praise and blame must have each for it to be mixed
LEANS = 0.25  # the mean score from which a text has a side
READING = ("sentiment", "score", "intent")

Part = tuple[float, int]  # a mention's score and its length in characters


def follow(session: Session, verbatim_id: int) -> None:
    """Bring the text's feeling and wish in step with its mentions and verdicts. The unit is the caller's."""
    text = session.scalar(select(Verbatim).where(Verbatim.id == verbatim_id).execution_options(populate_existing=True))
    if text is None or text.sentiment is None:
        return  # waiting to be mined: the run does this
    verdicts = of_text(session, text)
    reading = next((row.reading for row in verdicts if row.reading), None)
    if reading is None:
        reading = {name: getattr(text, name) for name in READING}
        for row in verdicts:
            row.reading = reading
    said = reading | by_parts(session, text, verdicts)
    for name in READING:
        setattr(text, name, said[name])
    session.flush()


def read_anew(session: Session, verbatim_id: int, reading: dict[str, Any]) -> None:
    """A model has just read the whole as `reading`: note it, and let the verdicts stand."""
    text = session.get_one(Verbatim, verbatim_id, populate_existing=True)
    for row in of_text(session, text):
        row.reading = {name: reading[name] for name in READING}
    session.flush()
    follow(session, verbatim_id)


def of_text(session: Session, text: Verbatim) -> Sequence[Verdict]:
    """The verdicts on the words as they stand."""
    rows = select(Verdict).where(Verdict.verbatim_id == text.id, Verdict.text_hash == text.text_hash)
    return session.scalars(rows.order_by(Verdict.id)).all()


def by_parts(session: Session, text: Verbatim, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """What the mentions make of the text, as far as people judged: feeling with score, wish, both or none."""
    mentions = session.scalars(
        select(Mention)
        .where(Mention.verbatim_id == text.id)
        .order_by(Mention.start)
        .execution_options(populate_existing=True)
    ).all()
    found: dict[str, Any] = {}
    if mentions and any(row.sentiment for row in verdicts):
        parts = [(row.score, row.end - row.start) for row in mentions]
        score = mean(parts)
        found = {"sentiment": feeling(parts, score), "score": round(score, 4)}
    if mentions and any(row.intent for row in verdicts):
        wishes: Counter[str] = Counter()
        for row in mentions:
            wishes[row.intent] += (row.end - row.start) ** 0.5  # type: ignore[assignment]  # weights, not counts
        found["intent"] = max(wishes, key=lambda wish: wishes[wish])
    return found


def mean(parts: Sequence[Part]) -> float:
    """The mean score by the square root of the length."""
    return float(sum(score * length**0.5 for score, length in parts) / sum(length**0.5 for _, length in parts))


def feeling(parts: Sequence[Part], score: float) -> str:
    """Mixed where a fair share is clear praise and another clear blame; else the side that the mean score leans to."""
    whole = sum(length**0.5 for _, length in parts)
    praise = sum(length**0.5 for one, length in parts if one >= CLEAR)
    blame = sum(length**0.5 for one, length in parts if one <= -CLEAR)
    if min(praise, blame) >= SIDE_SHARE * whole:
        return "mixed"
    return "positive" if score >= LEANS else "negative" if score <= -LEANS else "neutral"
