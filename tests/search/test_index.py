import errno
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from community.search import index, service
from tests.search.conftest import Forum


def test_posts_added_during_a_rebuild_are_there_after_it(forum: Forum) -> None:
    for number in range(5):
        forum.ask(f"Old {number}")
    forum.rebuild()
    during = []

    def meanwhile(_count: int) -> None:
        question = forum.ask("During")
        forum.apply(question)  # goes to the live version, not to the one being built
        during.append(question.id)

    service.rebuild(forum.index_dir, forum.session, meanwhile)
    after = forum.ask("During")
    forum.apply(after)
    assert sorted(forum.found("during")) == [*during, after.id]
    assert service.check(forum.index_dir, forum.session).post_ids == []


def test_what_changes_during_a_rebuild_is_made_good(forum: Forum) -> None:
    edited, deleted = forum.ask("Battery one"), forum.ask("Battery two")
    forum.rebuild()

    def meanwhile(_count: int) -> None:
        edited.title = "Screen"
        forum.delete(deleted)
        forum.apply(edited, deleted)

    service.rebuild(forum.index_dir, forum.session, meanwhile)
    assert forum.found("battery") == []
    assert forum.found("screen") == [edited.id]


def test_a_rebuild_that_fails_leaves_the_live_version(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.rebuild()

    def fail(_count: int) -> None:
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        service.rebuild(forum.index_dir, forum.session, fail)
    assert forum.found("battery") == [question.id]
    assert len(list(forum.index_dir.glob("v*"))) == 1


def test_a_replaced_version_is_removed_after_a_while(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.rebuild()
    forum.rebuild()
    assert len(list(forum.index_dir.glob("v*"))) == 2
    _age(forum.index_dir / "current", index.GRACE_SECONDS)
    forum.apply(question)
    assert len(list(forum.index_dir.glob("v*"))) == 1
    assert forum.found("battery") == [question.id]


@pytest.mark.parametrize("damage", ["pointer", "segment", "truncated", "contents", "everything", "format"])
def test_a_damaged_index_is_no_error_and_recovers(forum: Forum, damage: str) -> None:
    questions = [forum.ask(f"Battery {number}", "drains") for number in range(20)]
    forum.rebuild()
    index.reading.close()
    _damage(forum.index_dir, damage)
    assert forum.find("battery").hits == []
    index.reading.close()
    _age(forum.index_dir / "current", index.REST_SECONDS)
    if damage == "segment":
        assert service.ensure(forum.index_dir, forum.session)
    else:
        forum.apply(questions[0])
    assert forum.find("battery").total == 20
    assert not service.ensure(forum.index_dir, forum.session)


def test_a_full_disk_is_not_taken_for_damage() -> None:
    with pytest.raises(OSError, match="No space"), index.reading_errors():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_reader_cannot_make_the_worker_rebuild_again_and_again(forum: Forum) -> None:
    forum.ask("Battery")
    forum.rebuild()
    index.report_damage(forum.index_dir, ValueError("a fault of ours"))
    assert not service.ensure(forum.index_dir, forum.session)
    _age(forum.index_dir / "current", index.REST_SECONDS)
    assert service.ensure(forum.index_dir, forum.session)
    assert not service.ensure(forum.index_dir, forum.session)


def test_a_held_lock_is_waited_for_and_then_named(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.rebuild()
    started = time.monotonic()
    with index.locked(forum.index_dir, "writer.lock", 0), pytest.raises(index.IndexBusy, match=r"writer\.lock"):
        service.apply(forum.index_dir, forum.session, [question.id], wait=0.2)
    assert 0.2 <= time.monotonic() - started < 2
    forum.apply(question)


def test_a_writer_killed_half_way_leaves_the_index_whole_and_unlocked(forum: Forum) -> None:
    question = forum.ask("Battery")
    forum.rebuild()
    writer = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(forum.index_dir,))
    writer.start()
    _until(lambda: any((index.live(forum.index_dir)).glob("*.tmp")))
    time.sleep(0.2)
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    question.title = "Screen"
    forum.session.commit()
    forum.apply(question)
    assert forum.found("screen") == [question.id]
    assert forum.find("phantom").total == 0


def test_threads_read_while_another_writes(forum: Forum) -> None:
    first = forum.ask("Battery battery", "drains at night 电池").id
    forum.rebuild()
    wrong: list[object] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = forum.find('battery "at night" 电池', size=50)
            if not found.is_ready or found.is_loose or first not in {hit.question_id for hit in found.hits}:
                wrong.append(found)

    def guarded() -> None:
        try:
            read()
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(25):
        forum.apply(forum.ask(f"Battery {number}", "drains at night 电池"))
    forum.rebuild()
    forum.apply(forum.ask("Battery last", "drains at night"))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert forum.find("battery").total == 27


def test_segments_stay_few_and_deleted_documents_leave(forum: Forum) -> None:
    forum.rebuild()
    questions = [forum.ask(f"Battery {number}") for number in range(60)]
    for question in questions:
        forum.apply(question)
    segments = index.open_index(index.live(forum.index_dir))._segments()
    assert len(segments) <= 6
    forum.delete(*questions[:50])
    for question in questions[:50]:
        forum.apply(question)
    left = index.open_index(index.live(forum.index_dir))
    assert left.doc_count() == 10
    assert left.doc_count_all() <= 15
    assert forum.find("battery").total == 10


def _write_for_ever(index_dir: Path) -> None:
    with index.locked(index_dir, "writer.lock", 0):
        writer = index.open_writer(index.live(index_dir))
        for number in range(10**9):
            writer.add_document(post=str(number), kind="question", title="phantom", body="phantom", post_id=number)


def _until(is_so: object) -> None:
    assert callable(is_so)
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.02)


def _age(path: Path, seconds: float) -> None:
    if path.exists():
        os.utime(path, (time.time() - seconds - 5,) * 2)


def _damage(index_dir: Path, damage: str) -> None:
    folder = index.live(index_dir)
    segment, contents = next(folder.glob("*.seg")), next(folder.glob("*.toc"))
    match damage:
        case "pointer":
            (index_dir / "current").write_bytes(b"\xff\x00nonsense")
        case "segment":
            segment.write_bytes(os.urandom(segment.stat().st_size))
        case "truncated":
            os.truncate(segment, 40)
        case "contents":
            contents.write_bytes(b"")
        case "everything":
            for path in folder.iterdir():
                path.unlink()
        case "format":
            folder.rename(index_dir / "v0-000001")
            (index_dir / "current").write_text("v0-000001")
