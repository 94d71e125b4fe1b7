"""What the company thinks of a person, in sentences that the person can check. No points: they mean nothing to anybody."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from community.models import Profile
from community.privacy.queries import Known
from community.web.languages import day

LITTLE, MUCH = 3.0, 8.0  # points of one kind that move the level a little, or much

LEVELS = {
    "advocate": _l("You are very content, and you help others: we think that you would recommend us."),
    "loyal": _l("You are content with us, as far as we can see."),
    "neutral": _l("We cannot say whether you are content with us or not."),
    "at risk": _l("Something has gone wrong for you, and we may lose you."),
    "lost": _l("We think that you have left us, or are about to."),
}
STAGES = {
    "newcomer": _l("We have known you for less than a month."),
    "active": _l("You are in touch with us now and then."),
    "established": _l("You have been in touch with us for half a year or more, and often."),
    "dormant": _l("We have not heard from you for three months or more."),
    "lapsed": _l("We have not heard from you for nine months or more."),
}
SIGNALS = {
    "mood": (_l("You sounded content"), _l("You sounded discontent")),
    "leaving": (_l("You said that you are leaving"),) * 2,
    "unresolved complaint": (_l("A complaint that is not resolved"),) * 2,
    "help given": (_l("An answer of yours helped somebody"),) * 2,
    "activity": (_l("You were in touch with us"),) * 2,
    "silence": (_l("We have not heard from you since"),) * 2,
}


@dataclass(frozen=True)
class Reason:
    """One reason for the level: a sentence, and which way it moved the level."""

    kind: str
    text: str
    is_good: bool
    how_much: str


def reasons(known: Known) -> list[Reason]:
    """The reasons for the person's level, the weightiest first."""
    if known.profile is None:
        return []
    points = sorted(known.profile.reasons.items(), key=lambda item: -abs(item[1]))
    told = [(kind, weight, sentence(kind, weight, known)) for kind, weight in points]
    return [Reason(kind, text, weight > 0, degree(weight)) for kind, weight, text in told if text]


def degree(weight: float) -> str:
    if abs(weight) >= MUCH:
        return str(_("weighs much"))
    return str(_("weighs a little") if abs(weight) < LITTLE else _("weighs something"))


def sentence(kind: str, weight: float, known: Known) -> str:
    """Why, in the person's own terms; empty for a kind that has no sentence yet."""
    return str(_sentence(kind, weight, known) or "")


def _sentence(kind: str, weight: float, known: Known) -> Any:
    deeds, texts = known.deeds, known.texts
    if kind == "mood":
        return mood(weight)
    if kind == "unresolved complaint":
        return ngettext("One complaint is not resolved.", "%(num)s complaints are not resolved.", deeds.unresolved)
    if kind == "leaving":
        return ngettext(
            "In one text you said that you are leaving.", "In %(num)s texts you said that you are leaving.",
            max(1, texts.leaving),
        )  # fmt: skip
    if kind == "help given":
        return ngettext("One answer of yours helped others.", "%(num)s answers of yours helped others.", deeds.helped)
    if kind == "activity":
        return activity(known)
    if kind == "silence" and deeds.last_contact_at:
        return _("We have not heard from you since %(day)s.", day=day(deeds.last_contact_at))
    return None


def mood(weight: float) -> Any:
    if abs(weight) < LITTLE:
        return _("What you wrote of late sounded mixed.")
    return (
        _("What you wrote of late sounded content.") if weight > 0 else _("What you wrote of late sounded discontent.")
    )


def activity(known: Known) -> Any:
    if known.deeds.contacts_lately:
        return ngettext(
            "You wrote to us or in the forum once in the last month.",
            "You wrote to us or in the forum %(num)s times in the last month.", known.deeds.contacts_lately,
        )  # fmt: skip
    return _("You were in touch with us before the last month.")


def signal_text(kind: str, weight: float) -> str:
    """What one signal says."""
    texts = SIGNALS.get(kind)
    return str(texts[weight < 0]) if texts else kind


def level_text(profile: Profile) -> str:
    return str(LEVELS.get(profile.level, ""))


def stage_text(profile: Profile) -> str:
    return str(STAGES.get(profile.stage, ""))
