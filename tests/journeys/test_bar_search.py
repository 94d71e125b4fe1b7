"""Questions like what is typed into the bar: by keyboard, and told to a screen reader."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.factories import Factory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"RATELIMIT_ENABLED": False}


@pytest.fixture
def page(site: Site, chromium: Browser, make: Factory, session: Session) -> Any:
    """The home page of a forum with one question about batteries."""
    make.question(title="The battery drains overnight")
    session.commit()
    site.deliver()
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.add_init_script(AXE_SCRIPT)
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(site.address)
    yield page
    context.close()


def test_a_question_like_what_is_typed_is_opened_by_keyboard(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search questions and answers")
    field.press_sequentially("battery dr")
    option = page.get_by_role("option", name="The battery drains overnight")
    expect(option).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    assert page.evaluate("async () => (await axe.run('header')).violations.map((one) => one.id)") == []
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("The battery drains overnight")


def test_enter_alone_searches_and_escape_closes_the_list(page: Page) -> None:
    field = page.get_by_role("combobox", name="Search questions and answers")
    field.press_sequentially("battery")
    expect(page.get_by_role("listbox")).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.press("Enter")
    page.wait_for_url("**/search?q=battery")
    expect(page.locator("main .rows")).to_contain_text("The battery drains overnight")
