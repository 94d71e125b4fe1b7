"""Postings read by whole blocks are those that Whoosh reads one by one: a new release that lays its files out otherwise
fails here."""

import random
from pathlib import Path

import numpy as np
import pytest
from whoosh.fields import KEYWORD, TEXT, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex
from whoosh.reading import CorruptIndexError

from community.search.analysis import MixedAnalyzer
from community.search.mapped import open_searcher
from community.search.segments import Deadline, OutOfTime, Segment, segments_of

WORDS = ["common", "电池", "seldom", "wi-fi", "once"]
WEIGHTS = [60, 20, 5, 10, 0.2]


@pytest.fixture
def opened(tmp_path: Path) -> FileIndex:
    """A thousand texts in two segments, some of them deleted."""
    opened = FileIndex.create(FileStorage(str(tmp_path)), Schema(body=TEXT(analyzer=MixedAnalyzer()), key=KEYWORD()))
    chance = random.Random(3)
    for part in range(2):
        writer = opened.writer()
        for number in range(500):
            writer.add_document(body=" ".join(chance.choices(WORDS, WEIGHTS, k=12)), key=f"k{part}-{number}")
        for number in range(0, 300 * part, 7):
            writer.delete_document(number)
        writer.commit(merge=False)
    return opened


def test_blocks_hold_what_single_postings_say(opened: FileIndex) -> None:
    with opened.searcher() as theirs, open_searcher(opened) as ours:
        segments = list(reversed(segments_of(ours)))
        assert len(segments) == 2
        for segment, (reader, first) in zip(segments, theirs.reader().leaf_readers(), strict=True):
            assert segment.first == first
            for field, term in [
                ("body", "common"),
                ("body", "电池"),
                ("body", "onc"),
                ("body", "wifi"),
                ("key", "k1-3"),
            ]:
                if (field, term.encode()) not in reader:
                    assert len(segment.postings(field, term, Deadline(9))[0]) == 0
                    continue
                matcher, single = reader.postings(field, term), []
                while matcher.is_active():
                    single.append((matcher.id(), matcher.weight()))
                    matcher.next()
                ids, counts = segment.postings(field, term, Deadline(9))
                alive = segment.is_alive[ids]
                assert list(zip(ids[alive].tolist(), counts[alive].tolist(), strict=True)) == single
                assert segment.frequency(field, term) == reader.doc_frequency(field, term)


def test_positions_and_lengths_are_theirs(opened: FileIndex) -> None:
    with opened.searcher() as theirs, open_searcher(opened) as ours:
        reader, segment = theirs.reader().leaf_readers()[0][0], segments_of(ours)[-1]
        matcher, places, lengths = reader.postings("body", "common"), {}, []
        while matcher.is_active():
            places[matcher.id()] = set(matcher.value_as("positions"))
            lengths.append(reader.doc_field_length(matcher.id(), "body"))
            matcher.next()
        ids = np.array(sorted(places))
        assert segment.positions("body", "common", Deadline(9), ids) == places
        assert segment.lengths("body", ids).tolist() == lengths


def test_only_what_is_asked_for_is_read(opened: FileIndex) -> None:
    with open_searcher(opened) as ours:
        segment = segments_of(ours)[0]
        every, _ = segment.postings("body", "common", Deadline(9))
        some = every[[3, 200, 201]]
        ids, counts = segment.postings("body", "common", Deadline(9), within=some)
        assert ids.tolist() == some.tolist()
        assert len(counts) == 3
        assert len(segment.postings("body", "common", Deadline(9), most_blocks=1)[0]) == 128


def test_time_is_kept(opened: FileIndex) -> None:
    with open_searcher(opened) as ours, pytest.raises(OutOfTime):
        segments_of(ours)[0].postings("body", "common", Deadline(-1))


def test_a_wrong_place_in_a_file_is_damage(opened: FileIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_searcher(opened) as ours:
        segment: Segment = segments_of(ours)[0]
        info = segment.reader._terms.term_info("body", b"common")
        info.set_extent(info.extent()[0] + 9, 100)
        monkeypatch.setattr(segment.reader._terms, "term_info", lambda *_: info)
        with pytest.raises(CorruptIndexError):
            segment.postings("body", "common", Deadline(9))
