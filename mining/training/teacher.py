"""The teacher's embeddings of the training texts, computed once and kept beside the checkpoint of the student."""

import random
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from mining.network import mean_pool
from mining.training.batches import by_length, padded, token_ids

PREFIX = "query: "


def teacher_embeddings(
    teacher: Path, texts: Sequence[str], cache: Path, progress: Callable[[int, int], None]
) -> NDArray[np.float16]:
    """(n, 384) unit-length embeddings of `texts`; those that the cache knows are not computed again."""
    keys = [sha256(text.encode()).digest()[:12] for text in texts]
    known = load_cache(cache)
    missing = [index for index, key in enumerate(keys) if key not in known]
    if missing:
        fresh = embed(teacher, [texts[index] for index in missing], progress)
        known.update((keys[index], fresh[row]) for row, index in enumerate(missing))
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, keys=np.frombuffer(b"".join(known), "S12"), rows=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys])


def load_cache(cache: Path) -> dict[bytes, NDArray[np.float16]]:
    if not cache.exists():
        return {}
    with np.load(cache) as stored:
        return {key.ljust(12, b"\0"): row for key, row in zip(stored["keys"].tolist(), stored["rows"], strict=True)}


def embed(teacher: Path, texts: Sequence[str], progress: Callable[[int, int], None]) -> NDArray[np.float16]:
    """(n, 384): dynamic int8 of the teacher's linear layers: near enough to learn a likeness from, and half the time."""
    network = BertModel.from_pretrained(teacher, add_pooling_layer=False).eval()
    quick = torch.ao.quantization.quantize_dynamic(network, {torch.nn.Linear}, dtype=torch.qint8)
    rows = token_ids(Tokenizer.from_file(str(teacher / "tokenizer.json")), [PREFIX + text for text in texts])
    found = np.zeros((len(texts), network.config.hidden_size), np.float16)
    done, started = 0, time.monotonic()
    with torch.inference_mode():
        for batch in by_length(rows, 4096, random.Random(0)):
            ids, mask = padded([rows[index] for index in batch])
            states = quick(input_ids=ids, attention_mask=mask).last_hidden_state
            found[batch] = functional.normalize(mean_pool(states, mask), dim=-1).numpy()
            done += len(batch)
            progress(done, int(time.monotonic() - started))
    return found
