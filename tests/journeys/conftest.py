"""A real browser against the real application, served from a thread on SQLite."""

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from werkzeug.serving import make_server

from community.reactions import deliver_pending

# The one without a window loads the same pages in three quarters of the time.
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    """Journeys are about pages; the rules below them run on both databases elsewhere."""
    path = tmp_path / "journey.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def settings() -> dict[str, Any]:
    """As in production, but style sheets and scripts stay in the browser: each page has twenty."""
    return {"WTF_CSRF_ENABLED": True, "RATELIMIT_ENABLED": True, "SEND_FILE_MAX_AGE_DEFAULT": 3600}


@dataclass
class Site:
    """The served application."""

    app: Flask
    address: str

    def deliver(self) -> None:
        """What the worker does each second."""
        Context().run(self._deliver)

    def _deliver(self) -> None:
        with self.app.app_context():
            while deliver_pending():
                pass


@pytest.fixture
def site(app: Flask) -> Iterator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # or a failed journey is told in a thousand lines
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(app, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join(5)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail(
            "journeys need Debian's chromium (apt-get install chromium-headless-shell, or chromium), or CHROMIUM=/path/to/it"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _press_when_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page scrolls to its fragment while it loads: what was pressed is then no longer under the mouse when it is let go."""
    press_page, press_locator = Page.click, Locator.click

    def on_page(page: Page, *given: Any, **named: Any) -> None:
        page.wait_for_load_state()
        press_page(page, *given, **named)

    def on_locator(locator: Locator, *given: Any, **named: Any) -> None:
        locator.page.wait_for_load_state()
        press_locator(locator, *given, **named)

    monkeypatch.setattr(Page, "click", on_page)
    monkeypatch.setattr(Locator, "click", on_locator)


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A phone without JavaScript, and a desk with it."""
    plain = request.param == "without JavaScript"
    size = {"width": 390, "height": 800} if plain else {"width": 1280, "height": 900}
    context = chromium.new_context(java_script_enabled=not plain, viewport=size, locale="en-GB")  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
