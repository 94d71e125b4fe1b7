"""A mining run reads every text once, whatever it is and however it is batched."""

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from community.models import Verbatim
from mining import corpus, job
from mining.mentions import split
from mining.reading import read
from mining.units import Units
from tests.factories import Factory
from tests.mining.fakes import SUBJECTS, Found, found, sentence, sentences
from tests.mining.runs import ENCODER, mined, verbatim


def test_a_run_mines_all_that_waits_and_the_next_one_nothing(units: Units, make: Factory) -> None:
    question = make.question(body="The lamp hangs. I hate it!")
    make.answer(question, body="Hold the button for ten seconds.")
    make.comment(question, body="Which button?")
    make.complaint(body="Terrible service.")
    make.contact("My parcel is late.")
    assert mined(units).verbatims == 5
    assert units.read(lambda session: session.scalar(select(func.count()).where(corpus.waits("fake-1")))) == 0
    before = units.read(found)
    again = mined(units)
    assert (again.verbatims, again.mentions, again.customers) == (0, 0, 0)
    assert units.read(found) == before


def test_a_verbatim_gets_its_mentions_and_what_the_whole_says(units: Units, make: Factory) -> None:
    make.question(title="Lamp trouble", body="The switch is broken. I will cancel my plan.")
    mined(units)
    whole = verbatim(units)
    assert (whole.language, whole.sentiment, whole.intent, whole.leaving) == ("en", "negative", "problem", True)
    assert -1 <= whole.score <= 0
    assert (whole.mined_revision, whole.claimed_by, whole.claimed_until) == ("fake-1", None, None)
    assert units.read(sentences) == ["Lamp trouble", "The switch is broken.", "I will cancel my plan."]
    assert [(m.sentiment, m.intent, m.leaving) for m in units.read(found)] == [
        ("neutral", "other", False), ("negative", "problem", False), ("neutral", "other", True),
    ]  # fmt: skip


def test_offsets_give_back_each_sentence_in_any_script(units: Units, make: Factory) -> None:
    bodies = [
        "I love it 👍🏽! But the 🔋 is terrible…",
        "屏幕坏了。客服态度很差！什么时候能修？",
        "Zo\u0308e\u200b said:\r\n\r\n> quoted words\r\n\r\nMy own words. 𝕎ide ones too.",
        "- first point\n- second point\n\n```\ncode is no mention\n```\n",
    ]
    for body in bodies:
        make.contact(body)
    mined(units)
    rows = units.read(lambda session: session.scalars(select(Verbatim).order_by(Verbatim.id)).all())
    expected = [row.text[span.start : span.end] for row in rows for span in split(row.text)]
    assert units.read(sentences) == expected
    assert {"屏幕坏了。", "I love it 👍🏽!", "My own words.", "second point"} <= set(expected)
    assert not any("quoted" in text or "code" in text for text in expected)


@pytest.mark.parametrize(
    "text", ["```\nonly code\n```", "> only a quotation", "… … …", "https://example.org/x", " \u200b "]
)
def test_a_text_that_says_nothing_is_neutral_and_counts_as_mined(
    units: Units, make: Factory, session: Session, text: str
) -> None:
    make.contact("Placeholder.")
    session.execute(update(Verbatim).values(text=text))
    session.commit()
    assert mined(units).verbatims == 1
    row = verbatim(units)
    assert (row.sentiment, row.score, row.intent, row.leaving) == ("neutral", 0.0, "other", False)
    assert row.mined_revision == "fake-1"
    assert units.read(found) == []
    assert mined(units).verbatims == 0


def test_odd_and_huge_texts_do_not_break_their_batch(units: Units, make: Factory) -> None:
    texts = [
        "Same words.", "Same words.", "Same words. Same words.", "\u202eabc\u202c.", "e\u0301" * 500, "👩‍👩‍👧‍👦" * 300,
        "no end " * 20_000, "好" * 30_000, "a" * 100_000, "\ufdd0\ufdd1 noncharacters.", "\x01\x02 control.", ". ".join("ab" * 3_000),
    ]  # fmt: skip
    for text in texts:
        make.contact(text)
    assert mined(units).verbatims == len(texts)
    rows = units.read(lambda session: session.scalars(select(Verbatim).order_by(Verbatim.id)).all())
    expected = [(row.id, span.start, span.end) for row in rows for span in split(row.text)]
    assert [m[:3] for m in units.read(found)] == expected
    assert all(row.language for row in rows)


def test_the_job_writes_just_what_was_read(units: Units, make: Factory) -> None:
    for subject in SUBJECTS:
        for number in range(5):
            make.contact(sentence(subject, number, "terrible") + " " + sentence(subject, number + 7, "great"))
    mined(units)
    rows = units.read(lambda session: session.scalars(select(Verbatim).order_by(Verbatim.id)).all())
    expected = [
        Found(row.id, span.start, span.end, said.sentiment, said.intent, said.leaving, "fake-1")
        for row in rows
        for one in read(ENCODER, [row.text])  # type: ignore[arg-type]
        for span, said in zip(one.spans, one.mentions, strict=True)
    ]
    assert units.read(found) == expected


def test_batches_of_any_size_give_the_same(units: Units, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(11):
        make.contact(sentence("login", number, "terrible"))
    mined(units)
    whole = units.read(found)
    monkeypatch.setattr(corpus.claim, "__defaults__", (3,))
    units.write(lambda session: session.execute(update(Verbatim).values(mined_revision=None)))
    assert mined(units).verbatims == 11
    assert units.read(found) == whole


def test_progress_reaches_the_whole(units: Units, make: Factory) -> None:
    for number in range(4):
        make.contact(sentence("login", number))
    seen: list[tuple[str, int, int]] = []
    job.run(units, ENCODER, lambda step, done, total: seen.append((step, done, total)))  # type: ignore[arg-type]
    assert ("mining", 4, 4) in seen
    assert ("profiles", 4, 4) in seen
    assert all(done <= total for _, done, total in seen)
