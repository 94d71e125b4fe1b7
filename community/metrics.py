"""The figures of the first page of insights: what each one means, once, for the code that counts and the page that tells.

`mining.figures` computes them by these names; the page of definitions shows these words.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

PERIODS = (7, 30, 90, 365)  # days
SHORT = (30, 7)  # renewed with every report; what may be shown is decided for them first
LONG = (90, 365)
USUAL = 30


@dataclass(frozen=True)
class Metric:
    """One figure. `better`: 1 when more of it is good, -1 when less is, 0 when neither."""

    name: str
    unit: str  # count, points, rate, share, hours or loyalty: how it is written
    better: int
    label: Any
    definition: Any
    sources: str  # tables
    interval: tuple[Any, ...]  # sentences
    has_products: bool = True


BY_ADDING = _l(
    "Both periods are taken together, customer by customer: each comes by themselves and adds what they add. The squares"
    " of what each adds to the difference give the interval (compound Poisson, Student's t). Somebody who wrote a lot"
    " widens it."
)
BY_CUSTOMER = _l(
    "Each customer is left out once, with all they wrote in both periods, and the difference is computed again: how much"
    " it moves gives the interval (jackknife, Student's t). Somebody who wrote a lot widens it, and fifty texts of one"
    " person prove nothing."
)
ENDS = _l(
    "To each period two imagined customers are added for the interval, one at either end of the scale, so that a"
    " few who agree never look certain."
)
ENDS_OF_DAYS = _l(
    "To each period two imagined days are added for the interval, one at either end of the scale, so that a few days that"
    " agree never look certain."
)
RESAMPLED = _l(
    "400 times over, as many customers as asked are drawn anew, each with all their questions, for both periods at once; the"
    " interval leaves out 2.5 percent of the differences at either end (bootstrap)."
)
_TEXTS = "verbatim"
_QUESTIONS = "post, account_role"

METRICS: tuple[Metric, ...] = (
    Metric(
        "texts", "count", 0, _l("texts"),
        _l("Questions, answers, comments, complaints and replies that customers wrote in the period and that have been"
           " read. What the company wrote is not among them."),
        _TEXTS, (BY_ADDING,),
    ),
    Metric(
        "customers", "count", 0, _l("active customers"),
        _l("Different customers who wrote at least one of these texts, in whatever channel."), _TEXTS, (BY_ADDING,),
    ),
    Metric(
        "net_sentiment", "points", 1, _l("net sentiment"),
        _l("Of 100 texts: how many are positive, less how many are negative. Neutral and mixed ones count among the 100."
           " It lies between −100 and 100."),
        _TEXTS, (BY_CUSTOMER, ENDS),
    ),
    Metric(
        "problems", "rate", -1, _l("problems per 1,000 active customers"),
        _l("Texts that tell of a problem, for each 1,000 customers who wrote anything."), _TEXTS, (BY_CUSTOMER,),
    ),
    Metric(
        "unsolved", "share", -1, _l("unsolved questions"),
        _l("Of the questions asked in the period, the share that had no accepted answer when the period ended. Questions"
           " taken out of sight do not count."),
        _QUESTIONS, (BY_CUSTOMER, ENDS),
    ),
    Metric(
        "answer_half", "hours", -1, _l("first useful answer, half of the questions"),
        _l("By when half of the questions of the period had an answer by somebody else that proposes something and was"
           " not voted down. Those that still wait count as waiting until the end of the period (Kaplan-Meier): leaving"
           " them out would flatter. No figure when more than half still wait."),
        _QUESTIONS, (RESAMPLED,),
    ),
    Metric(
        "answer_most", "hours", -1, _l("first useful answer, nine of ten"),
        _l("The same for nine questions of ten. No figure when more than one of ten still waits."), _QUESTIONS, (RESAMPLED,),
    ),
    Metric(
        "self_service", "share", 1, _l("solved by members"),
        _l("Of the questions asked in the period, the share that had an accepted answer when it ended, by somebody who"
           " does not work here."),
        _QUESTIONS, (BY_CUSTOMER, ENDS),
    ),
    Metric(
        "searches", "share", 1, _l("searches that ended on a solved question"),
        _l("Of the searches of signed-in customers who allow visits to be noted, the share from whose results a solved"
           " question was opened; a search with its refinements is one. Only numbers of a day are kept: neither who"
           " searched nor for what. The day on which a period begins belongs to the one before."),
        "search_day",
        (_l("Each day is left out once instead of each customer, since nobody is named (jackknife)."), ENDS_OF_DAYS),
        has_products=False,
    ),
    Metric(
        "loyalty", "loyalty", 1, _l("loyalty"),
        _l("Mean loyalty, 0 to 100, of customers who consent to a profile; for a product, of those who wrote of it in the"
           " 90 days before. Compared is the day on which the period began; if nothing was kept of it, the nearest of"
           " the three days before it."),
        "profile, loyalty_day",
        (_l("From the spread of loyalty on each of the two days. That many customers are the same on both is not used, so"
            " the interval is wider than need be."),),
    ),
)  # fmt: skip
