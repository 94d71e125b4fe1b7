"""A real Dask cluster of processes reads the batches: a worker is lost in the middle, others mine beside it, and each
verbatim is mined once. Without a cluster, or with one of another version, the run says so.
"""

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import LocalCluster
from sqlalchemy import func, select

from community.models import Mention, Verbatim
from mining import cluster, cluster_task, corpus, job
from mining.cluster import Cluster
from mining.errors import ClusterError
from mining.readers import Here, chosen_readers
from mining.units import Units
from tests.factories import Factory
from tests.faults import processes
from tests.faults.processes import mine, started
from tests.mining.fakes import SUBJECTS, FakeEncoder, found, sentence

pytestmark = pytest.mark.fault
COUNT = 48


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster") / "read"


@pytest.fixture(scope="module")
def local(notes: Path) -> Iterator[LocalCluster]:
    """Two workers, each a process with a nanny that starts it again."""
    os.environ["EARSHOT_TEST_READ"] = str(notes)
    forkserver.ensure_running()  # with our imports: Dask would have it load its own
    settings = {"distributed.worker.multiprocessing-method": "forkserver"}  # it has the imports ready
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", preload=["tests.faults.cluster_model"],
            local_directory=str(notes.parent), silence_logs=50,
        ) as running,
    ):  # fmt: skip
        yield running


@pytest.fixture
def address(local: LocalCluster, notes: Path, make: Factory, monkeypatch: pytest.MonkeyPatch) -> str:
    """The scheduler's address; texts wait, and batches are small."""
    monkeypatch.setattr(corpus.claim, "__defaults__", (processes.BATCH,))
    for number in range(COUNT):
        subject = list(SUBJECTS)[number % 3]
        make.contact(
            f"{sentence(subject, number, 'terrible')} Great number {number}.", address=f"c{number % 9}@example.org"
        )
    notes.write_text("")
    return str(local.scheduler_address)


def mined(units: Units, address: str, encoder: FakeEncoder | None = None, **more: Any) -> job.Counts:
    counts = job.Counts()
    job.mine(units, encoder or FakeEncoder(), counts, readers=partial(Cluster, address), **more)  # type: ignore[arg-type]
    return counts


def reads(notes: Path) -> Counter[str]:
    """How often each batch was begun, and by how many processes."""
    return Counter(line.split("\t")[1] for line in notes.read_text().splitlines())


def readers_of(notes: Path) -> list[int]:
    return [int(line.split("\t")[0]) for line in notes.read_text().splitlines()]


def once_each(units: Units) -> None:
    """Each verbatim is mined, nobody holds a claim, and no mention is there twice or missing."""
    rows = units.read(lambda session: session.execute(select(Verbatim.mined_revision, Verbatim.claimed_by)).all())
    assert [tuple(row) for row in rows] == [("fake-1", None)] * COUNT
    assert units.read(lambda session: session.scalar(select(func.count(Mention.id)))) == 2 * COUNT


def test_a_cluster_says_what_this_process_would(
    address: str, units: Units, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mined(units, address).verbatims == COUNT
    assert len(set(readers_of(notes))) == 2, "both workers read"
    assert set(reads(notes).values()) == {1}
    once_each(units)
    there = units.read(found)
    units.write(lambda session: session.query(Verbatim).update({"mined_revision": None}))
    job.mine(units, FakeEncoder(), job.Counts())  # type: ignore[arg-type]
    assert units.read(found) == there


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    address: str, units: Units, notes: Path
) -> None:
    killed: list[int] = []

    def kill(_step: str, done: int, _total: int) -> None:
        """Whoever began last is at it now."""
        if not killed and done >= COUNT // 4:
            killed.append(readers_of(notes)[-1])
            os.kill(killed[0], signal.SIGKILL)

    assert mined(units, address, progress=kill).verbatims == COUNT
    assert killed
    assert max(reads(notes).values()) >= 2, "what it was reading was read again"
    once_each(units)


def test_a_cluster_and_another_run_on_one_database_mine_each_verbatim_once(
    address: str, units: Units, database_url: str, notes: Path
) -> None:
    with started(mine, database_url, 0.05) as one, started(mine, database_url, 0.05) as two:
        assert [one.hear(), two.hear()] == ["ready", "ready"]
        here = mined(units, address).verbatims
        there = [int(one.hear()), int(two.hear())]
    assert here + sum(there) == COUNT
    assert here > 0
    once_each(units)


