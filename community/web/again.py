"""A request that PostgreSQL gave up, because another held what it wanted and wanted what it held, is done once more."""

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from community.db import db, is_deadlock


class Application(Flask):
    """Flask, whose views survive a deadlock: they commit once, at the end, so nothing of the first try is left."""

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            return super().dispatch_request()
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            db.session.rollback()
            for file in request.files.values():
                file.seek(0)  # they were read
        return super().dispatch_request()  # the other has what it wanted, and this one sees what became of it
