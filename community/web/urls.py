"""Addresses: going back only within the site, and the key of a key-set page."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import current_app, request, url_for
from werkzeug.routing import BuildError, IntegerConverter, Map

PLACE = 2_147_483_647  # stands for the number or word in a path that is built once
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,80}")  # words that stand in an address as they are


class RowId(IntegerConverter):
    """The id of a row in an address; greater numbers than a database keeps lead to nothing."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def row_number(text: str | None) -> int | None:
    """The id of a row as a form or an address sends it; None for what is none, as for a greater number than is kept."""
    found = int(text) if text and text.isascii() and text.isdecimal() and len(text) <= 10 else None
    return found if found is not None and found < 2**31 else None


def same_site(target: str | None) -> str | None:
    """The address if it is a path of this site, else None: nobody is sent elsewhere by a crafted link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def page_key(moment: datetime, row_id: int) -> str:
    """The key behind which the next page begins."""
    return f"{moment.isoformat()}_{row_id}"


def number_key(value: float, row_id: int) -> str:
    """The key behind which the next page begins, of a list that is sorted by a number."""
    return f"{value!r}_{row_id}"


def parse_number_key(text: str | None) -> tuple[float, int] | None:
    """The number and id of a page key; None when there is none, or when it is not one of ours."""
    number, _, row_id = (text or "").rpartition("_")
    try:
        value, key = float(number), int(row_id)
    except ValueError:
        return None
    return (value, key) if isfinite(value) and 0 <= key < 2**31 else None


def path_for(endpoint: str, **values: Any) -> str:
    """As `url_for`; a path with one number or word, of which a page has hundreds, is built once and then filled in."""
    if len(values) == 1 and endpoint[0] != ".":
        ((name, value),) = values.items()
        if _is_plain(name, value) and (around := _around(request.script_root, endpoint, name)):
            return f"{around[0]}{value}{around[1]}"
    return url_for(endpoint, **values)


def _is_plain(name: str, value: Any) -> bool:
    """Whether it stands in an address as it is."""
    if type(value) is int:
        return 0 <= value < 2**31
    return type(value) is str and name[0] != "_" and PLAIN.fullmatch(value) is not None


@lru_cache(maxsize=1000)
def _around(_root: str, endpoint: str, name: str) -> tuple[str, str] | None:
    """What stands before and after the value; None of an address that takes certain words only."""
    place: dict[str, Any] = {name: PLACE}
    try:
        before, _, after = url_for(endpoint, **place).partition(str(PLACE))
    except (BuildError, ValueError):
        return None
    return before, after


def absolute(path: str) -> str:
    """The whole address of a path of this site: by the setting SITE_URL, else as the reader asked for it."""
    base = current_app.config["SITE_URL"] or request.url_root
    return urljoin(str(base).rstrip("/") + "/", path.lstrip("/"))


def parse_key(text: str | None) -> tuple[datetime, int] | None:
    """The moment and id of a page key; None when there is none, or when it is not one of ours."""
    if not text or "_" not in text:
        return None
    moment, _, row_id = text.rpartition("_")
    try:
        parsed, key = datetime.fromisoformat(moment), int(row_id)
        return (parsed.astimezone(UTC), key) if parsed.tzinfo and 0 <= key < 2**31 else None
    except (ValueError, OverflowError):
        return None
