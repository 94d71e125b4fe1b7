"""`python -m mining train`: from a multilingual teacher and labelled sets to the weights that the product ships."""

import json
import shutil
import time
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from mining.labels import INTENTS, SENTIMENTS
from mining.network import Miner
from mining.training import corpus, measure, teacher, vocabulary
from mining.training.batches import LONGEST, token_ids
from mining.training.card import write_card
from mining.training.checkpoint import Checkpoint
from mining.training.doubt import believed
from mining.training.examples import Example
from mining.training.student import (
    LAYERS,
    WORDS_KEPT_AS,
    Prepared,
    Recipe,
    new_student,
    prepare,
    saved_student,
    train,
)

VOCABULARY = 36_000  # rows; real texts get 0.3 % more tokens than with 42,000, and the weights stay under 60 MB
WORDS = "embeddings.word_embeddings.weight"
console = Console(stderr=True)


def make_weights(
    teacher_directory: Path, data: Path, target: Path, recipe: Recipe, work: Path, resume: Path | None = None,
    behind: int = 1,
) -> dict[str, Any]:  # fmt: skip
    """Train, calibrate, measure and write `target`; the figures of the held-out split.

    `work` keeps what can be used again: the teacher's embeddings, the student after each round, and the state of a
    round that was stopped. `resume` names a student that has `behind` rounds behind it; its vocabulary is kept.
    """
    torch.manual_seed(recipe.seed)
    started = time.time()
    examples = corpus.examples(data)
    dev = [example for example in examples if example.is_dev]
    fit = [example for example in examples if not example.is_dev]
    console.print(f"{len(fit)} texts to learn from, {len(dev)} held out")
    if resume:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(resume / "tokenizer.json", target)
        student = saved_student(resume)
    else:
        rows = vocabulary.kept_pieces(teacher_directory, [example.text for example in examples], VOCABULARY)
        vocabulary.prune_tokenizer(teacher_directory, rows, target)
        student = new_student(teacher_directory, rows)
    tokenizer = Tokenizer.from_file(str(target / "tokenizer.json"))
    shown = 0
    doubted = 0
    for number in range(behind if resume else 0, len(recipe.rates)):
        counts = one_round(student, fit, number, recipe, tokenizer, teacher_directory, work)
        shown, doubted = shown + counts[0], doubted + counts[1]
        save(student, tokenizer, work / f"round{number + 1}")
    save(student, tokenizer, target)
    held = ready(dev, tokenizer, teacher_directory, work)
    found = measure.judged(student, held.rows)
    calibrated = calibrate(dev, found)
    (target / "heads.json").write_text(json.dumps(calibrated, indent=1) + "\n")
    result = measure.figures(dev, found, held.target) | {"calibration": calibrated["calibration"]}
    facts = {
        "recipe": asdict(recipe), "layers": LAYERS, "vocabulary": tokenizer.get_vocab_size(), "longest": LONGEST,
        "texts": len(fit), "held_out": len(dev), "shown": shown, "doubted": doubted,
        "rounds_behind": behind if resume else 0, "minutes": round((time.time() - started) / 60, 1),
        "data": hashes(data), "sentences": sentence_counts(), "sentences_hash": sentences_hash(),
    }  # fmt: skip
    write_card(target, facts, result)
    return result


def one_round(
    student: Miner, fit: list[Example], number: int, recipe: Recipe, tokenizer: Tokenizer, teacher_directory: Path,
    work: Path,
) -> tuple[int, int]:  # fmt: skip
    """Train for one round; how many texts were shown, and how many were left out for doubt."""
    seeds = [recipe.seed + number * recipe.epochs + epoch for epoch in range(recipe.epochs)]
    share = recipe.shares[number] * recipe.share
    shows = [corpus.an_epoch(fit, seed, share, recipe.share) for seed in seeds]
    kept = Checkpoint(work / f"round{number + 1}.state", key=fingerprint(recipe, number, shows))
    doubted = 0
    if number + 1 >= recipe.doubt_from:
        shows, doubted = without_doubted(student, shows, tokenizer, recipe.doubt)
    epochs = [ready(show, tokenizer, teacher_directory, work) for show in shows]
    with bar("training") as progress:
        task = progress.add_task("training", total=None)

        def told(step: int, total: int, losses: dict[str, float]) -> None:
            text = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
            progress.update(task, completed=step, total=total, description=f"round {number + 1}  {text}")
            if step % 100 == 0 and not console.is_terminal:
                console.print(f"{step}/{total} {text}", soft_wrap=True)

        train(student, epochs, recipe, recipe.rates[number], told, kept)
    kept.forget()
    return sum(len(show) for show in shows), doubted


