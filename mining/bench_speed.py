"""`make bench`: how fast and how large the miner is on this machine, for people and as JSON in instance/bench/."""

import json
import os
import platform
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import torch

from mining.encoder import Encoder
from mining.reading import read
from mining.training.corpus import SENTENCES

LENGTH = 30  # tokens of a verbatim, as the product's bar is stated
COUNT = 2_000


def texts_of_length(encoder: Encoder, count: int) -> list[str]:
    """The project's own sentences, joined and cut to LENGTH tokens, all different."""
    lines = [
        line.split("\t")[3]
        for path in sorted(SENTENCES.glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()[1:]
    ]
    found: list[str] = []
    step = 0
    while len(found) < count:
        step += 1
        for number, line in enumerate(lines):
            text = line
            for more in range(1, 8):
                if len(encoder.token_ids([text])[0]) >= LENGTH:
                    break
                text += " " + lines[(number * step + more) % len(lines)]
            encoding = encoder.tokenizer.encode(text)
            found.append(text[: encoding.offsets[min(LENGTH, len(encoding.ids)) - 2][1]])
            if len(found) >= count:
                break
    return found


def measured() -> dict[str, object]:
    torch.set_num_threads(int(os.environ.get("MINING_THREADS", len(os.sched_getaffinity(0)))))
    encoder = Encoder()
    texts = texts_of_length(encoder, COUNT)
    encoder.judge(texts[:100])
    started = time.perf_counter()
    encoder.judge(texts)
    raw = len(texts) / (time.perf_counter() - started)
    started = time.perf_counter()
    read(encoder, texts)
    whole = len(texts) / (time.perf_counter() - started)
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, torch {torch.__version__}",
        "tokens_a_verbatim": LENGTH,
        "encoder_verbatims_a_second": round(raw, 1),
        "read_verbatims_a_second": round(whole, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    figures = measured()
    target = Path("instance/bench/speed.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(figures, indent=1) + "\n")
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):28} {value}")
    print(f"written to {target}", file=sys.stderr)


if __name__ == "__main__":
    main()
