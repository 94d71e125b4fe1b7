"""How themes cover labels: the theme that holds most of a label's texts, with precision among labelled texts."""

import csv
from pathlib import Path

from mining.bench_labels import ROW, covered, numbered


def test_the_theme_that_holds_most_of_a_label_is_found_with_precision_and_recall() -> None:
    labels = {1: "late", 2: "late", 3: "late", 4: "lost", 5: "rude"}
    themes = {7: {1, 2, 4, 90, 91}, 8: {3, 4}}
    found = covered(labels, themes, {7: "Delays", 8: "Bags"})
    most = [one.most for one in found]
    assert [(one.label, one.texts, one.most.theme, one.most.texts) for one in found] == [
        ("late", 3, "Delays", 5), ("lost", 1, "Delays", 5), ("rude", 1, "–", 0),
    ]  # fmt: skip
    assert [(round(one.precision, 2), round(one.recall, 2)) for one in most] == [(0.67, 0.67), (0.33, 1.0), (0.0, 0.0)]
    assert [one.closest.theme for one in found] == ["Delays", "Bags", "–"], "the bags say little else"


def test_the_copy_numbers_its_rows_and_keeps_line_breaks(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "deep" / "out.csv"
    source.write_text('text,label\n"one\ntwo",late\nthree,\n', encoding="utf-8")
    assert numbered(source, target, "label") == {"1": "late"}
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row[ROW], row["text"]) for row in rows] == [("1", "one\ntwo"), ("2", "three")]
