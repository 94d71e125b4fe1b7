"""Reasons that are ready to hand, in both languages, and what decisions are called. Keys are stored; texts are not."""

from typing import NamedTuple

from flask_babel import lazy_gettext as _l


class Reason(NamedTuple):
    """What it is called, when somebody flags for it, and what the author reads."""

    name: str
    hint: str
    text: str


REASONS: dict[str, Reason] = {
    "spam": Reason(
        _l("Spam or advertising"),
        _l("It sells something, or only wants people to follow a link."),
        _l("Your post reads like advertising. Posts here ask or answer something; links are welcome where they help."),
    ),
    "abuse": Reason(
        _l("Insult or threat"),
        _l("It attacks somebody, or would frighten them away."),
        _l("Your post attacks somebody. Say what went wrong, and leave the person out of it."),
    ),
    "off topic": Reason(
        _l("Off topic"),
        _l("It has nothing to do with the products or the question."),
        _l("Your post is not about the products or the question above it."),
    ),
    "duplicate": Reason(
        _l("Asked before"),
        _l("The same question stands here already."),
        _l("The same was asked before. Please read the other question and its answers."),
    ),
    "wrong": Reason(
        _l("Wrong or dangerous"),
        _l("Whoever follows it may do harm."),
        _l("What your post advises is wrong, or may do harm."),
    ),
    "private data": Reason(
        _l("Private data"),
        _l("It shows a phone number, an address, an order or somebody else's data."),
        _l("Your post showed private data. Never post numbers or addresses here; complain in private instead."),
    ),
    "other": Reason(_l("Something else"), _l("Say in your own words what is wrong."), ""),
}
WAITING_FOR = {"newcomer": _l("first posts of a newcomer"), "links": _l("links of a newcomer")} | {
    "suspected": _l("looks like spam"), "votes": _l("a burst of votes"), "flags": _l("a burst of flags"),
}  # fmt: skip

# What points to spam; the score says how strongly (`spam.py`).
SIGNALS = {
    "new account": _l("the account is new"), "links": _l("links that lead away"),
    "repetition": _l("the same words again and again, or posted before"),
    "like spam": _l("reads nearly like a post that was decided to be spam"),
    "means spam": _l("means what a post means that was decided to be spam"),
    "like good": _l("reads nearly like a post that was published after a look"),
    "fast": _l("written faster than anybody types"), "outside": _l("the outside service says so"),
}  # fmt: skip

KINDS = {
    "flag": _l("Flags"), "held": _l("Held posts"), "appeal": _l("Appeals"), "escalation": _l("Escalations"),
    "burst": _l("Bursts"),
}  # fmt: skip

# What a moderator may choose: the button, and what it is called once it was done.
CHOICES: dict[str, dict[str, str]] = {
    "flag": {"hide": _l("Hide it"), "delete": _l("Delete the post"), "reject": _l("Leave it, reject the flags")},
    "held": {"publish": _l("Publish it"), "delete": _l("Delete the post")},
    "appeal": {"grant": _l("Lift it"), "refuse": _l("Let it stand")},
    "escalation": {"settle": _l("Settled")},
    "burst": {"discard": _l("They do not count"), "restore": _l("They count after all")},
}
OF_APPEALED_POSTS = {"grant": _l("Show it again"), "refuse": _l("Let it stand")}
OUTCOMES = {
    "hide": _l("hidden"), "delete": _l("deleted"), "reject": _l("flags rejected"), "publish": _l("published"),
    "grant": _l("appeal granted"), "refuse": _l("appeal refused"), "settle": _l("settled"),
    "discard": _l("set aside"), "restore": _l("counted after all"), "withdrawn": _l("flags withdrawn"),
    "merge": _l("merged"),
}  # fmt: skip
ACTIONS = OUTCOMES | {
    "open": _l("came into the queue"), "claim": _l("claimed"), "release": _l("left to others"),
    "undo": _l("undone"), "autohide": _l("hidden by the weight of its flags"), "held": _l("held back"),
    "autoshow": _l("shown again, its flags were withdrawn"), "set aside": _l("set aside by the rules"),
    "silence": _l("silenced"), "suspend": _l("suspended"), "lift": _l("sanction lifted"),
    "close": _l("closed"), "reopen": _l("opened again"), "lock": _l("locked"), "unlock": _l("unlocked"),
    "pin": _l("pinned"), "unpin": _l("no longer pinned"), "retag": _l("tags changed"),
    "remove words": _l("an old text was taken out of the history"), "merge tags": _l("tags merged"), "split": _l("split off"), "add reason": _l("reason added"), "change reason": _l("reason changed"),
    "retire reason": _l("reason retired"), "revive reason": _l("reason used again"), "to answer": _l("made an answer"), "move": _l("moved"),
}  # fmt: skip


def outcome_name(outcome: str | None) -> str:
    return str(OUTCOMES.get(outcome or "", outcome or ""))


def action_name(action: str) -> str:
    return str(ACTIONS.get(action, action))


def signal_name(signal: str) -> str:
    return str(SIGNALS.get(signal, signal))
