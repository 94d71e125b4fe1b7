"""Find, assign, done, told, measured: a theme on its way from what customers say to what they hear."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from community.models import Account, Outcome
from tests.factories import PASSWORD, Factory
from tests.insights.making import lately, make_report, make_theme, say
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey

EFFECT = {
    "days": 28, "least_days": 7, "least": 5, "customers": 12, "others": 20, "sentiment": None,
    "mentions": {"before": 1.2, "after": 0.1, "others_before": 1.0, "others_after": 0.9, "difference": -1.0, "low": -1.4, "high": -0.6},
}  # fmt: skip


def sign_in(page: Page, site: Site, account: Account) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("E-mail", exact=False).first.fill(account.email or "")
    page.locator("input[type=password]").first.fill(PASSWORD)
    page.locator("main form button.btn-primary").first.click()


def test_a_theme_is_found_assigned_done_told_and_measured(
    page: Page, site: Site, make: Factory, session: Session
) -> None:
    page.set_default_timeout(60_000)  # twenty steps, on machines that have other work too
    manager, asker = make.account("Pilar", "manager"), make.account("Asker")
    theme = make_theme(session, "courier loses parcels")
    mentions = [say(make, theme, f"The courier lost it, {n}", address=f"{n}@example.org") for n in range(5)]
    mentions.append(say(make, theme, "Where is my parcel?", by=asker))
    make_report(session, theme, [row.id for row in mentions])
    session.rollback()

    sign_in(page, site, manager)
    page.goto(f"{site.address}/insights")
    page.locator("#main").get_by_role("link", name="Themes", exact=True).click()
    page.get_by_role("link", name="courier loses parcels").click()
    page.get_by_label("Department").select_option("logistics")
    page.get_by_label("Due", exact=True).fill(lately(0).date().isoformat())
    page.get_by_label("Note: what was decided, and why").fill("Another courier")
    page.locator("#act").get_by_role("button", name="Save").click()
    expect(page.locator("#act")).to_contain_text("logistics")
    page.get_by_label("Owner").select_option("Pilar")
    page.get_by_role("button", name="Set the owner").click()
    page.get_by_label("Status").select_option("done")
    page.get_by_role("button", name="Set the status").click()

    page.get_by_role("link", name="Tell those who raised it").click()
    expect(page.locator("main")).to_contain_text("in the forum, and by mail at once")
    page.locator("#title").fill("The courier is another")
    page.locator("#body").fill("Parcels **arrive**.")
    page.locator("#title_zh").fill("换了快递")
    page.locator("#body_zh").fill("包裹会送到。")
    page.get_by_role("button", name="Keep the draft and look at it").click()
    expect(page.locator("#preview")).to_contain_text("包裹会送到")
    page.get_by_role("button", name="Publish it and tell them").click()
    expect(page.locator("#act")).to_contain_text("Not measured yet")
    site.deliver()
    page.reload()
    expect(page.locator("#act")).to_contain_text("Customers told: 6.")

    sign_in(page, site, asker)
    page.goto(f"{site.address}/notifications")
    expect(page.locator("main")).to_contain_text("What became of something you raised: The courier is another")
    page.locator(".notification").filter(has_text="What became of").get_by_role("link", name="See it").click()
    expect(page.locator("h1")).to_contain_text("The courier is another")
    page.goto(f"{site.address}/questions")
    page.get_by_role("link", name="Where is my parcel?").first.click()
    page.locator(".alert-success").get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Parcels arrive.")
    page.get_by_role("contentinfo").get_by_role("link", name="You said, we did").click()
    expect(page.locator("main")).to_contain_text("The courier is another")

    session.rollback()  # reads anew what the site wrote
    outcome = session.query(Outcome).one()
    number = outcome.id
    outcome.effect, outcome.measured_at = EFFECT, lately(0)
    session.commit()
    where = f"{site.address}/insights/themes/{theme.id}"
    sign_in(page, site, manager)
    session.rollback()
    page.goto(where)
    expect(page.locator("#act")).to_contain_text("speak of it less than before")
    page.get_by_role("button", name="Withdraw it").click()
    assert page.goto(f"{site.address}/you-said/{number}").status == 404  # type: ignore[union-attr]
