"""All pages of the product, each with somebody who may open it, in one browser that changes its cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.routing import BuildError

from tests.conftest import Browser as Isolated
from tests.journeys.conftest import Site
from tests.web.addresses import address, rules
from tests.web.world import World, sign_in_with_token

READERS = ("asker", "customer", "stranger", "admin", "manager", "agent", "moderator")

OPENERS: dict[str, str | None] = {}  # who opens a rule's page first; all worlds are alike, and to ask takes seconds


@dataclass
class Walk:
    """Who reads what, in one page: whoever reads takes the cookies of who read before; files stay in its cache."""

    site: Site
    world: World
    tab: Page
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    reader: str = "stranger"

    def client(self, reader: str) -> FlaskClient:
        if reader not in self.clients:
            self.clients[reader] = Isolated(self.site.app, Response)
            if reader != "stranger":
                sign_in_with_token(self.clients[reader], self.world.accounts[reader])
        return self.clients[reader]

    def page(self, reader: str) -> Page:
        """The page, signed in as this reader."""
        if reader != self.reader:
            self.tab.context.clear_cookies()
            if reader != "stranger":
                cookie = self.client(reader).get_cookie("session")
                assert cookie
                self.tab.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.site.address}])
            self.reader = reader
        return self.tab

    def open(self, path: str, reader: str) -> Page:
        page = self.page(reader)
        page.goto(self.site.address + path, wait_until="load")
        return page

    def all(self, app: Flask) -> list[tuple[str, str]]:
        """The address of every page and the first reader who may open it."""
        found: list[tuple[str, str]] = []
        for rule in sorted(rules(app, "GET")):
            try:
                path = address(app, self.world, rule)
            except BuildError:  # a way in by a token that only a mail tells
                continue
            if rule not in OPENERS:
                OPENERS[rule] = next((one for one in READERS if is_page(self.client(one), path)), None)
            reader = OPENERS[rule]
            if reader and (path, reader) not in found:
                found.append((path, reader))
        return found


def is_page(client: FlaskClient, path: str) -> bool:
    response = client.get(path)
    is_file = "attachment" in response.headers.get("Content-Disposition", "")
    return response.status_code == 200 and response.mimetype == "text/html" and not is_file


@contextmanager
def walking(site: Site, browser: Browser, world: World, script: str = "", **looks: Any) -> Iterator[Walk]:
    """A walk by pages that look like this; each has run the script before its own."""
    context = browser.new_context(**{"reduced_motion": "reduce", "locale": "en-GB", **looks})
    if script:
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield Walk(site, world, page)
    context.close()


def unfold(page: Page) -> None:
    """Open what can be folded; of the menus in the bar only one opens at a time, so they are left alone."""
    page.evaluate("for (const one of document.querySelectorAll('details:not([name])')) one.open = true")
