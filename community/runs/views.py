"""The page of runs: what the worker did, how long it took, what failed, what waits."""

from datetime import UTC, datetime

from flask import Blueprint, render_template, request

from community.db import db
from community.runs import queries
from community.web.access import roles_only

runs = Blueprint("runs", __name__)


@runs.get("/runs")
@roles_only("admin", "manager")
def listed() -> str:
    job = request.args.get("job") or None
    return render_template(
        "runs/list.html", runs=queries.runs(db.session(), job), job=job, backlog=queries.backlog(db.session()), jobs=queries.jobs(db.session()),
        lease=queries.lease(db.session(), datetime.now(UTC)),
    )  # fmt: skip
