"""On a phone what is pressed is large enough for a finger."""

import pytest
from playwright.sync_api import Browser
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.journeys.conftest import Site
from tests.journeys.walking import Walk, unfold, walking
from tests.web.world import World, populate

pytestmark = pytest.mark.journey

SMALL = """() => [...document.querySelectorAll('main .btn, main .text-button, main .pill, main .vote, main .post-link,' +
    'main .editor-tool, main .fold > summary, main .side-list a')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40)
  .map((one) => `${one.className} ${one.innerText.trim()} ${one.getBoundingClientRect().height}`)"""


@pytest.fixture
def world(make: Factory, session: Session, site: Site) -> World:
    populated = populate(make, session)
    session.rollback()
    site.deliver()
    return populated


def small(walk: Walk, path: str) -> list[str]:
    page = walk.open(path, "customer")
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    return list(page.evaluate(SMALL))


def test_buttons_are_40_px_high_for_fingers_and_dense_for_a_mouse(site: Site, chromium: Browser, world: World) -> None:
    question = f"/questions/{world.numbers['question_id']}"
    pages = [question, "/ask", "/search?q=hang", "/questions", "/notifications", "/complaints/new"]
    touch = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    with walking(site, chromium, world, **touch) as walk:
        assert {path: found for path in pages if (found := small(walk, path))} == {}
    with walking(site, chromium, world, viewport={"width": 390, "height": 800}) as walk:
        assert small(walk, question)
