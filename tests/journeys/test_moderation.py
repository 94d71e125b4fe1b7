"""Flag, claim, decide, undo; merge and unmerge; suspend and appeal: with JavaScript and without."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from community.db import writing
from community.models import Account
from community.moderation import flags
from tests.conftest import NOW
from tests.factories import PASSWORD, Factory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
FORM = "main form:has(input[name=password])"


@pytest.fixture
def settings(settings: dict[str, object]) -> dict[str, object]:
    return settings | {"RATELIMIT_ENABLED": False}  # several people sign in from one address


def sign_in(page: Page, site: Site, email: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", email)
    page.fill(f"{FORM} input[name=password]", PASSWORD)
    page.click(f"{FORM} [type=submit]")


def people(make: Factory, *names: str) -> dict[str, Account]:
    roles = {"Mo": ("moderator",)}
    return {name: make.account(name, *roles.get(name, ())) for name in names}


def test_a_flag_is_claimed_decided_and_undone(page: Page, site: Site, make: Factory) -> None:
    with writing():
        make.session.rollback()
        found = people(make, "Nora", "Asker", "Mo")
        asked = make.question(found["Asker"], title="Cheap okapis here", body="Buy now.")
        path, emails = f"{site.address}/questions/{asked.id}", {name: one.email or "" for name, one in found.items()}
        make.session.rollback()
    sign_in(page, site, emails["Nora"])
    page.goto(path)
    page.click(".post-actions >> text=Flag")
    page.check("input[value=spam]")
    page.fill("textarea[name=text]", "Okapis are not lamps.")
    page.click("button:has-text('Send the flag')")
    expect(page.locator("main")).to_contain_text("A moderator will look at it")

    sign_in(page, site, emails["Mo"])
    page.goto(f"{site.address}/moderation")
    page.click("text=Question: Cheap okapis here")
    expect(page.locator("main")).to_contain_text("Okapis are not lamps.")
    page.click("button:has-text('Claim for ten minutes')")
    page.fill("textarea[name=note]", "Please ask about lamps.")
    page.click("button:has-text('Hide it')")
    expect(page.locator("main")).to_contain_text("Decided: hidden.")
    site.deliver()
    sign_in(page, site, emails["Nora"])
    gone = page.goto(path)
    assert gone
    assert gone.status == 404
    page.goto(f"{site.address}/standing")
    expect(page.locator("main")).to_contain_text("you were right")
    sign_in(page, site, emails["Asker"])
    page.goto(path)
    expect(page.locator("main")).to_contain_text("Hidden by moderation")
    page.goto(f"{site.address}/standing")
    expect(page.locator("main")).to_contain_text("Please ask about lamps.")

    sign_in(page, site, emails["Mo"])
    page.goto(f"{site.address}/moderation?state=decided")
    page.click("text=Question: Cheap okapis here")
    page.click("button:has-text('Undo')")
    expect(page.locator("main")).to_contain_text("1 decision was taken back")
    page.goto(path)
    expect(page.locator("main")).not_to_contain_text("Hidden by moderation")


def test_the_queue_is_worked_by_keyboard(page: Page, site: Site, make: Factory, request: pytest.FixtureRequest) -> None:
    if "without" in request.node.callspec.params["page"]:
        pytest.skip("keys need a script")
    with writing():
        make.session.rollback()
        found = people(make, "Nora", "Mo")
        for number in range(3):
            flags.flag(make.session, make.question(title=f"Question {number}"), "spam", "", found["Nora"], NOW)
        email = found["Mo"].email or ""
        make.session.commit()
    sign_in(page, site, email)
    page.goto(f"{site.address}/moderation")
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    page.keyboard.press("Escape")
    for key in ("j", "x", "j", "x", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-row] input:checked")).to_have_count(2)
    page.click("details.bulk button:has-text('Leave it')")
    expect(page.locator("main")).to_contain_text("2 decided.")
    page.wait_for_load_state()  # until then nobody listens to the keys
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Question 0")
    page.wait_for_load_state()
    page.keyboard.press("3")
    expect(page.locator("main")).to_contain_text("Decided: flags rejected.")
    expect(page.locator("main")).to_contain_text("Nothing waits")


def test_what_is_ticked_is_decided_from_anywhere_in_a_long_list(page: Page, site: Site, make: Factory) -> None:
    with writing():
        make.session.rollback()
        found = people(make, "Nora", "Mo")
        for number in range(12):
            asked = make.question(title=f"Question {number}", now=NOW - timedelta(hours=number))
            flags.flag(make.session, asked, "abuse", "", found["Nora"], NOW)
        email = found["Mo"].email or ""
        make.session.commit()
    sign_in(page, site, email)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{site.address}/moderation")
    ways = page.locator("details.bulk summary")
    expect(ways).not_to_be_in_viewport()
    page.check("[data-row] input >> nth=0")
    expect(ways).to_be_in_viewport()
    ways.click()
    page.check("[data-row] input >> nth=1")
    page.click("details.bulk button:has-text('Leave it')")
    expect(page.locator("main")).to_contain_text("2 decided.")


def test_a_duplicate_is_merged_and_unmerged(page: Page, site: Site, make: Factory) -> None:
    with writing():
        make.session.rollback()
        found = people(make, "First", "Second", "Mo")
        kept = make.question(found["First"], title="The lamp flickers")
        twice = make.question(found["Second"], title="Flickering lamp", body="Mine too.")
        make.answer(twice, body="Turn the dimmer.")
        kept_id, twice_id, email = kept.id, twice.id, found["Mo"].email or ""
        make.session.rollback()
    sign_in(page, site, email)
    page.goto(f"{site.address}/questions/{twice_id}")
    page.click(".post-actions >> text=Curate >> nth=0")
    page.fill("input[name=target]", f"{site.address}/questions/{kept_id}")
    page.click("button:has-text('Merge it')")
    expect(page).to_have_url(f"{site.address}/questions/{kept_id}")
    expect(page.locator("main")).to_contain_text("Turn the dimmer.")
    expect(page.locator("main")).to_contain_text("Also asked as: Flickering lamp")
    page.click(".alert button:has-text('Undo')")
    expect(page).to_have_url(f"{site.address}/questions/{twice_id}")
    expect(page.locator("h1")).to_contain_text("Flickering lamp")
    expect(page.locator("main")).to_contain_text("Turn the dimmer.")


def test_who_is_suspended_reads_why_and_appeals(page: Page, site: Site, make: Factory) -> None:
    with writing():
        make.session.rollback()
        found = people(make, "Nora", "Mo")
        emails, handle = {name: one.email or "" for name, one in found.items()}, found["Nora"].handle
        make.session.rollback()
    sign_in(page, site, emails["Mo"])
    page.goto(f"{site.address}/people/{handle}")
    page.click("main a:has-text('Moderation')")
    page.check("input[value=suspension]")
    page.select_option("select[name=days]", "7")
    page.select_option("select[name=reason]", "abuse")
    page.fill("textarea[name=note]", "You called Ann a fool.")
    page.click("button:has-text('Do it')")
    expect(page.locator("main")).to_contain_text("Suspended until")

    sign_in(page, site, emails["Nora"])
    expect(page.locator("main")).to_contain_text("Your account is suspended")
    expect(page.locator("main")).to_contain_text("You called Ann a fool.")
    page.fill("textarea[name=text]", "It was a joke between friends.")
    page.click("button:has-text('Send the appeal')")
    expect(page.locator("main")).to_contain_text("You appealed")

    sign_in(page, site, emails["Mo"])
    page.goto(f"{site.address}/moderation?kind=appeal")
    page.click("[data-row] h2 a")
    expect(page.locator("main")).to_contain_text("It was a joke between friends.")
    page.click("button:has-text('Lift it')")
    expect(page.locator("main")).to_contain_text("Decided: appeal granted.")
    sign_in(page, site, emails["Nora"])
    page.goto(f"{site.address}/ask")
    expect(page.locator("h1")).to_contain_text("Ask")
