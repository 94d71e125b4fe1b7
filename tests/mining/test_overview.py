"""Every figure of the first page can be counted again from the rows; nothing small can be worked out of it."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from community.metrics import METRICS, PERIODS
from mining.reports import content_of
from mining.units import Units
from tests.conftest import NOW
from tests.mining.generated import Community, all_pages, moment, rows

UNITS = {metric.name: metric.unit for metric in METRICS}
PRODUCTS = ("", "clock", "lamp", "radio")


def texts(units: Units, start: datetime, end: datetime, product: str) -> list[Any]:
    """Customer, sentiment, intent and moment of each text that was read."""
    found = rows(
        units,
        "SELECT v.customer_id, v.sentiment, v.intent, v.said_at, p.slug FROM verbatim v"
        " LEFT JOIN product p ON p.id = v.product_id WHERE v.score IS NOT NULL",
    )
    return [row for row in found if start <= moment(row[3]) < end and product in ("", row[4])]


def questions(units: Units, start: datetime, end: datetime, product: str) -> list[dict[str, Any]]:
    """Those that customers asked, as they stood at `end`."""
    answers = defaultdict(list)
    for key, author, at, score, is_reply, accepted in rows(
        units, "SELECT question_id, author_id, created_at, score, is_reply, accepted_at FROM post WHERE kind = 'answer'"
    ):
        answers[key].append((author, moment(at), score, bool(is_reply), accepted))
    workers = {row[0] for row in rows(
        units, "SELECT account_id FROM account_role JOIN role ON role.id = role_id WHERE role.name <> 'customer'"
    )}  # fmt: skip
    found = []
    for key, author, customer, at, solved, slug in rows(
        units,
        "SELECT q.id, q.author_id, a.customer_id, q.created_at, q.solved_at, p.slug FROM post q"
        " JOIN account a ON a.id = q.author_id LEFT JOIN product p ON p.id = q.product_id"
        " WHERE q.kind = 'question' AND q.deleted_at IS NULL",
    ):
        if customer is None or not start <= moment(at) < end or product not in ("", slug):
            continue
        useful = [
            when for who, when, score, is_reply, _ in answers[key]
            if who != author and score >= 0 and not is_reply and when < end
        ]  # fmt: skip
        is_solved = solved is not None and moment(solved) < end
        by = next((who for who, *_, accepted in answers[key] if accepted), None)
        found.append({
            "customer": customer, "unsolved": not is_solved, "by_member": is_solved and by not in workers,
            "hours": ((min(useful) if useful else end) - moment(at)).total_seconds() / 3600, "is_over": bool(useful),
        })  # fmt: skip
    return found


def waited(asked: list[dict[str, Any]], share: float) -> float | None:
    """The product-limit estimate, term by term."""
    left = 1.0
    for hours in sorted({one["hours"] for one in asked if one["is_over"]}):
        at_risk = sum(one["hours"] >= hours for one in asked)
        left *= 1 - sum(one["hours"] == hours and one["is_over"] for one in asked) / at_risk
        if 1 - left >= share - 1e-9:
            return hours
    return None


def counted(units: Units, start: datetime, end: datetime, product: str) -> dict[str, float | None]:
    """All figures of a time and product, counted anew."""
    said, asked = texts(units, start, end, product), questions(units, start, end, product)
    people, moods = {row[0] for row in said}, Counter(row[1] for row in said)
    found: dict[str, float | None] = {"texts": len(said), "customers": len(people)}
    if said:
        found["net_sentiment"] = 100 * (moods["positive"] - moods["negative"]) / len(said)
        found["problems"] = 1000 * sum(row[2] == "problem" for row in said) / len(people)
    if asked:
        found["unsolved"] = sum(one["unsolved"] for one in asked) / len(asked)
        found["self_service"] = sum(one["by_member"] for one in asked) / len(asked)
        found["answer_half"], found["answer_most"] = (waited(asked, share) for share in (0.5, 0.9))
    return found


def test_every_figure_can_be_counted_again(units: Units, community: Community) -> None:
    found = all_pages(units, least=1)
    assert set(found) == {(days, product) for days in PERIODS for product in PRODUCTS}
    compared = 0
    for (days, product), content in found.items():
        length = timedelta(days=days)
        now = counted(units, NOW - length, NOW, product)
        before = counted(units, NOW - 2 * length, NOW - length, product)
        for name in now.keys() | {"texts", "customers", "net_sentiment", "problems", "unsolved", "answer_half"}:
            figure, digits = content["figures"][name], {"share": 3, "hours": 2}.get(UNITS[name], 1)
            assert figure["value"] == pytest.approx(now.get(name), abs=10**-digits), (days, product, name)
            if figure["before"] is not None:
                assert figure["before"] == pytest.approx(before[name], abs=10**-digits), (days, product, name)
                compared += 1
            if "difference" in figure:
                expected = now[name] - before[name]  # type: ignore[operator]
                assert figure["difference"] == pytest.approx(expected, abs=2 * 10**-digits)
                assert figure["low"] <= figure["difference"] <= figure["high"]
    assert compared > 50, "or this test says little"
    assert all(found[days, ""]["knows_before"] == (days <= 90) for days in PERIODS), "the first text is 200 days old"


def test_every_step_of_the_charts_can_be_counted_again(units: Units, community: Community) -> None:
    steps = 0
    for (days, product), content in all_pages(units, least=1).items():
        for step in (content["chart"] or {"steps": ()})["steps"]:
            start = datetime.combine(date.fromisoformat(step["day"]), datetime.min.time(), UTC)
            end = min(NOW, start + timedelta(days=content["chart"]["step_days"]))
            said = texts(units, start, end, product)
            assert step["texts"] == len(said), (days, product, step)
            moods = Counter(row[1] for row in said)
            net = 100 * (moods["positive"] - moods["negative"]) / len(said) if said else None
            assert step["net"] == (None if net is None else pytest.approx(net, abs=0.1))
            steps += 1
    assert steps > 100


def test_the_lists_of_themes_can_be_counted_again(units: Units, community: Community) -> None:
    said = rows(
        units,
        "SELECT t.theme_id, v.customer_id, m.score, v.said_at, p.slug, m.sentiment, c.value FROM mention m"
        " JOIN verbatim v ON v.id = m.verbatim_id JOIN topic t ON t.id = m.topic_id"
        " JOIN customer c ON c.id = v.customer_id LEFT JOIN product p ON p.id = v.product_id",
    )
    tiers = dict(rows(units, "SELECT id, value FROM customer WHERE is_profiled"))
    worth = {"low": 0.5, "mid": 1.0, "high": 2.0, "unknown": 1.0}
    listed = Counter[str]()
    for (days, product), content in all_pages(units, least=1).items():
        start = NOW - timedelta(days=days)
        for name, entries in content["lists"].items():
            for entry in entries or ():
                own = [row for row in said if row[0] == entry["theme"] and product in ("", row[4])]
                own = [row for row in own if start <= moment(row[3]) < NOW]
                people = {row[1] for row in own}
                assert entry["customers"] == len(people), (days, product, name)
                listed[name] += 1
                if name == "impact" and not product:
                    voices = defaultdict(list)
                    for row in own:
                        voices[row[1], moment(row[3]).date()].append(max(0.0, -row[2]))
                    pain = sum(sum(one) / len(one) for one in voices.values()) / len(voices)
                    value = sum(worth[tiers.get(one, "unknown")] for one in people) / len(people)
                    assert entry["negativity"] == pytest.approx(pain, abs=0.02)
                    assert entry["value"] == pytest.approx(value, abs=0.01)
                    assert entry["impact"] == pytest.approx(len(people) * pain * entry["trend"] * value, rel=0.05)
    assert listed["impact"] > 10
    assert listed["praised"] > 10


def test_the_report_of_the_same_rows_can_be_counted_again(units: Units, community: Community) -> None:
    content = units.read(lambda session: content_of(session, NOW - timedelta(days=90), NOW, 1))
    for name, start, end in (("totals", 90, 0), ("totals_before", 180, 90)):
        said = texts(units, NOW - timedelta(days=start), NOW - timedelta(days=end), "")
        assert content[name]["verbatims"] == len(said)
        assert content[name]["customers"] == len({row[0] for row in said})
        assert content[name]["sentiments"] == Counter(row[1] for row in said)
        assert content[name]["intents"] == Counter(row[2] for row in said)
    mentions = rows(
        units,
        "SELECT t.theme_id, v.customer_id, v.said_at, v.channel, v.language, p.slug, m.sentiment, m.intent"
        " FROM mention m JOIN verbatim v ON v.id = m.verbatim_id JOIN topic t ON t.id = m.topic_id"
        " LEFT JOIN product p ON p.id = v.product_id",
    )
    assert len(content["themes"]) == 5
    for key, entry in content["themes"].items():
        own = [row for row in mentions if row[0] == int(key) and NOW - timedelta(days=90) <= moment(row[2]) < NOW]
        assert (entry["now"]["mentions"], entry["now"]["customers"]) == (len(own), len({row[1] for row in own}))
        for place, name in ((3, "channels"), (4, "languages"), (5, "products")):
            assert entry[name] == Counter(row[place] for row in own if row[place]), name
        assert entry["now"]["sentiments"] == Counter(row[6] for row in own)
        assert entry["now"]["intents"] == Counter(row[7] for row in own)