def test_a_run_killed_while_the_cluster_reads_is_finished_by_the_next(
    address: str, units: Units, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "CLAIM", processes.CLAIM)
    with started(processes.mine_with_cluster, database_url, address) as child:
        assert child.hear() == "mined some"
        child.kill()
    before = units.read(
        lambda session: session.scalar(select(func.count()).where(Verbatim.mined_revision.is_not(None)))
    )
    assert 0 < before < COUNT
    assert mined(units, address).verbatims == COUNT - before
    once_each(units)


def test_a_cluster_with_other_weights_is_refused(address: str, units: Units) -> None:
    with pytest.raises(ClusterError, match=r"weights fake-1 instead of fake-2.*same MINING_ENCODER"):
        mined(units, address, FakeEncoder("fake-2"))
    assert units.read(found) == []
    claims = units.read(lambda session: session.scalars(select(Verbatim.claimed_by)).all())
    assert set(claims) == {None}, "others may have them at once"


def test_a_cluster_of_another_version_is_refused(address: str, units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_task, "code", lambda: "0")
    with pytest.raises(ClusterError, match=r"code .* instead of 0"):
        mined(units, address)


def test_a_fault_of_the_texts_themselves_is_told_as_it_is(
    address: str, units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_task, "lesson", lambda encoder: b"no pickle")
    with pytest.raises(Exception, match=r"invalid load key|pickle"):
        mined(units, address)
    assert units.read(found) == []


@pytest.mark.one_database
def test_a_scheduler_that_does_not_answer_is_told_in_time_and_nothing_is_mined_here(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.contact("It is broken.")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(
        ClusterError, match=r"no scheduler answers at tcp://127.0.0.1:9.*unset it to mine in this process"
    ):
        mined(units, "tcp://127.0.0.1:9")
    assert time.monotonic() - began < 10
    assert units.read(found) == []


@pytest.mark.one_database
def test_a_cluster_without_workers_is_told_in_time(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.contact("It is broken.")
    monkeypatch.setattr(cluster, "WORKERLESS_SECONDS", 0.5)
    with (
        LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(ClusterError, match=r"has had no workers.*dask worker tcp://"),
    ):
        mined(units, empty.scheduler_address)


@pytest.mark.one_database
def test_a_scheduler_that_goes_away_ends_the_run_with_a_clear_error(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.contact("It is broken.")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    held = LocalCluster(n_workers=1, processes=False, dashboard_address=":0", silence_logs=50)
    monkeypatch.setattr(cluster_task, "load", lambda: FakeEncoder(seconds_a_batch=1.5))
    monkeypatch.setattr(cluster_task, "_encoder", None)
    threading.Timer(0.7, held.close).start()
    with pytest.raises(ClusterError, match=r"went away"):
        mined(units, held.scheduler_address)
    held.close()
    assert units.read(found) == []


@pytest.mark.one_database
def test_batches_go_to_gpus_where_workers_offer_them(
    units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        make.contact(f"It is broken {number}.")
    monkeypatch.setattr(cluster_task, "load", FakeEncoder)
    monkeypatch.setattr(cluster_task, "_encoder", None)
    monkeypatch.setattr(corpus.claim, "__defaults__", (1,))
    asked: list[Any] = []
    with LocalCluster(
        n_workers=1, processes=False, dashboard_address=":0", resources={"GPU": 1}, silence_logs=50
    ) as local:
        reading = Cluster(local.scheduler_address, FakeEncoder())  # type: ignore[arg-type]
        submit = reading.client.submit
        reading.client.submit = lambda *a, **k: asked.append(k["resources"]) or submit(*a, **k)  # type: ignore[method-assign]
        assert reading.most == 2, "one that a GPU reads and one that lies ready"
        counts = job.Counts()
        job.mine(units, FakeEncoder(), counts, readers=lambda _encoder: reading)  # type: ignore[arg-type]
    assert counts.verbatims == 6
    assert asked == [{"GPU": 1}] * 6


@pytest.mark.one_database
def test_without_a_cluster_nothing_of_dask_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINING_CLUSTER", raising=False)
    assert chosen_readers() is Here
    with started(processes.loaded_modules) as child:
        assert {"mining.job", "mining.worker", "torch"} <= (names := child.hear())
    assert not [name for name in names if name.split(".")[0] in ("dask", "distributed")]


@pytest.mark.one_database
def test_a_cluster_that_is_asked_for_without_dask_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINING_CLUSTER", "tcp://127.0.0.1:8786")
    for name in ("mining.cluster", "distributed"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ClusterError, match=r"not installed.*\[cluster\]"):
        chosen_readers()
