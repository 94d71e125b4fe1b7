"""The miner on a file of texts, with no database: how a user tries it on a spreadsheet, and how it is measured."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mining.discovery import NONE, centre, cluster
from mining.encoder import Encoder
from mining.language import language_of
from mining.naming import name_topics
from mining.progress import Bars
from mining.reading import Read, read

CHUNK = 4_096  # texts read at a time: bounds memory on a file of any length


def analysed(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One object a text, in order."""
    encoder = Encoder()
    with Bars() as bars:
        for start in range(0, len(texts), CHUNK):
            chunk = texts[start : start + CHUNK]
            for text, found in zip(chunk, read(encoder, chunk), strict=True):
                yield as_row(text, found)
            bars("analyse", start + len(chunk), len(texts))


def as_row(text: str, found: Read) -> dict[str, Any]:
    return {
        "text": text,
        "language": found.language,
        "sentiment": found.whole.sentiment,
        "score": found.whole.score,
        "intent": found.whole.intent,
        "leaving": found.whole.leaving,
        "mentions": [
            {
                "start": span.start,
                "end": span.end,
                "sentiment": said.sentiment,
                "score": said.score,
                "intent": said.intent,
            }
            for span, said in zip(found.spans, found.mentions, strict=True)
        ],
    }


def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) float32, unit length."""
    encoder = Encoder()
    with Bars() as bars:
        return encoder.embed(texts, lambda done, total: bars("embed", done, total)).astype(np.float32)


def with_topics(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """One object a text, in order; topic -1 where it fits none."""
    vectors = embedded(texts)
    languages = [language_of(text) for text in texts]
    centred = centre(vectors, languages)
    labels = cluster(centred)
    names = name_topics(texts, languages, labels, centred)
    for text, language, label in zip(texts, languages, labels.tolist(), strict=True):
        if label == NONE:
            yield {"text": text, "topic": -1, "label": None, "keywords": []}
            continue
        name = names[label]
        chinese = language.startswith("zh")
        shown = (name.label_zh or name.label_en) if chinese else (name.label_en or name.label_zh)
        yield {
            "text": text, "topic": label, "label": shown, "keywords": [word for words in name.keywords.values() for word in words],
        }  # fmt: skip
