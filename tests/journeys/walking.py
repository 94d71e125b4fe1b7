"""All pages of the product, each with somebody who may open it, in browsers that are signed in already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.routing import BuildError

from tests.conftest import Browser as Isolated
from tests.journeys.conftest import Site
from tests.web.test_access import address, rules
from tests.web.world import World, sign_in_with_token

READERS = ("asker", "customer", "stranger", "admin", "manager", "agent", "moderator")


@dataclass
class Walk:
    """Who reads what, and their browsers: one context for each reader, all alike."""

    site: Site
    browser: Browser
    world: World
    looks: dict[str, Any]
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    def client(self, reader: str) -> FlaskClient:
        if reader not in self.clients:
            self.clients[reader] = Isolated(self.site.app, Response)
            if reader != "stranger":
                sign_in_with_token(self.clients[reader], self.world.accounts[reader])
        return self.clients[reader]

    def page(self, reader: str) -> Page:
        """The reader's own browser, at their last page."""
        if reader not in self.pages:
            context: BrowserContext = self.browser.new_context(**self.looks)
            if (cookie := self.client(reader).get_cookie("session")) and reader != "stranger":
                context.add_cookies([{"name": "session", "value": cookie.value, "url": self.site.address}])
            self.pages[reader] = context.new_page()
            self.pages[reader].set_default_timeout(15_000)
        return self.pages[reader]

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
            reader = next((one for one in READERS if is_page(self.client(one), path)), None)
            if reader and (path, reader) not in found:
                found.append((path, reader))
        return found


def is_page(client: FlaskClient, path: str) -> bool:
    response = client.get(path)
    is_file = "attachment" in response.headers.get("Content-Disposition", "")
    return response.status_code == 200 and response.mimetype == "text/html" and not is_file


@contextmanager
def walking(site: Site, browser: Browser, world: World, **looks: Any) -> Iterator[Walk]:
    walk = Walk(site, browser, world, {"reduced_motion": "reduce", "locale": "en-GB", **looks})
    yield walk
    for page in walk.pages.values():
        page.context.close()


def unfold(page: Page) -> None:
    """Open what can be folded; of the menus in the bar only one opens at a time, so they are left alone."""
    page.evaluate("for (const one of document.querySelectorAll('details:not([name])')) one.open = true")
