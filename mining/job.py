"""One mining run: the steps in order, each batch one transaction. Kill it anywhere and run it again: nothing is lost
or counted twice, since a batch either replaced its verbatims' mentions and marked them mined, or did neither.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from community.models import Customer, Mention, Verbatim, Verdict
from mining import anchors, corpus, known
from mining.anchors import Siblings
from mining.calibration import calibrated
from mining.corpus import Batch
from mining.encoder import Encoder
from mining.explaining import explain
from mining.gathering import discover
from mining.known import Known
from mining.learning import learn
from mining.profiles import renew_profiles
from mining.reading import Read, read
from mining.reports import is_behind, renew_report
from mining.units import Units

log = logging.getLogger(__name__)
Step = Callable[[str, int, int], None]  # name of the step, done, of all


@dataclass
class Counts:
    """What a run did."""

    verbatims: int = 0
    mentions: int = 0
    topics: int = 0
    customers: int = 0
    seconds: float = 0.0
    verbatims_a_second: float = 0.0

    def as_dict(self) -> dict[str, float]:
        return {name: round(value, 2) for name, value in asdict(self).items()}


def silent(_step: str, _done: int, _total: int) -> None:
    """No progress."""


def run(units: Units, encoder: Encoder, progress: Step = silent) -> Counts:
    """Mine all that waits as people taught it, find topics, renew profiles and the report, explain what it quotes."""
    counts = Counts()
    started = time.monotonic()
    learn(units, encoder.revision, is_all_mined=False)
    mine(units, calibrated(units, encoder), counts, progress)
    learn(units, encoder.revision)
    counts.seconds = time.monotonic() - started
    counts.verbatims_a_second = counts.verbatims / counts.seconds if counts.verbatims else 0.0
    counts.topics = discover(units, encoder.revision, progress, encoder.embed)
    counts.customers = renew_profiles(units, datetime.now(UTC), progress)
    if counts.verbatims or counts.topics or counts.customers or units.read(is_behind):
        renew_report(units, datetime.now(UTC))
    explain(units, encoder, datetime.now(UTC))
    log.info("mining run: %s", counts.as_dict())
    return counts


def mine(units: Units, encoder: Encoder, counts: Counts, progress: Step = silent) -> None:
    """Mine until nothing waits. What another process has claimed is awaited once, until its claim lapses."""
    total = units.read(lambda session: corpus.waiting(session, encoder.revision))
    topics = units.read(lambda session: known.load(session, encoder.revision))
    deadline = time.monotonic() + 2 * corpus.CLAIM.total_seconds()
    while True:
        batch = units.write(lambda session: corpus.claim(session, encoder.revision, datetime.now(UTC)))
        if batch.texts:
            found = mine_batch(units, encoder, topics, batch)
            counts.verbatims += found[0]
            counts.mentions += found[1]
            deadline = time.monotonic() + 2 * corpus.CLAIM.total_seconds()
            progress("mining", counts.verbatims, max(total, counts.verbatims))
        elif not await_claims(units, encoder.revision, deadline):
            return


def await_claims(units: Units, revision: str, deadline: float) -> bool:
    """Whether there may be more to mine: waits a second while another process holds claims, up to the deadline."""
    free = units.read(lambda session: corpus.next_free(session, revision, datetime.now(UTC)))
    waiting = units.read(lambda session: corpus.waiting(session, revision))
    if not waiting or time.monotonic() > deadline:
        return False
    if free is None:
        time.sleep(0.05)  # claimed and locked at this very moment
    else:
        time.sleep(min(1.0, max(0.05, (free - datetime.now(UTC)).total_seconds())))
    return True


def mine_batch(units: Units, encoder: Encoder, topics: Known, batch: Batch) -> tuple[int, int]:
    """Read the claimed texts and replace their mentions, in one transaction; how many verbatims and mentions."""
    found = read(encoder, [text.text for text in batch.texts], threads=[text.thread for text in batch.texts])
    results = dict(zip([text.id for text in batch.texts], found, strict=True))
    return units.write(lambda session: replace(session, batch, results, topics, encoder.revision))


def replace(session: Session, batch: Batch, results: dict[int, Read], topics: Known, revision: str) -> tuple[int, int]:
    """Write what was read of those verbatims that are still ours and unchanged."""
    ours = corpus.still_ours(session, batch)
    if not ours:
        return 0, 0
    kept_topics = old_topics(session, list(ours))
    decided = verdicts(session, list(ours))
    siblings = Siblings(session) if decided else None
    session.execute(delete(Mention).where(Mention.verbatim_id.in_(ours)))
    rows = [row for verbatim_id, text_hash in ours.items() for row in mention_rows(
        verbatim_id, text_hash, results[verbatim_id], topics, revision, kept_topics, decided, siblings)]  # fmt: skip
    if rows:
        session.execute(insert(Mention), rows)
    session.execute(update(Verbatim), [verbatim_row(key, results[key], revision) for key in ours])
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
    verbatim_id: int, text_hash: str, found: Read, topics: Known, revision: str,
    kept: dict[tuple[int, int, int], int], decided: dict[tuple[int, str, int], Verdict],
    siblings: Siblings | None,
) -> list[dict[str, object]]:  # fmt: skip
    """The new rows of one verbatim. A mention at the same place keeps its topic; what a person decided wins."""
    assigned = topics.assign_text(found.embeddings, found.language)
    rows: list[dict[str, object]] = []
    for index, (span, said) in enumerate(zip(found.spans, found.mentions, strict=True)):
        fix = decided.get((verbatim_id, text_hash, span.start))
        topic = kept.get((verbatim_id, span.start, span.end)) or assigned[index]
        if fix and siblings:
            topic = fix.topic_id or anchors.permitted(fix, topic, siblings)
        rows.append({
            "verbatim_id": verbatim_id, "start": span.start, "end": span.end, "revision": revision,
            "sentiment": (fix and fix.sentiment) or said.sentiment,
            "score": corrected_score(fix, said.score), "intent": (fix and fix.intent) or said.intent,
            "leaving": said.leaving, "embedding": found.embeddings[index].astype(np.float16).tobytes(),
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
    return {(row.verbatim_id, row.text_hash, row.start): row for row in rows}
