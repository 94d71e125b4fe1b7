"""Loaded by the workers of the cluster that the tests start: a stand-in for the model, which notes what it reads."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from mining import cluster_task
from tests.mining.fakes import FakeEncoder


def dask_setup(_worker: object) -> None:
    cluster_task.load = load


def load() -> FakeEncoder:
    return FakeEncoder(before=note)


def note(texts: Sequence[str]) -> None:
    """Write down who reads which texts, and take a moment for it, so that a kill comes in the middle."""
    with Path(os.environ["EARSHOT_TEST_READ"]).open("a") as file:
        file.write(f"{os.getpid()}\t{hash(tuple(texts))}\n")
    time.sleep(0.05)
