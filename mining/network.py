"""The network, read from top to bottom: a small BERT encoder and, on its states, one head for each judgement.

One forward pass gives the embedding (topics, likeness), the sentiment, the intent and whether the writer is leaving.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from mining.labels import INTENTS, SENTIMENTS


@dataclass
class Judged:
    """What the network says of n texts."""

    embedding: Tensor  # (n, d), unit length
    sentiment: Tensor  # (n, 3) logits in the order of SENTIMENTS
    intent: Tensor  # (n, 5) logits in the order of INTENTS
    leaving: Tensor  # (n,) logits


class Heads(nn.Module):
    """For each judgement its own look at the states: attention over tokens beside the mean, then two layers."""

    def __init__(self, width: int, hidden: int = 256, dropout: float = 0.1):
        super().__init__()
        self.queries = nn.Linear(width, 3)  # one attention query a head
        self.sentiment = judge(2 * width, hidden, len(SENTIMENTS), dropout)
        self.intent = judge(2 * width, hidden, len(INTENTS), dropout)
        self.leaving = judge(2 * width, hidden, 1, dropout)

    def forward(self, states: Tensor, mean: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        scores = self.queries(states).masked_fill(~mask[..., None], -1e4)  # (n, t, 3)
        focus = torch.softmax(scores, dim=1).transpose(1, 2) @ states  # (n, 3, t) @ (n, t, d) -> (n, 3, d)
        both = torch.cat([focus, mean[:, None].expand_as(focus)], dim=-1)  # (n, 3, 2d)
        return self.sentiment(both[:, 0]), self.intent(both[:, 1]), self.leaving(both[:, 2])[:, 0]


def judge(width: int, hidden: int, classes: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, classes))


class Miner(nn.Module):
    """Encoder and heads together."""

    def __init__(self, encoder: BertModel, heads: Heads):
        super().__init__()
        self.encoder = encoder
        self.heads = heads

    def forward(self, ids: Tensor, mask: Tensor) -> Judged:
        """Judge texts of token `ids` (n, t) under `mask` (n, t), 1 for tokens and 0 for padding."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state.float()  # (n, t, d)
        mean = mean_pool(states, mask)  # (n, d)
        return Judged(functional.normalize(mean, dim=-1), *self.heads(states, mean, mask.bool()))


def mean_pool(states: Tensor, mask: Tensor) -> Tensor:
    """Mean over tokens: (n, t, d), (n, t) -> (n, d)."""
    weights = mask[..., None].to(states.dtype)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)
