"""No group of fewer than five customers can be worked out of what is shown, whatever is taken from whatever."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.anonymity import Shown, masked, masked_by_people

LEAST = 3
pytestmark = pytest.mark.one_database

texts = st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abcd")), max_size=40)  # (customer, word)


def by_word(said: list[tuple[int, str]]) -> dict[str, tuple[int, int]]:
    people = defaultdict(list)
    for customer, word in said:
        people[word].append(customer)
    return {word: (len(who), len(set(who))) for word, who in people.items()}


def test_a_group_is_shown_from_the_least_on() -> None:
    assert masked({"a": (9, 5), "b": (7, 6)}, 5) == {"a": 9, "b": 7}
    assert masked({}, 5) == {}
    assert masked({"a": (0, 0), "b": (7, 6)}, 5) == {"a": 0, "b": 7}, "nobody is no group"


def test_a_group_that_the_others_would_give_away_takes_the_next_smallest_with_it() -> None:
    assert masked({"a": (2, 1), "b": (7, 6), "c": (30, 20)}, 5) == {"a": None, "b": None, "c": 30}


def test_what_belongs_to_no_part_is_hidden_behind_one_too() -> None:
    assert masked({"a": (7, 6), "b": (30, 20)}, 5, apart=(1, 1)) == {"a": None, "b": 30}
    assert masked({"a": (7, 6), "b": (30, 20)}, 5, apart=(9, 5)) == {"a": 7, "b": 30}


@settings(max_examples=100, deadline=None)
@given(texts, st.integers(0, 6))
def test_no_sum_of_parts_taken_from_the_whole_leaves_a_small_group(said: list[tuple[int, str]], nowhere: int) -> None:
    """`nowhere`: so many texts of customer 1 belong to the whole, and to no word."""
    found = masked(by_word(said), LEAST, (nowhere, min(1, nowhere)))
    whole = [customer for customer, _ in said] + [1] * nowhere
    if len(set(whole)) < LEAST:
        return  # the whole is not shown
    shown = [word for word, count in found.items() if count is not None]
    for size in range(len(shown) + 1):
        for some in combinations(shown, size):
            rest = {customer for customer, word in said if word not in some} | ({1} if nowhere else set())
            assert not rest or len(rest) >= LEAST, f"the whole less {some}"


def in_span(rows: list[list[int]], wanted: list[int]) -> bool:
    """Whether a sum of multiples of the rows gives what is wanted: by elimination, exactly."""

    def rank(table: list[list[int]]) -> int:
        left, found = [[Fraction(value) for value in row] for row in table], 0
        for column in range(len(wanted)):
            pivot = next((n for n in range(found, len(left)) if left[n][column]), None)
            if pivot is None:
                continue
            left[found], left[pivot] = left[pivot], left[found]
            for n in range(found + 1, len(left)):
                share = left[n][column] / left[found][column]
                left[n] = [a - share * b for a, b in zip(left[n], left[found], strict=True)]
            found += 1
        return found

    return rank([*rows, wanted]) == rank(rows)


PERIODS = {"week": (0,), "week before": (1,), "month": (0, 1, 2), "month before": (3,), "quarter": (0, 1, 2, 3, 4)}
population = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from(["lamp", "app", ""])),  # a part of time, a product
    st.frozensets(st.integers(1, 12), min_size=1),
)


def wanted(people: dict[tuple[int, str], frozenset[int]]) -> dict[tuple[str, str], frozenset[tuple[int, str]]]:
    """Each filter of period and product, with the cells that it lets through."""
    return {
        (name, product): frozenset(cell for cell in people if cell[0] in parts and product in ("all", cell[1]))
        for product in ("all", "lamp", "app")
        for name, parts in PERIODS.items()
    }


def everyone(people: dict[tuple[int, str], frozenset[int]], cells: Iterable[tuple[int, str]]) -> set[int]:
    return set().union(*(people[cell] for cell in cells))


@settings(max_examples=100, deadline=None)
@given(population)
def test_no_two_filters_taken_from_one_another_leave_a_small_group(
    people: dict[tuple[int, str], frozenset[int]],
) -> None:
    shown = Shown(people, LEAST)
    filters = wanted(people)
    seen = {name: cells for name, cells in filters.items() if shown.may_show(cells)}
    keys = sorted(people)
    rows = [[int(key in cells) for key in keys] for cells in seen.values()]
    for one, other in combinations(seen.values(), 2):
        for left in (one - other, other - one) if one <= other or other <= one else ():
            assert not left or len(everyone(people, left)) >= LEAST
    small = [key for key in keys if len(people[key]) < LEAST]
    for size in range(1, len(small) + 1):
        for some in combinations(small, size):  # and by any sum of multiples of what is shown
            if len(everyone(people, some)) < LEAST:
                assert not in_span(rows, [int(key in some) for key in keys]), some


@settings(max_examples=100, deadline=None)
@given(population)
def test_no_two_numbers_of_customers_differ_by_a_small_group(people: dict[tuple[int, str], frozenset[int]]) -> None:
    shown = Shown(people, LEAST)
    sizes = {cells: len(everyone(people, cells)) for cells in wanted(people).values()}
    counted = {cells: size for cells, size in sizes.items() if shown.may_count(cells, size)}
    for (one, size), (other, least) in combinations(counted.items(), 2):
        if one <= other or other <= one:
            assert abs(size - least) == 0 or abs(size - least) >= LEAST


def test_what_is_asked_for_first_is_shown_and_what_would_betray_it_is_not() -> None:
    shown = Shown({("old", "lamp"): {1}, ("new", "lamp"): {1, 2, 3}, ("new", "app"): {4, 5, 6}}, LEAST)
    assert shown.may_show([("new", "lamp"), ("new", "app")])
    assert shown.may_show([("new", "lamp")])
    assert not shown.may_show([("new", "lamp"), ("old", "lamp")]), "less the new ones, one customer is left"
    assert shown.may_show([("old", "nothing")]), "nobody is no group"


@given(texts, st.sets(st.integers(1, 9), max_size=3))
def test_all_that_is_hidden_together_is_nobody_or_enough_different_customers(
    said: list[tuple[int, str]], apart: set[int]
) -> None:
    """An attacker takes what is shown from the whole; what was counted is each text."""
    people = defaultdict(set)
    for customer, word in said:
        people[word].add(customer)
    counts = {word: sum(one == word for _customer, one in said) for word in people}
    shown = masked_by_people({word: (counts[word], who) for word, who in people.items()}, LEAST, apart)
    left = apart.union(*(people[word] for word, count in shown.items() if count is None))
    assert all(len(people[word]) >= LEAST for word, count in shown.items() if count is not None)
    assert not left or len(left) >= LEAST or len(left | {c for c, _word in said}) < LEAST or not any(shown.values())


def test_those_who_are_many_together_hide_nobody_else() -> None:
    """From numbers alone the four and the four may be the same people."""
    cells = {"a": (4, [1, 2, 3, 4]), "b": (4, [5, 6, 7, 8]), "c": (9, list(range(9)))}
    assert masked_by_people(cells, 5) == {"a": None, "b": None, "c": 9}
    assert masked({"a": (4, 4), "b": (4, 4), "c": (9, 9)}, 5) == dict.fromkeys("abc")
