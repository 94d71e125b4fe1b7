"""How many cores the model may use."""

import os


def use_cores(but: int = 0) -> None:
    """All of the process but so many, and one at least; MINING_THREADS says otherwise."""
    import torch  # only now: a command that fails for a mistyped path need not wait for it

    torch.set_num_threads(int(os.environ.get("MINING_THREADS", max(1, len(os.sched_getaffinity(0)) - but))))
