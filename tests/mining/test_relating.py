"""Related themes are alike by what they say, or told by the same customers."""

import numpy as np

from mining.relating import nearest


def test_likeness_or_customers_in_common_relate_and_neither_does_not() -> None:
    means = np.array([[1.0, 0.0, 0.0], [0.9, 0.3, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    people = [set(range(10)), {50, 51}, {60}, set(range(5, 12))]
    found = nearest([7, 8, 9, 10], means, people, 5)
    assert [one.theme for one in found[7]] == [8, 10]
    assert (found[7][1].customers, found[7][1].likeness) == (5, 0.0)
    assert [one.theme for one in found[9]] == [8]


def test_a_theme_is_not_related_to_itself_and_one_alone_to_nothing() -> None:
    assert nearest([7], np.ones((1, 3)), [{1, 2, 3, 4, 5, 6}], 5) == {7: []}
    assert nearest([], np.zeros((0, 1)), [], 5) == {}


def test_fewer_than_five_in_common_relate_nothing() -> None:
    people = [{1, 2, 3, 4}, {1, 2, 3, 4}]
    assert nearest([1, 2], np.zeros((2, 1)), people, 5) == {1: [], 2: []}
