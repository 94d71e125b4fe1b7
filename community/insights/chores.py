"""What the worker does for insights besides mining."""

from community.db import db, writing
from community.insights import routing


def route_themes() -> dict[str, int]:
    """Themes that are new, or that changed, find their department."""
    session = db.session()
    try:
        if not any(one.is_change for one in routing.routed(session)):
            return {}
    finally:
        session.rollback()
    with writing():
        count = routing.apply(session)
        session.commit()
    return {"themes": count} if count else {}
