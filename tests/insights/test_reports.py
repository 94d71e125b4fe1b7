"""Pages and files of reports: each department its themes, quotes that go with their texts."""

import json
import re
from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from community.models import Account, Mention, Question, Report, ReportQuote, Theme, Verbatim
from community.questions import service as questions
from mining.units import Units
from tests.factories import Factory, sign_in
from tests.insights.issued import NOW, START, issued, page, spoken
from tests.insights.making import make_report, make_theme, say, statements


@pytest.fixture
def manager(make: Factory, client: FlaskClient) -> Account:
    account = make.account("Manager", "manager")
    sign_in(client, account)
    make.session.rollback()  # what was read before is old: the page wrote
    return account


def first_quoted(session: Session, key: int) -> Verbatim:
    """The text of the report's best quote."""
    session.rollback()
    content = session.get_one(Report, key).content
    best = next(iter(content["themes"].values()))["quotes"][0]
    place = session.scalars(select(ReportQuote).where(ReportQuote.report_id == key, ReportQuote.mention == best)).one()
    return session.get_one(Verbatim, place.verbatim_id)


@pytest.fixture
def theme(make: Factory, session: Session) -> Theme:
    theme = make_theme(session)
    theme.department = "logistics"
    session.commit()
    spoken(make, theme, 6, START + timedelta(days=1), "The parcel")
    return theme


def sheets(client: FlaskClient, key: int) -> dict[str, Worksheet]:
    book = load_workbook(BytesIO(client.get(f"/insights/reports/{key}.xlsx").data))
    return {sheet.title: sheet for sheet in book}


def everything(client: FlaskClient, key: int) -> dict[str, str]:
    """What each form of the report says."""
    cells = [str(cell.value) for sheet in sheets(client, key).values() for row in sheet for cell in row]
    texts = {form: page(client, f"/insights/reports/{key}.{form}") for form in ("md", "json", "html")}
    paths = {name: f"/insights/reports/{key}{name}" for name in ("", "/print")}
    return texts | {"xlsx": "\n".join(cells)} | {f"page{name}": page(client, path) for name, path in paths.items()}


