"""What the figures of a report mean, in a sentence each; they are counted in `mining/counting.py` and `mining/weighing.py`."""

from flask_babel import gettext as _


def definitions() -> list[tuple[str, str]]:
    """Figure and meaning."""
    return [
        (_("texts read"), _("Posts, complaints and replies by customers in the period that were read; the company's own are not.")),
        (_("customers heard"), _("Different customers who wrote them; one person with several addresses is one customer.")),
        (_("mean sentiment, −1 to 1"), _("Mean over the texts of how positive they are: −1 is as bad as words can be, 1 as good.")),
        (_("say they are leaving"), _("Texts in which somebody says that they are going, or have gone, to somebody else.")),
        (_("Mentions"), _("Sentences or clauses that speak of the theme.")),
        (_("Customers"), _("Different customers who speak of the theme in the period.")),
        (_("Impact"), _("Customers touched × how negative × trend × value at stake. It ranks what hurts.")),
        (_("How negative"), _("Mean over customers and days of the negative part of their sentiment, 0 to 1.")),
        (_("Trend"), _("Customers of the last seven days against what the weeks before led to expect; 1 is as usual, from 0.5 to 3.")),
        (_("Value at stake"), _("Mean value of the customers, where it is known: 0.5 is low, 1 average or unknown, 2 high.")),
        (_("Week from"), _("Whole weeks counted back from the end of the period.")),
        (_("empty cells"), _("Too few customers stand behind a number to show it, or there is nothing to count.")),
    ]  # fmt: skip
