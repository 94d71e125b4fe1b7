"""What weights answer about cases, read as the product reads them, and the figures of each group of cases."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mining.encoder import Encoder
from mining.evaluation.cases import CLASSES, Case
from mining.evaluation.figures import Figure, Interval, Places, accuracy, compared, f1_of, macro_f1, measured
from mining.reading import read

CHUNK = 2_048  # texts read at a time: bounds memory, and moves the bar
SIDE = "side"  # the sentiment of texts that are no neutral ones: negative or positive, whichever is likelier
GROUPS: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("all", lambda case: ""),
    ("set", lambda case: case.source),
    ("language", lambda case: case.language),
    ("length", lambda case: case.length),
)


@dataclass(frozen=True)
class Row:
    """The figures of one head on one group of cases, and how much better than the other weights'."""

    head: str
    kind: str  # all, set, language, length
    name: str
    n: int
    figures: dict[str, Interval]
    difference: dict[str, Interval] = field(default_factory=dict)


def answers(weights: Path, cases: Sequence[Case], progress: Callable[[int, int], None]) -> dict[str, Places]:
    """Place of the answer in CLASSES by head, and of the SIDE; each (n,)."""
    encoder = Encoder(weights)
    found: dict[str, list[int]] = defaultdict(list)
    for start in range(0, len(cases), CHUNK):
        chunk = cases[start : start + CHUNK]
        for one in read(encoder, [case.text for case in chunk]):
            found["sentiment"].append(CLASSES["sentiment"].index(one.leaning))
            found[SIDE].append(2 if one.whole.score > 0 else 0)
            found["intent"].append(CLASSES["intent"].index(one.whole.intent))
            found["leaving"].append(int(one.whole.leaving))
        progress(start + len(chunk), len(cases))
    return {head: np.array(places, np.int64) for head, places in found.items()}


def rows(
    cases: Sequence[Case], said: dict[str, Places], other: dict[str, Places] | None, samples: int, seed: int
) -> Iterator[Row]:
    """The figures by head and group, the whole first; with `other`, the difference to those answers."""
    for head in CLASSES:
        for kind, key in GROUPS:
            members: dict[str, list[int]] = defaultdict(list)
            for index, case in enumerate(cases):
                if head in case.truth:
                    members[key(case)].append(index)
            for name, indices in sorted(members.items()):
                yield row(cases, np.array(indices), head, (kind, name), said, other, samples, seed)


def row(
    cases: Sequence[Case], indices: NDArray[np.int64], head: str, group: tuple[str, str], said: dict[str, Places],
    other: dict[str, Places] | None, samples: int, seed: int,
) -> Row:  # fmt: skip
    truth = np.array([cases[index].truth[head] for index in indices])
    found: dict[str, Interval] = {}
    better: dict[str, Interval] = {}
    for source, kept, figures in parts(head, truth):
        if not kept.any():
            continue
        chosen, size = indices[kept], len(CLASSES[head])
        work = partial(measured, truth[kept], said[source][chosen], size)
        found |= work(figures, samples, seed)
        if other is not None:
            difference = partial(compared, truth[kept], said[source][chosen], other[source][chosen], size)
            better |= difference(figures, samples, seed)
    return Row(head, *group, len(indices), found, better)


def parts(head: str, truth: Places) -> Iterator[tuple[str, NDArray[np.bool_], dict[str, Figure]]]:
    """Which answers are held against which of the truths, and what is made of them."""
    everything = np.ones(len(truth), dtype=bool)
    if head == "sentiment":
        yield "sentiment", everything, {"accuracy": accuracy, "macro F1": macro_f1}
        yield SIDE, truth != 1, {"polarity": accuracy}
    elif head == "intent":
        places = {name: CLASSES["intent"].index(name) for name in ("problem", "suggestion")}
        ones = {f"F1 {name}": f1_of(place) for name, place in places.items() if place in truth}
        yield "intent", everything, {"accuracy": accuracy, "macro F1": macro_f1, **ones}
    else:
        yield "leaving", everything, {"accuracy": accuracy, "F1": f1_of(1)}
