"""Who reads the claimed batches: this process, while the next is claimed and the last is written, or a cluster.

The mining run gives them batches and takes what was read, in `mine` of mining/job.py.
"""

import contextvars
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Protocol

from mining.corpus import Batch
from mining.encoder import Encoder
from mining.errors import ClusterError
from mining.reading import Read, read


class Readers(Protocol):
    """What `mine` asks of those who read."""

    @property
    def under_way(self) -> Sequence[Batch]:
        """The batches begun and not yet taken."""

    @property
    def most(self) -> int:
        """How many may be under way, so that nobody waits for work."""

    def begin(self, batch: Batch) -> None:
        """Have it read, soon."""

    def take(self, seconds: float) -> tuple[Batch, list[Read]] | None:
        """A batch that is read, or None when none is after so many seconds. Raises what went wrong in reading it."""

    def close(self) -> None:
        """Stop, and forget what is under way."""


Chosen = Callable[[Encoder], Readers]


class Here:
    """Two threads of this process, and one network: one splits, tokenises and labels while the other computes.

    Batches are taken in the order in which they were begun, so the same texts give the same rows in the same order.
    """

    most = 3  # one that computes, one made ready, one that waits

    def __init__(self, encoder: Encoder):
        self.encoder = encoder
        self.pool = ThreadPoolExecutor(2, "reader")
        self.line: deque[tuple[Batch, Future[list[Read]]]] = deque()

    @property
    def under_way(self) -> Sequence[Batch]:
        return [batch for batch, _ in self.line]

    def begin(self, batch: Batch) -> None:
        context = contextvars.copy_context()  # the thread belongs to this run
        self.line.append((batch, self.pool.submit(context.run, read_batch, self.encoder, batch)))

    def take(self, seconds: float) -> tuple[Batch, list[Read]] | None:
        batch, found = self.line[0]
        try:
            result = found.result(seconds)
        except TimeoutError:
            if not found.done():
                return None
            raise  # it was the reading itself
        self.line.popleft()
        return batch, result

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)


def read_batch(encoder: Encoder, batch: Batch) -> list[Read]:
    return read(encoder, [text.text for text in batch.texts], threads=[text.thread for text in batch.texts])


def chosen_readers() -> Chosen:
    """This process, or the cluster that MINING_CLUSTER names. Raises ClusterError when Dask is not installed."""
    address = os.environ.get("MINING_CLUSTER", "")
    if not address:
        return Here
    try:
        from mining.cluster import Cluster  # only here: without a cluster nothing of Dask is loaded
    except ImportError as error:
        raise ClusterError(
            f"MINING_CLUSTER is set, but {error.name} is not installed: pip install --constraint constraints.txt "
            "'.[cluster]', or unset it to mine in this process."
        ) from error
    return partial(Cluster, address)
