"""What a round of training needs to go on after it was stopped: kept in one file, replaced as a whole."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

SECONDS_BETWEEN = 300


@dataclass
class Checkpoint:
    """The state of one round in `path`; `key` tells rounds of another recipe or other texts apart."""

    path: Path
    key: str
    saved_at: float = field(default_factory=time.monotonic)

    def restore(self, student: Any, optimizer: Any, schedule: Any) -> int:
        """Bring all of them to where the round was stopped; the steps done, 0 if nothing fits."""
        if not self.path.exists():
            return 0
        state = torch.load(self.path, weights_only=True)
        if state["key"] != self.key:
            return 0
        student.load_state_dict(state["student"])
        optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        torch.set_rng_state(state["random"])
        return int(state["step"])

    def save_sometimes(self, step: int, student: Any, optimizer: Any, schedule: Any) -> None:
        """Save if the last time is long enough ago."""
        if time.monotonic() - self.saved_at >= SECONDS_BETWEEN:
            self.save(step, student, optimizer, schedule)

    def save(self, step: int, student: Any, optimizer: Any, schedule: Any) -> None:
        """Write a new file and put it in the old one's place, so that a kill leaves one of the two."""
        state = {
            "key": self.key, "step": step, "student": student.state_dict(), "optimizer": optimizer.state_dict(),
            "schedule": schedule.state_dict(), "random": torch.get_rng_state(),
        }  # fmt: skip
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        torch.save(state, fresh)
        os.replace(fresh, self.path)
        self.saved_at = time.monotonic()

    def forget(self) -> None:
        """The round is over."""
        self.path.unlink(missing_ok=True)
