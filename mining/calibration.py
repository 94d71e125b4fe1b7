"""What relabelled mentions teach about labels: a small bias a language and head, and the very same words once more.

Stands around the encoder for a run. It shifts what is said of new mentions; a relabelled one is bound by its verdict.
"""

import hashlib
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unicodedata import category

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from community.models import Calibration, Mention, Verbatim, Verdict
from mining.encoder import Encoder, Judgements, Progress
from mining.labels import INTENTS, SENTIMENTS
from mining.language import language_of
from mining.units import Units

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]

HEADS = {"sentiment": SENTIMENTS, "intent": INTENTS}
MOST = 1_000  # relabelled mentions learned from, the latest
QUIET = 200  # mentions that nobody relabelled, the latest of a language
LEAST = 10  # fewer examples of a language say nothing about the next one
STRENGTH = 2.0  # times the squared bias: a dozen examples alone move the odds by no more than a half
MOST_BIAS = 1.0  # in log odds
FOLDS = 5
SAYS = 0.9  # probability of a label that a person gave to the same words


@dataclass(frozen=True)
class Example:
    """A mention that a person labelled; None where they left the machine's label."""

    verdict_id: int
    text: str
    language: str
    sentiment: str | None
    intent: str | None


class Calibrated:
    """An encoder whose judgements lean to what people said: by a bias, and by their labels on the same words."""

    def __init__(self, encoder: Encoder, biases: dict[tuple[str, str], Floats], said: dict[str, Example]):
        self.encoder, self.biases, self.said = encoder, biases, said
        self.revision, self.width = encoder.revision, encoder.width

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        return self.encoder.embed(texts, progress)

    def judge(self, texts: Sequence[str], progress: Progress | None = None) -> Judgements:
        found = self.encoder.judge(texts, progress)
        languages = [group(language_of(text)) for text in texts]
        words = [plain(text) for text in texts]
        labels = [self.said.get(one) if one else None for one in words]
        heads = {head: self.shifted(head, getattr(found, head), languages, labels) for head in HEADS}
        return Judgements(found.embedding, heads["sentiment"], heads["intent"], found.leaving)

    def shifted(self, head: str, chances: Floats, languages: Sequence[str], labels: Sequence[Example | None]) -> Floats:
        """The probabilities (n, c) of a head after the biases of their languages and the labels of the same words."""
        none = np.zeros(chances.shape[1], np.float32)
        biases = np.stack([self.biases.get((language, head), none) for language in languages] or [none])
        result = biased(chances, biases[: len(chances)])
        for row, example in enumerate(labels):
            label = getattr(example, head) if example else None
            if label:
                result[row] = (1 - SAYS) / (result.shape[1] - 1)
                result[row, HEADS[head].index(label)] = SAYS
        return result


def calibrated(units: Units, encoder: Encoder) -> Encoder:
    """The encoder as people taught it, fitted anew if they said something since; itself if they said nothing."""
    examples = units.read(load)
    if not examples:
        return encoder
    biases: dict[tuple[str, str], Floats] = {}
    by_language = defaultdict(list)
    for example in examples:
        by_language[example.language].append(example)
    for language, some in by_language.items():
        for row in rows_of(units, encoder, language, some):
            biases[language, row.head] = np.array(row.bias, np.float32)
    said = {words: one for one in reversed(examples) if (words := plain(one.text))}  # the latest word counts
    return Calibrated(encoder, biases, said)  # type: ignore[return-value]


def load(session: Session) -> list[Example]:
    """The latest relabelled mentions whose text still stands, newest first."""
    rows = session.execute(
        select(
            Verdict.id, Verdict.sentiment, Verdict.intent, Verbatim.language, Verbatim.text, Mention.start, Mention.end
        )
        .join(Verbatim, (Verbatim.id == Verdict.verbatim_id) & (Verbatim.text_hash == Verdict.text_hash))
        .join(Mention, (Mention.verbatim_id == Verdict.verbatim_id) & (Mention.start == Verdict.start))
        .where(or_(Verdict.sentiment.is_not(None), Verdict.intent.is_not(None)))
        .order_by(Verdict.at.desc(), Verdict.id.desc())
        .limit(MOST)
    )
    return [
        Example(row.id, row.text[row.start : row.end], group(row.language or "und"), row.sentiment, row.intent)
        for row in rows
    ]


def rows_of(units: Units, encoder: Encoder, language: str, examples: list[Example]) -> list[Calibration]:
    """What was learned of a language: as stored, or fitted now if the labels or the model are others."""
    told = sorted((one.verdict_id, one.sentiment, one.intent) for one in examples)
    name = hashlib.sha256(repr(told).encode()).hexdigest()[:32]
    kept = units.read(lambda session: list(session.scalars(
        select(Calibration).where(
            Calibration.revision == encoder.revision, Calibration.language == language,
            Calibration.learned_from == name,
        )
    )))  # fmt: skip
    if kept:
        return kept
    rows = fitted(units, encoder, language, examples, name)
    units.write(lambda session: session.add_all(rows))
    for row in rows:
        log.info(
            "learned %s %s from %d labels: %.2f before, %.2f after",
            language,
            row.head,
            row.examples,
            row.before,
            row.after,
        )
    return rows


