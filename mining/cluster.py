"""The same batches, read by a Dask cluster whose scheduler MINING_CLUSTER names. Only texts and judgements travel: this
process claims and writes, so a batch that a lost worker leaves behind is read again elsewhere and written once.
"""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import CancelledError
from typing import Any

from distributed import Client, Future, wait
from distributed.scheduler import KilledWorker

from mining import cluster_task
from mining.corpus import Batch
from mining.encoder import Encoder
from mining.errors import ClusterError
from mining.reading import Read

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
WORKERLESS_SECONDS = 120.0  # each loads the model when it starts: seconds, a minute on a busy machine
STALLED_SECONDS = 600.0  # nothing finished for so long; a batch takes ten seconds on two cores
LOOK_SECONDS = 1.0
A_WORKER = 2  # batches for each thread of a worker: one that it reads and one that lies ready

Info = dict[str, Any]


class Cluster:
    """Readers on other machines. Where workers offer GPUs, only those are asked, one batch a GPU at a time."""

    def __init__(self, address: str, encoder: Encoder):
        """Connect. Raises ClusterError when no scheduler answers, or no worker comes."""
        self.address = address
        self.asked = cluster_task.fingerprint(encoder.revision)
        self.taught = cluster_task.lesson(encoder)
        self.batches: dict[Future, Batch] = {}
        self.moved = self.staffed = time.monotonic()
        self.client = connected(address)
        try:
            while not self.workers():
                time.sleep(min(LOOK_SECONDS, WORKERLESS_SECONDS))
        except BaseException:
            self.close()
            raise
        log.info("mining with %d workers at %s", len(self.workers()), address)

    @property
    def under_way(self) -> Sequence[Batch]:
        return list(self.batches.values())

    @property
    def most(self) -> int:
        workers = self.workers()
        return max(2, A_WORKER * sum(gpus(one) or int(one["nthreads"]) for one in workers))

    def begin(self, batch: Batch) -> None:
        future = self.client.submit(
            cluster_task.read_there,
            self.asked, [text.text for text in batch.texts], [text.thread for text in batch.texts], self.taught,
            key=f"read-{batch.name}", pure=False, resources={"GPU": 1} if any(map(gpus, self.workers())) else None,
        )  # fmt: skip
        self.batches[future] = batch

    def take(self, seconds: float) -> tuple[Batch, list[Read]] | None:
        until = time.monotonic() + seconds
        while not (done := self.finished(min(seconds, LOOK_SECONDS))):
            self.workers()
            if time.monotonic() - self.moved > STALLED_SECONDS:
                raise ClusterError(f"{self} finished nothing for {STALLED_SECONDS:.0f} s. See its dashboard and logs.")
            if time.monotonic() > until:
                return None
        self.moved = time.monotonic()
        found = self.result(done)
        return self.batches.pop(done), found

    def finished(self, seconds: float) -> Future | None:
        try:
            with self.client.as_current():
                wait(list(self.batches), timeout=seconds, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return None
        except (CancelledError, OSError) as error:
            raise self.gone() from error
        return next((future for future in self.batches if future.done()), None)

    def result(self, future: Future) -> list[Read]:
        try:
            return list(future.result(timeout=CONNECT_SECONDS))
        except (CancelledError, OSError) as error:
            raise self.gone() from error
        except KilledWorker as error:
            keys = [text.id for text in self.batches[future].texts]
            raise ClusterError(
                f"{self}: several workers died one after the other reading the verbatims {min(keys)} to {max(keys)}. "
                "See their logs; they may lack memory."
            ) from error
        except (ImportError, AttributeError) as error:
            raise ClusterError(
                f"{self}: a worker cannot do its part ({error}). Install the same version of Earshot there."
            ) from error

    def workers(self) -> list[Info]:
        """The workers that would be asked. Raises ClusterError when there was none for WORKERLESS_SECONDS."""
        try:
            found = list(self.client.scheduler_info(n_workers=-1)["workers"].values())
        except (CancelledError, OSError, RuntimeError) as error:
            raise self.gone() from error
        now = time.monotonic()
        if found:
            self.staffed = now
        elif now - self.staffed > WORKERLESS_SECONDS:
            raise ClusterError(
                f"{self} has had no workers for {WORKERLESS_SECONDS:.0f} s. Start some: dask worker {self.address} "
                "--preload mining.cluster_task (docs/operations.md), or unset MINING_CLUSTER to mine in this process."
            )
        return [one for one in found if gpus(one)] or found

    def gone(self) -> ClusterError:
        return ClusterError(
            f"{self} went away. What was finished is kept; start it again, or unset MINING_CLUSTER to mine in this process."
        )

    def close(self) -> None:
        self.client.cancel(list(self.batches), force=True) if self.client.status == "running" else None
        self.batches.clear()
        self.client.close(timeout=CONNECT_SECONDS)

    def __str__(self) -> str:
        return f"MINING_CLUSTER: the cluster at {self.address}"


def gpus(worker: Info) -> int:
    return int(worker["resources"].get("GPU", 0))


def connected(address: str) -> Client:
    try:
        return Client(address, timeout=CONNECT_SECONDS, name="earshot", set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise ClusterError(
            f"MINING_CLUSTER: no scheduler answers at {address} within {CONNECT_SECONDS:.0f} s. Start one there (dask "
            "scheduler; docs/operations.md), mend the address (tcp://HOST:8786), or unset it to mine in this process."
        ) from error
