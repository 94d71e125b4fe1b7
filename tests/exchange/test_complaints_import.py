"""`flask complaints import`: what is counted, told, kept and left alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community import outbox
from community.db import db, writing
from community.exchange import complaint_import
from community.models import Complaint, Customer, Event, Identity, Interaction, Product, Verbatim

MAPS = ("body=text", "external_id=id", "address=who", "created_at=at", "product=item", "status=state")
HEADER = "id,who,at,item,state,text\n"
Import = Callable[..., Result]


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Import:
    def run(content: str | bytes, *options: str, maps: tuple[str, ...] = MAPS) -> Result:
        file = tmp_path / "complaints.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        mapping = [part for one in maps for part in ("--map", one)]
        return app.test_cli_runner().invoke(
            args=["complaints", "import", str(file), "--channel", "email", *mapping, *options]
        )

    return run


def count(session: Session, model: type) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def only(session: Session) -> Complaint:
    session.rollback()
    return session.scalars(select(Complaint)).one()


def test_a_complaint_arrives_with_customer_product_verbatim_contact_and_event(run: Import, session: Session) -> None:
    result = run(HEADER + "7,Ann@X.org ,2020-01-02T03:04:05+01:00,Big Lamp,Open,It broke. Why?\n")
    assert result.exit_code == 0, result.output
    complaint = only(session)
    assert (complaint.external_id, complaint.status, complaint.subject) == ("7", "open", "It broke.")
    assert complaint.created_at == datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert session.scalars(select(Identity.address)).all() == ["ann@x.org"]
    assert session.scalars(select(Product.slug)).all() == ["big-lamp"]
    assert session.scalars(select(Verbatim.text)).all() == ["It broke. Why?"]
    assert session.scalars(select(Interaction.reason)).all() == ["complained"]
    event = session.scalars(select(Event)).one()
    assert (event.kind, event.subject_id, event.details) == ("complaint.opened", complaint.id, {"imported": True})


def test_a_second_run_adds_nothing_and_says_so(run: Import, session: Session) -> None:
    rows = HEADER + "1,a@x.org,,,,one\n2,a@x.org,,,,two\n"
    assert "2 rows read: 2 imported, 0 already there" in run(rows).output
    assert "2 rows read: 0 imported, 2 already there" in run(rows).output
    assert count(session, Complaint) == count(session, Event) == 2
    assert count(session, Customer) == 1


def test_equal_rows_without_an_id_are_as_many_as_they_were_at_every_run(run: Import, session: Session) -> None:
    rows = "text\nsame\nsame\nother\n"
    assert "3 imported" in run(rows, maps=("body=text",)).output
    assert "0 imported, 3 already there" in run(rows, maps=("body=text",)).output
    assert count(session, Complaint) == count(session, Customer) == 3


def test_an_id_that_comes_twice_in_a_file_is_imported_once(run: Import, session: Session) -> None:
    result = run(HEADER + "1,,,,,one\n1,,,,,again\n")
    assert "1 imported" in result.output
    assert "1 external_id of an earlier row" in result.output
    assert only(session).body == "one"


def test_rows_without_a_body_are_skipped_and_are_no_errors(run: Import) -> None:
    result = run(HEADER + "1,,,,,  \n2,,,,,two\n\n")
    assert result.exit_code == 0
    assert "3 rows read: 1 imported, 0 already there, 2 skipped, 0 with errors" in result.output
    assert "1 empty body" in result.output
    assert "1 blank line" in result.output


def test_an_error_names_the_physical_lines_of_its_row(run: Import, session: Session) -> None:
    result = run(HEADER + '1,,,,,"over\nthree\nlines"\n2,,soon,,,two\n3,,,,odd,"over\ntwo"\n4,,,,,four\n')
    assert result.exit_code == 1
    assert "line 5: created_at cannot be read" in result.output
    assert "lines 6-7: status is none of" in result.output
    assert "4 rows read: 2 imported" in result.output
    assert count(session, Complaint) == 2


def test_a_customers_words_are_never_told(run: Import) -> None:
    result = run(HEADER + "1,,my secret,,,a secret text\n2,,,,secret,x\n")
    assert "secret" not in result.output


def test_a_dry_run_gives_the_same_counts_and_writes_nothing(run: Import, session: Session) -> None:
    rows = HEADER + "1,a,,Lamp,,one\n1,,,,,again\n2,,never,,,two\n3,,,,,\n"
    dry, counts = run(rows, "--dry-run"), "4 rows read: 1 {}imported, 0 already there, 2 skipped, 1 with errors"
    assert counts.format("would be ") in dry.output
    assert dry.exit_code == 1
    assert [count(session, model) for model in (Complaint, Customer, Product, Event)] == [0, 0, 0, 0]
    assert counts.format("") in run(rows).output


def test_a_dry_run_does_not_wait_for_a_writer(run: Import, app: Flask) -> None:
    with db.engine.connect() as writer:
        with writing():
            writer.begin()
        assert "1 would be imported" in run(HEADER + "1,,,,,one\n", "--dry-run").output


def test_an_unknown_column_is_answered_with_those_that_there_are(run: Import, session: Session) -> None:
    result = run(HEADER + "1,,,,,one\n", maps=("body=Text",))
    assert result.exit_code == 2
    assert 'unknown column "Text"' in result.output
    assert '"id", "who", "at", "item", "state", "text"' in result.output
    assert count(session, Complaint) == 0


@pytest.mark.parametrize(
    ("maps", "told"),
    [
        (("words=text",), 'unknown field "words" in --map; fields are external_id'),
        (("subject=text",), "--map body=COLUMN is missing"),
        (("body=text", "body=text"), "mapped twice"),
        (("body=text", "external_id==x"), "external_id must tell the rows apart"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(run: Import, maps: tuple[str, ...], told: str) -> None:
    result = run(HEADER + "1,,,,,one\n", maps=maps)
    assert result.exit_code == 2
    assert told in result.output


def test_a_file_without_a_header_is_refused(run: Import) -> None:
    assert "must hold the names of the columns" in run("").output


def test_a_literal_is_the_same_for_every_row(run: Import, session: Session) -> None:
    run("text\none\n", maps=("body=text", "status==Closed", "city==Bergen", "product==灯"))
    assert only(session).status == "closed"
    assert session.scalars(select(Customer.city)).all() == ["Bergen"]
    assert session.scalars(select(Product.slug)).all() == ["灯"]


@pytest.mark.parametrize(
    ("text", "options", "read"),
    [
        ("2/24/2015 11:15", (), datetime(2015, 2, 24, 11, 15, tzinfo=UTC)),
        ("2020/3/18", (), datetime(2020, 3, 18, tzinfo=UTC)),
        ("2020-03-18 10:00:00", (), datetime(2020, 3, 18, 10, tzinfo=UTC)),
        ("03/04/2020", ("--date-format", "%d/%m/%Y"), datetime(2020, 4, 3, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_people_write_them(
    run: Import, session: Session, text: str, options: tuple[str, ...], read: datetime
) -> None:
    run(HEADER + f"1,,{text},,,one\n", *options)
    assert only(session).created_at == read


def test_a_day_first_date_never_falls_through_to_month_first(run: Import) -> None:
    result = run(HEADER + "1,,2/24/2015,,,one\n", "--date-format", "%d/%m/%Y")
    assert "line 2: created_at cannot be read" in result.output


def test_a_date_in_the_future_is_an_error(run: Import) -> None:
    assert "line 2: created_at lies in the future" in run(HEADER + "1,,2999-01-01,,,one\n").output


def test_a_byte_order_mark_is_no_part_of_the_first_column(run: Import) -> None:
    assert "1 imported" in run(b"\xef\xbb\xbf" + (HEADER + "1,,,,,one\n").encode()).output


def test_undecodable_bytes_cost_their_row_only_and_suggest_the_encoding(run: Import) -> None:
    result = run(HEADER.encode() + b"1,,,,,one\n2,,,,,\xb2\xbb\xba\xc3\n3,,,,,three\n")
    assert result.exit_code == 1
    assert "line 3: not utf-8; try another --encoding" in result.output
    assert "2 imported" in result.output


def test_another_encoding_can_be_named(run: Import, session: Session) -> None:
    run("text\n不好\n".encode("gb18030"), "--encoding", "gb18030", maps=("body=text",))
    assert only(session).body == "不好"


def test_an_unknown_encoding_is_refused(run: Import) -> None:
    assert 'unknown --encoding "klingon"' in run(HEADER, "--encoding", "klingon").output


def test_entities_are_resolved(run: Import, session: Session) -> None:
    run(HEADER + "1,,,,,fish &amp; chips\n")
    assert only(session).body == "fish & chips"


def test_a_row_with_too_many_columns_or_a_body_too_long_is_an_error(run: Import) -> None:
    result = run(HEADER + f"1,,,,,one,more\n2,,,,,{'x' * 100_001}\n3,,,,,{'x' * 100_000}\n")
    assert "line 2: 7 columns instead of 6" in result.output
    assert "line 3: body longer than 100000 characters" in result.output
    assert "1 imported" in result.output


def test_a_limit_is_the_number_of_rows_read(run: Import) -> None:
    assert "2 rows read: 2 imported" in run(HEADER + "1,,,,,a\n2,,,,,b\n3,,,,,c\n", "--limit", "2").output


def test_a_product_that_does_not_exist_is_refused(run: Import) -> None:
    result = run(HEADER + "1,,,,,a\n", "--product", "lamp")
    assert result.exit_code == 2
    assert 'no product "lamp"; products are none yet' in result.output


def test_rows_without_a_product_take_the_one_of_the_command(run: Import, session: Session) -> None:
    session.add(Product(slug="lamp", name="Lamp"))
    session.commit()
    run(HEADER + "1,,,,,a\n", "--product", "lamp")
    assert only(session).product_id == session.scalar(select(Product.id))


def test_an_anonymous_customer_is_never_mistaken_for_a_known_one(run: Import, session: Session) -> None:
    run(HEADER + "1,4711,,,,known\n4711,,,,,anonymous\n")
    assert count(session, Customer) == 2


def test_a_customer_is_known_since_the_oldest_contact(run: Import, session: Session) -> None:
    run(HEADER + "1,a,2021-01-01,,,new\n2,a,2019-01-01,,,old\n")
    run(HEADER + "3,a,2018-01-01,,,older\n")
    session.rollback()
    assert session.scalar(select(Customer.created_at)) == datetime(2018, 1, 1, tzinfo=UTC)


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    run: Import, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = HEADER + "".join(f"{n},,,,,text {n}\n" for n in range(1, 8))
    monkeypatch.setattr(complaint_import, "BATCH", 3)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "record", dying_at(5, outbox.record))
        assert isinstance(run(rows).exception, KeyboardInterrupt | SystemExit)
    assert count(session, Complaint) == count(session, Verbatim) == count(session, Event) == 3
    assert "7 rows read: 4 imported, 3 already there" in run(rows).output
    assert count(session, Complaint) == count(session, Verbatim) == count(session, Event) == 7


def dying_at(call: int, does: Callable[..., object]) -> Callable[..., object]:
    """The same function, but the process dies at the n-th call."""
    calls = 0

    def dies(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        return does(*arguments, **options)

    return dies