def without_doubted(
    student: Miner, shows: list[list[Example]], tokenizer: Tokenizer, sure: float
) -> tuple[list[list[Example]], int]:
    """The shows without the labels that the student of the earlier rounds denies; how many were left out."""
    left, doubted = [], 0
    for show in shows:
        kept, count = believed(student, show, token_ids(tokenizer, [example.text for example in show]), sure)
        left.append(kept)
        doubted += count
    return left, doubted


def fingerprint(recipe: Recipe, number: int, shows: list[list[Example]]) -> str:
    """What tells this round of this recipe on these texts from any other."""
    digest = sha256(json.dumps([asdict(recipe), number]).encode())
    for show in shows:
        for example in show:
            digest.update(repr(example).encode())
    return digest.hexdigest()


def ready(examples: list[Example], tokenizer: Tokenizer, teacher_directory: Path, work: Path) -> Prepared:
    texts = [example.text for example in examples]
    with bar("teacher") as progress:
        task = progress.add_task("teacher's embeddings", total=None)
        target = teacher.teacher_embeddings(
            teacher_directory, texts, work / "teacher.npz",
            lambda done, _seconds: progress.update(task, completed=done, total=len(texts)),
        )  # fmt: skip
    return prepare(examples, token_ids(tokenizer, texts), target)


def save(student: Miner, tokenizer: Tokenizer, target: Path) -> None:
    """Standard transformers layout in half precision, words in eight bits, the heads in a file of their own beside it."""
    target.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)
    student.encoder.half().save_pretrained(target)
    student.encoder.float()
    weights = load_file(target / "model.safetensors")
    weights[WORDS] = weights[WORDS].to(WORDS_KEPT_AS)
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})
    save_file(
        {name: value.half().contiguous() for name, value in student.heads.state_dict().items()},
        target / "heads.safetensors",
    )
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512, "bos_token": "<s>", "eos_token": "</s>",
        "unk_token": "<unk>", "pad_token": "<pad>", "cls_token": "<s>", "sep_token": "</s>",
    }  # fmt: skip
    (target / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n")


def calibrate(dev: list[Example], found: dict[str, Any]) -> dict[str, Any]:
    """Temperatures of the heads by language, with the calibration error before and after."""
    result: dict[str, Any] = {"sentiments": SENTIMENTS, "intents": INTENTS, "temperature": {}, "calibration": {}}
    for head in ("sentiment", "intent"):
        rows = [i for i, example in enumerate(dev) if (label := getattr(example, head)) and max(label) >= 0.7]
        truth = np.array([int(np.argmax(getattr(dev[i], head))) for i in rows])
        logits = found[head][rows]
        tongues = np.array([dev[i].language[:2] for i in rows])
        heats = {name: measure.temperature(logits[tongues == name], truth[tongues == name]) for name in ("en", "zh")}
        heats["und"] = measure.temperature(logits, truth)
        cooled = logits / np.array([heats[name] for name in tongues])[:, None]
        result["temperature"][head] = {name: round(heat, 4) for name, heat in heats.items()}
        result["calibration"][head] = {
            "before": round(measure.calibration_error(logits, truth, 1.0), 4),
            "after": round(measure.calibration_error(cooled, truth, 1.0), 4),
        }
    return result


def hashes(data: Path) -> dict[str, str]:
    files = sorted(data.glob("*.csv"))
    return {path.name: sha256(path.read_bytes()).hexdigest()[:16] for path in files}


def sentences_hash() -> str:
    """One hash of all own sentences, file by file."""
    digest = sha256()
    for path in sorted(corpus.SENTENCES.glob("*.tsv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def sentence_counts() -> dict[str, int]:
    paths = sorted(corpus.SENTENCES.glob("*.tsv"))
    return {path.name: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in paths}


def bar(_name: str) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    )


def train_command(teacher_name: str, data: Path, target: Path, options: Any) -> None:
    """The command: a recipe from its options, the teacher from a directory or the hub."""
    changes = {name: value for name in ("epochs", "seed", "share") if (value := getattr(options, name)) is not None}
    recipe = Recipe(**changes)
    result = make_weights(
        teacher_directory(teacher_name), data, target, recipe, options.work, options.resume, options.behind
    )
    sentiment, intent = result["sentiment"]["all"], result["intent"]["all"]
    console.print(
        f"{target}: sentiment accuracy {sentiment['accuracy']}, intent {intent['accuracy']} on the held-out split"
    )


def teacher_directory(name: str) -> Path:
    """The directory itself, or where the hub's files of that id were put."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=["config.json", "model.safetensors", "tokenizer*"]))
