"""What a worker of the cluster runs: it keeps the model and reads the batches it is sent. It knows no database.

Refuses to read for a run with another model or another version, since its labels would differ. Knows nothing of Dask.
"""

import hashlib
import pickle
import platform
import threading
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from mining.calibration import Calibrated
from mining.cores import use_cores
from mining.encoder import Encoder
from mining.errors import ClusterError
from mining.reading import Read, read

READS = ("calibration", "classify", "encoder", "language", "mentions", "network", "normalising", "reading")
PACKAGES = ("torch", "transformers", "tokenizers", "numpy")
Fingerprint = dict[str, str]

_lock = threading.Lock()
_encoder: Encoder | None = None


def read_there(asked: Fingerprint, texts: Sequence[str], threads: Sequence[str], taught: bytes) -> list[Read]:
    """The texts read by this process's model. `taught` is `lesson` of the run. Raises ClusterError on another version.

    Plain types come in, so that a worker of another version gets as far as saying so.
    """
    encoder = loaded()
    own = fingerprint(encoder.revision)
    if own != asked:
        raise ClusterError(difference(own, asked))
    if taught:
        biases, said = pickle.loads(taught)  # noqa: S301  Dask itself sends pickles between the same two
        encoder = Calibrated(encoder, biases, said)  # type: ignore[assignment]
    return read(encoder, texts, threads=threads)


def lesson(encoder: Encoder | Calibrated) -> bytes:
    """What people taught about labels, for the workers; empty when nothing."""
    return pickle.dumps((encoder.biases, encoder.said)) if isinstance(encoder, Calibrated) else b""


def loaded() -> Encoder:
    """The model, loaded once for this process."""
    global _encoder
    with _lock:
        if _encoder is None:
            _encoder = load()
        return _encoder


def load() -> Encoder:
    use_cores()
    return Encoder()


def dask_setup(_worker: object) -> None:
    """Called by `dask worker --preload mining.cluster_task`: the model is there before the first batch."""
    loaded()


def fingerprint(revision: str) -> Fingerprint:
    """What has to be the same on both sides for the labels to be the same. The device need not."""
    return {"weights": revision, "code": code(), "Python": ".".join(platform.python_version_tuple()[:2]), **packages()}


@cache
def code() -> str:
    """A hash of the modules that reading depends on."""
    digest = hashlib.sha256()
    for name in READS:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:12]


@cache
def packages() -> Fingerprint:
    return {name: version(name).split("+")[0] for name in PACKAGES}  # 2.13.0+cpu judges as 2.13.0+cu128 does


def difference(own: Fingerprint, asked: Fingerprint) -> str:
    parts = [
        f"{name} {own.get(name, 'none')} instead of {asked[name]}" for name in asked if own.get(name) != asked[name]
    ]
    return (
        f"a worker of the cluster on {platform.node()} has {', '.join(parts)}. Give all machines the same version of "
        "Earshot and the same MINING_ENCODER, restart the cluster's workers, and run again; what was finished is kept."
    )
