"""The benches run from end to end at a tiny size, on real processes; and they notice what they are there to notice."""

import json
from pathlib import Path
from typing import Any

import pytest

from community.bench import pages, writes
from community.bench.load import Waits, WrongAnswer, load
from community.bench.people import signed_in
from community.bench.place import Place


def test_the_pages_of_a_small_community_are_timed_and_the_table_is_shown(tmp_path: Path, capsys: Any) -> None:
    arguments = ["--sizes", "40", "--folder", str(tmp_path), "--seconds", "0.01"]
    assert pages.main(arguments) == 0
    (size,) = json.loads((tmp_path / "forum.json").read_text())["sizes"]
    assert size["index"]["documents"] == size["posts"] > size["questions"] == 40
    assert size["memory_mb"] > 20
    assert set(size["pages"]) == set(size["statements"])
    assert all(0 < page["p50_ms"] <= page["p95_ms"] for page in size["pages"].values())
    assert "question, 30 answers" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == [tmp_path / "forum.json"], "the database is swept away"


def test_a_page_whose_statements_grow_is_named() -> None:
    small: dict[str, Any] = {"statements": {"home": 5, "list": 4}}
    assert pages.growing([small, {"statements": {"home": 5, "list": 9}}]) == ["list"]


def test_a_page_that_is_not_there_is_not_measured(tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    place.make(40)
    with place.app() as app:
        person = signed_in(app, 1)
        with place.web(app) as web, pytest.raises(WrongAnswer, match="404"):
            load(web.port, ["/nothing"], person.headers, threads=2, seconds=1, most=10)


def test_percentiles_are_waits_that_somebody_had() -> None:
    found = Waits([n / 1000 for n in range(1, 101)], 2.0)
    assert (found.percentile_ms(50), found.percentile_ms(95), found.percentile_ms(100)) == (50, 95, 100)
    assert found.a_second == 50


def test_a_few_people_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    writes.prepared(place, 40, 6)
    figures = writes.measured(place, 6, 2.0, (0.05, 0.2), follows=True, has_worker=False)
    assert figures["wrong"] == []
    assert writes.is_kept(figures), figures
    assert figures["requests"] == sum(figures["statuses"].values()) >= 6
    assert figures["delivered_after_s"] is not None
