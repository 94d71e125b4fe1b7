"""`python -m mining worker | run | report | days | analyse | embed | topics | evaluate | train`: where the parts are put together."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mining.cores import use_cores
from mining.errors import ClusterError
from mining.inputs import InputError

if TYPE_CHECKING:
    from mining.units import Units


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status. Errors that a person can mend are one line on standard error and status 2."""
    options = parser().parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except (InputError, ClusterError, FileNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing that was finished is lost, run it again to go on", file=sys.stderr)
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m mining", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="command")

    def command(name: str, work: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=work)
        return sub

    command("worker", worker, "deliver events, mine, discover and report on schedule until stopped")
    command("run", run, "mine all that waits, once")
    sub = command("report", report, "print the insight report")
    sub.add_argument("--period", default="30d", type=days, help="days before now, as in 30d")
    sub.add_argument("--format", default="md", choices=("md", "json", "html", "terminal"))
    sub.add_argument("--language", default="en", choices=("en", "zh_CN"), help="of the headings and theme names")
    sub = command("days", check_days, "compare the kept days with their rows: status 1 if some differ")
    sub.add_argument(
        "--rebuild", action="store_true", help="throw them away and keep those of a report and a year anew"
    )
    for name, work, text in (
        ("analyse", analyse, "read a file and write sentiment, intent and mentions of each text as JSON Lines"),
        ("embed", embed, "read a file and write the texts' embeddings as float32 (n, d) .npy"),
        ("topics", topics, "read a file and write the topic of each text as JSON Lines"),
    ):
        sub = command(name, work, text)
        sub.add_argument("file", type=Path, help="CSV, or JSON Lines if it ends in .jsonl or .json")
        sub.add_argument("--text-column", default="text")
        sub.add_argument("--output", type=Path, required=True)
    from mining.evaluation.options import add_arguments

    add_arguments(command("evaluate", evaluate, "print how well weights judge labelled texts, by language and length"))
    sub = command("train", train, "make the weights again from a teacher and the training sets")
    sub.add_argument("--teacher", required=True, help="directory or hub id of intfloat/multilingual-e5-small")
    sub.add_argument("--data", type=Path, required=True, help="folder of the training sets")
    sub.add_argument("--output", type=Path, default=None, help="default: mining/weights")
    sub.add_argument("--work", type=Path, default=Path("instance/training"), help="keeps the teacher's embeddings")
    sub.add_argument("--resume", type=Path, default=None, help="a student with rounds behind it")
    sub.add_argument("--behind", type=int, default=1, help="how many rounds the student of --resume has behind it")
    sub.add_argument("--share", type=float, default=1.0, help="of each epoch's texts; below 1 for a trial")
    sub.add_argument("--epochs", type=int, default=None)
    sub.add_argument("--seed", type=int, default=None)
    return top


def days(text: str) -> int:
    number = text.removesuffix("d")
    if not number.isdigit() or not 1 <= int(number) <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r}: give a number of days, as in 30d")
    return int(number)


def units() -> "Units":
    """Inside an application context: how the steps open their transactions."""
    from sqlalchemy.orm import sessionmaker

    from community.db import db
    from mining.units import Units

    return Units(sessionmaker(db.engine, expire_on_commit=False))


def worker(_options: argparse.Namespace) -> None:
    from community.app import create_app
    from mining import worker as process

    use_cores(but=1)  # that one is for the web process: people wait for its pages
    process.main(create_app())


def run(_options: argparse.Namespace) -> None:
    from community.app import create_app
    from community.reactions import deliver_pending
    from mining import job
    from mining.encoder import Encoder
    from mining.progress import Bars
    from mining.readers import chosen_readers

    use_cores()
    readers = chosen_readers()
    with create_app().app_context(), Bars() as bars:
        while delivered := deliver_pending():
            bars.add("events", delivered)
        counts = job.run(units(), Encoder(), bars, readers)
        bars.say(
            f"{counts.verbatims} verbatims mined in {counts.seconds:.1f} s ({counts.verbatims_a_second:.0f} a second), "
            f"{counts.mentions} mentions, {counts.topics} new topics, {counts.customers} profiles renewed"
        )


def report(options: argparse.Namespace) -> None:
    from community.app import create_app
    from community.insights.rendering import render
    from mining.reports import renew_report

    app = create_app()
    with app.app_context():
        key = renew_report(units(), datetime.now(UTC), options.period)
        print(render(key, options.format, options.language))


def check_days(options: argparse.Namespace) -> int:
    from community.app import create_app
    from mining import days, overview

    with create_app().app_context():
        own = units()
        if options.rebuild:
            own.write(days.forget)
            print(f"{overview.keep_days_of_all(own, datetime.now(UTC))} days kept anew")
        kept, wrong = own.read(days.wrong)
    print(f"{kept} days are kept, {len(wrong)} differ from their rows")
    for day in wrong:
        print(f"  {day}")
    return 1 if wrong else 0


def analyse(options: argparse.Namespace) -> None:
    from mining.inputs import checked_output, read_texts

    texts = read_texts(options.file, options.text_column)
    use_cores()
    from mining.offline import analysed  # it loads torch: a mistyped path is told before

    write_lines(checked_output(options.output), analysed(texts))


def embed(options: argparse.Namespace) -> None:
    from mining.inputs import checked_output, read_texts

    texts = read_texts(options.file, options.text_column)
    use_cores()
    from mining.offline import embedded

    output = checked_output(options.output)
    import numpy as np

    with output.open("wb") as file:
        np.save(file, embedded(texts))


def topics(options: argparse.Namespace) -> None:
    from mining.inputs import checked_output, read_texts

    texts = read_texts(options.file, options.text_column)
    use_cores()
    from mining.offline import with_topics

    write_lines(checked_output(options.output), with_topics(texts))


def write_lines(path: Path, rows: Any) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def evaluate(options: argparse.Namespace) -> None:
    for path in [*options.files, *options.pairs]:
        if not path.is_file():
            raise InputError(f"{path}: no such file")  # told before torch is loaded
    use_cores()
    from mining.evaluation import command

    command.evaluate(options)


def train(options: argparse.Namespace) -> None:
    from mining.encoder import OWN_WEIGHTS
    from mining.training.train import train_command

    use_cores()
    train_command(options.teacher, options.data, options.output or OWN_WEIGHTS, options)


if __name__ == "__main__":
    sys.exit(main())
