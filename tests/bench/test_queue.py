"""The bench of the queue measures its pages on a small queue, and names what breaks the promise."""

from pathlib import Path
from typing import Any

import pytest

from community.bench import queue
from community.bench.place import Place


def size(statements: int, p95_ms: float) -> dict[str, Any]:
    return {"rows": 1, "pages": {"queue": {"statements": statements, "p95_ms": p95_ms}}}


def test_a_page_that_is_slow_or_whose_statements_grow_is_named() -> None:
    assert queue.broken([size(14, 400.0), size(14, 99.0)]) == []
    assert queue.broken([size(14, 20.0), size(14, 101.0)]) == ["queue: slower than promised"]
    assert queue.broken([size(14, 20.0), size(15, 20.0)]) == ["queue: statements grow"]


def test_a_small_queue_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "QUESTIONS", 40)
    found = queue.measured(Place(tmp_path / "queue"), 60, 0.05)
    assert set(found["pages"]) == {"queue", "queue, flags", "queue, in the middle", "item"}
    assert all(page["p50_ms"] > 0 for page in found["pages"].values())
