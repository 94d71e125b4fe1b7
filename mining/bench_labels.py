"""How well themes cover what people labelled: `python -m mining.bench_labels --data DIR [--folder DIR] [--set NAME]`.

Each set is imported from its CSV as an administrator would, into a fresh instance, and mined. For each label the theme
that holds most of its texts is printed, with precision and recall, and the one that is most about it, by both together (F1): of two themes that hold
as much of a label a reader opens the one that says little else. The sets stay outside of the project.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from community.models import Complaint, Mention, Theme, Topic, Verbatim

ROOT = Path(__file__).parent.parent
ROW = "bench_row"  # the column that tells rows apart: of the sets' own none does


@dataclass(frozen=True)
class LabelledSet:
    """A file of texts, some of them labelled, and how it is imported."""

    name: str
    file: str
    label: str  # the column
    options: tuple[str, ...]


SETS = (
    LabelledSet(
        "tweets", "airline_tweets.csv", "negativereason",
        (
            "--channel", "api", "--map", "body=text", "--map", "address=name", "--map", "product=airline",
            "--map", "created_at=tweet_created", "--date-format", "%m/%d/%Y %H:%M",
        ),
    ),
    LabelledSet(
        "reviews", "zh_product_reviews.csv", "category", ("--channel", "app review", "--map", "body=text"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A label and the theme that holds most of its texts, and the one that is most about it."""

    label: str
    texts: int
    most: "Held"
    closest: "Held"


@dataclass(frozen=True)
class Held:
    """What a theme holds of a label. `precision` is among the labelled texts of the theme."""

    theme: str
    texts: int  # of the theme, labelled or not
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)


NOTHING = Held("–", 0, 0.0, 0.0)


def covered(labels: Mapping[int, str], themes: Mapping[int, set[int]], names: Mapping[int, str]) -> list[Found]:
    """For each label, the most frequent first; `labels` are of texts, `themes` the texts that each theme holds."""
    texts = defaultdict(set)
    for text, label in labels.items():
        texts[label].add(text)
    found = []
    for label, own in sorted(texts.items(), key=lambda item: (-len(item[1]), item[0])):
        all_held = [
            Held(names[theme], len(held), both / len(held & labels.keys()), both / len(own))
            for theme, held in sorted(themes.items())
            if (both := len(held & own))
        ]
        most = max(all_held, key=lambda held: held.recall, default=NOTHING)
        found.append(Found(label, len(own), most, max(all_held, key=lambda held: held.f1, default=NOTHING)))
    return found


def measured(chosen: LabelledSet, data: Path, folder: Path) -> tuple[list[Found], int, int]:
    """What is found in a fresh instance in `folder` (in one that is there already: as it stands), texts and themes."""
    labels = numbered(data / chosen.file, folder / chosen.file, chosen.label)
    if not (folder / "earshot.db").exists():
        run(folder, "flask", "db", "upgrade")
        run(
            folder,
            "flask",
            "complaints",
            "import",
            str(folder / chosen.file),
            "--map",
            f"external_id={ROW}",
            *chosen.options,
        )
        run(folder, "mining", "run")
    with Session(create_engine(f"sqlite:///{folder / 'earshot.db'}")) as session:
        texts, themes, names = themes_of(session)
    return (
        covered({texts[row]: label for row, label in labels.items() if row in texts}, themes, names),
        len(texts),
        len(themes),
    )


def numbered(source: Path, target: Path, column: str) -> dict[str, str]:
    """Copy the file with a column that numbers its rows; number -> label, of the rows that have one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    labels = {}
    with source.open(encoding="utf-8", newline="") as read, target.open("w", encoding="utf-8", newline="") as written:
        rows = csv.DictReader(read)
        writer = csv.DictWriter(written, [ROW, *(rows.fieldnames or [])])
        writer.writeheader()
        for number, row in enumerate(rows, 1):
            writer.writerow({ROW: str(number), **row})
            if row[column]:
                labels[str(number)] = row[column]
    return labels


def run(folder: Path, *command: str) -> None:
    """One of the product's own commands on this instance; what it says goes to standard error."""
    words = [sys.executable, "-m", *command]
    environment = os.environ | {"INSTANCE_DIR": str(folder), "FLASK_APP": "wsgi", "PYTHONPATH": str(ROOT)}
    environment.pop("DATABASE_URL", None)  # a fresh instance, whatever the administrator's own is
    subprocess.run(words, cwd=ROOT, env=environment, check=True, stdout=sys.stderr)  # noqa: S603


def themes_of(session: Session) -> tuple[dict[str, int], dict[int, set[int]], dict[int, str]]:
    """Row -> text; theme -> its texts; theme -> its name."""
    texts = {
        row[0]: row[1]
        for row in session.execute(
            select(Complaint.external_id, Verbatim.id).join(Verbatim, Verbatim.complaint_id == Complaint.id)
        )
    }
    themes = defaultdict(set)
    held = (
        select(Topic.theme_id, Mention.verbatim_id)
        .join(Topic, Topic.id == Mention.topic_id)
        .join(Theme, Theme.id == Topic.theme_id)
        .where(Theme.is_ignored.is_(False))  # what no report shows covers nothing
    )
    for theme, text in session.execute(held):
        themes[theme].add(text)
    names = {row[0]: row[1] for row in session.execute(select(Theme.id, Theme.name))}
    return texts, themes, names


def shown(chosen: LabelledSet, found: Sequence[Found], texts: int, themes: int) -> Table:
    table = Table(title=f"{chosen.file}: {texts} texts, {themes} themes; {chosen.label}", title_justify="left")
    for name in ("label", "texts"):
        table.add_column(name, justify="left" if name == "label" else "right")
    for name in ("theme that holds most", "most about it"):
        table.add_column(name)
        for figure in ("texts", "precision", "recall"):
            table.add_column(figure, justify="right")
    for one in found:
        table.add_row(one.label, str(one.texts), *cells(one.most), *cells(one.closest))
    weight = sum(one.texts for one in found) or 1
    both = [mean([one.most for one in found], found, weight), mean([one.closest for one in found], found, weight)]
    table.add_row("all, by texts", str(weight), *both[0], *both[1])
    return table


def cells(held: Held) -> list[str]:
    return [held.theme, str(held.texts), f"{held.precision:.2f}", f"{held.recall:.2f}"]


def mean(held: Sequence[Held], found: Sequence[Found], weight: int) -> list[str]:
    """How many different themes there are, and the mean of the figures by the labels' texts."""
    precision, recall = (
        sum(getattr(one, name) * label.texts for one, label in zip(held, found, strict=True)) / weight
        for name in ("precision", "recall")
    )
    return [f"{len({one.theme for one in held})} themes", "", f"{precision:.2f}", f"{recall:.2f}"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mining.bench_labels", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--folder", type=Path, help="keep the instances there for another time")
    parser.add_argument("--set", choices=[one.name for one in SETS], help="this one alone")
    options = parser.parse_args(arguments)
    paths = {one.name: next(iter(sorted(options.data.rglob(one.file))), None) for one in SETS}
    with tempfile.TemporaryDirectory() as scratch:
        for chosen in SETS:
            path = paths[chosen.name]
            if options.set not in (None, chosen.name):
                continue
            if path is None:
                print(f"{chosen.file}: not in {options.data}, left out", file=sys.stderr)
                continue
            folder = (options.folder or Path(scratch)) / chosen.name
            Console(width=150).print(shown(chosen, *measured(chosen, path.parent, folder)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
