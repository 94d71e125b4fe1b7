"""Register - confirm by mail - passkey - ask - answer - accept; and the same by password where there is no JavaScript."""

from contextvars import Context

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from community.db import db
from community.models import Mail
from tests.accounts.mails import link_in
from tests.factories import PASSWORD
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey


@pytest.fixture
def address(site: Site) -> str:
    """Passkeys belong to a name: an address of the network is none."""
    return site.address.replace("127.0.0.1", "localhost")


def newest_link(site: Site, to: str) -> str:
    """The link in the newest mail to the address, as its reader would find it."""

    def read() -> str:
        with site.app.app_context():
            mail = db.session.scalars(select(Mail).where(Mail.to == to).order_by(Mail.id.desc()).limit(1)).one()
            return link_in(mail)

    return Context().run(read)


def join(page: Page, site: Site, address: str, name: str, email: str) -> None:
    page.goto(f"{address}/join")
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button:has-text('Join')")
    expect(page.locator("h1")).to_have_text("Look into your mail")
    expect(page.locator("main")).to_contain_text(email)
    page.goto(address + newest_link(site, email))
    expect(page.locator("main")).to_contain_text("Your address is confirmed")


def sign_in(page: Page, email: str) -> None:
    """On the sign-in page, where one is."""
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button:text-is('Sign in')")
    expect(page.locator("main form input[name=password]")).to_have_count(0)


def sign_out(page: Page) -> None:
    page.click(".bar-end summary:has-text('n')")  # the menu with the name
    page.click("button:has-text('Sign out')")
    expect(page.locator(".bar a:has-text('Sign in')")).to_be_visible()


def with_authenticator(page: Page) -> None:
    """A phone with a fingerprint reader, whose person touches it at once."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind})


def add_passkey(page: Page, address: str) -> None:
    page.goto(f"{address}/settings/security")
    page.click("a:has-text('Add a passkey')")
    page.fill("input[name=name]", "Nora's phone")
    page.click("button:has-text('Go on')")
    expect(page.locator("main")).to_contain_text("The passkey Nora's phone is ready.")
    expect(page.locator("main")).to_contain_text("signs in alone")


def ask(page: Page, address: str) -> str:
    page.goto(f"{address}/ask")
    page.fill("input[name=title]", "The yak lamp hums at night")
    page.fill("textarea[name=body]", "Since **yesterday** it hums, and I cannot sleep.")
    page.click("button:has-text('Post the question')")
    expect(page.locator("h1")).to_contain_text("yak lamp")
    return page.url.partition("?")[0].partition("#")[0]


def test_register_ask_answer_accept(page: Page, site: Site, address: str) -> None:
    is_plain = page.viewport_size == {"width": 390, "height": 800}  # the phone of the fixture has no JavaScript
    join(page, site, address, "Nora New", "nora@example.org")
    sign_in(page, "nora@example.org")
    if not is_plain:
        with_authenticator(page)
        add_passkey(page, address)
        sign_out(page)
        page.goto(f"{address}/sign-in?next=/settings/security")
        page.click("button:has-text('Sign in with a passkey')")
        expect(page.locator("h1")).to_have_text("Sign-in and security")
        expect(page.locator("main")).to_contain_text("by passkey")
    asked = ask(page, address)
    page.context.clear_cookies()

    join(page, site, address, "Hana Helper", "hana@example.org")
    sign_in(page, "hana@example.org")
    page.goto(asked)
    page.fill("textarea[name=body] >> nth=-1", "Turn the dimmer once, then back.")
    page.click("button:has-text('Post the answer')")
    expect(page.locator("main")).to_contain_text("Turn the dimmer")
    page.context.clear_cookies()

    page.goto(f"{address}/sign-in")
    if is_plain:
        expect(page.locator("button:has-text('passkey')")).to_be_hidden()
        sign_in(page, "nora@example.org")
    else:
        page.click("button:has-text('Sign in with a passkey')")
        expect(page.locator(".bar")).to_contain_text("Nora New")
    page.goto(asked)
    page.click("button:has-text('This solved it')")
    expect(page.locator("main")).to_contain_text("Accepted answer")


@pytest.fixture
def desk(chromium: Browser) -> Page:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def test_a_deleted_passkey_opens_nothing_and_signs_out_who_came_by_it(
    desk: Page, site: Site, address: str, chromium: Browser
) -> None:
    join(desk, site, address, "Nora New", "nora@example.org")
    sign_in(desk, "nora@example.org")
    with_authenticator(desk)
    add_passkey(desk, address)
    sign_out(desk)
    desk.goto(f"{address}/sign-in")
    desk.click("button:has-text('Sign in with a passkey')")
    expect(desk.locator(".bar")).to_contain_text("Nora New")

    other = chromium.new_context().new_page()
    other.goto(f"{address}/sign-in")
    sign_in(other, "nora@example.org")
    other.goto(f"{address}/settings/security")
    expect(other.locator("main")).to_contain_text("by passkey")
    other.click("summary:has-text('Nora')  >> nth=-1")
    other.click("button:has-text('Delete this passkey')")
    expect(other.locator("main")).to_contain_text("1 other browser that came by passkey is signed out.")

    desk.goto(f"{address}/settings/security")
    expect(desk).to_have_url(f"{address}/sign-in?next=/settings/security")
    desk.click("button:has-text('Sign in with a passkey')")
    expect(desk.locator("main")).to_contain_text("This passkey is not known here")
    other.context.close()
    desk.context.close()


def test_a_passkey_as_second_step_is_asked_for_after_the_password(desk: Page, site: Site, address: str) -> None:
    join(desk, site, address, "Nora New", "nora@example.org")
    sign_in(desk, "nora@example.org")
    with_authenticator(desk)
    desk.goto(f"{address}/settings/passkeys")
    desk.fill("input[name=name]", "Key ring")
    desk.check("input[value=secondary]")
    desk.click("button:has-text('Go on')")
    expect(desk.locator("main")).to_contain_text("You have no recovery codes.")
    sign_out(desk)
    desk.goto(f"{address}/sign-in?next=/ask")
    desk.fill("input[name=email]", "nora@example.org")
    desk.fill("input[name=password]", PASSWORD)
    desk.click("main button:text-is('Sign in')")
    expect(desk.locator("h1")).to_contain_text("your passkey")
    expect(desk.locator(".bar a:has-text('Sign in')")).to_be_visible()
    desk.click("button:has-text('Use the passkey')")
    expect(desk).to_have_url(f"{address}/ask")
    desk.context.close()
