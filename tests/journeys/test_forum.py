"""Ask - answer - accept - find it; details; talk; watch; history; complain - reply. With scripts on a desk, without on a phone."""

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


def open_fold(page: Page, within: str, text: str) -> None:
    page.click(f"{within} summary:has-text('{text}')")


def titles(page: Page, site: Site, path: str) -> list[str]:
    page.goto(site.address + path)
    return page.locator(".row-title").all_inner_texts()


def test_a_customer_asks_accepts_and_others_find_it(page: Page, site: Site, make: Factory) -> None:
    asker, helper = make.account("Nora New"), make.account("Hana Helper")
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/ask")
    page.fill("input[name=title]", "The zebra lamp flickers at night")
    page.fill("textarea[name=body]", "Since **yesterday** it flickers.\n\n<script>alert(1)</script>")
    page.click("button:has-text('Post the question')")
    expect(page.locator("h1")).to_contain_text("zebra lamp")
    expect(page.locator(".prose strong")).to_have_text("yesterday")
    address = page.url
    sign_out(page, site)

    sign_in(page, site, helper.email or "")
    page.goto(address)
    page.fill("textarea[name=body] >> nth=-1", "Turn the dimmer once, then back.")
    page.click("button:has-text('Post the answer')")
    expect(page.locator("main")).to_contain_text("Turn the dimmer")
    expect(page.locator("button:has-text('This solved it')")).to_have_count(0)
    sign_out(page, site)

    sign_in(page, site, asker.email or "")
    page.goto(address)
    page.click("button:has-text('This solved it')")
    expect(page.locator(".post-accepted")).to_contain_text("Turn the dimmer")
    expect(page.locator("main")).to_contain_text("Accepted answer")
    assert titles(page, site, "/questions/unsolved") == []

    site.deliver()
    page.goto(f"{site.address}/search?q=flickering+zebra+is:solved")
    expect(page.locator("main")).to_contain_text("zebra lamp")


def test_details_are_asked_for_and_given(page: Page, site: Site, make: Factory) -> None:
    asker, helper = make.account("Nora New"), make.account("Hana Helper")
    asked = make.question(asker, title="The lamp flickers")
    sign_in(page, site, helper.email or "")
    assert titles(page, site, "/questions/unanswered") == ["The lamp flickers"]
    page.goto(f"{site.address}/questions/{asked.id}")
    open_fold(page, f"#post-{asked.id}", "Ask for details")
    page.fill(f"#information-{asked.id}", "Which version is it?")
    page.click("form[action$='/information'] button")
    expect(page.locator("main")).to_contain_text("They will hear of it.")
    expect(page.locator(".comment")).to_contain_text("Which version is it?")
    assert titles(page, site, "/questions/unanswered") == []
    sign_out(page, site)

    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/questions/{asked.id}")
    expect(page.locator(".alert-warning")).to_contain_text("Somebody needs to know more")
    open_fold(page, f"#post-{asked.id}", "Comment")
    page.fill(f"#comment-{asked.id}", "It is version 2.1.")
    page.click("form[action$='/comments'] button")
    expect(page.locator(".comment")).to_have_count(2)
    expect(page.locator(".alert-warning")).to_have_count(0)
    assert titles(page, site, "/questions/unanswered") == ["The lamp flickers"]


def test_talk_stays_a_reply_until_its_author_says_that_it_is_an_answer(page: Page, site: Site, make: Factory) -> None:
    helper = make.account("Hana Helper")
    asked = make.question(title="The lamp flickers")
    sign_in(page, site, helper.email or "")
    page.goto(f"{site.address}/questions/{asked.id}")
    page.fill("textarea[name=body] >> nth=-1", "Same here, any news?")
    page.click("button:has-text('Post the answer')")
    expect(page.locator("#answers")).to_contain_text("0 answers and 1 reply")
    assert titles(page, site, "/questions/unanswered") == ["The lamp flickers"]
    page.goto(f"{site.address}/questions/{asked.id}")
    page.click("button:has-text('This is an answer')")
    expect(page.locator("#answers")).to_contain_text("1 answer")
    assert titles(page, site, "/questions/unanswered") == []


def test_a_watched_question_is_in_ones_own_list_until_it_is_muted(page: Page, site: Site, make: Factory) -> None:
    reader = make.account("Rita Reader")
    asked, _other = make.question(title="The lamp flickers"), make.question(title="Another question")
    sign_in(page, site, reader.email or "")
    assert titles(page, site, "/questions/watched") == []
    expect(page.locator("main")).to_contain_text("You watch nothing yet")
    page.goto(f"{site.address}/questions/{asked.id}")
    page.click("button:text-is('Watch')")
    expect(page.locator("button:text-is('Watching')")).to_be_visible()
    assert titles(page, site, "/questions/watched") == ["The lamp flickers"]
    page.click(".row-title a")
    page.click("button:text-is('Mute')")
    expect(page.locator("button:text-is('Muted')")).to_be_visible()
    assert titles(page, site, "/questions/watched") == []


def test_an_edit_is_seen_in_the_history_and_taken_back(page: Page, site: Site, make: Factory) -> None:
    asker = make.account("Nora New")
    asked = make.question(asker, title="The lamp flickers", body="It flickers at night.")
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/questions/{asked.id}")
    page.click(f"#post-{asked.id} a:text-is('Edit')")
    page.fill("input[name=title]", "The lamp hums")
    page.fill("textarea[name=body]", "It hums at night.")
    page.click("button:has-text('Save')")
    expect(page.locator("h1")).to_have_text("The lamp hums")
    page.click("a:text-is('History')")
    expect(page.locator("h3 del")).to_have_text("flickers")
    expect(page.locator("h3 ins")).to_have_text("hums")
    page.click("button:has-text('Restore this text')")
    expect(page.locator("h1")).to_have_text("The lamp flickers")
    expect(page.locator("main")).to_contain_text("It flickers at night.")
    page.click("a:text-is('History')")
    expect(page.locator(".revision")).to_have_count(3)


def test_a_customer_complains_in_private_and_the_agent_replies(
    page: Page, site: Site, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(site.app.config, "UNDO_SEND_SECONDS", 0.0)  # test_cases.py takes a reply back
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
