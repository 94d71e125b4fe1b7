"""Join - ask - answer - accept - find it; complain - reply; a product manager names a theme."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, Factory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form [type=submit]")
    expect(page).not_to_have_url(f"{site.address}/sign-in")


def sign_out(page: Page, site: Site) -> None:
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def test_a_customer_joins_asks_accepts_and_others_find_it(page: Page, site: Site, make: Factory) -> None:
    helper = make.account("Hana Helper")
    page.goto(f"{site.address}/join")
    page.fill("input[name=name]", "Nora New")
    page.fill("input[name=email]", "nora@example.org")
    page.fill("input[name=password]", "a long test password")
    page.click("main form [type=submit]")
    page.goto(f"{site.address}/ask")
    page.fill("input[name=title]", "The zebra lamp flickers at night")
    page.fill("textarea[name=body]", "Since **yesterday** it flickers.\n\n<script>alert(1)</script>")
    page.click("main form [type=submit]")
    expect(page.locator("h1")).to_contain_text("zebra lamp")
    address = page.url
    sign_out(page, site)

    sign_in(page, site, helper.email or "")
    page.goto(address)
    page.fill("textarea[name=body] >> nth=-1", "Turn the dimmer once, then back.")
    page.click("button:has-text('Post the answer')")
    expect(page.locator("main")).to_contain_text("Turn the dimmer")
    sign_out(page, site)

    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", "nora@example.org")
    page.fill("input[name=password]", "a long test password")
    page.click("main form [type=submit]")
    page.goto(address)
    page.click("button:has-text('This solved it')")
    expect(page.locator("main")).to_contain_text("Accepted answer")

    site.deliver()
    page.goto(f"{site.address}/search?q=flickering+zebra+is:solved")
    expect(page.locator("main")).to_contain_text("zebra lamp")


def test_a_customer_complains_in_private_and_the_agent_replies(page: Page, site: Site, make: Factory) -> None:
    customer, agent = make.account("Cem Customer"), make.account("Aino Agent", "agent")
    sign_in(page, site, customer.email or "")
    page.goto(f"{site.address}/complaints/new")
    page.fill("input[name=subject]", "Parcel lost")
    page.fill("textarea[name=body]", "It never came, and I want my money back.")
    page.click("main form [type=submit]")
    expect(page.locator("main")).to_contain_text("Parcel lost")
    address = page.url
    sign_out(page, site)

    sign_in(page, site, agent.email or "")
    page.goto(f"{site.address}/inbox")
    page.click("a:has-text('Parcel lost')")
    page.fill("textarea[name=body]", "The refund is on its way.")
    page.click("button:has-text('Send the reply')")
    expect(page.locator("main")).to_contain_text("The refund is on its way.")
    sign_out(page, site)

    page.goto(address)
    expect(page).to_have_url(f"{site.address}/sign-in?next=/complaints/{address.rsplit('/', 1)[1]}")
    sign_in(page, site, customer.email or "")
    page.goto(address)
    expect(page.locator("main")).to_contain_text("The refund is on its way.")
