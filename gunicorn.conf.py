"""How a web process is set up; gunicorn reads this file by itself, the Procfile says the rest."""

import gc
import sys


def post_worker_init(_worker: object) -> None:
    """Shorter pauses (docs/performance.md).

    What is loaded for good is never looked at again by the collector of garbage, and a thread that has the writer's
    place waits less for others that compute. What was written is copied into the database by the worker.
    """
    from community.db import (
        leave_checkpoints,
    )  # only here: the path to the product is set when the application is loaded

    leave_checkpoints()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.0005)
