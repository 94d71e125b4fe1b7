"""A customer takes their data along and deletes the account, either way; with JavaScript and without."""

from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from community.db import writing
from tests.factories import PASSWORD, Factory
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
FORM = "main form:has(input[name=password])"


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", email)
    page.fill(f"{FORM} input[name=password]", PASSWORD)
    page.click(f"{FORM} [type=submit]")


def made(make: Factory, site: Site) -> tuple[str, int, int]:
    """An address, a question that only its author wrote below, and one that somebody answered."""
    with writing():
        make.session.rollback()
        person, other = make.account("Nora Narwhal"), make.account("Omar Other")
        alone = make.question(person, title="The zebra lamp flickers", body="Since yesterday.")
        answered = make.question(person, title="The okapi lamp hums", body="All night long.")
        make.answer(answered, other, body="Turn the dimmer once.")
        found = person.email or "", alone.id, answered.id
        make.session.rollback()
    site.deliver()
    return found


def delete(page: Page, site: Site, email: str, choice: str) -> None:
    page.goto(f"{site.address}/settings/privacy")
    page.click("main a:has-text('Delete my account')")
    page.check(f"input[name=posts][value={choice}]")
    page.fill("input[name=email]", "somebody.else@example.org")
    page.click("button:has-text('Delete my account for ever')")
    expect(page.locator("main")).to_contain_text(f"This is not {email}")
    expect(page.locator(f"input[name=posts][value={choice}]")).to_be_checked()
    page.fill("input[name=email]", email)
    page.click("button:has-text('Delete my account for ever')")
    expect(page).to_have_url(f"{site.address}/goodbye")
    expect(page.locator("main")).to_contain_text("Your account is deleted")
    expect(page.locator("header")).to_contain_text("Sign in")


def cannot_sign_in(page: Page, site: Site, email: str) -> None:
    sign_in(page, site, email)
    expect(page.locator("main")).to_contain_text("The e-mail address or the password is wrong")


def test_everything_is_erased_but_the_words_of_others(page: Page, site: Site, make: Factory) -> None:
    email, alone, answered = made(make, site)
    sign_in(page, site, email)
    delete(page, site, email, "all")
    site.deliver()
    cannot_sign_in(page, site, email)
    gone = page.goto(f"{site.address}/questions/{alone}")
    assert gone
    assert gone.status == 404
    page.goto(f"{site.address}/questions/{answered}")
    expect(page.locator("main")).to_contain_text("Turn the dimmer once.")
    expect(page.locator("main")).to_contain_text("erased")
    expect(page.locator("main")).not_to_contain_text("okapi")
    for word in ("zebra", "okapi", "Narwhal"):
        page.goto(f"{site.address}/search?q={word}")
        expect(page.locator("main h1")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("lamp")


def test_posts_may_stay_as_a_former_member_s(page: Page, site: Site, make: Factory) -> None:
    email, alone, _answered = made(make, site)
    sign_in(page, site, email)
    delete(page, site, email, "keep")
    site.deliver()
    cannot_sign_in(page, site, email)
    page.goto(f"{site.address}/questions/{alone}")
    expect(page.locator("main")).to_contain_text("Since yesterday.")
    expect(page.locator("main")).to_contain_text("former member")
    expect(page.locator("main")).not_to_contain_text("Narwhal")
    page.goto(f"{site.address}/search?q=zebra")
    expect(page.locator("main")).to_contain_text("zebra lamp")
    expect(page.locator("main")).not_to_contain_text("Narwhal")


def test_a_customer_takes_consent_back_and_the_data_along(page: Page, site: Site, make: Factory) -> None:
    email, *_ = made(make, site)
    sign_in(page, site, email)
    page.goto(f"{site.address}/settings/privacy")
    page.click("button:has-text('Do not allow')")
    expect(page.locator("main")).to_contain_text("You did not consent to a profile")
    with page.expect_download() as download:
        page.click("a:has-text('Download my data')")
    with ZipFile(download.value.path()) as archive:
        assert b"zebra" in archive.read("posts.json")
        assert b"Turn the dimmer" not in archive.read("posts.json")
