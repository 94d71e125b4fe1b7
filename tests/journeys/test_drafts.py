"""Begin a question - leave - return in another browser - put an image in - post: with and without JavaScript."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Draft, Upload
from tests.factories import Factory
from tests.journeys.conftest import Site
from tests.journeys.test_forum import sign_in
from tests.writing.pictures import photograph

pytestmark = pytest.mark.journey


@pytest.fixture
def settings(settings: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return settings | {"UPLOADS_DIR": str(tmp_path / "uploads")}


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "lamp.jpg"
    path.write_bytes(photograph())
    return str(path)


def has_scripts(page: Page) -> bool:
    return page.locator("noscript").count() == 0 or page.locator("[data-tool]:not([disabled])").count() > 0


def stored(session: Session, table: Any) -> list[Any]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(table)))


def paste(page: Page, photo: str) -> None:
    """What the browser does when an image is pasted."""
    page.locator("textarea[name=body]").focus()
    page.evaluate(
        """([bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "lamp.jpg", {type: "image/jpeg"}));
            const paste = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
            document.querySelector("textarea[name=body]").dispatchEvent(paste);
        }""",
        [list(Path(photo).read_bytes())],
    )


def test_a_draft_is_left_found_again_elsewhere_and_posted_with_an_image(
    page: Page, site: Site, make: Factory, session: Session, chromium: Browser, photo: str
) -> None:
    asker = make.account("Nora New")
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/ask")
    page.fill("input[name=title]", "The zebra lamp flickers")
    page.fill("textarea[name=body]", "Since **yesterday** it flickers.")
    scripts = has_scripts(page)
    if scripts:
        expect(page.locator("[data-shown] strong")).to_have_text("yesterday")
        expect(page.locator("[data-draft]")).to_contain_text("Draft saved")
        page.fill("input[name=tags]", "flicker")  # not saved yet when the page is left
    else:
        page.click("button[name=preview]")
        expect(page.locator("[data-shown] strong")).to_have_text("yesterday")
        expect(page.locator("input[name=title]")).to_have_value("The zebra lamp flickers")
        page.fill("input[name=tags]", "flicker")
        page.set_input_files("input[type=file]", photo)
        page.click("button:has-text('Save draft')")
        expect(page.locator("main")).to_contain_text("The draft is saved.")
    page.goto(f"{site.address}/questions")

    elsewhere = chromium.new_context(java_script_enabled=scripts, locale="en-GB")
    other = elsewhere.new_page()
    sign_in(other, site, asker.email or "")
    other.goto(f"{site.address}/ask")
    expect(other.locator("main")).to_contain_text("This is your draft of")
    expect(other.locator("input[name=title]")).to_have_value("The zebra lamp flickers")
    expect(other.locator("input[name=tags]")).to_have_value("flicker")
    if scripts:
        other.locator("textarea[name=body]").press("Control+End")
        paste(other, photo)
        expect(other.locator("[data-state]")).to_contain_text("The image is in the text")
        expect(other.locator("[data-shown] img")).to_have_attribute("alt", "Image")
    else:
        expect(other.locator("textarea[name=body]")).to_have_value(page_with_image())
    other.click("button:has-text('Post the question')")
    expect(other.locator("h1")).to_contain_text("zebra lamp")
    image = other.locator(".prose img")
    expect(image).to_have_attribute("width", "80")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("naturalWidth", 80)
    elsewhere.close()

    assert stored(session, Draft) == []
    assert [upload.post_id for upload in stored(session, Upload)] == [1]


def page_with_image() -> re.Pattern[str]:
    return re.compile(r"^Since \*\*yesterday\*\* it flickers\.\n\n!\[Image\]\(/uploads/[0-9a-f]{28}-80x60\.webp\)$")


def test_what_was_thrown_away_comes_back(page: Page, site: Site, make: Factory, session: Session) -> None:
    asker = make.account("Nora New")
    session.add(Draft(account_id=asker.id, place="ask", title="My lamp", body="It hums.", saved_at=make.now))
    session.commit()
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/ask")
    page.click("button:has-text('Throw it away')")
    expect(page.locator("input[name=title]")).to_have_value("")
    page.click("button:has-text('Undo')")
    expect(page.locator("input[name=title]")).to_have_value("My lamp")


def test_a_comment_that_was_begun_is_found_again_and_posted(
    page: Page, site: Site, make: Factory, session: Session
) -> None:
    given = make.answer(make.question(title="The lamp flickers"), body="Try another bulb.")
    asker = make.account("Nora New")
    session.commit()
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/posts/{given.id}/comments")
    page.fill("textarea[name=body]", "Which bulb do you mean?")
    if has_scripts(page):
        expect(page.locator("[data-draft]")).to_contain_text("Draft saved")
    else:
        page.click("button:has-text('Save draft')")
    page.goto(f"{site.address}/home?tab=drafts")
    page.click("a:has-text('Comment on “The lamp flickers”')")
    expect(page.locator("main")).to_contain_text("This is your draft of")
    expect(page.locator("textarea[name=body]")).to_have_value("Which bulb do you mean?")
    page.click("button:has-text('Post the comment')")
    expect(page.locator(f"#post-{given.id + 1}")).to_contain_text("Which bulb do you mean?")
    assert stored(session, Draft) == []


def begun_in_two_windows(page: Page, site: Site, make: Factory, chromium: Browser) -> tuple[Page, Page]:
    asker = make.account("Nora New")
    sign_in(page, site, asker.email or "")
    page.goto(f"{site.address}/ask")
    if not has_scripts(page):
        pytest.skip("without JavaScript nothing is saved by itself; tests/writing has the button")
    second = page.context.new_page()
    second.goto(f"{site.address}/ask")
    return page, second


def test_of_two_windows_the_later_one_overwrites_nothing_unasked(
    page: Page, site: Site, make: Factory, session: Session, chromium: Browser
) -> None:
    first, second = begun_in_two_windows(page, site, make, chromium)
    first.fill("textarea[name=body]", "From the first.")
    expect(first.locator("[data-draft]")).to_contain_text("Draft saved")
    second.fill("textarea[name=body]", "From the second.")
    expect(second.locator("[data-draft]")).to_contain_text("changed in another window")
    assert [draft.body for draft in stored(session, Draft)] == ["From the first."]
    second.click("button:has-text('Show the other one')")
    expect(second.locator("textarea[name=body]")).to_have_value("From the first.")
    second.click("button:has-text('Back to mine')")
    expect(second.locator("textarea[name=body]")).to_have_value("From the second.")
    second.click("button:has-text('Keep this one')")
    expect(second.locator("[data-draft]")).to_contain_text("Draft saved")
    assert [draft.body for draft in stored(session, Draft)] == ["From the second."]


def test_words_written_without_the_net_are_kept_in_the_browser_and_offered_again(
    page: Page, site: Site, make: Factory, session: Session, chromium: Browser
) -> None:
    first, second = begun_in_two_windows(page, site, make, chromium)
    second.close()
    first.context.set_offline(True)
    first.fill("textarea[name=body]", "Written in a tunnel.")
    expect(first.locator("[data-draft]")).to_contain_text("Kept in this browser")
    first.context.set_offline(False)
    expect(first.locator("[data-draft]")).to_contain_text("Draft saved")
    assert [draft.body for draft in stored(session, Draft)] == ["Written in a tunnel."]


def test_tags_are_suggested_and_taken_by_keyboard(page: Page, site: Site, make: Factory) -> None:
    make.question(tags=["battery", "battery-life"])
    sign_in(page, site, make.account("Nora New").email or "")
    page.goto(f"{site.address}/ask")
    if not has_scripts(page):
        expect(page.locator("input[name=tags]")).not_to_have_attribute("role", "combobox")
        return
    field = page.locator("input[name=tags]")
    field.press_sequentially("lamp bat")
    expect(page.locator("[role=option]")).to_have_count(2)
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("battery-life")
    field.press("Enter")
    expect(field).to_have_value("lamp battery-life ")
    expect(field).to_have_attribute("aria-expanded", "false")


def test_shortcuts_format_send_and_never_hold_the_tab_key(page: Page, site: Site, make: Factory) -> None:
    sign_in(page, site, make.account("Nora New").email or "")
    page.goto(f"{site.address}/ask")
    if not has_scripts(page):
        expect(page.locator("[role=toolbar]")).to_be_hidden()
        return
    text = page.locator("textarea[name=body]")
    page.fill("input[name=title]", "Shortcuts")
    text.press_sequentially("dark")
    text.press("Control+A")
    text.press("Control+B")
    expect(text).to_have_value("**dark**")
    text.press("Control+B")
    expect(text).to_have_value("dark")
    text.press("Control+Z")
    expect(text).to_have_value("**dark**")
    text.press("Tab")
    expect(text).not_to_be_focused()
    text.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Shortcuts")
