"""What was read of a batch takes the place of its verbatims' old mentions: one transaction, and what people decided stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from community import relabelling
from community.models import Customer, Mention, Verbatim, Verdict
from mining import anchors, corpus
from mining.anchors import Siblings
from mining.corpus import Batch, Text
from mining.known import Known
from mining.matter import tells
from mining.reading import Read


@dataclass(frozen=True)
class Placed:
    """What was read of one text, and the known topic of each of its mentions, or None."""

    read: Read
    topics: list[int | None]


def placed(batch: Batch, found: Sequence[Read], topics: Known) -> dict[int, Placed]:
    """What was read of each verbatim, by its id, with topics: computed before the transaction, for all at once."""
    return {
        text.id: Placed(one, topics.assign_text(one.embeddings, one.language, telling(text, one)))
        for text, one in zip(batch.texts, found, strict=True)
    }


def telling(text: Text, found: Read) -> list[bool]:
    """Whether each mention says what it is about, itself or by the thread or first line that it stands under."""
    heading = text.thread or text.text.partition("\n")[0]
    return [tells(text.text[span.start : span.end], found.language, heading) for span in found.spans]


def replace(session: Session, batch: Batch, results: dict[int, Placed], revision: str) -> tuple[int, int]:
    """Write what was read of those verbatims that are still ours and unchanged; how many verbatims and mentions."""
    ours = corpus.still_ours(session, batch)
    if not ours:
        return 0, 0
    kept_topics = old_topics(session, list(ours))
    decided = verdicts(session, list(ours))
    siblings = Siblings(session) if decided else None
    session.execute(delete(Mention).where(Mention.verbatim_id.in_(ours)))
    rows = [row for verbatim_id, text_hash in ours.items() for row in mention_rows(
        verbatim_id, text_hash, results[verbatim_id], revision, kept_topics, decided, siblings)]  # fmt: skip
    living = anchors.living(session, [row["topic_id"] for row in rows])
    for row in rows:
        row["topic_id"] = row["topic_id"] if row["topic_id"] in living else None
    if rows:
        session.execute(insert(Mention), rows)
    session.execute(update(Verbatim), [verbatim_row(key, results[key].read, revision) for key in ours])
    for key in {verbatim_id for verbatim_id, _hash, _start in decided}:
        relabelling.read_anew(session, key, verbatim_row(key, results[key].read, revision))
    session.execute(
        update(Customer)
        .where(Customer.id.in_(select(Verbatim.customer_id).where(Verbatim.id.in_(ours))))
        .values(changed_at=datetime.now(UTC))
    )
    return len(ours), len(rows)


def verbatim_row(verbatim_id: int, found: Read, revision: str) -> dict[str, object]:
    return {
        "id": verbatim_id, "language": found.language, "sentiment": found.whole.sentiment, "score": found.whole.score,
        "intent": found.whole.intent, "leaving": found.whole.leaving, "mined_revision": revision,
        "claimed_by": None, "claimed_until": None,
    }  # fmt: skip


def mention_rows(
    verbatim_id: int, text_hash: str, result: Placed, revision: str,
    kept: dict[tuple[int, int, int], int], decided: dict[tuple[int, str, int], Verdict],
    siblings: Siblings | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """The new rows of one verbatim. A mention at the same place keeps its topic; what a person decided wins."""
    found = result.read
    halves = found.embeddings.astype(np.float16)
    rows: list[dict[str, Any]] = []
    for index, (span, said) in enumerate(zip(found.spans, found.mentions, strict=True)):
        fix = decided.get((verbatim_id, text_hash, span.start))
        topic = kept.get((verbatim_id, span.start, span.end)) or result.topics[index]
        if fix and siblings:
            topic = fix.topic_id or anchors.permitted(fix, topic, siblings)
        rows.append({
            "verbatim_id": verbatim_id, "start": span.start, "end": span.end, "revision": revision,
            "sentiment": (fix and fix.sentiment) or said.sentiment,
            "score": corrected_score(fix, said.score), "intent": (fix and fix.intent) or said.intent,
            "leaving": said.leaving, "embedding": halves[index].tobytes(),
            "topic_id": topic, "considered": False,
        })  # fmt: skip
    return rows


def corrected_score(fix: Verdict | None, score: float) -> float:
    """The machine's score, unless a person said what the feeling is and the score speaks against it."""
    if fix is None or fix.sentiment is None:
        return score
    return {"negative": min(score, -0.5), "neutral": 0.0, "positive": max(score, 0.5)}[fix.sentiment]


def old_topics(session: Session, verbatim_ids: list[int]) -> dict[tuple[int, int, int], int]:
    rows = session.execute(
        select(Mention.verbatim_id, Mention.start, Mention.end, Mention.topic_id).where(
            Mention.verbatim_id.in_(verbatim_ids), Mention.topic_id.is_not(None), Mention.considered.is_(False)
        )
    )
    return {(row.verbatim_id, row.start, row.end): row.topic_id for row in rows}


def verdicts(session: Session, verbatim_ids: list[int]) -> dict[tuple[int, str, int], Verdict]:
    rows = session.scalars(select(Verdict).where(Verdict.verbatim_id.in_(verbatim_ids)))
    return {(row.verbatim_id, row.text_hash, row.start): row for row in rows if row.verbatim_id}
