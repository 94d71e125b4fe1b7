"""New topics gather into themes; themes that are there stay as people left them."""

import numpy as np
import pytest

from mining.discovery import NONE, Floats, unit
from mining.theming import gather, likeness, told_together


def alike(*pairs: tuple[int, int, float], count: int) -> Floats:
    found = np.eye(count, dtype=np.float32)
    for left, right, value in pairs:
        found[left, right] = found[right, left] = value
    return found


def test_topics_that_are_alike_make_one_theme() -> None:
    groups = gather(alike((0, 1, 0.6), (2, 3, 0.5), count=4), [None] * 4).tolist()
    assert groups[0] == groups[1] != groups[2] == groups[3]


def test_a_topic_joins_only_what_is_alike_on_the_whole() -> None:
    groups = gather(alike((0, 1, 0.9), (1, 2, 0.5), count=3), [None] * 3).tolist()
    assert groups[0] == groups[1] != groups[2]


def test_a_new_topic_joins_the_theme_of_topics_like_it() -> None:
    groups = gather(alike((0, 2, 0.7), (0, 1, 0.5), count=3), [None, 8, 9]).tolist()
    assert groups[0] == groups[2] != groups[1]


def test_themes_that_are_there_never_join_however_alike() -> None:
    groups = gather(alike((0, 1, 0.99), (0, 2, 0.9), (1, 2, 0.9), count=3), [7, 8, None]).tolist()
    assert groups[0] != groups[1]
    assert groups[2] in groups[:2]


def test_topics_that_people_put_into_one_theme_stay_there_however_unlike() -> None:
    groups = gather(alike(count=3), [7, 7, 8]).tolist()
    assert groups[0] == groups[1] != groups[2]


@pytest.mark.parametrize("count", [0, 1])
def test_few_topics_do_not_fail(count: int) -> None:
    assert len(gather(np.eye(count, dtype=np.float32), [None] * count)) == count


def test_what_is_told_in_one_breath_is_more_alike() -> None:
    labels = np.array([0, 1, 0, 1, 2, NONE])
    together = told_together(labels, [1, 1, 2, 2, 3, 3], 3)
    assert together[0, 1] == 1
    assert together[0, 2] == 0
    means = unit(np.array([[1, 0], [0.5, 1], [0.5, -1]], np.float32))
    found = likeness(means, np.zeros((0, 2), np.float32), labels, [1, 1, 2, 2, 3, 3], [0.0] * 6)
    assert found[0, 1] > found[0, 2]


def test_praise_and_trouble_are_not_one_matter_however_alike_their_words() -> None:
    means = unit(np.array([[1, 0], [1, 0.4], [1, 0.4]], np.float32))
    labels = np.array([0, 1, 2])
    found = likeness(means, np.zeros((0, 2), np.float32), labels, [1, 2, 3], [0.6, -0.6, 0.2])
    assert found[0, 1] < found[0, 2]
    groups = gather(found, [None] * 3).tolist()
    assert groups[0] == groups[2] != groups[1]
