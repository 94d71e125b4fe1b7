"""Which figures may be shown beside one another, so that no group of fewer than `least` customers can be worked out.

A group that is too small is not shown. Nor is what would give it away: a part of a whole, when the whole less the other
parts is such a group; a period, when another period less this one is. Decision 0015. Pure functions.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row", bound=Hashable)
Column = TypeVar("Column", bound=Hashable)
Cell = tuple[int, int]  # what is counted, and how many customers stand behind it
NOTHING: Cell = (0, 0)
PRIME = 2_147_483_647  # elimination modulo a prime is exact, and products fit into 64 bits


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
    """What has been shown of one population, cut into base cells: for each its customers, or any `least` of them.

    What is asked for is a union of base cells. The unions that were shown cut the population into pieces; what can be
    worked out are sums of multiples of the unions. A piece is large when `least` customers stand behind it. As long as
    no sum of multiples vanishes on all large pieces without vanishing at all, whatever is worked out holds a large piece.
    Kept true by elimination: rows over pieces, with pivots in large ones. Ask for what matters most first.
    """

    def __init__(self, cells: Mapping[Any, Collection[int]], least: int):
        self.people = {key: frozenset(people) for key, people in cells.items() if people}
        self.least = least
        self.pieces: list[frozenset[Hashable]] = []  # by column
        self.place: dict[Hashable, int] = {}  # cell -> the column of the piece it is in
        self.large: list[bool] = []  # by column
        self.rows = np.zeros((0, 0), np.int64)  # modulo PRIME
        self.pivots: list[int] = []  # columns, by row
        self.counted: list[tuple[frozenset[Hashable], int]] = []  # whose customers were shown

    def may_show(self, wanted: Iterable[Hashable]) -> bool:
        """Whether sums over these base cells may be shown; if so they count as shown from now on."""
        union = frozenset(key for key in wanted if key in self.people)
        if not self.is_large(union):
            return not union
        cuts = {}
        for column in {self.place[key] for key in union if key in self.place}:
            inside, outside = self.pieces[column] & union, self.pieces[column] - union
            if outside:
                cuts[column] = inside, outside, (self.is_large(inside), self.is_large(outside))
        fresh = union.difference(self.place)
        return self.takes(union, cuts, fresh)

    def takes(self, union: frozenset[Hashable], cuts: Mapping[int, Any], fresh: frozenset[Hashable]) -> bool:
        """Whether the row of the union rests on a large piece of its own, or is made of others; if so it is kept."""
        copies = list(cuts)  # the part inside stays in its column, the part outside gets one at the end
        width = len(self.pieces)
        nothing = np.zeros((len(self.rows), int(bool(fresh))), np.int64)
        rows = np.concatenate([self.rows, self.rows[:, copies], nothing], 1)
        row = np.zeros(rows.shape[1], np.int64)
        row[[self.place[key] for key in union if key in self.place]] = 1
        row[width + len(copies) :] = 1
        large = self.large + [cuts[column][2][1] for column in copies] + [self.is_large(fresh)] * bool(fresh)
        for column in copies:
            large[column] = cuts[column][2][0]
        places = np.flatnonzero(large)
        pivots: list[int] = []
        for n, pivot in enumerate(self.pivots):  # a piece that rows rest on may have been cut into small ones
            place = next(iter(places[rows[n, places] != 0].tolist()), None)
            if not large[pivot]:
                if place is None:
                    return False
                pivot = place
                rows = cleared(rows, n, pivot)
            pivots.append(pivot)
        left = (row - rows[np.flatnonzero(row[pivots])].sum(0)) % PRIME if pivots else row
        own = np.flatnonzero((left != 0) & np.array(large, np.bool_))
        if not len(own) and left.any():
            return False
        self.cut(cuts, fresh, large)
        self.rows, self.pivots = rows, pivots
        if len(own):
            self.add(left, int(own[0]))
        return True

    def add(self, left: NDArray[np.int64], pivot: int) -> None:
        """Add a row to the basis, and take it off the others, so that its pivot is in no other row."""
        self.rows = cleared(np.concatenate([self.rows, left[None]]), len(self.rows), pivot)
        self.pivots.append(pivot)

    def cut(self, cuts: Mapping[int, Any], fresh: frozenset[Hashable], large: list[bool]) -> None:
        for column, (inside, outside, _sizes) in cuts.items():
            self.pieces[column] = inside
            self.place.update(dict.fromkeys(outside, len(self.pieces)))
            self.pieces.append(outside)
        if fresh:
            self.place.update(dict.fromkeys(fresh, len(self.pieces)))
            self.pieces.append(fresh)
        self.large = large

    def may_count(self, wanted: Iterable[Hashable], size: int) -> bool:
        """Whether the number of different customers, `size`, may be shown; if so it counts as shown.

        It is no sum, for a customer may be in many cells; but of two groups of which one holds the other, the
        difference is again a number of customers.
        """
        union = frozenset(key for key in wanted if key in self.people)
        if 0 < size < self.least:
            return False
        for other, known in self.counted:
            if 0 < abs(size - known) < self.least and (union <= other or other <= union):
                return False
        self.counted.append((union, size))
        return True

    def is_large(self, cells: Iterable[Hashable]) -> bool:
        """Whether at least `least` customers stand behind them; most groups show it in their first cells."""
        found: set[int] = set()
        for key in cells:
            found |= self.people[key]
            if len(found) >= self.least:
                return True
        return False


def cleared(rows: NDArray[np.int64], own: int, pivot: int) -> NDArray[np.int64]:
    """The rows, with 1 in the column of the pivot in its own row, and 0 in the others."""
    rows = rows.copy()
    rows[own] = rows[own] * pow(int(rows[own, pivot]), -1, PRIME) % PRIME
    others = np.flatnonzero(rows[:, pivot])
    others = others[others != own]
    rows[others] = (rows[others] - rows[others, pivot][:, None] * rows[own]) % PRIME
    return rows
