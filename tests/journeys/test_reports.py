"""A report is issued, the author of a quote deletes it, and it is gone in every form; two are compared; one is printed."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy.orm import Session

from community.db import writing
from community.models import Account
from mining.issuing import Wanted, issue, issue_due
from mining.orders import make_ordered
from mining.units import Units
from tests.factories import PASSWORD, Factory
from tests.insights.making import make_theme, say
from tests.journeys.conftest import Site

pytestmark = pytest.mark.journey
FORMS = ("md", "json", "html", "xlsx")
ZEBRA = "Broken parcels again, and the zebra in pieces"


@pytest.fixture
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    return settings | {"RATELIMIT_ENABLED": False}  # two people sign in by turns


def sign_in(page: Page, site: Site, who: Account) -> None:
    page.context.clear_cookies()
    page.goto(f"{site.address}/sign-in")
    page.fill("input[name=email]", who.email or "")
    page.fill("main form:has(input[name=password]) input[name=password]", PASSWORD)
    page.click("main form:has(input[name=password]) [type=submit]")
    expect(page.locator("header")).not_to_contain_text("Sign in")


def last_week() -> tuple[datetime, datetime]:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = today - timedelta(days=today.weekday())
    return end - timedelta(days=7), end


@pytest.fixture
def people(make: Factory, session: Session) -> tuple[Account, Account]:
    """A product manager, and the author of one of seven texts of the week that is over."""
    with writing():
        session.rollback()
        manager, author = make.account("Mona Manager", "manager"), make.account("Anna Author")
        theme, (start, _end) = make_theme(session, "broken parcels", "包裹破损"), last_week()
        theme.department = "logistics"
        say(make, theme, ZEBRA, by=author, at=start + timedelta(days=3), score=-1.0)
        for number in range(6):
            say(make, theme, f"Parcel {'abcdef'[number] * 9} is broken", at=start + timedelta(days=number, hours=2))
            say(make, theme, f"Before {'ghijkl'[number] * 9} was broken", at=start - timedelta(days=number + 1))
        session.rollback()
    return manager, author


def texts(page: Page, site: Site, path: str) -> dict[str, str]:
    """What the files behind the page's links say."""
    found = {form: page.request.get(f"{site.address}{path}.{form}").body() for form in FORMS}
    book = load_workbook(BytesIO(found.pop("xlsx")))
    words = {form: body.decode() for form, body in found.items()}
    return words | {"xlsx": "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)}


def test_a_quote_goes_with_its_text_from_a_report_that_was_issued(
    page: Page, site: Site, units: Units, people: tuple[Account, Account]
) -> None:
    manager, author = people
    assert issue_due(units, datetime.now(UTC))
    sign_in(page, site, manager)
    page.goto(f"{site.address}/insights/reports?kind=weekly")
    page.locator("main tbody a").first.click()
    expect(page.locator("main h1")).to_contain_text("Weekly report")
    expect(page.locator("main")).to_contain_text(ZEBRA)
    path = page.url.removeprefix(site.address)
    assert all(ZEBRA in text for text in texts(page, site, path).values())

    sign_in(page, site, author)
    page.goto(f"{site.address}/questions")
    page.click(f"main a:has-text('{ZEBRA}')")
    page.goto(f"{page.url}")
    delete_question(page)
    site.deliver()

    sign_in(page, site, manager)
    page.goto(f"{site.address}{path}")
    expect(page.locator("main")).to_contain_text("1 quote was removed since the report was issued")
    expect(page.locator("main")).not_to_contain_text(ZEBRA)
    expect(page.locator("main")).to_contain_text("7 customers")
    assert not any(ZEBRA in text for text in texts(page, site, path).values())


def delete_question(page: Page) -> None:
    for fold in page.locator("main details:has(form[action$='/deletion'])").all():
        if fold.get_attribute("open") is None:
            fold.locator("summary").first.click()
    page.locator("main form[action$='/deletion'] button").first.click()
    page.wait_for_load_state()


def test_a_report_of_a_period_is_asked_for_made_subscribed_to_and_compared(
    page: Page, site: Site, units: Units, people: tuple[Account, Account]
) -> None:
    issue_due(units, datetime.now(UTC))
    sign_in(page, site, people[0])
    page.goto(f"{site.address}/insights/reports")
    page.click("main a:has-text('A report of any period')")
    start, end = last_week()
    page.fill("input[name=first]", f"{start.date() - timedelta(days=7)}")
    page.fill("input[name=last]", f"{end.date() - timedelta(days=2)}")
    page.click("main button:has-text('Make the report')")
    expect(page.locator("main")).to_contain_text("It waits for the worker")
    assert make_ordered(units, datetime.now(UTC)) == 1
    page.goto(page.url)
    expect(page.locator("main h1")).to_contain_text("Report of a chosen period")
    page.goto(f"{site.address}/insights/reports?kind=weekly")
    page.locator("main tbody a").first.click()
    page.click("main button:has-text('Get it by mail')")
    expect(page.locator("main [role=status]")).to_contain_text("You are subscribed")
    page.select_option("select[name=b]", index=0)
    page.click("main button:has-text('Compare')")
    expect(page.locator("main h1")).to_have_text("Two reports compared")
    expect(page.locator("main")).to_contain_text("broken parcels")


def test_the_print_view_makes_clean_sheets(
    site: Site,
    chromium: Browser,
    units: Units,
    make: Factory,
    session: Session,
    people: tuple[Account, Account],
    tmp_path: Path,
) -> None:
    with writing():
        session.rollback()
        for number in range(6):
            theme = make_theme(session, f"matter number {number}")
            for word in ("alpha", "beta", "gamma", "delta", "epsilon"):
                say(
                    make,
                    theme,
                    f"{word * 4} of {number} is bad {'xyz' * number}",
                    at=last_week()[0] + timedelta(days=number),
                )
        session.rollback()
    start, end = last_week()
    key = issue(units, Wanted("monthly", "monthly:x", start - timedelta(days=21), end), datetime.now(UTC))
    context = chromium.new_context(color_scheme="dark", locale="en-GB")
    page = context.new_page()
    sign_in(page, site, people[0])
    page.goto(f"{site.address}/insights/reports/{key}/print")
    page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    context.close()
    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "report.pdf").pages]
    sizes = {
        tuple(round(float(one)) for one in sheet.mediabox[2:]) for sheet in PdfReader(tmp_path / "report.pdf").pages
    }
    assert sizes == {(595, 842)}, "A4"
    assert len(sheets) >= 3
    assert "Monthly report" in sheets[0]
    assert "Contents" in sheets[0]
    everything = "\n".join(sheets)
    for words in (ZEBRA, "broken parcels", "matter number 5", "Logistics", "Nobody's yet"):
        assert words in everything, words
    for words in ("Sign in", "Search", "Back to the report", "Print, or save", "a community that listens"):
        assert words not in everything, f"{words} is for the screen"
    assert all(f"{number} / {len(sheets)}" in sheet for number, sheet in enumerate(sheets, 1)), "pages are numbered"
