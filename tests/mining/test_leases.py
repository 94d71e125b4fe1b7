"""One worker holds the lease; who lost it cannot commit."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from community.models import Lease, Product
from mining import leases
from mining.leases import LASTS, LeaseLost
from mining.units import Units, alone
from tests.conftest import NOW


def acquired(units: Units, holder: str, after: timedelta = timedelta(0)) -> int | None:
    return units.write(lambda session: leases.acquire(session, "worker", holder, NOW + after))


def test_the_first_gets_it_and_the_second_stands_by(units: Units) -> None:
    assert acquired(units, "first") == 1
    assert acquired(units, "second") is None
    assert acquired(units, "first") == 1, "still"


def test_it_is_renewed_under_the_same_token(units: Units) -> None:
    token = acquired(units, "first")
    for seconds in (5, 20, 35, 50):
        assert acquired(units, "first", timedelta(seconds=seconds)) == token
    assert acquired(units, "second", timedelta(seconds=60)) is None


def test_another_takes_it_over_when_it_has_lapsed(units: Units) -> None:
    acquired(units, "first")
    assert acquired(units, "second", LASTS - timedelta(seconds=1)) is None
    assert acquired(units, "second", LASTS) == 2
    assert acquired(units, "first", LASTS) is None


def test_who_slept_through_its_own_lease_gets_a_new_token(units: Units) -> None:
    acquired(units, "first")
    assert acquired(units, "first", LASTS + timedelta(seconds=1)) == 2


def test_a_released_lease_is_free_at_once(units: Units) -> None:
    acquired(units, "first")
    units.write(lambda session: leases.release(session, "worker", "second", NOW))
    assert acquired(units, "second") is None, "only its holder gives it up"
    units.write(lambda session: leases.release(session, "worker", "first", NOW))
    assert acquired(units, "second") == 2


def test_leases_of_other_names_do_not_matter(units: Units) -> None:
    acquired(units, "first")
    assert units.write(lambda session: leases.acquire(session, "other", "second", NOW)) == 1


def products(units: Units) -> int | None:
    return units.read(lambda session: session.scalar(select(func.count(Product.id))))


def test_who_lost_the_lease_cannot_commit(units: Units) -> None:
    token = acquired(units, "first")
    fenced = Units(units.sessions, "worker", token or 0)
    fenced.write(lambda session: session.add(Product(slug="kept", name="Kept")))
    acquired(units, "second", LASTS)
    with pytest.raises(LeaseLost, match="another worker"):
        fenced.write(lambda session: session.add(Product(slug="lost", name="Lost")))
    assert products(units) == 1
    slugs = units.read(lambda session: list(session.scalars(select(Product.slug))))
    assert slugs == ["kept"]


def test_a_lease_lost_in_the_middle_of_a_unit_undoes_it(units: Units, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return  # a unit keeps all other writers out, so nobody can take the lease over meanwhile
    fenced = Units(units.sessions, "worker", acquired(units, "first") or 0)

    def slow(session: Session) -> None:
        session.add(Product(slug="lost", name="Lost"))
        session.flush()
        acquired(units, "second", LASTS)

    with pytest.raises(LeaseLost):
        fenced.write(slow)
    assert products(units) == 0


def test_the_fence_does_not_move_the_lease(units: Units) -> None:
    token = acquired(units, "first") or 0
    before = units.read(lambda session: session.execute(select(Lease.holder, Lease.token, Lease.expires_at)).one())
    Units(units.sessions, "worker", token).write(lambda session: session.add(Product(slug="a", name="A")))
    after = units.read(lambda session: session.execute(select(Lease.holder, Lease.token, Lease.expires_at)).one())
    assert after == before


def test_a_unit_that_fails_leaves_nothing(units: Units) -> None:
    def fails(session: Session) -> None:
        session.add(Product(slug="lost", name="Lost"))
        session.flush()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        units.write(fails)
    assert products(units) == 0


def busy_times(count: int, error: str) -> tuple[list[int], object]:
    tries: list[int] = []

    def work(session: Session) -> str:
        tries.append(1)
        if len(tries) <= count:
            raise OperationalError("BEGIN", {}, Exception(error))
        return "done"

    return tries, work


def test_a_busy_unit_is_tried_again_and_gives_up_at_last(units: Units, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mining.units.time.sleep", lambda _seconds: None)
    tries, work = busy_times(3, "database is locked")
    assert units.write(work) == "done"  # type: ignore[arg-type]
    assert len(tries) == 4
    tries, work = busy_times(99, "deadlock detected")
    with pytest.raises(OperationalError):
        units.write(work)  # type: ignore[arg-type]
    assert len(tries) == 5


def test_an_error_that_waiting_does_not_mend_is_not_tried_again(units: Units) -> None:
    tries, work = busy_times(1, "no such table")
    with pytest.raises(OperationalError):
        units.write(work)  # type: ignore[arg-type]
    assert len(tries) == 1


def test_two_processes_do_a_step_one_after_the_other(units: Units, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        return  # one writer at a time anyway
    order: list[str] = []

    def second() -> None:
        units.write(lambda session: (alone(session, "discovery"), order.append("second")))

    with units.sessions() as session:
        alone(session, "discovery")
        thread = Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append("first")
        session.commit()
    thread.join(10)
    assert order == ["first", "second"]
