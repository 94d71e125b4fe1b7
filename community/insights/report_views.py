"""Pages of reports: the list, one of them, its files, one ordered, two compared."""

from datetime import datetime

from flask import Response, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response as WerkzeugResponse

from community.db import db
from community.errors import Invalid, NotFound
from community.insights import comparing, ordering, queries, rendering, report_days
from community.insights.blueprint import after_key, insights, now
from community.models import DEPARTMENTS, REPORTS, Product
from community.web.access import READERS_OF_INSIGHTS, roles_only
from community.web.languages import chosen_locale

A_PAGE = 30
TYPES = {
    "md": "text/markdown", "json": "application/json", "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@insights.get("/insights/reports")
@roles_only(*READERS_OF_INSIGHTS)
def reports() -> str:
    kind, after = request.args.get("kind"), after_key()
    if kind is not None and kind not in REPORTS:
        raise NotFound
    rows = queries.listed_reports(db.session(), kind, after, A_PAGE + 1)
    return render_template(
        "insights/reports.html", reports=rows[:A_PAGE], next_key=rows[A_PAGE - 1].id if len(rows) > A_PAGE else None,
        kind=kind, kinds=REPORTS, orders=ordering.waiting(db.session(), now()) if after is None else (),
        products=queries.products_by_id(db.session()),
    )  # fmt: skip


@insights.get("/insights/reports/<int:report_id>")
@roles_only(*READERS_OF_INSIGHTS)
def report(report_id: int) -> str:
    return shown(report_id, "insights/report.html")


@insights.get("/insights/reports/<int:report_id>/print")
@roles_only(*READERS_OF_INSIGHTS)
def report_print(report_id: int) -> str:
    """The same on sheets of paper, without what a reader would click."""
    return shown(report_id, "insights/report_print.html")


def shown(report_id: int, template: str) -> str:
    found = queries.report(db.session(), report_id)
    product = db.session.get(Product, found.product_id) if found.product_id else None
    return render_template(
        template, product=product, others=comparing.comparable(db.session(), found),
        **rendering.context(found, chosen_department()),
    )  # fmt: skip


def chosen_department() -> str | None:
    """Raises NotFound."""
    department = request.args.get("department") or None
    if department is not None and department not in DEPARTMENTS:
        raise NotFound
    return department


@insights.get("/insights/reports/<int:report_id>.<any(md, json, html, xlsx):form>")
@roles_only(*READERS_OF_INSIGHTS)
def download(report_id: int, form: str) -> Response:
    body = rendering.render(report_id, form, chosen_locale(), chosen_department())
    response = Response(body, mimetype=TYPES[form])
    response.headers["Content-Disposition"] = f"attachment; filename=earshot-report-{report_id}.{form}"
    return response


@insights.get("/insights/reports/compare")
@roles_only(*READERS_OF_INSIGHTS)
def choose_compared() -> WerkzeugResponse:
    """Where the form of a report's page leads: a page of two reports has an address of its own."""
    first, second = (request.args.get(name, 0, type=int) for name in ("a", "b"))
    ids = [queries.report(db.session(), key).id for key in (first, second) if 0 < key < 2**31]
    if len(ids) < 2:
        raise NotFound
    return redirect(url_for(".compare", report_id=ids[0], other_id=ids[1]))


@insights.get("/insights/reports/<int:report_id>/compare/<int:other_id>")
@roles_only(*READERS_OF_INSIGHTS)
def compare(report_id: int, other_id: int) -> str:
    one, other = (queries.report(db.session(), key) for key in (report_id, other_id))
    return render_template(
        "insights/compare.html", found=comparing.compared(db.session(), one, other), one=one, other=other
    )


@insights.route("/insights/reports/new", methods=["GET", "POST"])
@roles_only(*READERS_OF_INSIGHTS)
def order() -> str | WerkzeugResponse | tuple[str, int]:
    if request.method == "GET":
        return order_page(now())
    try:
        first, last = (ordering.parsed_day(request.form.get(name, "")) for name in ("first", "last"))
        product_id = request.form.get("product", type=int)
        department = request.form.get("department") or None
        asked = ordering.order(db.session(), first, last, product_id, department, current_user, now())
    except Invalid as error:
        db.session.rollback()
        return order_page(now(), str(error)), 422
    db.session.commit()
    return redirect(url_for(".order_progress", order_id=asked.id), 303)


def order_page(at: datetime, wrong: str = "") -> str:
    first, last = ordering.usual(at)
    given = {"first": first.isoformat(), "last": last.isoformat(), **request.form.to_dict()}
    return render_template(
        "insights/report_order.html", given=given, wrong=wrong, latest=last, departments=DEPARTMENTS,
        products=ordering.products(db.session()), most_days=ordering.MOST_DAYS,
    )  # fmt: skip


@insights.get("/insights/reports/orders/<int:order_id>")
@roles_only(*READERS_OF_INSIGHTS)
def order_progress(order_id: int) -> str | WerkzeugResponse:
    """How far it has come; the report itself once it is made."""
    asked = ordering.asked(db.session(), order_id)
    if asked.report_id:
        return redirect(url_for(".report", report_id=asked.report_id))
    product = db.session.get(Product, asked.product_id) if asked.product_id else None
    return render_template("insights/report_progress.html", order=asked, product=product, steps=3)


__all__ = ["report_days"]
