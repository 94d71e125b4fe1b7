"""Which figures may be shown beside one another, so that no group of fewer than `least` customers can be worked out.

A group that is too small is not shown. Nor is what would give it away: a part of a whole, when the whole less the other
parts is such a group; a period, when another period less this one is. Decision 0015. Pure functions.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
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


def masked_by_people(
    cells: Mapping[Key, tuple[int, Collection[int]]], least: int, apart: Collection[int] = ()
) -> dict[Key, int | None]:
    """The same where it is known who stands behind each cell, and so how many different customers all that is hidden has."""
    numbers = {key: (count, len(set(people))) for key, (count, people) in cells.items()}
    hidden = {key for key, (_count, people) in numbers.items() if 0 < people < least}
    unseen = set(apart).union(*(cells[key][1] for key in hidden))
    if 0 < len(unseen) < least:
        hidden.update(smallest(numbers, hidden))
    return {key: None if key in hidden else cell[0] for key, cell in cells.items()}


def smallest(cells: Mapping[Key, Cell], hidden: Collection[Key]) -> list[Key]:
    """The cell that is given up to hide others behind: the first of the smallest, if any is left."""
    left = [key for key, cell in cells.items() if cell[0] and key not in hidden]
    return [min(left, key=lambda key: cells[key])] if left else []


def large_alone(counts: Mapping[Key, int], least: int) -> dict[Key, int | None]:
    """Key -> how many customers, or None where they are fewer than `least`, of groups whose whole is shown nowhere."""
    return {key: count if count == 0 or count >= least else None for key, count in counts.items()}


class Shown:
    """What has been shown of one population, cut into base cells: for each its customers, or any `least` of them.

    What is asked for is a union of base cells. The unions that were shown cut the population into pieces, and what can
    be worked out are sums of multiples of them: vectors over pieces. A piece is large when `least` customers stand
    behind it. Vectors that hold a large piece give no small group away. The others are made of the weak rows of the
    basis alone; each of these rows must have enough customers in pieces that no other weak row holds, for there nothing
    can be taken away again. Ask for what matters most first.
    """

    def __init__(self, cells: Mapping[Any, Collection[int]], least: int):
        self.people = {key: frozenset(people) for key, people in cells.items() if people}
        self.least = least
        self.pieces: list[frozenset[Hashable]] = []  # by column
        self.place: dict[Hashable, int] = {}  # cell -> the column of the piece it is in
        self.large = np.zeros(0, np.bool_)  # by column
        self.basis = Basis(np.zeros((0, 0), np.int64), [], [])
        self.counted: list[tuple[frozenset[Hashable], int]] = []  # whose customers were shown

    def may_show(self, wanted: Iterable[Hashable]) -> bool:
        """Whether sums over these base cells may be shown; if so they count as shown from now on."""
        union = frozenset(key for key in wanted if key in self.people)
        if not self.is_large(union):
            return not union
        known = len(self.pieces)
        touched = {self.place[key] for key in union if key in self.place}
        cut = [column for column in sorted(touched) if not self.pieces[column] <= union]
        pieces = list(self.pieces)
        for column in cut:  # the part inside stays in its column, the part outside gets one at the end
            pieces[column] = self.pieces[column] & union
            pieces.append(self.pieces[column] - union)
        if fresh := union.difference(self.place):
            pieces.append(fresh)
        large = np.array([self.large_now(pieces, column, cut) for column in range(len(pieces))], np.bool_)
        row = np.array([column in touched for column in range(len(pieces))], np.int64)
        row[known + len(cut) :] = 1
        basis = self.basis.widened(cut, bool(fresh)).settled(large).with_row(row, large)
        if not all(self.is_large(chain.from_iterable(pieces[n] for n in own)) for own in basis.own_of_weak()):
            return False
        self.pieces, self.large, self.basis = pieces, large, basis
        for column in (*cut, *range(known, len(pieces))):
            self.place.update(dict.fromkeys(pieces[column], column))
        return True

    def large_now(self, pieces: list[frozenset[Hashable]], column: int, cut: list[int]) -> bool:
        """What was not cut is as it was."""
        if column < len(self.large) and column not in cut:
            return bool(self.large[column])
        return self.is_large(pieces[column])

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


@dataclass(frozen=True)
class Basis:
    """What can be worked out, as rows over pieces modulo PRIME; the pivot of a row is in no other row.

    A weak row holds no large piece; the pivot of any other row is one.
    """

    rows: NDArray[np.int64]
    pivots: list[int]
    weak: list[bool]

    def widened(self, cut: list[int], with_new: bool) -> "Basis":
        """With a column more for each piece that was cut, and one for what was in no piece."""
        nothing = np.zeros((len(self.rows), int(with_new)), np.int64)
        return Basis(np.concatenate([self.rows, self.rows[:, cut], nothing], 1), self.pivots, self.weak)

    def settled(self, large: NDArray[np.bool_]) -> "Basis":
        """With pivots in pieces that are large now, as far as the rows hold one."""
        rows, pivots, weak = self.rows, list(self.pivots), list(self.weak)
        for n in range(len(pivots)):
            if weak[n] or large[pivots[n]]:
                continue
            places = np.flatnonzero((rows[n] != 0) & large)
            weak[n] = not len(places)
            if len(places):
                pivots[n] = int(places[0])
                rows = cleared(rows, n, pivots[n])
        return Basis(rows, pivots, weak)

    def with_row(self, row: NDArray[np.int64], large: NDArray[np.bool_]) -> "Basis":
        """With what can be worked out of this row too."""
        left = (row - self.rows[np.flatnonzero(row[self.pivots])].sum(0)) % PRIME if self.pivots else row
        if not left.any():
            return self
        places = np.flatnonzero((left != 0) & large)
        pivot = int(places[0] if len(places) else np.flatnonzero(left)[0])
        rows = cleared(np.concatenate([self.rows, left[None]]), len(self.rows), pivot)
        return Basis(rows, [*self.pivots, pivot], [*self.weak, not len(places)])

    def own_of_weak(self) -> list[list[int]]:
        """For each weak row the pieces that no other weak row holds."""
        held = self.rows[np.array(self.weak, np.bool_)] != 0
        own = held & (held.sum(0) == 1)
        return [np.flatnonzero(row).tolist() for row in own]


def cleared(rows: NDArray[np.int64], own: int, pivot: int) -> NDArray[np.int64]:
    """The rows, with 1 in the column of the pivot in its own row, and 0 in the others."""
    rows = rows.copy()
    rows[own] = rows[own] * pow(int(rows[own, pivot]), -1, PRIME) % PRIME
    others = np.flatnonzero(rows[:, pivot])
    others = others[others != own]
    rows[others] = (rows[others] - rows[others, pivot][:, None] * rows[own]) % PRIME
    return rows
