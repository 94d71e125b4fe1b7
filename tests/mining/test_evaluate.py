"""`python -m mining evaluate` as a person and as a program call it."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from mining.__main__ import main
from mining.encoder import OWN_WEIGHTS

ROWS = [
    ("I love it, great work!", "positive", "praise"), ("This is terrible, I hate it.", "negative", "problem"),
    ("非常好，我很喜欢！", "positive", "praise"), ("太差了，非常失望。", "negative", "problem"),
    ("How do I reset my password?", "neutral", "question"),
    ("The screen is gorgeous, I love it. The battery is terrible and dies by noon, I hate it.", "negative", "problem"),
]  # fmt: skip
CSV = "text,sentiment,intent\n" + "".join(f'"{text}",{feeling},{wish}\n' for text, feeling, wish in ROWS)


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def backwards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that say the opposite of ours about every feeling."""
    folder = tmp_path_factory.mktemp("backwards")
    shutil.copytree(OWN_WEIGHTS, folder, dirs_exist_ok=True)
    heads = load_file(folder / "heads.safetensors")
    for name in ("sentiment.3.weight", "sentiment.3.bias"):
        heads[name] = -heads[name].contiguous()
    save_file(heads, folder / "heads.safetensors")
    return folder


def test_a_program_gets_each_figure_with_its_interval(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(labelled), "--json", "--samples", "200"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], found["against"]) == (len(ROWS), None)
    groups = {(row["head"], row["kind"], row["name"]): row for row in found["groups"]}
    assert groups["sentiment", "language", "zh-Hans"]["n"] == 2
    assert ("sentiment", "set", "mine.csv") in groups
    assert {name for head, kind, name in groups if (head, kind) == ("intent", "length")} == {"short", "medium"}
    assert not any(head == "leaving" for head, _, _ in groups)
    for row in found["groups"]:
        for one in row["figures"].values():
            assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1
        assert row["difference"] == {}
    assert groups["sentiment", "all", ""]["figures"]["accuracy"]["value"] >= 0.8


def test_two_weights_are_compared_on_the_same_texts(
    labelled: Path, backwards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labelled.write_text(CSV + CSV.partition("\n")[2] * 5, encoding="utf-8")  # enough to tell chance apart
    assert main(["evaluate", str(labelled), "--against", str(backwards), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["revision"] != found["against_revision"]
    whole = {row["head"]: row for row in found["groups"] if row["kind"] == "all"}
    assert whole["sentiment"]["difference"]["polarity"]["low"] > 0
    assert whole["intent"]["difference"]["accuracy"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_person_gets_a_table_and_the_progress_elsewhere(
    labelled: Path, backwards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(labelled), "--against", str(backwards)]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert any(line.startswith("set mine.csv") and "*" in line for line in lines)
    assert any(line.startswith("length short") for line in lines)
    assert max(map(len, lines)) <= 200
    assert f"read: {len(ROWS)} of {len(ROWS)}" in err
    assert "read against" in err


def test_without_a_file_the_held_out_sentences_are_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--json", "--samples", "100"]) == 0
    groups = {(row["head"], row["kind"], row["name"]): row for row in json.loads(capsys.readouterr().out)["groups"]}
    assert groups["sentiment", "all", ""]["n"] > 600
    assert groups["sentiment", "all", ""]["figures"]["accuracy"]["value"] > 0.7
    assert set(groups["leaving", "set", "own"]["figures"]) == {"accuracy", "F1"}


PAIRS = [
    ("How do I reset my password?", "I forgot my password, what now?", 1), ("How do I reset my password?", "Is the lid oven safe?", 0),
    ("怎么退货？", "东西不想要了，怎么退？", 1), ("怎么退货？", "这个支持蓝牙吗？", 0),
]  # fmt: skip


def test_pairs_that_mean_the_same_are_told_from_others(
    tmp_path: Path, backwards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("text,other,same\n" + "".join(f'"{a}","{b}",{same}\n' for a, b, same in PAIRS), encoding="utf-8")
    assert main(["evaluate", "--pairs", str(path), "--against", str(backwards), "--json", "--samples", "100"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["cases"], found["pairs"]) == (0, 4)
    groups = {(row["kind"], row["name"]): row for row in found["groups"]}
    assert set(groups) == {("all", ""), ("set", "pairs.csv"), ("language", "en"), ("language", "zh-Hans")}
    assert groups["all", ""]["figures"]["AUC"]["value"] == 1.0
    assert groups["all", ""]["difference"]["AUC"]["value"] == 0.0


@pytest.mark.parametrize(
    ("content", "says"),
    [("text,other\na,b\n", "no column 'same'"), ("text,other,same\na,b,2\n", "write 1 or 0"), ("text,other,same\na,b,1\n", "that do not")],
)  # fmt: skip
def test_pairs_that_cannot_be_used_are_said(
    tmp_path: Path, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(content, encoding="utf-8")
    assert main(["evaluate", "--pairs", str(path)]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gone.csv"], "gone.csv: no such file"),
        (["mine.csv", "--weights", "nowhere"], "nowhere: no such folder"),
        (["mine.csv", "--against", "."], "no weights with heads are there"),
        (["mine.csv", "--map", "1=happy"], "THEIRS=OURS"),
        (["mine.csv", "--data", ".", "--held-out"], "is missing"),
        (["mine.csv", "--text-column", "words"], "no column 'words'"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    labelled: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(labelled.parent)
    assert main(["evaluate", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    last = err.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert says in last


def test_as_few_samples_as_say_nothing_are_refused(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", str(labelled), "--samples", "3"])
    assert "from 100 to 100000" in capsys.readouterr().err
