"""The bench of the upkeep writes the same with triggers and without, and only with them is a day noted."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from community.models import ChangedDay, Mention, Verbatim
from mining import bench_upkeep


@pytest.mark.parametrize("with_triggers", [False, True])
def test_the_same_is_written_and_days_are_noted_with_the_triggers_alone(with_triggers: bool, tmp_path: Path) -> None:
    given = bench_upkeep.work(250)
    engine = create_engine(f"sqlite:///{tmp_path / 'bench.db'}")
    bench_upkeep.prepare(engine, 250)
    for _round in range(2):  # a second one begins with empty tables
        found = bench_upkeep.written(engine, given, with_triggers)
    assert set(found) == {"texts", "mentions", "by the clock"}
    with Session(engine) as session:
        texts, mentions, noted = (
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Verbatim, Mention, ChangedDay)
        )
        mined = session.scalar(select(func.count()).where(Verbatim.mined_revision == bench_upkeep.REVISION))
        with_topic = session.scalar(select(func.count()).where(Mention.topic_id.is_not(None)))
    assert (texts, mentions, mined, with_topic) == (100, 250, 100, 250)
    assert (noted > 0) == with_triggers
