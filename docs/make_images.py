"""Makes the pictures in docs/images of the demo, in an instance folder of their own: `make images`.

The demo is loaded and mined there (about a minute; `--without-mining` leaves the insights out), served, and looked at
with Debian's chromium. Running it again writes the same pictures anew, but for the dates that they show.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "earshot-demo-2026"  # noqa: S105  (of the demo, and in the README)
COLOURS = 256  # as many as a palette holds
DESK = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
PHONE = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "color_scheme": "dark", "has_touch": True}


@dataclass(frozen=True)
class Picture:
    """Who looks at what, and what they do there before the picture is taken."""

    path: str  # may name what `places` found: {english}, {chinese}, {helper}
    by: str = ""  # address of the demo's account; none: a stranger
    looks: Any = None
    does: Callable[[Page], None] = lambda _page: None


MINED = {"insights", "theme"}  # pictures that need the miner


def asking(page: Page) -> None:
    """A title that others asked before, and a text with its preview."""
    page.fill("input[name=title]", "Battery is empty since the update")
    page.fill(
        "textarea[name=body]",
        "Since version **2.1** the battery is empty in the morning.\n\n- Always-on display: off\n- Sleep tracking: on",
    )
    page.wait_for_timeout(2_000)  # similar questions and the preview have come, the draft is saved


PICTURES = {
    "insights": Picture("/insights", "pilar@fjordly.example"),
    "theme": Picture("/insights/themes/{theme}", "pilar@fjordly.example"),
    "list": Picture("/questions/hot", "mira@example.org"),
    "question": Picture("/questions/{english}", "mira@example.org"),
    "search": Picture("/search?q=battery"),
    "profile": Picture("/people/{helper}", looks=DESK | {"viewport": {"width": 1280, "height": 640}}),
    "ask": Picture("/ask", "mira@example.org", does=asking),
    "phone": Picture("/questions/{chinese}", looks=PHONE),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--without-mining", action="store_true", help="leave the insights out")
    options.add_argument("--only", nargs="*", choices=PICTURES, default=list(PICTURES))
    chosen = options.parse_args()
    names = [name for name in chosen.only if not (chosen.without_mining and name in MINED)]
    folder = tempfile.mkdtemp(prefix="earshot-images-")
    os.environ |= {"INSTANCE_DIR": folder, "DEMO": "1", "RATELIMIT_ENABLED": "0"}  # before the product is imported
    sys.path.insert(0, str(ROOT))
    try:
        with served(is_mined=not MINED.isdisjoint(names)) as (address, places), chromium() as browser:
            for name in names:
                take(browser, address, PICTURES[name], places, IMAGES / f"{name}.png")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(is_mined: bool) -> Iterator[tuple[str, dict[str, object]]]:
    """The demo's address, and what stands where."""
    from flask_migrate import upgrade
    from flask_security import hash_password
    from werkzeug.serving import make_server

    from community.app import create_app
    from community.db import db
    from community.exchange import demo_community
    from community.reactions import deliver_pending

    app = create_app()
    with app.app_context():
        upgrade()
        demo_community.load(db.session(), datetime.now(UTC), hash_password(PASSWORD))
        db.session.commit()
        while deliver_pending():
            pass
        places = found(db.session())
        db.session.remove()
    if is_mined:
        mine()
        subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "demo", "act"], cwd=ROOT, check=True)
        mine()
        with app.app_context():
            places |= worst_theme(db.session())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", places
    server.shutdown()


def mine() -> None:
    subprocess.run([sys.executable, "-m", "mining", "run"], cwd=ROOT, check=True)


def worst_theme(session: Any) -> dict[str, object]:
    """The theme that stands first in the report."""
    from sqlalchemy import select

    from community.models import Report

    report = session.scalars(select(Report).order_by(Report.id.desc()).limit(1)).one()
    return {"theme": report.content["ranked"]["problem"][0]}


def found(session: Any) -> dict[str, object]:
    """The liveliest solved question in each language, and the customer who helped most."""
    from sqlalchemy import select

    from community.models import Account, Question

    solved = select(Question).where(Question.solved_at.is_not(None)).order_by(
        Question.answer_count.desc(), Question.score.desc(), Question.id
    )  # fmt: skip
    questions = session.scalars(solved).all()
    best = select(Account).order_by(Account.reputation.desc(), Account.id).limit(50)
    helper = next(row for row in session.scalars(best) if not row.is_staff)
    return {
        "english": next(row.id for row in questions if (row.title or "").isascii()),
        "chinese": next(row.id for row in questions if "\u4e00" <= (row.title or " ")[0] <= "\u9fff"),
        "helper": helper.handle,
    }


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


def take(browser: Browser, address: str, picture: Picture, places: dict[str, object], to: Path) -> None:
    context = browser.new_context(device_scale_factor=1, reduced_motion="reduce", **(picture.looks or DESK))
    page = context.new_page()
    if picture.by:
        page.goto(f"{address}/sign-in")
        page.fill("input[name=email]", picture.by)
        page.fill("input[name=password]", PASSWORD)
        page.click("main form [type=submit]:has-text('Sign in')")
        page.wait_for_url(lambda url: "/sign-in" not in url)
    response = page.goto(address + picture.path.format(**places), wait_until="networkidle")
    assert response is not None
    assert response.ok, f"{picture.path}: {response.status}"
    picture.does(page)
    page.screenshot(path=to, caret="hide")
    context.close()
    squeeze(to)
    print(f"{to.relative_to(ROOT)}: {to.stat().st_size / 1024:.0f} KiB")


def squeeze(path: Path) -> None:
    """A palette instead of true colours: a third of the size."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
