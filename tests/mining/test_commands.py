"""The miner on files, as a user runs it: the project's own weights, and where it is the start that counts real processes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mining.__main__ import main

ROOT = Path(__file__).parents[2]
TEXTS = [
    "The battery is terrible. It dies by noon, and I will cancel.",
    "客服态度很好，物流也快！",
    "two\nlines, and a \"quote\"",
    "",
    "How do I reset my password?",
]  # fmt: skip
KEYS = ["text", "language", "sentiment", "score", "intent", "leaving", "mentions"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "MINING_ENCODER"}
    return subprocess.run(
        [sys.executable, "-m", "mining", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def as_csv(path: Path, texts: list[str]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *enumerate(texts)])
    return path


def as_jsonl(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts), encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_analyse_reads_json_lines_as_it_reads_csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINING_ENCODER", raising=False)
    for source in (as_csv(tmp_path / "a.csv", TEXTS), as_jsonl(tmp_path / "b.jsonl", TEXTS)):
        assert main(["analyse", str(source), "--output", str(source.with_suffix(".out"))]) == 0
    assert rows(tmp_path / "a.out") == rows(tmp_path / "b.out")


def test_analyse_writes_one_row_a_text_in_order(tmp_path: Path) -> None:
    done = run("analyse", as_csv(tmp_path / "in.csv", TEXTS), "--output", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "out.jsonl")
    assert [row["text"] for row in found] == TEXTS
    assert all(list(row) == KEYS for row in found)
    for row in found:
        assert row["sentiment"] in {"negative", "neutral", "positive"}
        assert row["intent"] in {"problem", "question", "suggestion", "praise", "other"}
        assert isinstance(row["leaving"], bool)
        assert -1 <= row["score"] <= 1  # type: ignore[operator]
        for mention in row["mentions"]:  # type: ignore[attr-defined]
            assert list(mention) == ["start", "end", "sentiment", "score", "intent"]
            assert 0 <= mention["start"] < mention["end"] <= len(row["text"])  # type: ignore[arg-type]
    assert [row["language"] for row in found][:2] == ["en", "zh-Hans"]
    assert found[3] == {
        "text": "",
        "language": "und",
        "sentiment": "neutral",
        "score": 0.0,
        "intent": "other",
        "leaving": False,
        "mentions": [],
    }


def test_embed_writes_unit_vectors_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINING_ENCODER", raising=False)
    source = as_csv(tmp_path / "in.csv", [*TEXTS, TEXTS[0]])
    assert main(["embed", str(source), "--output", str(tmp_path / "out.npy")]) == 0
    vectors = np.load(tmp_path / "out.npy")
    assert (vectors.shape, vectors.dtype) == ((6, 384), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert np.array_equal(vectors[0], vectors[5])


def test_topics_writes_one_row_a_text_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MINING_ENCODER", raising=False)
    texts = [f"My phone battery {word} drains overnight" for word in "always really often quickly badly again".split()]
    texts += [
        f"The courier {word} delivered my parcel late" for word in "always really often badly again twice".split()
    ]
    assert main(["topics", str(as_jsonl(tmp_path / "in.jsonl", texts)), "--output", str(tmp_path / "out.jsonl")]) == 0
    found = rows(tmp_path / "out.jsonl")
    assert [row["text"] for row in found] == texts
    assert all(list(row) == ["text", "topic", "label", "keywords"] for row in found)
    assert all(isinstance(row["topic"], int) and row["topic"] >= -1 for row in found)
    assert all((row["label"] is None) == (row["topic"] == -1) for row in found)


def test_a_mistake_is_one_line_and_status_2(tmp_path: Path) -> None:
    source = as_csv(tmp_path / "in.csv", TEXTS)
    done = run("analyse", source, "--text-column", "words", "--output", tmp_path / "out.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")
    assert "no column 'words'" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("command", ["analyse", "embed", "topics"])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.csv", None, "no such file"),
        ("in.csv", "words\nx\n", "no column 'text'"),
        ("in.jsonl", '{"text": "x"}\nnot json\n', "line 2: not JSON"),
        ("in.csv", b"text\n\xff\n", "not UTF-8"),
    ],
)
def test_every_command_says_a_mistake_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str, content: str | bytes | None, says: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main([command, str(path), "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert says in said


def test_an_output_in_no_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = as_csv(tmp_path / "in.csv", TEXTS)
    assert main(["analyse", str(source), "--output", str(tmp_path / "no" / "out.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_weights_that_are_not_there_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINING_ENCODER", str(tmp_path / "none"))
    source = as_csv(tmp_path / "in.csv", TEXTS)
    assert main(["analyse", str(source), "--output", str(tmp_path / "out.jsonl")]) == 2
    assert str(tmp_path / "none") in capsys.readouterr().err


@pytest.mark.parametrize("command", ["analyse", "embed", "topics"])
@pytest.mark.parametrize("content", ["", "text\n"])
def test_an_empty_file_gives_an_empty_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, content: str
) -> None:
    monkeypatch.delenv("MINING_ENCODER", raising=False)
    source = tmp_path / "in.csv"
    source.write_text(content)
    output = tmp_path / "out"
    assert main([command, str(source), "--output", str(output)]) == 0
    assert np.load(output).shape == (0, 384) if command == "embed" else output.read_bytes() == b""


@pytest.mark.parametrize("period", ["0d", "x", "-3d", "3651d"])
def test_a_report_s_period_is_checked(period: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["report", "--period", period])
    assert stopped.value.code == 2