def fitted(units: Units, encoder: Encoder, language: str, examples: list[Example], name: str) -> list[Calibration]:
    quiet = encoder.judge(units.read(lambda session: quiet_texts(session, language)))
    judged = encoder.judge([one.text for one in examples])
    rows = []
    for head, names in HEADS.items():
        chosen = [place for place, one in enumerate(examples) if getattr(one, head)]
        if not chosen:
            continue
        chances = getattr(judged, head)[chosen]
        labels = np.array([names.index(getattr(examples[place], head)) for place in chosen])
        bias, before, after = learned(chances, labels, getattr(quiet, head))
        rows.append(Calibration(
            revision=encoder.revision, language=language, head=head, learned_from=name, examples=len(chosen),
            bias=[round(float(one), 4) for one in bias], before=before, after=after, fitted_at=datetime.now(UTC),
        ))  # fmt: skip
    return rows


def learned(chances: Floats, labels: NDArray[Any], quiet: Floats) -> tuple[Floats, float, float]:
    """The bias (c,), the share of labels that the model gives by itself, and the share with a bias of the other folds.

    From probabilities (n, c), labels (n,) and the probabilities of mentions that nobody relabelled (m, c). No bias when
    the examples are few, or when it would not help with examples that it has not seen.
    """
    before = float((chances.argmax(axis=1) == labels).mean())
    none = np.zeros(chances.shape[1], np.float32)
    if len(labels) < LEAST:
        return none, before, before
    folds = np.arange(len(labels)) % FOLDS
    right = 0
    for fold in range(FOLDS):
        held = folds == fold
        bias = fit(chances[~held], labels[~held], quiet)
        right += int((biased(chances[held], bias).argmax(axis=1) == labels[held]).sum())
    after = right / len(labels)
    return (fit(chances, labels, quiet), before, after) if after > before else (none, before, before)


def fit(chances: Floats, labels: NDArray[Any], quiet: Floats) -> Floats:
    """The bias (c,) under which the labels are likely, and what was said of quiet mentions changes little.

    People relabel what is wrong, so the labels alone would teach that everything is: the quiet mentions stand for
    what nobody complained of.
    """
    wanted = np.concatenate([np.eye(chances.shape[1])[labels], quiet])  # (n + m, c)
    everything = np.concatenate([chances, quiet])

    def loss(bias: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shifted = biased(everything, bias)
        return (
            float(-(wanted * np.log(np.maximum(shifted, 1e-9))).sum() + STRENGTH * (bias**2).sum()),
            np.asarray((shifted - wanted).sum(axis=0) + 2 * STRENGTH * bias, np.float64),
        )

    found = minimize(loss, np.zeros(chances.shape[1]), jac=True, method="L-BFGS-B").x
    return np.asarray(np.clip(found - found.mean(), -MOST_BIAS, MOST_BIAS), np.float32)


def biased(chances: Floats, bias: NDArray[Any]) -> Floats:
    """Probabilities (n, c) after a bias, (c,) or (n, c), is added to their logarithms."""
    powers = np.maximum(chances, 1e-9) * np.exp(bias)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def quiet_texts(session: Session, language: str) -> list[str]:
    """The latest mentions of a language that nobody said anything of."""
    codes = ("zh-Hans", "zh-Hant") if language == "zh" else (language,)
    judged = select(Verdict.id).where(Verdict.verbatim_id == Mention.verbatim_id).exists()
    rows = session.execute(
        select(Verbatim.text, Mention.start, Mention.end)
        .join(Verbatim, Verbatim.id == Mention.verbatim_id)
        .where(Verbatim.language.in_(codes), ~judged)
        .order_by(Mention.id.desc())
        .limit(QUIET)
    )
    return [row.text[row.start : row.end] for row in rows]


def group(language: str) -> str:
    return language.split("-")[0]


WORTHLESS = ("P", "Z", "C")  # punctuation, blanks, control characters, as Unicode names its categories
DRAWN = "\ufe0e\ufe0f"  # whether an emoji is drawn in colour
SIGN = re.compile(r"(?<![\w+-])[+-](?=\d)")
MINUS, PLUS = "\u2212", "\uff0b"  # symbols, where the hyphen is punctuation


def plain(text: str) -> str:
    """The words, numbers and symbols without case, punctuation and blanks: by these two sentences are the same.

    Empty when it is of punctuation alone: that says nothing about the next one. Not by their embeddings: at a cosine
    of 0.98 "my parcel is late" meets itself with another comma, and at 0.99 the Chinese for "support was friendly"
    meets "support was not friendly".
    """
    signed = SIGN.sub(lambda found: MINUS if found[0] == "-" else PLUS, text.casefold())
    kept = (one for one in signed if one not in DRAWN)
    return " ".join("".join(" " if category(one)[0] in WORTHLESS else one for one in kept).split())
