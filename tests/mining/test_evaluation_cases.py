"""Labelled files as users have them, and the held-out split."""

import json
from pathlib import Path

import pytest

from mining.evaluation.cases import Case, Columns, cases_of_file, held_out, meanings_of
from mining.inputs import InputError
from mining.training import corpus
from mining.training.examples import OWN_DEV_SHARE


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_each_head_is_read_from_its_column(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", "text,sentiment,intent,leaving\nGood,Positive,praise,0\n再见,negative,,yes\nWell,,,\n"
    )
    assert cases_of_file(path, Columns()) == [
        Case("Good", "a.csv", "en", {"sentiment": 2, "intent": 3, "leaving": 0}),
        Case("再见", "a.csv", "zh-Hans", {"sentiment": 0, "leaving": 1}),
    ]


def test_json_lines_and_foreign_labels(tmp_path: Path) -> None:
    rows = [{"review": "bad", "stars": 0}, {"review": "good", "stars": 1}, {"review": "", "stars": 1}]
    path = written(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows)))
    columns = Columns(text="review", sentiment="stars", meanings=meanings_of(["0=negative", "1=positive"]))
    assert [(case.text, case.truth) for case in cases_of_file(path, columns)] == [
        ("bad", {"sentiment": 0}),
        ("good", {"sentiment": 2}),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("text,sentiment\na,positive\nb,great\n", r"line 3: the sentiment 'great' is none of negative, .*--map great="),
        ("text,label\na,positive\n", r"line 2: no labels; .*--sentiment-column.* There are: text, label"),
        ("words,sentiment\na,positive\n", r"line 2: no column 'text'; there are: words, sentiment"),
        ("text,sentiment\n", "no row has both a text and a label"),
        ("text,sentiment\na,\n ,positive\n", "no row has both a text and a label"),
        ("text,leaving\na,maybe\n", r"the leaving 'maybe' is none of no, yes"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line_and_what_to_do(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        cases_of_file(written(tmp_path, "a.csv", content), Columns())


@pytest.mark.parametrize("pair", ["1", "1=", "1=happy", "=positive"])
def test_a_meaning_that_is_none_of_ours_is_refused(pair: str) -> None:
    with pytest.raises(InputError, match="THEIRS=OURS"):
        meanings_of([pair])


def test_a_label_may_hold_an_equals_sign() -> None:
    assert meanings_of(["stars=5=positive"]) == {"stars=5": "positive"}


@pytest.mark.parametrize(
    ("text", "length"),
    [("Bad.", "short"), ("a" * 61, "medium"), ("a" * 251, "long"), ("好" * 20, "short"), ("好" * 21, "medium"), ("好" * 84, "long")],
)  # fmt: skip
def test_a_chinese_character_says_as_much_as_three_letters(text: str, length: str) -> None:
    assert Case(text, "a", "en", {}).length == length


def test_the_held_out_split_has_no_text_that_was_trained_on() -> None:
    cases = held_out(None)
    trained = {example.text for example in corpus.own(Path()) if not example.is_dev}
    assert not trained & {case.text for case in cases}
    assert 0.8 * OWN_DEV_SHARE < len(cases) / (len(cases) + len(trained)) < 1.2 * OWN_DEV_SHARE
    assert all(set(case.truth) == {"sentiment", "intent", "leaving"} for case in cases)


def test_training_sets_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"goemotions_train\.csv is missing"):
        held_out(tmp_path)
