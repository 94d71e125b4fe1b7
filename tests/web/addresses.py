"""The addresses of the application, filled in."""

from flask import Flask, url_for

from tests.web.access import FILES
from tests.web.world import World


def rules(app: Flask, method: str) -> set[str]:
    return {str(rule) for rule in app.url_map.iter_rules() if method in (rule.methods or ())}


def address(app: Flask, world: World, rule: str) -> str:
    found = next(one for one in app.url_map.iter_rules() if str(one) == rule)
    values = world.numbers | {"filename": FILES.get(rule)}
    with app.test_request_context():
        return url_for(found.endpoint, **{name: values[name] for name in found.arguments if name in values})
