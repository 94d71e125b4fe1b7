"""BERTopic on the embeddings that `mining.bench_topics` left: `.venv-bench/bin/python mining/bench_bertopic.py FOLDER`.

Runs in a virtual environment of its own (`make bench-topics`), so it imports nothing of the project. For each corpus
and setting it writes which topic each text got, the topics' words, and the seconds: in a process that has done it
before, and with the default size in a new process, where numba compiles first.
"""

import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import jieba
import numpy as np
from bertopic import BERTopic
from sklearn.feature_extraction.text import CountVectorizer

WORDS = 10
SIZES = (10, 20, 40, 100)  # min_topic_size: the default and others, of which the best by NMI is shown


def settings(language: str) -> dict[str, Any]:
    """How words are counted: English without stop words, Chinese cut by jieba, two characters and more."""
    if language == "en":
        return {"vectorizer_model": CountVectorizer(stop_words="english")}
    return {"vectorizer_model": CountVectorizer(tokenizer=cut, token_pattern=None)}


def cut(text: str) -> list[str]:
    return [word for word in jieba.cut(text) if len(word) > 1 and word.strip()]


def run(texts: list[str], embeddings: Any, size: int, language: str) -> dict[str, Any]:
    model = BERTopic(min_topic_size=size, top_n_words=WORDS, **settings(language))
    started = time.perf_counter(), computed()
    labels, _ = model.fit_transform(texts, embeddings)
    took = {"seconds": time.perf_counter() - started[0], "computing": computed() - started[1]}
    words = {key: [word for word, _ in found if word] for key, found in model.get_topics().items() if key != -1}
    return {"size": size, "labels": [int(label) for label in labels], "words": words, **took}


def computed() -> float:
    """Seconds of the processor so far, of this process and those that it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def read(path: Path) -> tuple[list[str], Any, str]:
    given = np.load(path)
    return json.loads(str(given["texts"])), given["embeddings"], str(given["language"])


def in_new_process(path: Path) -> float:
    """Seconds of the first run of a process, imports left out."""
    command = [sys.executable, __file__, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603  this file
    return float(said.stdout.split()[-1])


def main() -> None:
    warnings.filterwarnings("ignore")
    jieba.setLogLevel(60)
    jieba.initialize()
    given = Path(sys.argv[1])
    if given.is_file():
        texts, embeddings, language = read(given)
        print(run(texts, embeddings, SIZES[0], language)["seconds"])
        return
    paths = sorted(given.glob("*.npz"))
    first = {path: in_new_process(path) for path in paths}
    texts, embeddings, language = read(paths[0])
    run(texts, embeddings, SIZES[0], language)  # what numba compiles here is in no figure below
    for path in paths:
        texts, embeddings, language = read(path)
        found = [run(texts, embeddings, size, language) | {"first": first[path]} for size in SIZES]
        path.with_suffix(".bertopic.json").write_text(json.dumps(found), encoding="utf-8")
        times = [(round(one["seconds"], 1), round(one["computing"], 1)) for one in found]
        print(f"{path.stem}: in a new process {first[path]:.1f} s, afterwards", times, flush=True)


if __name__ == "__main__":
    main()
