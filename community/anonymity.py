"""Which figures may be shown beside one another, so that no group of fewer than `least` customers can be worked out.

A group that is too small is not shown. Nor is what would give it away: a part of a whole, when the whole less the other
parts is such a group; a period, when another period less this one is. Decision 0015. Pure functions.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)
Cell = tuple[int, int]  # what is counted, and how many customers stand behind it
NOTHING: Cell = (0, 0)


def masked(cells: Mapping[Key, Cell], least: int, apart: Cell = NOTHING) -> dict[Key, int | None]:
    """Key -> its count, or None where it is hidden, of the parts of a whole that is shown.

    `apart` is what belongs to the whole and to no part that could be shown. Customers may stand behind several cells,
    so what is hidden is known to be large enough only when one hidden cell alone is.
    """
    hidden = {key for key, (_count, people) in cells.items() if 0 < people < least}
    unseen = [cells[key][1] for key in hidden] + [apart[1]] * bool(apart[0])
    if unseen and max(unseen) < least:
        hidden.update(smallest(cells, hidden))
    return {key: None if key in hidden else cell[0] for key, cell in cells.items()}


def smallest(cells: Mapping[Key, Cell], hidden: Collection[Key]) -> list[Key]:
    """The cell that is given up to hide others behind: the first of the smallest, if any is left."""
    left = [key for key, cell in cells.items() if cell[0] and key not in hidden]
    return [min(left, key=lambda key: cells[key])] if left else []


def masked_table(cells: Mapping[tuple[Row, Column], Cell], least: int) -> dict[tuple[Row, Column], int | None]:
    """Key -> its count, or None where it is hidden, of a table whose rows' and columns' sums are shown too.

    A small cell (row, column) is safe when row and column are joined by hidden cells that are large enough each: then
    every sum of hidden cells that can be worked out holds one of those. The way that hides least is taken. Where there
    is none, all cells are hidden, and the sums of the rows and those of the columns should not stand side by side.
    """
    small = {key for key, (_count, people) in cells.items() if 0 < people < least}
    large = {key: count for key, (count, people) in cells.items() if people >= least}
    hidden = set(small)
    for row, column in sorted(small, key=repr):
        way = cheapest_way(row, column, large, hidden)
        if way is None:
            return dict.fromkeys(cells)
        hidden |= way
    return {key: None if key in hidden else cell[0] for key, cell in cells.items()}


def cheapest_way(
    row: Row, column: Column, large: Mapping[tuple[Row, Column], int], hidden: Collection[tuple[Row, Column]]
) -> set[tuple[Row, Column]] | None:
    """The cells from a row to a column, over rows and columns, of which those not yet hidden count least (Dijkstra)."""
    steps: dict[tuple[bool, Hashable], list[tuple[tuple[bool, Hashable], tuple[Row, Column], int]]] = defaultdict(list)
    for key, count in large.items():
        cost = 0 if key in hidden else count
        steps[True, key[0]].append(((False, key[1]), key, cost))
        steps[False, key[1]].append(((True, key[0]), key, cost))
    queue: list[tuple[int, int, tuple[bool, Hashable], set[tuple[Row, Column]]]] = [(0, 0, (True, row), set())]
    seen: set[tuple[bool, Hashable]] = set()
    pushed = 0  # of equal costs the first is taken, and places are never compared
    while queue:
        cost, _, place, way = heapq.heappop(queue)
        if place == (False, column):
            return way
        if place in seen:
            continue
        seen.add(place)
        for there, key, more in steps[place]:
            pushed += 1
            heapq.heappush(queue, (cost + more, pushed, there, way | {key}))
    return None


class Shown:
    """What has been shown of one population, cut into base cells: for each the set of its customers.

    What is asked for is a union of base cells. It may be shown when each piece that the shown unions cut the population
    into is empty or has `least` customers: whatever is added to or taken from whatever, sums of pieces come out. What
    is in none of them cannot be reached. Ask for what matters most first.
    """

    def __init__(self, cells: Mapping[Key, Collection[int]], least: int):
        self.people: dict[Hashable, frozenset[int]] = {
            key: frozenset(people) for key, people in cells.items() if people
        }
        self.least = least
        self.pieces: list[frozenset[Hashable]] = []  # of what can be worked out, without overlap
        self.counted: list[tuple[frozenset[Hashable], int]] = []  # whose customers were shown

    def may_show(self, wanted: Iterable[Hashable]) -> bool:
        """Whether sums over these base cells may be shown; if so they count as shown from now on."""
        union = frozenset(key for key in wanted if key in self.people)
        rest, pieces = union, []
        for piece in self.pieces:
            both = piece & union
            pieces += [part for part in (both, piece - both) if part] if both else [piece]
            rest -= both
        if rest:
            pieces.append(rest)
        known = set(self.pieces)
        if not all(piece in known or self.is_large(piece) for piece in pieces):
            return False
        self.pieces = pieces
        return True

    def may_count(self, wanted: Iterable[Hashable]) -> bool:
        """Whether the number of different customers may be shown; if so it counts as shown.

        It is no sum, for a customer may be in many cells; but of two groups of which one holds the other, the
        difference is again a number of customers.
        """
        union = frozenset(key for key in wanted if key in self.people)
        size = len(self.customers(union))
        if 0 < size < self.least:
            return False
        for other, known in self.counted:
            if (union <= other or other <= union) and 0 < abs(size - known) < self.least:
                return False
        self.counted.append((union, size))
        return True

    def customers(self, cells: Iterable[Hashable]) -> set[int]:
        return set().union(*(self.people[key] for key in cells if key in self.people))

    def is_large(self, cells: Iterable[Hashable]) -> bool:
        """Whether at least `least` customers stand behind them; most groups show it in their first cells."""
        found: set[int] = set()
        for key in cells:
            found |= self.people[key]
            if len(found) >= self.least:
                return True
        return False
