"""A small load: threads that ask one after the other, and what they had to wait."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from math import ceil


@dataclass
class Waits:
    """How long each request took, in seconds, and how long all of them."""

    each: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile_ms(self, percent: int) -> float:
        """The wait that so many percent did not exceed (nearest rank)."""
        ordered = sorted(self.each)
        return round(ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] * 1000, 1)

    @property
    def a_second(self) -> float:
        return round(len(self.each) / self.seconds, 1)


class WrongAnswer(Exception):
    """A page answered something else than 200: what was measured would mean nothing."""


def load(port: int, paths: Sequence[str], headers: dict[str, str], threads: int, seconds: float, most: int) -> Waits:
    """Ask for the paths in turn for so many seconds, at most so many times. Raises WrongAnswer."""
    turns = count()
    started = time.perf_counter()
    until = started + seconds

    def ask() -> list[float]:
        waits: list[float] = []
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        while (not waits or time.perf_counter() < until) and (turn := next(turns)) < most:  # once, however slow
            waits.append(get(connection, paths[turn % len(paths)], headers))
        connection.close()
        return waits

    with ThreadPoolExecutor(threads) as pool:
        each = [wait for waits in pool.map(lambda _: ask(), range(threads)) for wait in waits]
    return Waits(each, time.perf_counter() - started)


def get(connection: HTTPConnection, path: str, headers: dict[str, str]) -> float:
    """Seconds until the whole page was there, once more if the server had closed the idle connection."""
    started = time.perf_counter()
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
    except (HTTPException, ConnectionError):
        connection.close()
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise WrongAnswer(f"{response.status} at {path}")
    return time.perf_counter() - started