def test_a_deleted_text_is_quoted_in_no_form_any_more_and_the_report_says_so(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    author = make.account("Author")
    say(make, theme, "The zebra parcel came in pieces", by=author, at=START + timedelta(days=2))
    key = issued(units)
    before = everything(client, key)
    assert all("zebra" in text for text in before.values()), [form for form in before if "zebra" not in before[form]]
    session.rollback()
    questions.remove(session, session.scalars(select(Question)).one(), author, NOW)
    session.commit()
    after = everything(client, key)
    assert not any("zebra" in text for text in after.values())
    for form in ("md", "html", "page", "page/print"):
        assert "1 quote was removed since the report was issued" in after[form], form
    assert json.loads(after["json"])["quotes_removed"] == 1
    numbers = json.loads(before["json"])["themes"][str(theme.id)]["now"]
    assert json.loads(after["json"])["themes"][str(theme.id)]["now"] == numbers, "the numbers stay"


def test_an_edited_text_is_no_quote_of_the_report_any_more(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    key = issued(units)
    verbatim = first_quoted(session, key)
    words = verbatim.text
    assert words in page(client, f"/insights/reports/{key}")
    verbatim.text, verbatim.text_hash = words.replace("bad", "good"), "0" * 32
    session.commit()
    shown = page(client, f"/insights/reports/{key}")
    assert words.replace(" bad", "") not in shown
    assert "1 quote was removed" in shown


def test_quotes_outlive_the_mentions_that_they_were_found_by(
    client: FlaskClient, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    key = issued(units)
    words = first_quoted(session, key).text
    session.execute(delete(Mention))
    session.commit()
    shown = page(client, f"/insights/reports/{key}")
    assert words in shown
    assert "removed since" not in shown


def test_each_department_has_its_own_themes_and_what_is_nobodys_comes_last(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    nobodys = make_theme(session, "strange smell")
    spoken(make, nobodys, 7, START + timedelta(days=2), "The smell")
    key = issued(units)
    shown = page(client, f"/insights/reports/{key}")
    assert shown.index('id="part-logistics"') < shown.index('id="part-nobody"')
    titles = dict(re.findall(r'<h\d id="([^"]+)">([^<]+)<', shown))
    regions = re.findall(r'<section [^>]*aria-labelledby="([^"]+)"', shown)
    said = [" ".join(titles[heading] for heading in region.split()) for region in regions]
    assert "Logistics What hurts" in said
    assert len(said) == len(set(said)), "who hears the page tells its parts apart"
    for form in ("", ".md", ".html", ".json"):
        own = page(client, f"/insights/reports/{key}{form}?department=logistics")
        assert "battery drains" in own, form
        assert "strange smell" not in own, form
    assert client.get(f"/insights/reports/{key}?department=gardening").status_code == 404


def test_numbers_are_numbers_days_are_days_and_no_cell_is_a_formula(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    theme.name = '=HYPERLINK("https://evil.example","battery")'
    for sign in "=+-@":
        say(make, theme, f"{sign}cmd|' /C calc'!A{ord(sign)} broke it", at=START + timedelta(days=3), score=-1.0)
    session.commit()
    book = sheets(client, issued(units))
    assert list(book) == ["Summary", "Themes", "Quotes", "By week", "Definitions"]
    for sheet in book.values():
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(cell.data_type != "f" for row in sheet for cell in row)
        words = [cell.value for row in sheet for cell in row if isinstance(cell.value, str)]
        assert not [one for one in words if one[0] in "=+@\t\r" or (one[0] == "-" and len(one) > 1)]
    quotes = [row[2].value for row in book["Quotes"].iter_rows(min_row=2)]
    assert any(str(one).startswith("'=cmd") for one in quotes)
    head, row = ([cell.value for cell in row] for row in book["Themes"].iter_rows(max_row=2))
    facts = dict(zip(head, row, strict=True))
    assert facts["Customers"] == 10
    assert isinstance(facts["Impact"], float | int)
    assert str(facts["Theme"]).startswith("'=HYPERLINK")
    assert isinstance(book["Quotes"]["G2"].value, datetime), "a day is a day"
    assert book["Quotes"]["G2"].is_date
    assert book["Summary"]["B4"].value == NOW.replace(hour=0, tzinfo=None)
    assert book["Themes"].column_dimensions["B"].width > 20


def test_the_files_are_made_anew_in_the_readers_language(
    client: FlaskClient, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    key = issued(units)
    manager.locale = "zh_CN"
    session.commit()
    assert "电池耗电" in page(client, f"/insights/reports/{key}.md")
    assert '<html lang="zh-CN">' in page(client, f"/insights/reports/{key}.html")
    assert "<script" not in page(client, f"/insights/reports/{key}.html")


def test_reports_cost_as_many_statements_for_many_themes_as_for_one(
    client: FlaskClient, make: Factory, session: Session, units: Units, theme: Theme, manager: Account
) -> None:
    def paths(key: int, other: int) -> list[str]:
        own = f"/insights/reports/{key}"
        return [
            own,
            f"{own}/print",
            f"{own}.md",
            f"{own}.json",
            f"{own}.xlsx",
            f"{own}/compare/{other}",
            "/insights/reports",
        ]

    earlier = issued(units, START - timedelta(days=7), START)
    few = paths(issued(units), earlier)
    session.rollback()
    for path in few:
        client.get(path)
    before = [statements(client, path) if not path.endswith("xlsx") else 0 for path in few]
    for number in range(5):
        spoken(make, make_theme(session, f"theme {number}"), 6, START + timedelta(days=2), f"Matter {number}")
    many = paths(issued(units, kind="chosen"), earlier)
    session.rollback()
    after = [statements(client, path) if not path.endswith("xlsx") else 0 for path in many]
    assert after == before


def test_a_masked_total_is_not_called_small(
    client: FlaskClient, session: Session, manager: Account, make: Factory
) -> None:
    """It may be masked because a smaller one could be reckoned from it."""
    theme = make_theme(session)
    report = make_report(session, theme, [say(make, theme, "The battery is flat").id])
    report.content = report.content | {"totals": report.content["totals"] | {"leaving": None}}
    session.commit()
    sign_in(client, manager)
    page = client.get(f"/insights/reports/{report.id}").get_data(as_text=True)
    tiles = page[page.index('<dl class="tiles">') : page.index("</dl>", page.index('<dl class="tiles">'))]
    assert "not shown" in tiles
    assert "fewer than" not in tiles
