"""A browser in plain words, from what it says of itself."""

import re

from flask_babel import gettext as _

# The first that is found; those that also name another browser stand before it.
BROWSERS = (
    ("Samsung Internet", "SamsungBrowser/"), ("Opera", "OPR/|Opera"), ("Vivaldi", "Vivaldi/"), ("Yandex", "YaBrowser/"),
    ("WeChat", "MicroMessenger/"), ("QQ", "MQQBrowser|QQBrowser"), ("UC Browser", "UCBrowser/|UBrowser/"),
    ("Edge", "Edg[eA]?/|EdgiOS/"), ("DuckDuckGo", "DuckDuckGo/|Ddg/"), ("Firefox", "Firefox/|FxiOS/"),
    ("Chrome", "Chrome/|CriOS/"), ("Chromium", "Chromium/"), ("Safari", "Version/.*Safari/"), ("curl", "^curl/"),
    ("Python", "^python-|^Python"),
)  # fmt: skip
SYSTEMS = (
    ("iPad", "iPad"), ("iPhone", "iPhone"), ("HarmonyOS", "HarmonyOS|OpenHarmony"), ("Android", "Android"),
    ("ChromeOS", "CrOS"), ("Windows", "Windows"), ("Mac", "Macintosh"), ("Linux", "Linux|X11"),
)  # fmt: skip


def in_words(user_agent: str) -> str:
    """As in "Chrome on Android"."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown browser"))


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for name, pattern in table if re.search(pattern, user_agent)), None)
