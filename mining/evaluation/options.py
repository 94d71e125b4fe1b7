"""What can be said on the command line. Loads no torch: the parser of every command reads this."""

import argparse
from pathlib import Path


def add_arguments(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("files", type=Path, nargs="*", metavar="FILE", help="labelled texts: CSV, JSON Lines")
    sub.add_argument("--pairs", type=Path, action="append", default=[], metavar="FILE", help="pairs: text, other, same")
    sub.add_argument("--held-out", action="store_true", help="the held-out split too (alone, if no FILE is given)")
    sub.add_argument("--data", type=Path, help="folder of the training sets; without it the own sentences only")
    sub.add_argument("--weights", type=Path, help="folder of the weights to judge; default: mining/weights")
    sub.add_argument("--against", type=Path, help="folder of other weights: tells the difference to them")
    for name in ("text", "sentiment", "intent", "leaving"):
        sub.add_argument(f"--{name}-column", default=name, metavar="NAME")
    sub.add_argument(
        "--map", action="append", default=[], metavar="THEIRS=OURS", help="what a label means, as 1=positive"
    )
    sub.add_argument("--samples", type=positive, default=2_000, help="of the bootstrap")
    sub.add_argument("--seed", type=int, default=20)
    sub.add_argument("--json", action="store_true", help="for programs")


def positive(text: str) -> int:
    if not text.isdigit() or not 100 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number from 100 to 100000")
    return int(text)
