"""Builds the student from the teacher's layers and trains embedding and heads together."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertConfig, BertModel

from mining.network import Heads, Judged, Miner
from mining.training.batches import by_length, padded
from mining.training.checkpoint import Checkpoint
from mining.training.examples import Example

LAYERS = tuple(range(12))  # of the teacher's twelve
TOKENS_A_BATCH = 2048
# A word's numbers in eight bits: a file of twelve layers fits into 60 MB, and transformers reads it as any other.
WORDS_KEPT_AS = torch.float8_e4m3fn


@dataclass(frozen=True)
class Recipe:
    """Everything that the result depends on besides the data and the teacher."""

    seed: int = 20
    rates: tuple[float, ...] = (1.5e-4, 1e-4)  # of the encoder: a round of `epochs` each, with a fresh schedule
    shares: tuple[float, ...] = (1.0, 0.6)  # of an epoch's sample of the public sets, by round
    epochs: int = 2
    share: float = 1.0  # of all of that; below 1 for a quick trial
    doubt_from: int = 2  # the first round that leaves out what the student doubts
    doubt: float = 0.7  # how sure it must be that a noisy set's label has the wrong side
    head_rate: float = 5.0  # times the encoder's
    warmup: float = 0.06  # share of the steps
    embedding_weight: float = 12.0
    relation_weight: float = 0.5
    relation_temperature: float = 0.05


@dataclass(frozen=True)
class Prepared:
    """The texts of one epoch or split as the network wants them."""

    rows: list[list[int]]
    target: NDArray[np.float16]  # (n, d), the teacher's embeddings
    sentiment: Tensor  # (n, 3)
    intent: Tensor  # (n, 5)
    leaving: Tensor  # (n,)
    known: Tensor  # (n, 3): which heads the example speaks about, times its weight


def new_student(teacher: Path, rows: Sequence[int]) -> Miner:
    """A student with these rows of the teacher's vocabulary and LAYERS of its layers; heads are fresh."""
    old = BertModel.from_pretrained(teacher, add_pooling_layer=False)
    settings = old.config.to_dict() | {
        "vocab_size": len(rows),
        "num_hidden_layers": len(LAYERS),
        "pad_token_id": 1,
        "architectures": ["BertModel"],
    }
    new = BertModel(BertConfig.from_dict(settings), add_pooling_layer=False)
    weights = {name: value for name, value in old.embeddings.state_dict().items() if name != "word_embeddings.weight"}
    words = old.embeddings.word_embeddings.weight[torch.tensor(list(rows))]
    weights["word_embeddings.weight"] = words.to(WORDS_KEPT_AS).float()  # trained with what is shipped
    new.embeddings.load_state_dict(weights, strict=False)
    for mine, theirs in enumerate(LAYERS):
        new.encoder.layer[mine].load_state_dict(old.encoder.layer[theirs].state_dict())
    return Miner(new, Heads(old.config.hidden_size))


def saved_student(directory: Path) -> Miner:
    """The student as an earlier round left it."""
    encoder = BertModel.from_pretrained(directory, add_pooling_layer=False, dtype=torch.float32)
    heads = Heads(encoder.config.hidden_size)
    heads.load_state_dict({name: value.float() for name, value in load_file(directory / "heads.safetensors").items()})
    return Miner(encoder, heads)


def prepare(examples: Sequence[Example], rows: list[list[int]], target: NDArray[np.float16]) -> Prepared:
    return Prepared(
        rows,
        target,
        torch.tensor([example.sentiment or (0.0, 1.0, 0.0) for example in examples]),
        torch.tensor([example.intent or (0.0, 0.0, 0.0, 0.0, 1.0) for example in examples]),
        torch.tensor([example.leaving or 0.0 for example in examples]),
        torch.tensor(
            [
                [
                    example.weight * (example.sentiment is not None),
                    example.weight * (example.intent is not None),
                    example.weight * (example.leaving is not None),
                ]
                for example in examples
            ]
        ),
    )


def train(
    student: Miner, epochs: Sequence[Prepared], recipe: Recipe, encoder_rate: float,
    progress: Callable[[int, int, dict[str, float]], None], kept: Checkpoint,
) -> None:  # fmt: skip
    """One round, in place. Word embeddings stay frozen: they are most of the weights and already good.

    A round that was stopped goes on from what is `kept`, to the same end.
    """
    torch.manual_seed(recipe.seed)
    student.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    plans = [
        list(by_length(part.rows, TOKENS_A_BATCH, random.Random(recipe.seed + n))) for n, part in enumerate(epochs)
    ]
    total = sum(len(plan) for plan in plans)
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in student.encoder.parameters() if p.requires_grad], "lr": encoder_rate},
            {"params": list(student.heads.parameters()), "lr": recipe.head_rate * encoder_rate},
        ],
        weight_decay=0.01,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, total, recipe.warmup))
    student.train()
    begin, step = kept.restore(student, optimizer, schedule), 0
    for part, plan in zip(epochs, plans, strict=True):
        for batch in plan:
            step += 1
            if step <= begin:
                continue
            losses = batch_losses(student, part, batch, recipe)
            optimizer.zero_grad()
            sum(losses.values(), torch.zeros(())).backward()
            nn.utils.clip_grad_norm_(student.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            kept.save_sometimes(step, student, optimizer, schedule)
            progress(step, total, {name: float(loss.detach()) for name, loss in losses.items()})
    student.eval()


def rate(step: int, total: int, warmup: float) -> float:
    """Linear warm-up, then cosine to a twentieth."""
    ramp = max(1, int(total * warmup))
    if step < ramp:
        return (step + 1) / ramp
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - ramp) / max(1, total - ramp)))


def batch_losses(student: Miner, part: Prepared, batch: list[int], recipe: Recipe) -> dict[str, Tensor]:
    ids, mask = padded([part.rows[index] for index in batch])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        judged = student(ids, mask)
    target = torch.from_numpy(part.target[batch].astype(np.float32))
    known = part.known[batch]
    return {
        **embedding_losses(judged, target, recipe),
        "sentiment": masked(
            functional.cross_entropy(judged.sentiment.float(), part.sentiment[batch], reduction="none"), known[:, 0]
        ),
        "intent": masked(
            functional.cross_entropy(judged.intent.float(), part.intent[batch], reduction="none"), known[:, 1]
        ),
        "leaving": masked(
            functional.binary_cross_entropy_with_logits(judged.leaving.float(), part.leaving[batch], reduction="none"),
            known[:, 2],
        ),
    }


def masked(losses: Tensor, weights: Tensor) -> Tensor:
    """Weighted sum over those that know, a share of the whole batch, so that rare labels do not shout: (n,), (n,) -> ()."""
    return (losses * weights).sum() / weights.sum().clamp(min=0.15 * len(weights))


def embedding_losses(judged: Judged, target: Tensor, recipe: Recipe) -> dict[str, Tensor]:
    """Stay near the teacher's vector, and keep the likeness between the texts of a batch as the teacher sees it."""
    mine = functional.normalize(judged.embedding.float(), dim=-1)  # (n, d)
    near = (1 - (mine * target).sum(-1)).mean()
    ours = (mine @ mine.T / recipe.relation_temperature).fill_diagonal_(-1e4)  # (n, n)
    theirs = (target @ target.T / recipe.relation_temperature).fill_diagonal_(-1e4)
    relation = functional.kl_div(ours.log_softmax(-1), theirs.softmax(-1), reduction="batchmean")
    return {"embedding": recipe.embedding_weight * near, "relation": recipe.relation_weight * relation}
