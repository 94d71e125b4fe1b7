"""What can go wrong and be mended by a person: one line on the console, or in the run log."""


class ClusterError(Exception):
    """The cluster cannot do the work; the message says why, and what to do."""
