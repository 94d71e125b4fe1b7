"""One mining run: the steps in order, each batch one transaction. Kill it anywhere and run it again: nothing is lost
or counted twice, since a batch either replaced its verbatims' mentions and marked them mined, or did neither.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from mining import corpus, fitting, known, likeness
from mining.calibration import calibrated
from mining.corpus import Batch
from mining.encoder import Encoder
from mining.explaining import explain
from mining.gathering import discover
from mining.glossing import gloss
from mining.known import Known
from mining.learning import learn
from mining.profiles import renew_profiles
from mining.readers import Chosen, Here, Readers
from mining.reading import Read
from mining.replacing import placed, replace
from mining.reports import is_behind, renew_report
from mining.units import Units

log = logging.getLogger(__name__)
Step = Callable[[str, int, int], None]  # name of the step, done, of all
A_TRANSACTION = 256  # verbatims


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


def run(units: Units, encoder: Encoder, progress: Step = silent, readers: Chosen = Here) -> Counts:
    """Mine all that waits as people taught it, find topics, compare posts with decided spam, renew profiles and the report.

    Raises ClusterError when the chosen readers are a cluster that cannot do the work.
    """
    counts = Counts()
    started = time.monotonic()
    learn(units, encoder.revision, is_all_mined=False)
    mine(units, calibrated(units, encoder), counts, progress, readers)
    learn(units, encoder.revision)
    counts.seconds = time.monotonic() - started
    counts.verbatims_a_second = counts.verbatims / counts.seconds if counts.verbatims else 0.0
    counts.topics = discover(units, encoder.revision, progress, encoder.embed)
    if counts.topics:
        gloss(units, encoder.revision, encoder.embed)
    likeness.compare(units, encoder, datetime.now(UTC))
    fitting.fit(units, encoder.revision, datetime.now(UTC))
    counts.customers = renew_profiles(units, datetime.now(UTC), progress)
    if counts.verbatims or counts.topics or counts.customers or units.read(is_behind):
        renew_report(units, datetime.now(UTC))
    explain(units, encoder, datetime.now(UTC))
    log.info("mining run: %s", counts.as_dict())
    return counts


def mine(units: Units, encoder: Encoder, counts: Counts, progress: Step = silent, readers: Chosen = Here) -> None:
    """Mine until nothing waits, the next batches being read while one is written.

    What another process has claimed is awaited once, until its claim lapses: a look that began after that is the last.
    """
    total = units.read(lambda session: corpus.waiting(session, encoder.revision))
    if not total:
        return
    topics = units.read(lambda session: known.load(session, encoder.revision))
    with Ahead(units, readers(encoder), encoder.revision) as ahead:
        deadline = after_two_claims()
        while True:
            is_late = time.monotonic() > deadline
            ahead.claim()
            if ahead.under_way():
                for batch, found in ahead.taken():
                    written = write(units, batch, found, topics, encoder.revision)
                    counts.verbatims += written[0]
                    counts.mentions += written[1]
                    progress("mining", counts.verbatims, max(total, counts.verbatims))
                deadline = after_two_claims()
            elif is_late or not await_claims(units, encoder.revision):
                return


class Ahead:
    """The batches under way: claimed before they are needed, kept while they are read, given back when all stops."""

    def __init__(self, units: Units, readers: Readers, revision: str):
        self.units, self.readers, self.revision = units, readers, revision
        self.kept = time.monotonic()
        self.is_dry = False  # nothing was free at the last look; we look again when all that we have is done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        left = list(self.readers.under_way)
        self.readers.close()
        if left:
            with suppress(Exception):  # claims lapse by themselves; what went wrong before is what is told
                self.units.write(lambda session: corpus.give_back(session, left))

    def under_way(self) -> bool:
        return bool(self.readers.under_way)

    def claim(self) -> None:
        """Have as many batches under way as keep the readers busy."""
        self.is_dry = self.is_dry and self.under_way()
        while not self.is_dry and len(self.readers.under_way) < self.readers.most:
            batch = self.units.write(lambda session: corpus.claim(session, self.revision, datetime.now(UTC)))
            self.is_dry = not batch.texts
            if batch.texts:
                self.readers.begin(batch)

    def taken(self) -> Iterator[tuple[Batch, list[Read]]]:
        """A batch that is read, if one is before the claims have to be kept again."""
        third = corpus.CLAIM.total_seconds() / 3
        if time.monotonic() - self.kept > third:
            self.units.write(lambda session: corpus.keep(session, self.readers.under_way, datetime.now(UTC)))
            self.kept = time.monotonic()
        if done := self.readers.take(third):
            yield done


def after_two_claims() -> float:
    return time.monotonic() + 2 * corpus.CLAIM.total_seconds()


def await_claims(units: Units, revision: str) -> bool:
    """Whether there may be more to mine: waits up to a second while another process holds claims."""
    free = units.read(lambda session: corpus.next_free(session, revision, datetime.now(UTC)))
    if not units.read(lambda session: corpus.waiting(session, revision)):
        return False
    if free is None:
        time.sleep(0.05)  # claimed and locked at this very moment
    else:
        time.sleep(min(1.0, max(0.05, (free - datetime.now(UTC)).total_seconds())))
    return True


def write(units: Units, batch: Batch, found: list[Read], topics: Known, revision: str) -> tuple[int, int]:
    """Replace the mentions of a batch's verbatims; how many verbatims and mentions.

    A few hundred in one transaction: who writes in the forum meanwhile waits for the end of one.
    """
    ready = placed(batch, found, topics)
    verbatims, mentions = 0, 0
    for start in range(0, len(batch.texts), A_TRANSACTION):
        part = Batch(batch.name, batch.texts[start : start + A_TRANSACTION])
        counts = units.write(lambda session, part=part: replace(session, part, ready, revision))  # type: ignore[misc]
        verbatims, mentions = verbatims + counts[0], mentions + counts[1]
    return verbatims, mentions
