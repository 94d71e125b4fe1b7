"""Texts to batches of one length each, so that hardly a token is padding. Shared by training and measuring."""

import random
from collections.abc import Iterator, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor

LONGEST = 128  # tokens, with both ends of a longer text kept: verdicts stand at the end
PAD = 1


def token_ids(tokenizer: Tokenizer, texts: Sequence[str], longest: int = LONGEST) -> list[list[int]]:
    """Ids of each text; of one that is too long, the first and the last half."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    found = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    half = longest // 2
    return [ids if len(ids) <= longest else ids[:half] + ids[half - longest :] for ids in found]


def padded(rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask, both (n, t) with t the longest row."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), PAD, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
    return ids, (ids != PAD).long()


def by_length(rows: Sequence[list[int]], tokens: int, rng: random.Random | None = None) -> Iterator[list[int]]:
    """Indices of batches of about `tokens` tokens each, alike in length; in random order if `rng` is given."""
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]) + (rng.random() * 4 if rng else 0))
    batches: list[list[int]] = [[]]
    for index in order:
        width = len(rows[index])
        if batches[-1] and (len(batches[-1]) + 1) * width > tokens:
            batches.append([])
        batches[-1].append(index)
    if rng:
        rng.shuffle(batches)
    yield from (batch for batch in batches if batch)
