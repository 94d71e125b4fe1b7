"""Figures of a trained student on the held-out split: by source, language and head; confusion; calibration."""

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score
from torch.nn import functional

from mining.labels import INTENTS, SENTIMENTS
from mining.network import Miner
from mining.training.batches import by_length, padded
from mining.training.examples import Example

Array = NDArray[Any]


def judged(student: Miner, rows: list[list[int]]) -> dict[str, Array]:
    """Arrays of embedding (n, d), sentiment (n, 3), intent (n, 5) logits and leaving (n,) logits."""
    found: dict[str, Array] = {}
    student.eval()  # one that was just loaded would judge with dropout
    with torch.inference_mode():
        for batch in by_length(rows, 4096, random.Random(0)):
            result = student(*padded([rows[index] for index in batch]))
            for name in ("embedding", "sentiment", "intent", "leaving"):
                values = getattr(result, name).float().numpy()
                found.setdefault(name, np.zeros((len(rows), *values.shape[1:]), np.float32))[batch] = values
    return found


def temperature(logits: Array, truth: Array) -> float:
    """The temperature that makes the probabilities honest: least cross-entropy on the held-out split (Guo 2017)."""
    scores, labels = torch.from_numpy(logits), torch.from_numpy(truth)
    grid = np.geomspace(0.5, 4.0, 61)
    losses = [float(functional.cross_entropy(scores / value, labels)) for value in grid]
    return float(grid[int(np.argmin(losses))])


def calibration_error(logits: Array, truth: Array, heat: float, bins: int = 10) -> float:
    """Expected calibration error: mean gap of confidence and accuracy over equal-width bins."""
    chances = torch.softmax(torch.from_numpy(logits) / heat, -1).numpy()
    sure, right = chances.max(-1), chances.argmax(-1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(sure[place == b].mean() - right[place == b].mean()) * (place == b).mean() for b in set(place.tolist())]
    return float(sum(gaps))


def figures(examples: Sequence[Example], found: dict[str, Array], target: Array) -> dict[str, Any]:
    """All figures of the model card. Only examples with a clear label count; `target` is the teacher's (n, d)."""
    near = (found["embedding"] * target.astype(np.float32)).sum(-1)
    heads = {"sentiment": SENTIMENTS, "intent": INTENTS}
    result: dict[str, Any] = {"embedding": {"cosine_to_teacher": round(float(near.mean()), 4), "n": len(examples)}}
    for head, names in heads.items():
        groups: dict[str, list[int]] = defaultdict(list)
        for index, example in enumerate(examples):
            label = getattr(example, head)
            if label is not None and max(label) >= 0.7:
                groups["all"].append(index)
                groups[f"language {example.language}"].append(index)
                groups[f"source {example.source}"].append(index)
        result[head] = {name: head_figures(examples, found, head, names, rows) for name, rows in sorted(groups.items())}
    result["leaving"] = leaving_figures(examples, found)
    return result


def head_figures(
    examples: Sequence[Example], found: dict[str, Array], head: str, names: Sequence[str], rows: list[int]
) -> dict[str, Any]:
    truth = np.array([int(np.argmax(getattr(examples[index], head))) for index in rows])
    guess = found[head][rows].argmax(-1)
    return {
        "n": len(rows),
        "accuracy": round(float((truth == guess).mean()), 4),
        "macro_f1": round(float(f1_score(truth, guess, average="macro", labels=sorted(set(truth.tolist())))), 4),
        "confusion": confusion_matrix(truth, guess, labels=range(len(names))).tolist(),
    }


def leaving_figures(examples: Sequence[Example], found: dict[str, Array]) -> dict[str, Any]:
    rows = [index for index, example in enumerate(examples) if example.leaving is not None]
    truth = np.array([examples[index].leaving or 0.0 for index in rows]) > 0.5
    guess = found["leaving"][rows] > 0
    return {
        "n": len(rows),
        "positives": int(truth.sum()),
        "f1": round(float(f1_score(truth, guess, zero_division=0)), 4),
    }
