"""Answers that may be a minute old, kept in this process: counts beside a list need not be exact."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

Result = TypeVar("Result")
MOST = 256  # answers kept


def for_a_while(key: Hashable, seconds: float, compute: Callable[[], Result]) -> Result:
    """The answer of at most `seconds` ago, or a new one. Must be plain values: rows of a session would outlive it."""
    kept = current_app.extensions.setdefault("earshot_kept", Kept())
    return kept.get(key, seconds, compute)  # type: ignore[no-any-return]


class Kept:
    """Answers with the moment at which they were computed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[Hashable, tuple[float, Any]] = {}

    def get(self, key: Hashable, seconds: float, compute: Callable[[], Any]) -> Any:
        now = time.monotonic()
        with self._lock:
            made, answer = self._answers.get(key, (float("-inf"), None))
        if now - made < seconds:
            return answer
        answer = compute()
        with self._lock:
            if len(self._answers) >= MOST:
                self._answers.clear()
            self._answers[key] = (now, answer)
        return answer
