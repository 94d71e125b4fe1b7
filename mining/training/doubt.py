"""Leaves out labels that a trained student is sure are wrong: some sets label a sentence as the review it comes from.

Of 12,000 single lines of positive Chinese reviews, 15 % were negative to the student of two rounds; of 25 lines that it
was surest about, 18 were complaints to a reader as well.
"""

from collections.abc import Sequence

import numpy as np
import torch

from mining.network import Miner
from mining.training import measure
from mining.training.examples import Example

NOISY = frozenset({"shops", "film sentences"})  # labelled by the review, not by the sentence


def believed(
    student: Miner, examples: Sequence[Example], rows: Sequence[list[int]], sure: float
) -> tuple[list[Example], int]:
    """The examples without those of NOISY sets whose side the student denies with probability `sure`; how many went.

    `rows` holds each example's token ids.
    """
    asked = [index for index, example in enumerate(examples) if example.source in NOISY]
    if not asked:
        return list(examples), 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = measure.judged(student, [rows[index] for index in asked])["sentiment"]
    chances = torch.softmax(torch.from_numpy(logits), -1).numpy()  # (n, 3)
    sides = np.array([np.argmax(examples[index].sentiment or (0, 1, 0)) for index in asked])
    denied = {index for index, chance, side in zip(asked, chances, sides, strict=True) if chance[2 - side] >= sure}
    return [example for index, example in enumerate(examples) if index not in denied], len(denied)
