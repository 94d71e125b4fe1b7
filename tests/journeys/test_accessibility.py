"""WCAG 2.2 AA as far as a machine can tell, on every page in both themes; phones; and where the focus is."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from community.models import Account, Product
from community.questions import service
from tests.conftest import NOW
from tests.factories import Factory
from tests.journeys.conftest import Site
from tests.journeys.walking import unfold, walking
from tests.web.world import World, populate

pytestmark = pytest.mark.journey

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 800}, "has_touch": True}
Wrong = dict[str, list[str]]


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"RATELIMIT_ENABLED": False}  # eight people sign in from one address


@pytest.fixture
def world(make: Factory, session: Session, site: Site) -> World:
    """A community in which every page has something to show, and the search finds it."""
    populated = populate(make, session)
    session.rollback()
    site.deliver()
    return populated


def check(page: Page, wrong: Wrong, name: str, within: str = "document", in_the_dark: bool = True) -> None:
    """Note what axe-core finds in the light, and in the dark what hangs on colours: the elements are the same."""
    run(page, wrong, f"{name}, light", within, {"type": "tag", "values": RULES})
    if in_the_dark:
        page.emulate_media(color_scheme="dark")
        run(page, wrong, f"{name}, dark", within, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})
        page.emulate_media(color_scheme="light")


def run(page: Page, wrong: Wrong, name: str, within: str, rules: dict[str, Any]) -> None:
    options = {"resultTypes": ["violations"], "runOnly": rules}
    for one in page.evaluate(f"async (options) => (await axe.run({within}, options)).violations", options):
        nodes = [f"{node['target']}: {node['html'][:160]} {messages(node)}" for node in one["nodes"][:3]]
        wrong[f"{name}: {one['id']} ({len(one['nodes'])})"] = nodes


def told(wrong: Wrong) -> str:
    return "\n".join(f"{name}\n    " + "\n    ".join(what) for name, what in wrong.items())


def messages(node: dict[str, Any]) -> str:
    return "; ".join(one["message"] for one in (*node["any"], *node["all"], *node["none"]))[:300]


def test_no_page_breaks_a_rule_in_either_theme_nor_scrolls_sideways_on_a_phone(
    app: Flask, site: Site, chromium: Browser, world: World
) -> None:
    wrong: Wrong = {}
    with walking(site, chromium, world, AXE_SCRIPT, **DESK) as walk:
        pages = walk.all(app)
        covered = {path for path, _reader in pages}
        assert covered > {"/sign-in/passkey", "/settings/authenticator", "/settings/email", "/settings/passkeys"}
        assert covered > {"/settings/recovery-codes", "/settings/tokens", "/password", "/sign-in/again"}
        pages += [(path, "stranger") for path in ("/reset", "/confirm")]
        pages += [(path, "customer") for path in ("/settings/security", "/settings/tokens")]  # who has none yet
        question = f"/questions/{world.numbers['question_id']}"
        pages += [(question, reader) for reader in ("stranger", "agent", "moderator")]
        pages += [
            ("/questions", "stranger"), ("/questions?tag=light", "asker"), ("/search?q=hang", "customer"),
            ("/search?q=nothing-like-it", "stranger"),
        ]  # fmt: skip
        for path, reader in pages:
            page = walk.open(path, reader)
            unfold(page)
            check(page, wrong, f"{path} as {reader}")
            stays_within_phone(page, wrong, f"{path} as {reader}")
    assert not wrong, told(wrong)
    assert len(pages) >= 50


def stays_within_phone(page: Page, wrong: Wrong, name: str) -> None:
    page.set_viewport_size(PHONE["viewport"])
    stays_within(page, wrong, name)
    page.set_viewport_size(DESK["viewport"])


def stays_within(page: Page, wrong: Wrong, name: str) -> None:
    """Note a page that is wider than the phone, with what reaches over its edge."""
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > PHONE["viewport"]["width"]:
        wrong[f"{name}: {width} px wide"] = page.evaluate("""() => [...document.querySelectorAll("body *")]
            .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).slice(0, 4)
            .map((one) => one.outerHTML.slice(0, 120))""")


def test_menus_dialogs_and_pages_that_say_no_break_no_rule(
    site: Site, chromium: Browser, world: World, make: Factory, session: Session
) -> None:
    wrong: Wrong = {}
    asked = make.question(session.get_one(Account, world.accounts["asker"].id))
    service.request_information(session, asked, "Which version?", make.account(), NOW)
    session.commit()
    waiting = asked.id
    session.rollback()
    question = world.numbers["question_id"]
    with walking(site, chromium, world, AXE_SCRIPT, **DESK) as walk:
        for path, reader, status in (
            ("/nowhere", "stranger", 404), ("/inbox", "customer", 404), (f"/posts/{question}/edit", "customer", 403),
        ):  # fmt: skip
            page = walk.page(reader)
            response = page.goto(site.address + path)
            assert response
            assert response.status == status
            check(page, wrong, f"{path}: {status}", in_the_dark=status == 404)
        for path, reader in (
            ("/ask", "customer"), ("/complaints/new", "customer"), (f"/posts/{question}/comments", "customer"),
            (f"/posts/{question}/edit", "asker"), ("/sign-in", "stranger"), ("/join", "stranger"), ("/password", "customer"),
        ):  # fmt: skip
            page = walk.open(path, reader)
            send_nothing(page)
            assert page.locator("[aria-invalid=true], main .alert-danger").count(), f"{path} says what is wrong"
            check(page, wrong, f"{path}: sent empty", in_the_dark=path in {"/ask", "/join"})
        page = walk.open(f"/questions/{waiting}", "asker")
        assert page.locator(".alert-warning").count()
        check(page, wrong, "a question that waits for details")
        for path, name in (("/settings/authenticator", "setup"), ("/settings/recovery-codes", "generate_new_codes")):
            page = walk.open(path, "customer")
            with page.expect_navigation():
                page.locator(f"button[name={name}]").first.click()
            assert page.locator(".qr img, .codes code").count(), f"{path} shows what is to be kept"
            check(page, wrong, f"{path}: set up")
            stays_within_phone(page, wrong, f"{path}: set up")
        page = walk.open("/questions", "admin")
        for number in range(page.locator("details[name]").count()):
            page.evaluate(f"document.querySelectorAll('details[name]')[{number}].open = true")
            check(page, wrong, f"menu {number}", "'header'")
    assert not wrong, told(wrong)


def send_nothing(page: Page) -> None:
    """Send the page's form with all its texts empty, past what the browser itself would refuse."""
    with page.expect_navigation():
        page.evaluate("""
            const form = [...document.querySelectorAll("main form[method=post]")].find(
                (one) => one.querySelector("textarea, input:not([type=hidden])"));
            for (const one of form.querySelectorAll("textarea, input:not([type=hidden])")) one.value = "";
            form.noValidate = true;
            form.querySelector("[type=submit]").click();
        """)


