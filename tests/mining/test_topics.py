"""Finding topics and keeping them from run to run, on vectors whose topics are known because we planted them."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import adjusted_rand_score

from mining.discovery import EVERYONE, NONE, Centre, Floats, Graph, Ints, centre, cluster, discover, nearest, unit
from mining.topics import Topic, assign, centroids, grow, match, thresholds

WIDTH = 64


def planted(topics: int, each: int, *, noise: int = 0, spread: float = 0.1, seed: int = 0) -> tuple[Floats, Ints]:
    """Vectors around random centres and vectors around nothing, with their topics."""
    rng = np.random.default_rng(seed)
    around = np.repeat(unit(rng.normal(size=(topics, WIDTH)).astype(np.float32)), each, axis=0)
    rows = np.vstack([around + spread * rng.normal(size=around.shape), rng.normal(size=(noise, WIDTH))])
    truth = np.concatenate([np.repeat(np.arange(topics), each), np.full(noise, NONE)])
    return unit(rows.astype(np.float32)), truth


def english(rows: npt.NDArray[np.generic]) -> list[str]:
    return ["en"] * len(rows)


@pytest.mark.parametrize(("topics", "each"), [(3, 10), (6, 40), (25, 12), (40, 50)])
def test_planted_topics_are_found_whatever_their_number(topics: int, each: int) -> None:
    vectors, truth = planted(topics, each)
    assert adjusted_rand_score(truth, discover(vectors, english(vectors))) > 0.95


def test_what_resembles_nothing_belongs_to_no_topic() -> None:
    vectors, truth = planted(6, 40, noise=60)
    found = discover(vectors, english(vectors))
    assert np.mean(found[truth == NONE] == NONE) > 0.9
    assert np.mean(found[truth != NONE] == NONE) < 0.02


def test_the_same_seed_finds_the_same_topics() -> None:
    vectors, _ = planted(12, 20, spread=0.25)
    first, second = (discover(vectors, english(vectors), seed=7) for _ in range(2))
    assert first.tolist() == second.tolist()


def test_topics_are_numbered_from_the_largest() -> None:
    vectors, truth = planted(4, 30)
    fewer = np.concatenate([np.flatnonzero(truth == topic)[: 30 - 5 * topic] for topic in (3, 2, 1, 0)])
    sizes = np.bincount(discover(vectors[fewer], english(fewer)))
    assert sizes.tolist() == [30, 25, 20, 15]


def test_a_group_below_the_minimum_is_no_topic() -> None:
    vectors, truth = planted(5, 20)
    kept = np.concatenate([np.flatnonzero(truth < 4), np.flatnonzero(truth == 4)[:4]])
    found = discover(vectors[kept], english(kept), minimum=6)
    assert set(found[-4:].tolist()) == {NONE}
    assert found.max() == 3


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 5, 7])
def test_a_handful_of_texts_does_not_fail(rows: int) -> None:
    vectors, _ = planted(7, 1)
    found = discover(vectors[:rows], english(vectors[:rows]))
    assert found.shape == (rows,)


def test_fewer_texts_than_the_minimum_are_no_topic() -> None:
    vectors, _ = planted(1, 4, spread=0.01)
    assert discover(vectors, english(vectors), minimum=5).tolist() == [NONE] * 4


def test_thirty_copies_of_one_text_share_one_label() -> None:
    vectors, truth = planted(3, 20)
    copies = np.vstack([vectors, np.repeat(vectors[:1], 30, axis=0)])
    found = discover(copies, english(copies))
    assert len(set(found[60:].tolist()) | {int(found[0])}) == 1
    assert adjusted_rand_score(truth, found[:60]) > 0.95


def test_copies_of_a_single_text_are_one_topic() -> None:
    vectors, _ = planted(1, 1)
    assert cluster(np.repeat(vectors, 8, axis=0)).tolist() == [0] * 8


def two_languages() -> tuple[Floats, list[str], Ints]:
    """Six topics in two languages that lie far apart, as an encoder leaves them."""
    vectors, truth = planted(6, 40)
    languages = ["en" if row % 2 else ("zh-Hans" if row % 4 else "zh-Hant") for row in range(len(vectors))]
    accent = unit(np.random.default_rng(9).normal(size=(2, WIDTH)).astype(np.float32))
    return unit(vectors + 2 * accent[[int(code == "en") for code in languages]]), languages, truth


def test_centring_puts_two_languages_into_one_topic() -> None:
    vectors, languages, truth = two_languages()
    assert adjusted_rand_score(truth, discover(vectors, languages)) > 0.95
    uncentred = cluster(unit(vectors - vectors.mean(axis=0)))
    assert adjusted_rand_score(truth, uncentred) < 0.8, "the vectors would have been too easy"


def test_both_scripts_of_chinese_share_a_mean() -> None:
    vectors, languages, _ = two_languages()
    assert set(Centre().fit(vectors, languages).means_) == {EVERYONE, "en", "zh"}


def test_a_language_of_few_texts_is_centred_by_the_mean_of_all() -> None:
    vectors, _ = planted(4, 10)
    languages = ["en"] * 35 + ["zh-Hant"] * 5
    fitted = Centre(enough=30).fit(vectors, languages)
    assert "zh" not in fitted.means_
    np.testing.assert_allclose(
        fitted.transform(vectors[-5:], languages[-5:]), unit(vectors[-5:] - vectors.mean(axis=0)), atol=1e-6
    )


def test_stored_means_centre_a_later_mention_alike() -> None:
    vectors, languages, _ = two_languages()
    stored = dict(Centre().fit(vectors, languages).means_)
    later = Centre.of(stored).transform(vectors[:3], languages[:3])
    np.testing.assert_array_equal(later, centre(vectors, languages)[:3])


def test_centring_refuses_a_language_too_few() -> None:
    vectors, _ = planted(1, 3)
    with pytest.raises(ValueError, match="3 embeddings but 2 languages"):
        discover(vectors, ["en", "en"])


def test_neighbours_are_the_nearest_rows_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.discovery.BLOCK_BYTES", 4 * 50 * 7)  # seven rows a block
    vectors, _ = planted(5, 10)
    rows, _ = nearest(vectors, 3)
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -1)
    assert [set(found) for found in rows.tolist()] == [set(best) for best in np.argsort(-cosine)[:, :3].tolist()]


def test_the_true_partition_has_the_shortest_code() -> None:
    vectors, truth = planted(4, 20)
    graph = Graph(vectors, 6)
    merged, split = truth // 2, truth * 2 + np.arange(80) % 2
    assert graph.code_length(truth) < min(graph.code_length(merged), graph.code_length(split))


def test_a_code_for_one_community_is_the_entropy_of_the_walk() -> None:
    ring = np.array([[np.cos(a), np.sin(a)] for a in np.linspace(0, 2 * np.pi, 8, endpoint=False)], dtype=np.float32)
    assert Graph(ring, 2).code_length(np.zeros(8, dtype=np.int64)) == pytest.approx(3)


def test_a_mention_joins_the_topic_it_resembles_and_a_stranger_none() -> None:
    vectors, truth = planted(5, 30)
    means = centroids(vectors, truth)
    needed = thresholds(vectors, truth, means)
    later, own = planted(5, 31)
    topics, similarity = assign(later, means, needed)
    assert np.mean(topics == own) > 0.95
    stranger, nearest_cosine = assign(-means[:1], means, needed)
    assert stranger.tolist() == [NONE]
    assert nearest_cosine[0] < 0.5 < similarity.min()


def test_a_row_refused_by_the_nearest_topic_joins_the_next_that_takes_it() -> None:
    means = np.array([[1, 0], [0, 1]], dtype=np.float32)
    row = unit(np.array([[1, 0.9]], dtype=np.float32))
    topics, similarity = assign(row, means, np.array([0.9, 0.5], dtype=np.float32))
    assert topics.tolist() == [1]
    assert similarity[0] == pytest.approx(row[0, 1])


def test_without_topics_nothing_is_assigned() -> None:
    vectors, _ = planted(1, 3)
    topics, similarity = assign(vectors, np.empty((0, WIDTH), np.float32), np.empty(0, np.float32))
    assert (topics.tolist(), similarity.tolist()) == ([NONE] * 3, [0.0] * 3)


def test_a_threshold_is_learned_from_the_members_and_bounded() -> None:
    loose, truth = planted(1, 200, spread=0.15)
    tight, _ = planted(1, 200, spread=0.01)
    means = centroids(loose, truth)
    (learned,) = thresholds(loose, truth, means)
    assert np.mean(loose @ unit(means)[0] >= learned) == pytest.approx(0.95, abs=0.01)
    assert thresholds(tight, truth, centroids(tight, truth)).tolist() == pytest.approx([0.7])


def test_a_mean_grows_as_if_all_had_been_there() -> None:
    vectors, truth = planted(1, 30, spread=0.3)
    grown = grow(centroids(vectors[:20], truth[:20])[0], 20, vectors[20:])
    np.testing.assert_allclose(grown, vectors.mean(axis=0), atol=1e-6)


def found(vectors: Floats, keys: Ints) -> tuple[Floats, list[frozenset[int]]]:
    """What a run of discovery finds: means and members, by the keys of the mentions."""
    labels = discover(vectors, english(vectors))
    members = [frozenset(keys[labels == topic].tolist()) for topic in range(labels.max() + 1)]
    return centroids(centre(vectors, english(vectors)), labels), members


def known(means: Floats, members: list[frozenset[int]], ids: list[int]) -> list[Topic]:
    return [Topic(id_, mean, keys) for id_, mean, keys in zip(ids, means, members, strict=True)]


def test_topics_keep_their_ids_when_a_tenth_more_texts_come() -> None:
    vectors, truth = planted(8, 33)
    early = np.flatnonzero(np.arange(len(vectors)) % 33 < 30)
    means, members = found(vectors[early], early)
    before = known(means, members, [int(100 + truth[min(keys)]) for keys in members])
    means, members = found(vectors, np.arange(len(vectors)))
    assert match(means, members, before) == [100 + truth[min(keys)] for keys in members]


def test_a_topic_never_seen_gets_a_new_id() -> None:
    vectors, truth = planted(4, 20)
    old, every = np.flatnonzero(truth < 3), np.arange(len(vectors))
    means, members = found(vectors[old], old)
    before = known(means, members, [3, 7, 5])
    means, members = found(vectors, every)
    ids = dict(zip((truth[min(keys)] for keys in members), match(means, members, before), strict=True))
    assert ids[3] == 8
    assert sorted(ids.values()) == [3, 5, 7, 8]


def test_a_retired_id_does_not_return() -> None:
    vectors, truth = planted(1, 10)
    means = centroids(vectors, truth)
    assert match(means, [frozenset(range(10))], [], next_id=42) == [42]


def test_of_a_split_topic_the_larger_part_keeps_the_id() -> None:
    vectors, truth = planted(1, 30)
    before = known(centroids(vectors, truth), [frozenset(range(30))], [1])
    parts = centroids(vectors, (np.arange(30) >= 10).astype(np.int64))
    assert match(parts, [frozenset(range(10)), frozenset(range(10, 30))], before) == [2, 1]


def test_a_topic_without_a_shared_member_is_known_by_its_centroid() -> None:
    vectors, truth = planted(3, 40)
    half = np.arange(len(vectors)) % 2 == 0
    none: list[frozenset[int]] = [frozenset()] * 3
    before = known(centroids(vectors[half], truth[half]), none, [1, 2, 3])
    assert match(centroids(vectors[~half], truth[~half])[::-1], none, before) == [3, 2, 1]


def test_the_order_of_the_known_topics_does_not_matter() -> None:
    vectors, truth = planted(5, 20, spread=0.3)
    members = [frozenset(np.flatnonzero(truth == topic).tolist()) for topic in range(5)]
    before = known(centroids(vectors, truth), members, [1, 2, 3, 4, 5])
    assert match(centroids(vectors, truth), members, before[::-1]) == [1, 2, 3, 4, 5]
