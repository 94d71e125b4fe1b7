"""Vectors without what is not their matter: the mean of their language, and the directions of their form.

Learned once for a model, at the first discovery, and stored with the topics (`Centre` of the tables).
"""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Weights = npt.NDArray[np.float64]

EVERYONE = "*"  # the key of the mean over all languages
FORM = "~"  # what the keys of directions begin with that tell of form
FORM_FROM = 2_000  # rows; of the demo's 500 the directions took the matter along


class Centre:
    """Takes the mean of each language out of the vectors, so that one topic may hold both languages.

    Simplified and Traditional Chinese count as one language. A language with fewer than `enough` rows
    would lose its subject with its mean, so it gets the mean of all rows. `means_` maps a language (and
    `EVERYONE`) to a vector (d,): store it with the topics, as later mentions must be centred alike.

    What is said by its form and not its matter (mood, length, that it asks) is taken out too, where enough rows tell
    which directions that is: they stand in `means_` under FORM and a number. docs/decisions/0016 has what was measured.
    """

    means_: dict[str, Floats]

    def __init__(self, enough: int = 30) -> None:
        self.enough = enough

    def fit(self, embeddings: Floats, languages: Sequence[str], form: Weights | None = None) -> Self:
        """Learn `means_` from embeddings (n, d), n > 0, their n language codes, and the form (n, f) of each."""
        groups = _groups(embeddings, languages)
        self.means_ = {EVERYONE: embeddings.mean(axis=0)}
        for group in sorted(set(groups)):
            rows = groups == group
            if rows.sum() >= self.enough:
                self.means_[group] = embeddings[rows].mean(axis=0)
        if form is not None and len(embeddings) >= FORM_FROM:
            for number, direction in enumerate(directions(self.transform(embeddings, languages), form)):
                self.means_[f"{FORM}{number}"] = direction
        return self

    def transform(self, embeddings: Floats, languages: Sequence[str]) -> Floats:
        """The centred vectors (n, d), each of unit length. A language not met in `fit` gets the common mean."""
        centred = embeddings.astype(np.float32)
        groups = _groups(embeddings, languages)
        for group in set(groups):
            centred[groups == group] -= self.means_.get(group, self.means_[EVERYONE])
        for key, direction in self.means_.items():
            if key.startswith(FORM):
                centred -= np.outer(centred @ direction, direction)  # (n, d) @ (d,) -> (n,)
        return unit(centred)

    @classmethod
    def of(cls, means: Mapping[str, Floats]) -> Self:
        """A fitted Centre with the means stored by an earlier run."""
        centre = cls()
        centre.means_ = dict(means)
        return centre


def directions(vectors: Floats, form: Weights) -> Floats:
    """The directions (f, d), orthonormal, in which vectors (n, d) follow their form (n, f), by least squares."""
    spread = form.std(0)
    even = (form - form.mean(0))[:, spread > 0] / spread[spread > 0]
    slopes = np.linalg.lstsq(np.column_stack([even, np.ones(len(even))]), vectors, rcond=None)[0][:-1]
    return np.asarray(np.linalg.qr(slopes.T)[0].T, np.float32)


def centre(embeddings: Floats, languages: Sequence[str]) -> Floats:
    """The vectors (n, d) without their language's mean, of unit length. Raises ValueError on uneven input."""
    if len(embeddings) == 0:
        return embeddings.astype(np.float32)
    return Centre().fit(embeddings, languages).transform(embeddings, languages)


def form_of(texts: Sequence[str], scores: Sequence[float]) -> Weights:
    """How each says it (n, 3), whatever it is about: mood, length, whether it asks."""
    rows = [
        (score, np.log1p(len(text)), text.rstrip()[-1:] in {"?", "？"})
        for text, score in zip(texts, scores, strict=True)
    ]
    return np.array(rows, np.float64).reshape(len(texts), 3)


def unit(vectors: Floats) -> Floats:
    """The vectors (n, d) at length one; a zero vector stays zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Floats = vectors / np.maximum(length, 1e-9)
    return result


def _groups(embeddings: Floats, languages: Sequence[str]) -> npt.NDArray[np.str_]:
    if len(embeddings) != len(languages):
        raise ValueError(f"{len(embeddings)} embeddings but {len(languages)} languages")
    return np.array([code.split("-")[0] for code in languages], dtype=np.str_)
