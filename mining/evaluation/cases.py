"""Labelled texts to measure on: the user's files, and the held-out split of the training sets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mining.inputs import InputError, read_rows, whole_characters
from mining.labels import INTENTS, SENTIMENTS
from mining.language import language_of

SHORT, LONG = 60, 250  # Latin characters; a Han character says about as much as three
CLEAR = 0.7  # a soft label counts from this probability on, as in the model card
CLASSES: Mapping[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "intent": INTENTS, "leaving": ("no", "yes")}
YES, NO = frozenset({"1", "1.0", "true", "yes"}), frozenset({"0", "0.0", "false", "no"})


@dataclass(frozen=True)
class Case:
    """One text with what is true of it: places in CLASSES; a head that it says nothing about is absent."""

    text: str
    source: str
    language: str
    truth: Mapping[str, int]

    @property
    def length(self) -> str:
        """short, medium or long, to a reader."""
        han = sum("\u3400" <= character <= "\u9fff" for character in self.text)
        size = len(self.text) + 2 * han
        return "short" if size <= SHORT else "medium" if size <= LONG else "long"


@dataclass(frozen=True)
class Columns:
    """Where a file has what, and which of its labels are which of ours."""

    text: str = "text"
    sentiment: str = "sentiment"
    intent: str = "intent"
    leaving: str = "leaving"
    meanings: Mapping[str, str] | None = None  # "1" -> "positive"


def cases_of_file(path: Path, columns: Columns) -> list[Case]:
    """The labelled texts of a CSV or JSON Lines file; rows without any label are left out.

    Raises InputError if there is no text or no labelled column, or with the line of a label that is none of ours.
    """
    cases = []
    heads = {"sentiment": columns.sentiment, "intent": columns.intent, "leaving": columns.leaving}
    for line, row in read_rows(path):
        if columns.text not in row:
            raise InputError(f"{path}, line {line}: no column {columns.text!r}; there are: {names(row)}")
        if not any(column in row for column in heads.values()):
            wanted = ", ".join(repr(column) for column in heads.values())
            raise InputError(
                f"{path}, line {line}: no labels; a column must be named {wanted}, or be named by --sentiment-column, "
                f"--intent-column or --leaving-column. There are: {names(row)}"
            )
        text = whole_characters(str(row[columns.text] or ""))
        truth = {
            head: place
            for head, column in heads.items()
            if (place := label_of(row.get(column), head, columns, f"{path}, line {line}")) is not None
        }
        if truth and text.strip():
            cases.append(Case(text, path.name, language_of(text), truth))
    if not cases:
        raise InputError(f"{path}: no row has both a text and a label")
    return cases


def names(row: Mapping[str, Any]) -> str:
    return ", ".join(str(name) for name in row if name is not None)


def label_of(value: Any, head: str, columns: Columns, where: str) -> int | None:
    """The place of a label in CLASSES; None of an empty one. Raises InputError."""
    said = str("" if value is None else value).strip()
    if not said:
        return None
    meanings = columns.meanings or {}
    if said in meanings and meanings[said] in CLASSES[head]:
        return CLASSES[head].index(meanings[said])
    name = said.lower()
    if head == "leaving" and name in YES | NO:
        return int(name in YES)
    if name in CLASSES[head]:
        return CLASSES[head].index(name)
    raise InputError(
        f"{where}: the {head} {said!r} is none of {', '.join(CLASSES[head])}; say what it means with "
        f"--map {said}={CLASSES[head][0]}"
    )


def held_out(data: Path | None) -> list[Case]:
    """The held-out split: of the project's own sentences, and of the training sets in `data` if it is given."""
    from mining.training import corpus

    examples = corpus.examples(data) if data else [*corpus.own(Path())]
    cases = []
    for example in examples:
        if not example.is_dev:
            continue
        truth = {
            head: int(np.argmax(label))
            for head in ("sentiment", "intent")
            if (label := getattr(example, head)) and max(label) >= CLEAR
        }
        if example.leaving is not None and example.source == "own":
            truth["leaving"] = int(example.leaving > 0.5)
        if truth:
            cases.append(Case(example.text, example.source, example.language, truth))
    return cases


def meanings_of(pairs: Sequence[str]) -> dict[str, str]:
    """`["1=positive"]` -> `{"1": "positive"}`. Raises InputError."""
    known = {name for classes in CLASSES.values() for name in classes}
    found = {}
    for pair in pairs:
        theirs, _, ours = pair.rpartition("=")
        if not theirs or ours not in known:
            raise InputError(f"--map {pair}: write THEIRS=OURS, where OURS is one of {', '.join(sorted(known))}")
        found[theirs] = ours
    return found
