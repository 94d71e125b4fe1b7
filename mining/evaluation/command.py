"""The command: which cases, which weights, and in which form the figures are told."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from mining.encoder import OWN_WEIGHTS, revision_of
from mining.evaluation import pairs
from mining.evaluation.cases import Case, Columns, cases_of_file, held_out, meanings_of
from mining.evaluation.judging import Row, answers, rows
from mining.evaluation.showing import as_json, show
from mining.inputs import InputError
from mining.progress import Bars

WIDTH = 200  # of the table where the output is no terminal


def evaluate(options: argparse.Namespace) -> None:
    """Print the figures of `--weights` on all cases and pairs. Raises InputError for what a person can mend."""
    cases = chosen_cases(options)
    chosen = [pair for path in options.pairs for pair in pairs.pairs_of_file(path)]
    weights = options.weights or OWN_WEIGHTS
    for folder in filter(None, (weights, options.against)):
        check(folder)
    found = figures(options, weights, cases, chosen)
    facts: dict[str, Any] = {
        "weights": str(weights), "revision": revision_of(str(weights)),
        "against": str(options.against) if options.against else None,
        "against_revision": revision_of(str(options.against)) if options.against else None,
        "cases": len(cases), "pairs": len(chosen), "samples": options.samples, "seed": options.seed,
    }  # fmt: skip
    if options.json:
        print(json.dumps(as_json(found, facts), ensure_ascii=False, indent=1))
    else:
        show(found, facts, Console(width=None if sys.stdout.isatty() else WIDTH))


def check(weights: Path) -> None:
    """Raises InputError."""
    if not weights.is_dir():
        raise InputError(f"{weights}: no such folder")
    if not (weights / "heads.safetensors").exists():
        raise InputError(f"{weights}: no weights with heads are there; name a folder such as mining/weights")


def figures(options: argparse.Namespace, weights: Path, cases: list[Case], chosen: list[pairs.Pair]) -> list[Row]:
    """Of the cases and of the pairs, each judged by both weights if there are two."""
    found: list[Row] = []
    both = {"read": weights} | ({"read against": options.against} if options.against else {})
    with Bars() as bars:
        if cases:
            said = [answers(folder, cases, partial(bars, name)) for name, folder in both.items()]
            found += rows(cases, said[0], said[1] if options.against else None, options.samples, options.seed)
        if chosen:
            like = [pairs.likeness(folder, chosen, partial(bars, f"{name} pairs")) for name, folder in both.items()]
            found += pairs.rows(chosen, like[0], like[1] if options.against else None, options.samples, options.seed)
    return found


def chosen_cases(options: argparse.Namespace) -> list[Case]:
    columns = Columns(
        options.text_column, options.sentiment_column, options.intent_column, options.leaving_column,
        meanings_of(options.map),
    )  # fmt: skip
    cases = [case for path in options.files for case in cases_of_file(path, columns)]
    if options.held_out or not (options.files or options.pairs):
        cases += held_out(options.data)
    return cases
