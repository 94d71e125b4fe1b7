"""Segments become fewer without anybody waiting, and nothing is lost by it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from community.search import index, merging, service
from tests.search.conftest import Forum


def segments(forum: Forum) -> list[Any]:
    return list(index.open_index(index.live(forum.index_dir))._segments())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "SMALL", 4)


@pytest.mark.usefixtures("small")
def test_a_commit_leaves_large_segments_alone_and_few_small_ones(forum: Forum) -> None:
    for number in range(10):
        forum.ask(f"Battery {number}")
    forum.rebuild()
    large = segments(forum)[0].segment_id()
    for number in range(12):
        forum.apply(forum.ask(f"Cable {number}"))
        there = segments(forum)
        assert large in {segment.segment_id() for segment in there}
        assert sum(merging.is_small(segment) for segment in there) <= 3
    assert len(forum.found("cable", size=50)) == 12


@pytest.mark.usefixtures("small")
def test_the_job_merges_large_ones_into_one(forum: Forum) -> None:
    posts = []
    for part in range(3):
        posts += [forum.ask(f"Battery {part} {number}") for number in range(6)]
        forum.apply(*posts[-6:])
    assert len(segments(forum)) == 3
    assert merging.merge_large(forum.index_dir) == 18
    assert len(segments(forum)) == 1
    assert set(forum.found("battery", size=50)) == {post.id for post in posts}
    assert service.check(forum.index_dir, forum.session).post_ids == []
    assert merging.merge_large(forum.index_dir) == 0
    assert not (forum.index_dir / "merging").exists()


@pytest.mark.usefixtures("small")
def test_what_changes_while_it_merges_is_as_it_was_changed(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = []
    for size in (6, 5):
        posts += [forum.ask(f"Battery {size} {number}") for number in range(size)]
        forum.apply(*posts[-size:])
    forum.delete(posts[1])
    forum.apply(posts[1])
    merged = merging._merged_beside
    fresh = []

    def meanwhile(*arguments: Any) -> Any:
        done = merged(*arguments)
        forum.delete(posts[0], posts[8])
        posts[2].title = "Screen"
        fresh.append(forum.ask("Battery fresh"))
        forum.apply(posts[0], posts[8], posts[2], fresh[0])
        return done

    monkeypatch.setattr(merging, "_merged_beside", meanwhile)
    assert merging.merge_large(forum.index_dir) == 10
    right = {post.id for post in posts} - {posts[number].id for number in (0, 1, 2, 8)} | {fresh[0].id}
    assert set(forum.found("battery", size=50)) == right
    assert forum.found("screen") == [posts[2].id]
    assert service.check(forum.index_dir, forum.session).post_ids == []


@pytest.mark.usefixtures("small")
def test_a_merge_that_fails_leaves_everything_as_it_was(forum: Forum, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in range(2):
        forum.apply(*[forum.ask(f"Battery {part} {number}") for number in range(6)])
    monkeypatch.setattr(merging, "_deleted_since", lambda *_: 1 / 0)
    with pytest.raises(index.IndexDamaged):
        merging.merge_large(forum.index_dir)
    monkeypatch.undo()
    assert len(forum.found("battery", size=50)) == 12
    forum.apply(forum.ask("Battery last"))
    assert len(forum.found("battery", size=50)) == 13
    assert len(list(index.live(forum.index_dir).glob("*.seg"))) == len(segments(forum))


@pytest.mark.parametrize("is_small", [True, False])
def test_after_a_purge_the_words_of_deleted_posts_are_off_the_disk(
    forum: Forum, monkeypatch: pytest.MonkeyPatch, is_small: bool
) -> None:
    monkeypatch.setattr(merging, "SMALL", 1_000 if is_small else 2)
    kept = [forum.ask(f"Battery {number}") for number in range(8)]
    gone = forum.ask("Xylophonist", "xylophonist")
    forum.rebuild()
    assert b"xylophonist" in everything(forum.index_dir)
    forum.delete(gone)
    forum.apply(gone)
    merging.merge_large(forum.index_dir)
    merging.merge_large(forum.index_dir, is_purge=True)
    assert b"xylophonist" not in everything(forum.index_dir)
    assert set(forum.found("battery", size=50)) == {post.id for post in kept}


@pytest.mark.usefixtures("small")
def test_readers_go_on_while_segments_are_exchanged(forum: Forum) -> None:
    first = forum.ask("Battery battery", "drains").id
    forum.rebuild()
    wrong: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                found = forum.find('battery "drains"', size=50)
                if not found.is_ready or not (found.is_partial or first in {hit.question_id for hit in found.hits}):
                    wrong.append(found)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(8):
        forum.apply(*[forum.ask(f"Battery {number}", "drains") for _ in range(5)])
        merging.merge_large(forum.index_dir, is_purge=number % 2 == 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_it_does_not_run_beside_a_rebuild(forum: Forum) -> None:
    forum.rebuild()
    with index.locked(forum.index_dir, "rebuild.lock", 0), pytest.raises(index.IndexBusy):
        merging.merge_large(forum.index_dir)


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