def test_empty_pages_break_no_rule(site: Site, chromium: Browser, make: Factory, session: Session) -> None:
    wrong: Wrong = {}
    accounts = {"customer": make.account("Nora New"), "admin": make.account("Ada", "admin")}
    session.rollback()
    mine = ("/questions/watched", "/complaints", "/home", "/drafts", "/notifications", "/searches")
    with walking(site, chromium, World(accounts, {}), AXE_SCRIPT, **DESK) as walk:
        for path in ("/", "/questions", "/questions/unanswered", "/search?q=lamp", "/people", *mine):
            page = walk.open(path, "customer")
            check(page, wrong, f"{path}, empty", in_the_dark=path == "/home")
        for path in ("/inbox", "/customers", "/insights", "/insights/definitions", "/insights/reports", "/runs"):
            check(walk.open(path, "admin"), wrong, f"{path}, empty", in_the_dark=path == "/insights")
    assert not wrong, told(wrong)


LONG = "Supercalifragilisticexpialidocious-" * 5


def test_no_page_scrolls_sideways_on_a_phone_in_chinese_or_with_words_that_have_no_end(
    app: Flask, site: Site, chromium: Browser, world: World, make: Factory, session: Session
) -> None:
    asker = session.get_one(Account, world.accounts["asker"].id)
    product = session.query(Product).first()
    asked = make.question(
        asker, title=LONG, body=f"{LONG}\n\n```\n{LONG}{LONG}\n```", tags=[LONG[:45]], product=product
    )
    session.rollback()
    wrong: Wrong = {}
    with walking(site, chromium, world, **PHONE, locale="zh-CN") as walk:
        own = [
            (f"/questions/{asked.id}", "asker"),
            (f"/posts/{asked.id}/edit", "asker"),
            ("/search?q=hang", "customer"),
        ]
        for path, reader in walk.all(app) + own:
            page = walk.open(path, reader)
            unfold(page)
            stays_within(page, wrong, f"{path} as {reader}")
            assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert not wrong, told(wrong)


UNSEEN = """() => {
    const outlined = (one) => {
        const css = getComputedStyle(one);
        return css.outlineStyle !== "none" && parseFloat(css.outlineWidth) >= 2;
    };
    const wrong = [];
    for (const one of document.querySelectorAll("a[href], button, summary, input, select, textarea, [tabindex='0']")) {
        const isReached = one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && one.tabIndex >= 0;
        if (!isReached || one.disabled || one.type === "hidden") continue;
        one.focus();
        const frame = one.parentElement;  // a text field and its toolbar may have one outline together
        if (document.activeElement !== one || !(outlined(one) || outlined(frame) || outlined(frame.parentElement)))
            wrong.push(one.outerHTML.slice(0, 120));
    }
    return wrong;
}"""


def test_whatever_has_the_focus_is_seen_to_have_it(site: Site, chromium: Browser, world: World) -> None:
    unseen: Wrong = {}
    question = f"/questions/{world.numbers['question_id']}"
    with walking(site, chromium, world, **DESK) as walk:
        for path, reader in (
            (question, "asker"), ("/questions", "stranger"), ("/ask", "customer"), ("/search?q=hang", "customer"),
            ("/sign-in", "stranger"), ("/settings/profile", "asker"), ("/settings/notifications", "asker"),
            ("/settings/privacy", "asker"), ("/inbox", "agent"), ("/insights", "manager"), ("/home", "asker"),
        ):  # fmt: skip
            page = walk.open(path, reader)
            unfold(page)
            page.keyboard.press("Tab")  # from here on the focus is moved by keys, as browsers see it
            if found := page.evaluate(UNSEEN):  # an outline's style and width are those of every theme
                unseen[path] = found
    assert not unseen, told(unseen)
