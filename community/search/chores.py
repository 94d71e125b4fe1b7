"""The index's own jobs of the worker."""

from typing import Any

from community.search.index import IndexBusy, IndexDamaged
from community.search.whoosh_index import current_index


def merge() -> dict[str, Any]:
    """Put large parts of the index together, beside the live one."""
    return _merged(is_purge=False)


def purge() -> dict[str, Any]:
    """Take the words of deleted posts off the disk."""
    return _merged(is_purge=True)


def _merged(is_purge: bool) -> dict[str, Any]:
    try:
        count = current_index().merge(is_purge)
    except (IndexBusy, IndexDamaged):  # it is being rebuilt, or will be
        return {}
    return {"rewritten": count} if count else {}
